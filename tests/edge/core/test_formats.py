"""Each format from its specification's layout, and what is none of them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_contract.advertisement import Advertisement, full_uuid
from nearcart_edge.core.decode import Decoder
from nearcart_edge.core.formats.registry import MANUFACTURERS, SERVICES

EDDYSTONE = full_uuid("feaa")
UUID = "fda50693-a4e2-4fb1-afcf-c6eb07647825"
IBEACON = "0215fda50693a4e24fb1afcfc6eb07647825000a0007c5"


def advert(manufacturer: dict[int, str] | None = None, service: dict[str, str] | None = None) -> Advertisement:
    return Advertisement(
        at=0.0,
        scanner="s",
        address="C4:64:E3:00:00:01",
        rssi=-60,
        manufacturer_data={company: bytes.fromhex(payload) for company, payload in (manufacturer or {}).items()},
        service_data={full_uuid(uuid): bytes.fromhex(payload) for uuid, payload in (service or {}).items()},
    )


def described(advertisement: Advertisement) -> list[dict[str, object]]:
    return [frame.describe() for frame in Decoder().decode(advertisement)]


def test_an_ibeacon() -> None:
    assert described(advert({0x004C: IBEACON})) == [
        {"format": "ibeacon", "uuid": UUID, "major": 10, "minor": 7, "measured_power": -59}
    ]


def test_an_altbeacon_of_any_company() -> None:
    payload = "beac000102030405060708090a0b0c0d0e0f00010002c52a"
    for company in (0x0118, 0x004C, 0xFFFF):
        assert described(advert({company: payload})) == [
            {
                "format": "altbeacon",
                "company": f"{company:04x}",
                "id1": "00010203-0405-0607-0809-0a0b0c0d0e0f",
                "id2": 1,
                "id3": 2,
                "measured_power": -59,
                "reserved": 42,
            }
        ]


@pytest.mark.parametrize("reserved", ["", "0000"])
def test_an_eddystone_uid_with_and_without_its_reserved_bytes(reserved: str) -> None:
    assert described(advert(service={"feaa": "00f6000102030405060708090a0b0c0d0e0f" + reserved})) == [
        {
            "format": "eddystone-uid",
            "namespace": "00010203040506070809",
            "instance": "0a0b0c0d0e0f",
            "power_at_0m": -10,
        }
    ]


@pytest.mark.parametrize(
    ("payload", "battery_mv", "temperature_c"),
    [
        ("20000bb815800000006400000258", 3000, 21.5),
        ("20000bb8fe800000006400000258", 3000, -1.5),
        ("20000bb880000000006400000258", 3000, None),
        ("2000000015800000006400000258", 0, 21.5),
    ],
)
def test_an_eddystone_tlm(payload: str, battery_mv: int, temperature_c: float | None) -> None:
    assert described(advert(service={"feaa": payload})) == [
        {
            "format": "eddystone-tlm",
            "battery_mv": battery_mv,
            "temperature_c": temperature_c,
            "advertisement_count": 100,
            "uptime_s": 60.0,
        }
    ]


def test_an_encrypted_eddystone_tlm() -> None:
    assert described(advert(service={"feaa": "2001000102030405060708090a0b0c0d0e0f"})) == [
        {
            "format": "eddystone-etlm",
            "ciphertext": "000102030405060708090a0b",
            "salt": "0c0d",
            "integrity": "0e0f",
        }
    ]


@pytest.mark.parametrize(
    ("payload", "url"),
    [
        ("10ee00676f6f676c6507", "http://www.google.com"),
        ("10ee036578616d706c65012f78", "https://example.org//x"),
        ("10ee02", "http://"),
    ],
)
def test_an_eddystone_url(payload: str, url: str) -> None:
    assert described(advert(service={"feaa": payload})) == [{"format": "eddystone-url", "url": url, "power_at_0m": -18}]


def test_an_eddystone_eid() -> None:
    assert described(advert(service={"feaa": "30ee0001020304050607"})) == [
        {"format": "eddystone-eid", "eid": "0001020304050607", "power_at_0m": -18}
    ]


def test_manufacturer_data_comes_before_service_data() -> None:
    both = advert({0x004C: IBEACON}, {"feaa": "30ee0001020304050607"})
    assert [frame["format"] for frame in described(both)] == ["ibeacon", "eddystone-eid"]


@pytest.mark.parametrize(
    "advertisement",
    [
        advert({0x004C: "1005011c000000"}),  # Apple Continuity "nearby"
        advert({0x0059: IBEACON}),  # an iBeacon's bytes under another company's id
        advert({0x004C: ""}),
        advert(service={"feaa": ""}),
        advert(service={"feaa": "40ee00"}),  # a frame type that Eddystone keeps for later
        advert(service={"feaa": "2002"}),  # a telemetry version of the future
        advert(service={"180a": "64"}),
        advert(),
    ],
)
def test_what_is_no_beacon_gives_no_frame_and_is_not_malformed(advertisement: Advertisement) -> None:
    decoder = Decoder()
    assert decoder.decode(advertisement) == ()
    assert decoder.malformed == 0


@pytest.mark.parametrize(
    "advertisement",
    [
        advert({0x004C: IBEACON[:-2]}),
        advert({0x004C: IBEACON + "00"}),
        advert({0x0118: "beac0001"}),
        advert({0x0118: "beac000102030405060708090a0b0c0d0e0f00010002c50000"}),
        advert(service={"feaa": "00f6000102030405060708090a0b0c0d0e0f00"}),
        advert(service={"feaa": "20"}),
        advert(service={"feaa": "20000bb8158000000064000002"}),
        advert(service={"feaa": "2001000102"}),
        advert(service={"feaa": "10ee"}),
        advert(service={"feaa": "10ee04"}),
        advert(service={"feaa": "10ee000e"}),
        advert(service={"feaa": "10ee00" + "61" * 18}),
        advert(service={"feaa": "30ee00010203040506"}),
    ],
)
def test_a_malformed_payload_gives_no_frame_and_is_counted(advertisement: Advertisement) -> None:
    decoder = Decoder()
    assert decoder.decode(advertisement) == ()
    assert decoder.malformed == 1


def test_a_malformed_payload_does_not_hide_a_good_one_beside_it() -> None:
    decoder = Decoder()
    frames = decoder.decode(advert({0x004C: "0215"}, {"feaa": "30ee0001020304050607"}))
    assert [frame.format for frame in frames] == ["eddystone-eid"]
    assert decoder.malformed == 1


MARKERS = [b"", b"\x02\x15", b"\xbe\xac", b"\x00", b"\x10", b"\x20\x00", b"\x20\x01", b"\x30"]
PAYLOADS = st.builds(bytes.__add__, st.sampled_from(MARKERS), st.binary(max_size=40))


@given(
    st.dictionaries(st.sampled_from([*MANUFACTURERS, 0x0118, 0xFFFF]), PAYLOADS),
    st.dictionaries(st.sampled_from([*SERVICES, full_uuid("fcd2")]), PAYLOADS),
)
def test_any_bytes_give_frames_that_can_be_printed(
    manufacturer_data: dict[int, bytes], service_data: dict[str, bytes]
) -> None:
    advertisement = Advertisement(0.0, "s", "a", None, manufacturer_data, service_data)
    frames = Decoder().decode(advertisement)
    assert len(frames) <= len(manufacturer_data) + len(service_data)
    for frame in frames:
        assert json.loads(json.dumps(frame.describe()))["format"] == frame.format
        assert frame.power_at_1m is None or -128 - 41 <= frame.power_at_1m <= 127


def test_every_format_file_is_in_the_registry() -> None:
    formats = Path(__file__).parents[3] / "edge" / "nearcart_edge" / "core" / "formats"
    shared = {"__init__", "frame", "registry", "eddystone"}
    registry = (formats / "registry.py").read_text() + (formats.parent / "decode.py").read_text()
    for file in formats.glob("*.py"):
        assert file.stem in shared or f"{file.stem}." in registry
