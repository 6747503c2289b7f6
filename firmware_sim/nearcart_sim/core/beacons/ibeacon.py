"""iBeacon: Apple's Proximity Beacon Specification, release R1, section 3."""

import struct
from uuid import UUID

from nearcart_contract.roster import IBeaconIdentity
from nearcart_sim.core.beacons.payload import Builder, Payload

_APPLE = 0x004C
_TYPE_AND_LENGTH = b"\x02\x15"


def ibeacon(identity: IBeaconIdentity, measured_power: int) -> Builder:
    """``measured_power``: dBm at 1 m."""
    body = UUID(identity.uuid).bytes + struct.pack(">HHb", identity.major, identity.minor, measured_power)
    payload = Payload(manufacturer_data={_APPLE: _TYPE_AND_LENGTH + body})
    return lambda _: payload
