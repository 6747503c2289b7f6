"""A heart-rate band: Heart Rate Measurement as service data of 0x180D (GATT Specification Supplement)."""

from nearcart_contract.advertisement import full_uuid
from nearcart_sim.core.beacons.payload import Payload

_SERVICE = full_uuid("180d")
_TOUCHED, _TOUCH_KNOWN = 0x02, 0x04


def heart_rate(beats_per_minute: int) -> Payload:
    """``beats_per_minute``: up to 255; the skin is touched."""
    value = bytes([_TOUCH_KNOWN | _TOUCHED, beats_per_minute])
    return Payload(service_data={_SERVICE: value}, service_uuids=(_SERVICE,))
