"""What passive scanning should hear, and when it is refused."""

import pytest

from nearcart_contract.advertisement import Advertisement, full_uuid
from nearcart_edge.core.self_test import SelfTest, passes_passively

IBEACON = bytes.fromhex("0215fda50693a4e24fb1afcfc6eb07647825000a0007c5")


def tag(number: int) -> Advertisement:
    return Advertisement(0.0, "till", f"C4:64:E3:00:00:0{number}", -60, {0x004C: IBEACON})


def phone(number: int) -> Advertisement:
    return Advertisement(0.0, "till", f"70:81:94:00:00:0{number}", -60, {0x004C: b"\x10\x05"})


@pytest.mark.parametrize(
    ("manufacturer_data", "service_data", "passes"),
    [
        ({0x004C: IBEACON}, {}, True),
        ({0x0118: bytes.fromhex("beac") + bytes(22)}, {}, True),  # AltBeacon, of any company
        ({}, {full_uuid("feaa"): b"\x00"}, True),
        ({}, {full_uuid("fcd2"): b"\x40"}, True),
        ({0x004C: b"\x10\x05"}, {}, False),
        ({0x02E5: b"\x02\x15"}, {}, False),
        ({}, {full_uuid("fd6f"): b"\x00"}, False),
        ({}, {"f000aa00-0451-4000-b000-000000000000": b"\x00"}, False),
        ({}, {}, False),
    ],
)
def test_the_patterns_are_the_formats(manufacturer_data, service_data, passes: bool) -> None:
    assert passes_passively(Advertisement(0.0, "s", "A", -60, manufacturer_data, service_data)) is passes


@pytest.mark.parametrize(("expected", "heard", "passed"), [(0, 0, True), (2, 0, True), (3, 0, False), (3, 1, True)])
def test_it_is_refused_when_several_should_be_heard_and_none_is(expected: int, heard: int, passed: bool) -> None:
    test = SelfTest()
    for number in range(expected):
        assert test.hear_actively(tag(number))
    for number in range(heard):
        test.hear_passively(tag(number))
    assert test.passed is passed
    assert test.complete is (heard == expected)


def test_who_is_never_heard_passively_is_counted_and_not_expected() -> None:
    test = SelfTest()
    assert not test.hear_actively(phone(1))
    test.hear_actively(tag(1))
    test.hear_passively(phone(1))
    assert not test.complete
    assert test.told == "it heard 0 of 1 devices that it should hear; 1 others it never will"
    assert SelfTest().told == "nothing was on the air to test it with"


def test_a_crowd_is_not_remembered_without_end() -> None:
    test = SelfTest()
    for number in range(1000):
        test.hear_actively(Advertisement(0.0, "s", str(number), -60, {0x004C: IBEACON}))
        test.hear_actively(Advertisement(0.0, "s", str(number), -60))
    assert test.told == "it heard 0 of 256 devices that it should hear; 256 others it never will"
