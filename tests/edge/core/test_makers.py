"""Makers' formats beyond their vectors: what is cut short, and the presses of a button."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_contract.advertisement import Advertisement, full_uuid
from nearcart_contract.edge_file import Tracking
from nearcart_contract.roster import AddressIdentity
from nearcart_edge.core.decode import Decoder
from nearcart_edge.core.formats.registry import MANUFACTURERS, SERVICES
from nearcart_edge.core.formats.sig_services import wearable_of
from nearcart_edge.core.pipeline import EdgePipeline
from nearcart_edge.core.strangers import network_of
from nearcart_edge.core.telemetry import TagTelemetry

ADDRESS = "C4:64:E3:00:00:09"


def advert(service: dict[str, str] | None = None, manufacturer: dict[int, str] | None = None) -> Advertisement:
    return Advertisement(
        0.0,
        "s",
        ADDRESS,
        -60,
        {company: bytes.fromhex(payload) for company, payload in (manufacturer or {}).items()},
        {full_uuid(uuid): bytes.fromhex(payload) for uuid, payload in (service or {}).items()},
    )


@pytest.mark.parametrize(
    "bad",
    [
        advert({"180f": "65"}),
        advert({"180f": "6400"}),
        advert({"1814": "03000164"}),
        advert({"ffe1": "a10163"}),
        advert({"ffe1": "a108"}),
        advert({"fe6a": "0305"}),
        advert({"fe6a": "0300"}),
        advert({"fe6a": "03020d05"}),
        advert(None, {0x006B: "3b"}),
    ],
)
def test_what_is_cut_short_is_counted(bad: Advertisement) -> None:
    decoder = Decoder()
    assert decoder.decode(bad) == ()
    assert decoder.malformed == 1


def test_telemetry() -> None:
    def of(advertisement: Advertisement) -> TagTelemetry | None:
        (frame,) = Decoder().decode(advertisement)
        return frame.telemetry

    assert of(advert({"180f": "5a"})) == TagTelemetry(battery_percent=90)
    assert of(advert({"fe6a": "03020b f5 020c 50".replace(" ", "")})) == TagTelemetry(
        battery_percent=80, temperature_c=-11.0
    )
    assert of(advert({"ffe1": "a1016315803200aabbccddeeff"})) == TagTelemetry(battery_percent=99, temperature_c=21.5)
    assert of(advert({"fe6a": "03020a64"})) is None


def test_a_minew_frame_with_more_than_its_length_is_another() -> None:
    decoder = Decoder()
    assert decoder.decode(advert({"ffe1": "a1016315803200aabbccddeeff00"})) == ()
    assert decoder.malformed == 1


def test_a_click_of_a_kontakt_tag_is_one_press() -> None:
    pipeline = EdgePipeline([AddressIdentity(id="gina", kind="address", address=ADDRESS)], Tracking(enter_packets=1))
    payloads = ["0304110601 00", "0304110602 00", "030411063c00", "0304110701 00", "0304110700 00"]
    told = [
        [event.kind for event in pipeline.hear(advert({"fe6a": payload.replace(" ", "")}), 1.0 + n)]
        for n, payload in enumerate(payloads)
    ]
    assert told == [["enter", "press"], [], [], ["press"], []]


def test_a_click_of_long_ago_is_no_press() -> None:
    pipeline = EdgePipeline([AddressIdentity(id="gina", kind="address", address=ADDRESS)], Tracking(enter_packets=1))
    assert [event.kind for event in pipeline.hear(advert({"fe6a": "03041109ff00"}), 1.0)] == ["enter"]


def test_wearables_that_only_name_their_services() -> None:
    assert wearable_of((full_uuid("180d"), full_uuid("183e"), full_uuid("feaa"))) == ("heart-rate", "physical-activity")


def test_a_tag_of_ours_is_no_stranger() -> None:
    assert network_of(advert(None, {0x004C: "0215" + "00" * 21})) is None
    assert network_of(advert({"feaa": "00f6" + "00" * 16})) is None
    assert network_of(Advertisement(0.0, "s", ADDRESS, -60, {}, {}, (full_uuid("feed"),))) == "tile"


@given(
    st.sampled_from(sorted(MANUFACTURERS)),
    st.sampled_from(sorted(SERVICES)),
    st.binary(max_size=40),
    st.binary(max_size=40),
)
def test_no_payload_raises(company: int, service: str, first: bytes, second: bytes) -> None:
    heard = Advertisement(0.0, "s", ADDRESS, -60, {company: first}, {service: second})
    for frame in Decoder().decode(heard):
        frame.describe(), frame.telemetry, frame.presses, frame.press_number, frame.static_key
    network_of(heard)
