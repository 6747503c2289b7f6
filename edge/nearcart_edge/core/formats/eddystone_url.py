"""Eddystone-URL: github.com/google/eddystone, eddystone-url/README.md, "Frame Specification".

``10``, power at 0 m as a signed byte, a scheme prefix, then up to 17 bytes in which 0 to 13 stand for common endings.
"""

from dataclasses import dataclass
from typing import ClassVar

from nearcart_edge.core.formats.eddystone import LOSS_OVER_FIRST_METRE_DB
from nearcart_edge.core.formats.frame import Frame, MalformedPayloadError

FRAME_TYPE = 0x10
_SCHEMES = ("http://www.", "https://www.", "http://", "https://")
_DOMAINS = (".com", ".org", ".edu", ".net", ".info", ".biz", ".gov")
_EXPANSIONS = (*(f"{domain}/" for domain in _DOMAINS), *_DOMAINS)
_HEADER_BYTES = 3
_MAX_URL_BYTES = 17


@dataclass(frozen=True, slots=True)
class EddystoneUrl(Frame):
    """``power_at_0m``: dBm."""

    format: ClassVar[str] = "eddystone-url"
    url: str
    power_at_0m: int

    @property
    def power_at_1m(self) -> int:
        return self.power_at_0m - LOSS_OVER_FIRST_METRE_DB


def decode(payload: bytes) -> EddystoneUrl:
    """A URL frame from its service data. Raises ``MalformedPayloadError``."""
    if not _HEADER_BYTES <= len(payload) <= _HEADER_BYTES + _MAX_URL_BYTES:
        raise MalformedPayloadError(f"an Eddystone-URL frame has 3 to 20 bytes, not {len(payload)}")
    if payload[2] >= len(_SCHEMES):
        raise MalformedPayloadError(f"an Eddystone-URL scheme is 0 to 3, not {payload[2]}")
    power = int.from_bytes(payload[1:2], "big", signed=True)
    return EddystoneUrl(_SCHEMES[payload[2]] + "".join(map(_expand, payload[_HEADER_BYTES:])), power)


def _expand(code: int) -> str:
    if code < len(_EXPANSIONS):
        return _EXPANSIONS[code]
    if 0x20 < code < 0x7F:
        return chr(code)
    raise MalformedPayloadError(f"byte {code:#04x} is reserved in an Eddystone-URL")
