"""BTHome v2, plain and encrypted (https://bthome.io/format and https://bthome.io/encryption): what a band with a button says."""

import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from nearcart_contract.advertisement import full_uuid
from nearcart_sim.core.beacons.payload import Payload

_SERVICE = full_uuid("fcd2")
_UUID = bytes.fromhex("d2fc")
_PLAIN, _ENCRYPTED = 0x40, 0x41
_CHECK_BYTES = 4
_BUTTONS = {"press": 1, "double_press": 2, "triple_press": 3, "long_press": 4}


@dataclass(frozen=True, slots=True)
class BandState:
    """``packet_id`` changes with what is said; ``button``: how it was pressed just now, if it was."""

    packet_id: int
    battery_percent: int
    moving: bool
    steps: int
    button: str | None = None


def bthome(state: BandState, address: str, bind_key: bytes | None) -> Payload:
    """Objects in the order of their ids, as the format asks; encrypted with the packet id as counter where there is a key."""
    button = bytes([0x3A, _BUTTONS[state.button]]) if state.button else b""
    objects = (
        bytes([0x01, state.battery_percent, 0x22, state.moving])
        + button
        + struct.pack("<BH", 0x3D, state.steps & 0xFFFF)
    )
    if bind_key is None:
        body = bytes([_PLAIN, 0x00, state.packet_id & 0xFF]) + objects
    else:
        counter = struct.pack("<I", state.packet_id & 0xFFFFFFFF)
        nonce = bytes.fromhex(address.replace(":", "")) + _UUID + bytes([_ENCRYPTED]) + counter
        sealed = AESCCM(bind_key, tag_length=_CHECK_BYTES).encrypt(nonce, objects, None)
        body = bytes([_ENCRYPTED]) + sealed[:-_CHECK_BYTES] + counter + sealed[-_CHECK_BYTES:]
    return Payload(service_data={_SERVICE: body})
