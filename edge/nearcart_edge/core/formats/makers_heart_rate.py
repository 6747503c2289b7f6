"""Heart rates that makers' straps and bands put into manufacturer data. Health data: decoded for whoever asks at the radio, published only of who agreed to it.

Polar (0x006B): flags (bit 1: skin contact; bit 6: something else follows), a code, the fast and, where there are four bytes, the slow
average; after Polar's SDK for its sensors (BlePolarHrAdvertisement). Huami, who make Xiaomi's and Amazfit's bands (0x0157): 24 bytes
from ``02`` on, the rate in the fourth, ``FF`` for none; XOSS (0xFF04): four bytes, battery in the second, the rate in the last; after
theengs/decoder (Miband_json.h, XOSSX2_json.h) and custom-components/ble_monitor (amazfit.py), with their test vectors.
"""

from nearcart_edge.core.formats.frame import MalformedPayloadError
from nearcart_edge.core.formats.heart_rate import HeartRate

POLAR, HUAMI, XOSS = 0x006B, 0x0157, 0xFF04
_POLAR_CONTACT, _POLAR_OTHER = 0x02, 0x40
_NONE = 0xFF


def polar(payload: bytes) -> HeartRate | None:
    """A Polar strap's or watch's. Raises ``MalformedPayloadError``."""
    if not payload or payload[0] & _POLAR_OTHER or len(payload) > 4:
        return None
    if len(payload) < 3:
        raise MalformedPayloadError(f"a Polar heart rate has 3 or 4 bytes, not {len(payload)}")
    return HeartRate(beats_per_minute=payload[-1], contact=bool(payload[0] & _POLAR_CONTACT))


def huami(payload: bytes) -> HeartRate | None:
    """A Mi Band's or an Amazfit's, while it shares its heart rate."""
    if len(payload) != 24 or payload[0] != 0x02 or payload[3] == _NONE:
        return None
    return HeartRate(beats_per_minute=payload[3], contact=None)


def xoss(payload: bytes) -> HeartRate | None:
    """A XOSS strap's."""
    if len(payload) != 4 or payload[0] != 0x01:
        return None
    return HeartRate(beats_per_minute=payload[3], contact=None)
