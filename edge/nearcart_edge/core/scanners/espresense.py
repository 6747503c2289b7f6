"""ESPresense nodes: github.com/ESPresense/ESPresense, read at a6f1105e7943 (``src/BleFingerprint.cpp``, ``src/main.cpp``).

``espresense/devices/{id}/{node}`` has ``mac`` (the address in the air), ``id`` (the best name the node found), ``rssi`` (its own median, less
its correction ``rxAdj``), ``rssi@1m``, and a sensor's ``batt`` and ``temp``; nothing of the payload. It is sent every five seconds, sooner while the distance
changes. An ``eddy:`` id has the namespace's fifth byte twice, a slip of the node's that is undone here. An ``irk:`` id is the key itself: it is not used
(``mac`` resolves by our own) and must not be shown.
"""

import re

from pydantic import Field

from nearcart_contract.advertisement import Advertisement
from nearcart_contract.edge_file import Tracking
from nearcart_contract.names import Message
from nearcart_edge.core.formats import bthome, ibeacon
from nearcart_edge.core.formats.eddystone import LOSS_OVER_FIRST_METRE_DB
from nearcart_edge.core.formats.eddystone import SERVICE as EDDYSTONE
from nearcart_edge.core.scanners import payloads
from nearcart_edge.core.scanners.kind import Address, Arrival, Kind, Number, heard_rssi, parse_report

_BEACON = re.compile(
    r"(iBeacon|altBeacon):([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})-([0-9]{1,5})-([0-9]{1,5})"
)
_EDDYSTONE = re.compile(r"eddy:([0-9a-f]{8})([0-9a-f]{2})(?:\2)?([0-9a-f]{10})-([0-9a-f]{12})")
_ALT_BEACON_COMPANY = 0xBEAC
"""The only AltBeacons that a node knows as such: it looks for the marker where the company stands."""


class _Report(Message):
    mac: Address
    id: str = Field(default="", max_length=256)
    rssi: Number | None = None
    power_at_1m: Number | None = Field(default=None, alias="rssi@1m")
    battery: Number | None = Field(default=None, alias="batt")
    temperature: Number | None = Field(default=None, alias="temp")


def read(payload: bytes, arrival: Arrival) -> Advertisement:
    """A node's report. Raises ``ReportRefusedError``."""
    report = parse_report(_Report, payload)
    manufacturer_data = _beacon(report)
    service_data = _service_data(report)
    rssi = None if report.rssi is None else heard_rssi(report.rssi)
    return Advertisement(arrival.at, arrival.scanner, report.mac, rssi, manufacturer_data, service_data)


def _beacon(report: _Report) -> dict[int, bytes]:
    match = _BEACON.fullmatch(report.id)
    if match is None:
        return {}
    kind, uuid, major, minor = match[1], bytes.fromhex(match[2].replace("-", "")), int(match[3]), int(match[4])
    if max(major, minor) > 0xFFFF:
        return {}
    power = payloads.signed_byte(report.power_at_1m)
    if kind == "iBeacon":
        return {ibeacon.COMPANY: payloads.ibeacon(uuid, major, minor, power)}
    return {_ALT_BEACON_COMPANY: payloads.alt_beacon(uuid, major, minor, power)}


def _service_data(report: _Report) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    match = _EDDYSTONE.fullmatch(report.id)
    if match is not None:
        at_0m = None if report.power_at_1m is None else report.power_at_1m + LOSS_OVER_FIRST_METRE_DB
        namespace = bytes.fromhex(match[1] + match[2] + match[3])
        found[EDDYSTONE] = payloads.eddystone_uid(namespace, bytes.fromhex(match[4]), payloads.signed_byte(at_0m))
    told = payloads.readings(report.battery, report.temperature)
    if told is not None:
        found[bthome.SERVICE] = told
    return found


KIND = Kind(
    read=read,
    reports=("espresense/devices/+/{node}",),
    status="espresense/rooms/{node}/status",
    heartbeats=("espresense/rooms/{node}/telemetry",),
    node=None,
    # A report every 5 s (DEFAULT_SKIP_MS): two of them are evidence, and five missing ones are absence.
    tracking=Tracking(enter_within_s=12, exit_after_s=25),
    # Telemetry comes every 15 s whoever is there; shorter than exit_after_s, so that a dead node counts nobody as gone.
    quiet_after=20,
)
