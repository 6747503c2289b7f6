"""BTHome beyond its vectors: what is cut off, keys, and presses told once."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from hypothesis import given
from hypothesis import strategies as st

from nearcart_contract.advertisement import Advertisement, full_uuid
from nearcart_contract.edge_file import Tracking
from nearcart_contract.roster import BTHomeIdentity
from nearcart_edge.core.decode import Decoder
from nearcart_edge.core.formats.bthome import BTHome, Sealed, decode
from nearcart_edge.core.identify import Identifier
from nearcart_edge.core.pipeline import EdgePipeline
from nearcart_edge.core.presence import PresenceEvent
from nearcart_edge.core.presses import COUNTER_STARTS_ANEW_S, SAME_NUMBER_S, SAME_PACKET_S, Presses
from nearcart_edge.core.telemetry import TagTelemetry

ADDRESS = "54:48:E6:8F:80:A5"
KEY = "231d39c1d7cc1ab1aee224cd096db932"
SEALED = "41e445f3c9962b332211006c7c4519"
PLAIN = BTHomeIdentity(id="finn", kind="bthome", address=ADDRESS)
KEYED = BTHomeIdentity(id="finn", kind="bthome", address=ADDRESS, bind_key=KEY)


def advert(payload: str, scanner: str = "s") -> Advertisement:
    return Advertisement(0.0, scanner, ADDRESS, -60, {}, {full_uuid("fcd2"): bytes.fromhex(payload)})


def frame(payload: str) -> BTHome:
    found = decode(bytes.fromhex(payload))
    assert found is not None
    return found


@pytest.mark.parametrize("rest", ["02", "02CA", "5305", "530548", "3B", "3B01", "3C01", "FF01", "F10001"])
def test_what_comes_before_an_object_cut_off_or_unknown_is_kept(rest: str) -> None:
    assert frame("400161" + rest).measurements == {"battery": 97}


def test_an_older_firmwares_address_is_stepped_over() -> None:
    assert frame("42" + "A5808FE64854" + "0161").measurements == {"battery": 97}


def test_a_packet_that_brings_its_devices_address_is_opened_by_that_devices_key() -> None:
    information, counter = bytes([0x43]), bytes.fromhex("00112233")
    nonce = bytes.fromhex(ADDRESS.replace(":", "")) + b"\xd2\xfc" + information + counter
    sealed = AESCCM(bytes.fromhex(KEY), tag_length=4).encrypt(nonce, bytes.fromhex("0161"), None)
    payload = (information + bytes.fromhex("A5808FE64854") + sealed[:-4] + counter + sealed[-4:]).hex()
    sent_from_another = replace(advert(payload), address="5A:00:00:00:00:01")
    identifier = Identifier([KEYED])
    opened = identifier.open(sent_from_another, (frame(payload),))
    assert [found.describe()["measurements"] for found in opened] == [{"battery": 97}]
    assert identifier.prove(sent_from_another, opened) == "finn"


def test_a_button_let_go_is_told_and_is_no_press() -> None:
    held = frame("403A803A81")
    assert held.measurements == {"button": ["hold_press", "hold_release"]}
    assert held.presses == ("hold_press",)


def test_other_versions_are_not_ours_and_an_empty_payload_is_counted() -> None:
    assert decode(bytes.fromhex("2002CA09")) is None
    decoder = Decoder()
    assert decoder.decode(advert("")) == ()
    assert decoder.decode(advert("41112233")) == ()
    assert decoder.decode(advert("42A5808FE648")) == ()
    assert decoder.malformed == 3


def test_telemetry_of_a_tag() -> None:
    assert frame("40016102CA09").telemetry == TagTelemetry(battery_percent=97, temperature_c=25.06)
    assert frame("401501").telemetry is None, "low or not is no percentage"
    assert frame("4001FF").telemetry == TagTelemetry()


def test_a_key_is_never_shown() -> None:
    identifier = Identifier([KEYED])
    opened = identifier.open(advert(SEALED), (frame(SEALED),))
    assert identifier.prove(advert(SEALED), opened) == "finn"
    for shown in (repr(KEYED), repr(vars(identifier)), repr(opened), str(opened[0].describe())):
        assert KEY not in shown
    assert "sealed" not in opened[0].describe()


def test_a_withdrawn_key_opens_nothing_any_more() -> None:
    identifier = Identifier([KEYED])
    identifier.update(remove=["finn"])
    opened = identifier.open(advert(SEALED), (frame(SEALED),))
    assert identifier.identify(advert(SEALED), opened) is None


def test_without_a_key_its_address_is_what_proves_it() -> None:
    identifier = Identifier([PLAIN])
    assert identifier.prove(advert("400161"), (frame("400161"),)) == "finn"
    identifier.update(remove=["finn"])
    assert identifier.prove(advert("400161"), (frame("400161"),)) is None


@given(st.binary(max_size=40))
def test_no_payload_raises(payload: bytes) -> None:
    decoder = Decoder()
    for found in decoder.decode(Advertisement(0.0, "s", ADDRESS, -60, {}, {full_uuid("fcd2"): payload})):
        found.describe()
        assert isinstance(found, BTHome)
        found.presses, found.telemetry  # noqa: B018  what a tag says is read without error


class TestPresses:
    def test_a_packet_id_is_one_press_for_as_long_as_it_is_repeated(self) -> None:
        presses = Presses()
        assert presses.new("finn", frame("4000013A01"), 0.0) == ("press",)
        for at in (0.1, 1.0, 9.0, 18.0):
            assert presses.new("finn", frame("4000013A01"), at) == ()
        assert presses.new("finn", frame("4000023A02"), 18.1) == ("double_press",)
        assert presses.new("finn", frame("4000023A02"), 18.2 + SAME_NUMBER_S) == ("double_press",)

    def test_a_packet_that_two_radios_tell_in_either_order_is_one_press(self) -> None:
        presses = Presses()
        for number in range(1, 9):
            assert presses.new("finn", frame(f"4000{number:02x}3A01"), float(number)) == ("press",)
        for late in (5, 6, 7):
            assert presses.new("finn", frame(f"4000{late:02x}3A01"), 8.1) == ()
        assert presses.new("finn", frame("4000083A01"), 8.2) == ()
        assert presses.new("finn", frame("4000093A01"), 8.3) == ("press",)
        assert presses.new("finn", frame("4000083A01"), 9.0 + SAME_NUMBER_S) == ("press",), "a counter that came round"

    def test_without_a_number_a_pause_ends_a_press(self) -> None:
        presses = Presses()
        assert presses.new("finn", frame("403A01"), 0.0) == ("press",)
        assert presses.new("finn", frame("403A01"), SAME_PACKET_S) == ()
        assert presses.new("finn", frame("403A01"), 2 * SAME_PACKET_S) == ()
        assert presses.new("finn", frame("403A04"), 2 * SAME_PACKET_S + 0.1) == ("long_press",)
        assert presses.new("finn", frame("403A04"), 3 * SAME_PACKET_S + 0.2) == ("long_press",)

    def test_an_encrypted_packet_sent_again_later_is_no_press(self) -> None:
        presses = Presses()

        def press(counter: int) -> BTHome:
            sealed = Sealed(0x41, b"", counter.to_bytes(4, "little"), b"1234")
            return BTHome(True, None, {"button": "press"}, sealed, ADDRESS)

        assert presses.new("finn", press(10), 0.0) == ("press",)
        assert presses.new("finn", press(10), 4000.0) == ()
        assert presses.new("finn", press(9), 4001.0) == ()
        assert presses.new("finn", press(11), 4002.0) == ("press",)
        assert presses.new("finn", press(1), 4003.0 + COUNTER_STARTS_ANEW_S) == ("press",), "a new battery"

    def test_no_press_is_none_and_each_button_tells(self) -> None:
        presses = Presses()
        assert presses.new("finn", frame("4000013A00"), 0.0) == ()
        assert presses.new("finn", frame("4000013A003A013A04"), 0.0) == ("press", "long_press")
        presses.forget("finn")
        assert presses.new("finn", frame("4000013A003A013A04"), 0.1) == ("press", "long_press")


def test_who_presses_is_there_and_the_press_follows() -> None:
    pipeline = EdgePipeline([PLAIN], Tracking(enter_packets=3))
    events = pipeline.hear(advert("4000073A01"), 1.0)
    assert events == (
        PresenceEvent("enter", "finn", "s", 1.0, -60, address=ADDRESS),
        PresenceEvent("press", "finn", "s", 1.0, -60, button="press", address=ADDRESS, number=7),
    )
    assert pipeline.hear(advert("4000073A01"), 1.2) == ()
    assert [event.button for event in pipeline.hear(advert("4000083A04"), 1.4)] == ["long_press"]


def test_two_radios_of_one_agent_hear_one_press() -> None:
    pipeline = EdgePipeline([PLAIN])
    first, second = pipeline.hear(advert("4000073A01", "a"), 1.0), pipeline.hear(advert("4000073A01", "b"), 1.0)
    assert [event.kind for event in (*first, *second)].count("press") == 1


def test_a_press_in_clear_of_who_has_a_key_is_nobodys() -> None:
    pipeline = EdgePipeline([KEYED], Tracking(enter_packets=1))
    pipeline.hear(advert(SEALED), 1.0)
    assert pipeline.present == 1
    assert pipeline.hear(advert("4000073A01"), 1.1) == ()
