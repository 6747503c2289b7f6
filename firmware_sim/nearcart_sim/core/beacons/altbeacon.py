"""AltBeacon: AltBeacon Protocol Specification v1.0 (https://github.com/AltBeacon/spec)."""

import struct
from uuid import UUID

from nearcart_contract.roster import AltBeaconIdentity
from nearcart_sim.core.beacons.payload import Builder, Payload

_RADIUS_NETWORKS = 0x0118
_BEACON_CODE = b"\xbe\xac"
_RESERVED = 0


def altbeacon(identity: AltBeaconIdentity, measured_power: int) -> Builder:
    """``measured_power``: dBm at 1 m."""
    body = UUID(identity.id1).bytes + struct.pack(">HHbB", identity.id2, identity.id3, measured_power, _RESERVED)
    payload = Payload(manufacturer_data={_RADIUS_NETWORKS: _BEACON_CODE + body})
    return lambda _: payload
