"""Payloads of networks that are nobody's identity here: phones and trackers of people who agreed to nothing. They are named, never kept.

Apple's Continuity and Find My (company 0x004C, by the payload's first byte; an iBeacon is ``02 15``), Google's Fast Pair (0xFE2C) and
Find My Device (0xFEAA, frames ``40`` and ``41``), Exposure Notification (0xFD6F), Samsung's SmartTag (0xFD5A), Tile (0xFEED).
"""

from collections.abc import Mapping

from nearcart_contract.advertisement import Advertisement, full_uuid

_APPLE, _FIND_MY, _BEACON = 0x004C, 0x12, 0x02
_EDDYSTONE = full_uuid("feaa")
_GOOGLE_FINDS = (0x40, 0x41)

_SERVICES: Mapping[str, str] = {
    full_uuid("fd6f"): "exposure-notification",
    full_uuid("fe2c"): "google-fast-pair",
    full_uuid("fd5a"): "samsung-smarttag",
    full_uuid("feed"): "tile",
}


def network_of(advertisement: Advertisement) -> str | None:
    """The network that a payload is of, or ``None`` for one that may be a tag or band of ours."""
    apple = advertisement.manufacturer_data.get(_APPLE)
    if apple and apple[0] != _BEACON:
        return "apple-find-my" if apple[0] == _FIND_MY else "apple-continuity"
    for uuid, payload in advertisement.service_data.items():
        if uuid in _SERVICES:
            return _SERVICES[uuid]
        if uuid == _EDDYSTONE and payload[:1] and payload[0] in _GOOGLE_FINDS:
            return "google-find-my-device"
    return next((_SERVICES[uuid] for uuid in advertisement.service_uuids if uuid in _SERVICES), None)
