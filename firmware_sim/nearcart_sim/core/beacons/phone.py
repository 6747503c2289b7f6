"""A stranger's phone: it is on air, but it is no beacon and nobody enrolled it."""

from nearcart_contract.roster import AddressIdentity
from nearcart_sim.core.beacons.payload import Builder, Payload

_APPLE = 0x004C
_NEARBY_INFO = b"\x10\x05"
"""Apple Continuity type and length of Nearby Info (https://github.com/furiousMAC/continuity)."""


def phone(identity: AddressIdentity, measured_power: int) -> Builder:
    """Always the same five bytes, made of the address."""
    status = bytes.fromhex(identity.address.replace(":", ""))[:5]
    payload = Payload(manufacturer_data={_APPLE: _NEARBY_INFO + status})
    return lambda _: payload
