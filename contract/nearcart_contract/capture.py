"""``*.capture.jsonl``: one advertisement a line. ``nearcart record`` writes it, replay and the simulator speak it."""

import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from nearcart_contract.ad_structures import SplitAd, split_ad
from nearcart_contract.advertisement import Advertisement, full_uuid, short_uuid
from nearcart_contract.names import Message


class CaptureError(ValueError):
    """A capture line that can't be read; the message says what was found and what is allowed."""


def _hex(text: str) -> str:
    bytes.fromhex(text)
    return text


def _company(text: str) -> str:
    if len(text) != 4:
        raise ValueError("a company id is 4 hex digits")
    int(text, 16)
    return text


Hex = Annotated[str, AfterValidator(_hex)]
CompanyId = Annotated[str, AfterValidator(_company)]
Uuid = Annotated[str, AfterValidator(full_uuid)]


def _split(text: str) -> str:
    split_ad(bytes.fromhex(text))
    return text


Raw = Annotated[str, AfterValidator(_split)]


class CaptureLine(Message):
    """One line of a capture file; only the first four fields are required."""

    model_config = ConfigDict(frozen=True, extra="ignore", title="nearcart capture line")

    at: float = Field(description="Unix seconds", allow_inf_nan=False)
    scanner: str = Field(min_length=1, max_length=64)
    address: str = Field(min_length=1, max_length=64, description="device address as AA:BB:CC:DD:EE:FF")
    rssi: int | None = Field(ge=-127, le=20, description="dBm; null where the radio did not say")
    manufacturer_data: dict[CompanyId, Hex] = Field(
        default_factory=dict, description="4-digit hex company id: hex payload"
    )
    service_data: dict[Uuid, Hex] = Field(default_factory=dict, description="16-bit or 128-bit UUID: hex payload")
    service_uuids: tuple[Uuid, ...] = ()
    tx_power: int | None = Field(default=None, ge=-127, le=127, description="dBm")
    raw: Raw | None = Field(
        default=None, description="raw advertising data in hex; its parts stand in for those not given"
    )


def parse_line(line: str | bytes) -> Advertisement:
    """One capture line as an advertisement. Raises ``CaptureError`` with a sentence for a person."""
    try:
        row = CaptureLine.model_validate_json(line)
    except ValidationError as error:
        raise CaptureError(_sentence(error)) from error
    parts = SplitAd() if row.raw is None else split_ad(bytes.fromhex(row.raw))
    manufacturer_data = {int(key, 16): bytes.fromhex(value) for key, value in row.manufacturer_data.items()}
    service_data = {key: bytes.fromhex(value) for key, value in row.service_data.items()}
    return Advertisement(
        at=row.at,
        scanner=row.scanner,
        address=row.address,
        rssi=row.rssi,
        manufacturer_data={**parts.manufacturer_data, **manufacturer_data},
        service_data={**parts.service_data, **service_data},
        service_uuids=row.service_uuids or parts.service_uuids,
        tx_power=parts.tx_power if row.tx_power is None else row.tx_power,
    )


def format_line(advertisement: Advertisement) -> str:
    """One advertisement as a capture line, without the newline; optional fields are left out when empty."""
    row: dict[str, Any] = {
        "at": advertisement.at,
        "scanner": advertisement.scanner,
        "address": advertisement.address,
        "rssi": advertisement.rssi,
    }
    if advertisement.manufacturer_data:
        row["manufacturer_data"] = {f"{key:04x}": value.hex() for key, value in advertisement.manufacturer_data.items()}
    if advertisement.service_data:
        row["service_data"] = {short_uuid(key): value.hex() for key, value in advertisement.service_data.items()}
    if advertisement.service_uuids:
        row["service_uuids"] = [short_uuid(uuid) for uuid in advertisement.service_uuids]
    if advertisement.tx_power is not None:
        row["tx_power"] = advertisement.tx_power
    return json.dumps(row, separators=(",", ":"))


def read_lines(lines: Iterable[str]) -> Iterator[Advertisement]:
    """All advertisements of a capture, in the file's order; blank lines are skipped.

    Raises ``CaptureError`` naming the line's number at the first line that can't be read.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield parse_line(line)
        except CaptureError as error:
            raise CaptureError(f"line {number}: {error}") from error


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
