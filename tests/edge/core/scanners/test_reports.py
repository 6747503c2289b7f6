"""What each kind of scanner publishes, against recorded and documented messages (``tests/data/scanners``), and against nonsense."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_contract.advertisement import Advertisement, short_uuid
from nearcart_contract.bridge_file import BridgeFile
from nearcart_contract.roster import EddystoneUidIdentity, IBeaconIdentity, IrkIdentity
from nearcart_edge.core.decode import Decoder
from nearcart_edge.core.identify import Identifier
from nearcart_edge.core.scanners.kind import MAX_REPORT_BYTES, Arrival, ReportRefusedError
from nearcart_edge.core.scanners.registry import KINDS

VECTORS = [
    json.loads(line)
    for line in (Path(__file__).parents[3] / "data" / "scanners" / "reports.jsonl").read_text().splitlines()
]
NOW = Arrival(1_700_000_000.0, "door")
READERS = sorted(KINDS)


def read(kind: str, payload: str | bytes) -> Advertisement | None:
    return KINDS[kind].read(payload if isinstance(payload, bytes) else payload.encode(), NOW)


def as_told(advert: Advertisement) -> dict[str, Any]:
    told: dict[str, Any] = {"address": advert.address, "rssi": advert.rssi}
    if advert.manufacturer_data:
        told["manufacturer_data"] = {f"{key:04x}": value.hex() for key, value in advert.manufacturer_data.items()}
    if advert.service_data:
        told["service_data"] = {short_uuid(key): value.hex() for key, value in advert.service_data.items()}
    return told


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['kind']}-{vector['payload'][:40]}")
def test_a_published_message(vector: dict[str, Any]) -> None:
    if "refused" in vector:
        with pytest.raises(ReportRefusedError) as refusal:
            read(vector["kind"], vector["payload"])
        assert str(refusal.value) == vector["refused"]
        return
    advert = read(vector["kind"], vector["payload"])
    assert ("nothing" if advert is None else as_told(advert)) == vector["heard"]
    if advert is not None:
        assert (advert.at, advert.scanner) == (NOW.at, "door")


def test_every_kind_has_messages_and_a_word_in_the_file() -> None:
    assert {vector["kind"] for vector in VECTORS} == set(KINDS)
    schema = BridgeFile.model_json_schema()["$defs"]["BridgedScanner"]
    assert set(schema["properties"]["kind"]["enum"]) == set(KINDS)


def test_what_was_made_again_proves_whom_the_packet_would_have_proved() -> None:
    people = Identifier(
        [
            IBeaconIdentity(
                id="allie", kind="ibeacon", uuid="426c7565-4368-6172-6d42-6561636f6e73", major=3838, minor=4949
            ),
            IBeaconIdentity(
                id="thermometer", kind="ibeacon", uuid="494e5445-4c4c-495f-524f-434b535f4857", major=20597, minor=62207
            ),
            EddystoneUidIdentity(
                id="tag", kind="eddystone-uid", namespace="edd1ebeac04e5defa017", instance="0bdb87539b67"
            ),
            IrkIdentity(id="dora", kind="irk", irk="ec0234a357c8ad05341010a60a397d9b"),
        ]
    )
    proven = []
    for vector in VECTORS:
        advert = None if "refused" in vector else read(vector["kind"], vector["payload"])
        if advert is not None:
            frames = people.open(advert, Decoder().decode(advert))
            proven.append(people.prove(advert, frames))
    assert [name for name in proven if name] == ["allie", "tag", "tag", "dora", "thermometer"]


def test_telemetry_and_measured_power_arrive_as_from_a_packet() -> None:
    for payload, expected in (
        ('{"mac":"c464e3000001","id":"x","rssi":-60,"batt":84,"temp":-3.5}', (84, -3.5)),
        ('{"mac":"c464e3000001","id":"x","rssi":-60,"batt":300,"temp":1e9}', None),
    ):
        advert = read("espresense", payload)
        assert advert is not None
        frames = Decoder().decode(advert)
        told = frames[0].telemetry if frames else None
        assert (told and (told.battery_percent, told.temperature_c)) == expected
    beacon = read(
        "espresense", '{"mac":"c464e3000001","id":"iBeacon:fda50693-a4e2-4fb1-afcf-c6eb07647825-1-2","rssi@1m":-59.2}'
    )
    assert beacon is not None
    assert beacon.rssi is None
    (frame,) = Decoder().decode(beacon)
    assert frame.power_at_1m == -59


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"", "it is not JSON"),
        (b"online", "it is not JSON"),
        (b'{"rssi": "loud", "id": "C4:64:E3:00:00:01", "mac": "C4:64:E3:00:00:01"}', "rssi: "),
        (b'{"rssi": NaN, "id": "C4:64:E3:00:00:01", "mac": "C4:64:E3:00:00:01"}', "rssi: "),
        (b'{"rssi": -60, "id": "secret", "mac": "secret"}', "not a Bluetooth address"),
        (b"[1, 2]", "Input should be an object"),
        (b'{"id": "' + b"x" * MAX_REPORT_BYTES + b'"}', "at most 8192 are allowed"),
    ],
    ids=["empty", "text", "words", "nan", "address", "list", "long"],
)
def test_nonsense_is_refused_with_its_reason_and_none_of_its_content(kind: str, payload: bytes, why: str) -> None:
    with pytest.raises(ReportRefusedError) as refusal:
        read(kind, payload)
    assert why in str(refusal.value)
    assert "secret" not in str(refusal.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "id",
    "mac",
    "rssi",
    "rssi@1m",
    "batt",
    "mV",
    "temp",
    "manufacturerdata",
    "servicedata",
    "servicedatauuid",
    "uuid",
    "major",
    "minor",
    "txpower",
    "volt",
    "tempc",
]
HEX = st.binary(max_size=40).map(bytes.hex)
LIKELY = st.fixed_dictionaries(
    {
        "id": st.just("C4:64:E3:00:00:01") | st.text(max_size=80),
        "mac": st.just("c464e3000001"),
        "rssi": st.floats(-150, 50),
    },
    optional={
        name: JSON | HEX | st.integers(-40_000, 70_000) | st.sampled_from(["feaa", "0xfcd2"]) for name in FIELDS[3:]
    },
)


@pytest.mark.parametrize("kind", READERS)
@given(payload=st.binary() | JSON.map(json.dumps).map(str.encode) | LIKELY.map(json.dumps).map(str.encode))
def test_whatever_comes_is_read_or_refused(kind: str, payload: bytes) -> None:
    try:
        advert = read(kind, payload)
    except ReportRefusedError:
        return
    if advert is not None:
        assert advert.rssi is None or -126 <= advert.rssi <= 20
        assert len(advert.address) == 17
        Decoder().decode(advert)


IDS = st.from_regex(
    r"(iBeacon|altBeacon):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9]{1,5}-[0-9]{1,5}", fullmatch=True
)


@given(identifier=IDS, power=st.none() | st.integers(-200, 200))
def test_a_beacon_s_id_goes_through_our_decoder_unchanged(identifier: str, power: int | None) -> None:
    report: dict[str, Any] = {"mac": "c464e3000001", "id": identifier, "rssi": -60.5}
    if power is not None:
        report["rssi@1m"] = power
    advert = read("espresense", json.dumps(report))
    assert advert is not None
    _, _, numbers = identifier.partition(":")
    uuid, major, minor = numbers[:36], *map(int, numbers[37:].split("-"))
    frames = Decoder().decode(advert)
    if max(major, minor) > 0xFFFF:
        assert frames == ()
    else:
        (frame,) = frames
        assert frame.static_key == (identifier.partition(":")[0].lower(), uuid, major, minor)


@given(
    major=st.integers(0, 0xFFFF),
    minor=st.integers(0, 0xFFFF),
    power=st.integers(-128, 127),
    uuid=st.binary(min_size=16, max_size=16),
)
def test_an_ibeacon_as_theengs_decoder_tells_it_is_the_packet_again(
    major: int, minor: int, power: int, uuid: bytes
) -> None:
    """Numbers as signed ones, as its older versions tell them, and the power as ``txpower`` or ``volt``."""
    payload = (
        b"\x02\x15" + uuid + major.to_bytes(2, "big") + minor.to_bytes(2, "big") + power.to_bytes(1, "big", signed=True)
    )
    signed = [number - 0x10000 if number > 0x7FFF else number for number in (major, minor)]
    told = {"txpower": power} if power < 0 else {"volt": power / 10}
    report = {
        "id": "C4:64:E3:00:00:01",
        "rssi": -60,
        "uuid": uuid.hex(),
        "major": signed[0],
        "minor": signed[1],
        **told,
    }
    advert = read("theengs", json.dumps(report))
    assert advert is not None
    assert advert.manufacturer_data == {0x004C: payload}
