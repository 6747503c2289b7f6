"""Eddystone-EID (https://github.com/google/eddystone, eddystone-eid/eid-computation.md)."""

import struct

from nearcart_contract.advertisement import full_uuid
from nearcart_contract.roster import EddystoneEidIdentity
from nearcart_sim.core.beacons.address import aes
from nearcart_sim.core.beacons.payload import Payload

_EDDYSTONE = full_uuid("feaa")
_FRAME = 0x30
_LOSS_OF_FIRST_METRE_DB = 41


def ephemeral_id(identity: EddystoneEidIdentity, counter: int) -> bytes:
    """The 8 bytes at this count of the beacon's seconds: the same all through a period of 2^K seconds."""
    exponent = identity.rotation_exponent
    temporary = aes(
        bytes.fromhex(identity.identity_key), bytes(11) + b"\xff" + bytes(2) + struct.pack(">H", counter >> 16 & 0xFFFF)
    )
    begun = counter >> exponent << exponent
    return aes(temporary, bytes(11) + bytes([exponent]) + struct.pack(">I", begun & 0xFFFFFFFF))[:8]


def eddystone_eid(eid: bytes, measured_power: int) -> Payload:
    """``measured_power``: dBm at 1 m."""
    frame = struct.pack(">Bb", _FRAME, measured_power + _LOSS_OF_FIRST_METRE_DB) + eid
    return Payload(service_data={_EDDYSTONE: frame}, service_uuids=(_EDDYSTONE,))
