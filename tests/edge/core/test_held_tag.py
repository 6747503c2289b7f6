"""Which tag is held against the scanner."""

from dataclasses import replace

from nearcart_contract.advertisement import Advertisement, full_uuid
from nearcart_edge.core.held_tag import PACKETS, WITHIN_S, Candidate, HeldTag

UUID = "fda50693-a4e2-4fb1-afcf-c6eb07647825"
TAG = Advertisement(
    0.0, "s", "10:00:00:00:00:01", -40, {0x004C: bytes.fromhex("0215fda50693a4e24fb1afcfc6eb07647825000a0007c5")}
)
BAND = Advertisement(0.0, "s", "C4:64:E3:00:00:01", -42)
IBEACON = Candidate("ibeacon", f"{UUID}/10/7")


def told(held: HeldTag, *packets: tuple[Advertisement, int]) -> list[Candidate | None]:
    return [held.hear(replace(advert, rssi=rssi), n / 10) for n, (advert, rssi) in enumerate(packets)]


def test_a_tag_that_is_near_for_a_few_packets() -> None:
    assert told(HeldTag(), *[(TAG, -40)] * PACKETS) == [*[None] * (PACKETS - 1), IBEACON]


def test_one_that_lies_about_is_not_meant() -> None:
    assert set(told(HeldTag(), *[(TAG, -65)] * 10)) == {None}


def test_two_that_are_near_are_not_clear() -> None:
    heard = told(HeldTag(), *[(TAG, -40), (BAND, -42)] * 8)
    assert set(heard[2 * PACKETS - 1 :]) == {None}


def test_the_louder_of_two_by_far_is_meant() -> None:
    assert told(HeldTag(), *[(TAG, -40), (BAND, -70)] * 5)[-2] == IBEACON


def test_a_few_loud_packets_of_long_ago_do_not_count() -> None:
    held = HeldTag()
    assert [held.hear(TAG, n * WITHIN_S) for n in range(5)] == [None] * 5
    assert sum(len(heard.packets) for heard in held._heard.values()) <= 2


def test_a_fixed_address_is_one_and_a_rolling_one_or_a_stranger_is_none() -> None:
    assert told(HeldTag(), *[(BAND, -40)] * PACKETS)[-1] == Candidate("address", "C4:64:E3:00:00:01")
    rolling = replace(BAND, address="70:81:94:0D:FB:AA")
    finder = replace(BAND, service_data={full_uuid("fd5a"): b"\x01"})
    silent = replace(BAND, address="not one")
    for other in (rolling, finder, silent):
        assert set(told(HeldTag(), *[(other, -30)] * 9)) == {None}


def test_an_eddystone_is_told_as_the_command_takes_it() -> None:
    uid = replace(
        TAG, manufacturer_data={}, service_data={full_uuid("feaa"): bytes.fromhex("00f6" + "01" * 10 + "02" * 6)}
    )
    assert told(HeldTag(), *[(uid, -40)] * PACKETS)[-1] == Candidate("eddystone", "01" * 10 + "/" + "02" * 6)
