"""What every kind of scanner tells of itself here, and what its messages are read with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field, ValidationError

from nearcart_contract.advertisement import Advertisement
from nearcart_contract.edge_file import Tracking
from nearcart_contract.names import Message

MAX_REPORT_BYTES = 8192
"""The longest report of any of them is below 1 kB."""

_RSSI = range(-126, 21)
_OCTETS = 6

M = TypeVar("M", bound=Message)


class ReportRefusedError(ValueError):
    """A report that can't be read. The text says why, and shows nothing of it: it may tell of a stranger, or hold a key."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """``at``: Unix seconds when the report came in (none of them says when the packet did); ``scanner``: our name for who sent it."""

    at: float
    scanner: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of scanner: how to read it, and what holds for one that nobody configured otherwise.

    ``{node}`` in a topic stands for the scanner's own name, which is ``node`` where its maker has a usual one. ``quiet_after``: seconds.
    """

    read: Callable[[bytes, Arrival], Advertisement | None]
    """A report as the packet behind it; ``None`` for one that tells of no packet. Raises ``ReportRefusedError``."""
    reports: tuple[str, ...]
    status: str
    heartbeats: tuple[str, ...]
    node: str | None
    tracking: Tracking
    quiet_after: float


def parse_report(model: type[M], payload: bytes) -> M:
    """A report's JSON as ``model``. Raises ``ReportRefusedError``."""
    if len(payload) > MAX_REPORT_BYTES:
        raise ReportRefusedError(f"it has {len(payload)} bytes; at most {MAX_REPORT_BYTES} are allowed")
    try:
        return model.model_validate_json(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        told = "it is not JSON" if first["type"] == "json_invalid" else str(first["msg"])
        raise ReportRefusedError(f"{where}: {told}" if where else told) from None


def address_of(value: object) -> str:
    """An address as ``AA:BB:CC:DD:EE:FF``, from one with colons or without. Raises ``ValueError``."""
    digits = value.replace(":", "") if isinstance(value, str) else ""
    try:
        octets = bytes.fromhex(digits)
    except ValueError:
        octets = b""
    if len(octets) != _OCTETS or len(digits) != 2 * _OCTETS:
        raise ValueError("not a Bluetooth address: six octets in hex, with or without colons")
    return octets.hex(":").upper()


Address = Annotated[str, BeforeValidator(address_of)]

Number = Annotated[float, Field(allow_inf_nan=False)]


def heard_rssi(rssi: float) -> int | None:
    """An RSSI in whole dBm; ``None`` for one that no radio tells."""
    return round(rssi) if round(rssi) in _RSSI else None
