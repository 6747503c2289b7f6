"""Eddystone-URL (https://github.com/google/eddystone, eddystone-url)."""

import struct

from nearcart_contract.advertisement import full_uuid
from nearcart_sim.core.beacons.payload import Payload

_EDDYSTONE = full_uuid("feaa")
_FRAME = 0x10
_SCHEMES = ("http://www.", "https://www.", "http://", "https://")
_DOMAINS = (".com", ".org", ".edu", ".net", ".info", ".biz", ".gov")
_EXPANSIONS = (*(f"{domain}/" for domain in _DOMAINS), *_DOMAINS)
_MAX_BYTES = 17
_LOSS_OF_FIRST_METRE_DB = 41


def eddystone_url(url: str, measured_power: int) -> Payload:
    """``measured_power``: dBm at 1 m. Raises ``ValueError`` for a URL that has no scheme, or does not fit."""
    scheme = next((scheme for scheme in _SCHEMES if url.startswith(scheme)), None)
    if scheme is None:
        raise ValueError(f"'{url}' has to begin with http:// or https://")
    rest = _shortened(url.removeprefix(scheme))
    if len(rest) > _MAX_BYTES:
        raise ValueError(f"'{url}' takes {len(rest)} bytes, and {_MAX_BYTES} fit")
    frame = struct.pack(">BbB", _FRAME, measured_power + _LOSS_OF_FIRST_METRE_DB, _SCHEMES.index(scheme)) + rest
    return Payload(service_data={_EDDYSTONE: frame}, service_uuids=(_EDDYSTONE,))


def _shortened(rest: str) -> bytes:
    raw = rest.encode("ascii")
    for code, expansion in enumerate(_EXPANSIONS):
        raw = raw.replace(expansion.encode(), bytes([code]))
    return raw
