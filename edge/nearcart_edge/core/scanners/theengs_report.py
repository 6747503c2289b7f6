"""The report that Theengs Gateway and OpenMQTTGateway share, as both decode with theengs/decoder.

``id`` is the address: an identity address where the scanner was given the device's key, a beacon's UUID where OpenMQTTGateway was told to say
that (then ``mac`` is the address). ``rssi`` is the packet's. ``manufacturerdata`` (company id first), ``servicedata`` and ``servicedatauuid`` are
the payload in hex, one report a service. Unless a scanner is told otherwise it leaves them out of what it could decode, and says what it
decoded: of an iBeacon everything, of a sensor the readings. Its numbers above 32,767 came out negative before theengs/decoder
could do better, and a beacon's power that is not negative comes as ``volt``, a tenth of it (``src/devices/iBeacon_json.h`` of version 2.5.0).
"""

from typing import Annotated

from pydantic import BeforeValidator, Field

from nearcart_contract.advertisement import Advertisement, full_uuid
from nearcart_contract.names import Message
from nearcart_edge.core.formats import bthome, ibeacon
from nearcart_edge.core.scanners import payloads
from nearcart_edge.core.scanners.kind import (
    Arrival,
    Number,
    ReportRefusedError,
    address_of,
    heard_rssi,
    parse_report,
)

_COMPANY_BYTES = 2
_UUID_BYTES = 16


def _hex(value: object) -> bytes:
    try:
        return bytes.fromhex(value if isinstance(value, str) else "-")
    except ValueError:
        raise ValueError("not hex") from None


def _service(value: object) -> str:
    try:
        return full_uuid(value.lower().removeprefix("0x") if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("not a UUID of 4, 8 or 32 hex digits") from None


_Hex = Annotated[bytes, BeforeValidator(_hex)]
_Service = Annotated[str, BeforeValidator(_service)]
_BeaconNumber = Annotated[int, Field(ge=-0x8000, le=0xFFFF)]


class TheengsReport(Message):
    """What of a report matters here."""

    id: str = Field(default="", max_length=64)
    mac: str | None = Field(default=None, max_length=64)
    rssi: Number | None = None
    manufacturerdata: _Hex | None = None
    servicedata: _Hex | None = None
    servicedatauuid: _Service | None = None
    uuid: _Hex | None = None
    major: _BeaconNumber | None = None
    minor: _BeaconNumber | None = None
    txpower: Number | None = None
    volt: Number | None = None
    batt: Number | None = None
    tempc: Number | None = None


def read(payload: bytes, arrival: Arrival) -> Advertisement | None:
    """A report; none where there is no RSSI, hence no packet: ``absent``, ``offline``, answers to commands. Raises ``ReportRefusedError``."""
    report = parse_report(TheengsReport, payload)
    if report.rssi is None:
        return None
    try:
        address = address_of(report.mac or report.id)
    except ValueError as error:
        raise ReportRefusedError(f"id: {error}") from None
    manufacturer_data = _manufacturer_data(report)
    service_data = _service_data(report)
    if not manufacturer_data and not service_data:
        service_data = _readings(report)
    return Advertisement(arrival.at, arrival.scanner, address, heard_rssi(report.rssi), manufacturer_data, service_data)


def _manufacturer_data(report: TheengsReport) -> dict[int, bytes]:
    raw = report.manufacturerdata
    if raw is not None and len(raw) >= _COMPANY_BYTES:
        return {int.from_bytes(raw[:_COMPANY_BYTES], "little"): raw[_COMPANY_BYTES:]}
    if report.uuid is None or report.major is None or report.minor is None or len(report.uuid) != _UUID_BYTES:
        return {}
    major, minor = report.major & 0xFFFF, report.minor & 0xFFFF
    return {ibeacon.COMPANY: payloads.ibeacon(report.uuid, major, minor, _beacon_power(report))}


def _beacon_power(report: TheengsReport) -> int:
    if report.txpower is None and report.volt is not None:
        return payloads.signed_byte(report.volt * 10)
    return payloads.signed_byte(report.txpower)


def _service_data(report: TheengsReport) -> dict[str, bytes]:
    if report.servicedata is None or report.servicedatauuid is None:
        return {}
    return {report.servicedatauuid: report.servicedata}


def _readings(report: TheengsReport) -> dict[str, bytes]:
    told = payloads.readings(report.batt, report.tempc)
    return {} if told is None else {bthome.SERVICE: told}
