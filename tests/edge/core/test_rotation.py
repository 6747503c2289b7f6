"""Addresses and identifiers that roll, and clocks that jump: nobody leaves and nobody comes because of them."""

from collections.abc import Iterator

import pytest

from nearcart_contract.advertisement import Advertisement, full_uuid
from nearcart_contract.edge_file import Tracking
from nearcart_contract.roster import EddystoneEidIdentity, IBeaconIdentity, Identity, IrkIdentity
from nearcart_edge.core.block_cipher import cipher
from nearcart_edge.core.ephemeral_ids import ephemeral_id
from nearcart_edge.core.pipeline import EdgePipeline
from nearcart_edge.core.presence import PresenceEvent
from nearcart_edge.core.private_address import AddressHash

IRK, EID_KEY, EXPONENT = bytes.fromhex("ec0234a357c8ad05341010a60a397d9b"), bytes(range(16)), 10
PHONE: Identity = IrkIdentity(id="phone", kind="irk", irk=IRK.hex())
TAG: Identity = EddystoneEidIdentity(
    id="tag", kind="eddystone-eid", identity_key=EID_KEY.hex(), rotation_exponent=EXPONENT
)
BEACON: Identity = IBeaconIdentity(
    id="beacon", kind="ibeacon", uuid="fda50693-a4e2-4fb1-afcf-c6eb07647825", major=10, minor=7
)
WALL, STARTED = 1_790_000_000.0, 5000.0


def phone_at(rotation: int) -> Advertisement:
    prand = bytes([0x40 | rotation >> 16]) + rotation.to_bytes(3, "big")[1:]
    octets = prand + AddressHash(IRK).of(prand)
    return Advertisement(0.0, "till", ":".join(f"{octet:02X}" for octet in octets), -60, {0x004C: b"\x10\x05"})


def tag_at(wall: float, address: int = 1) -> Advertisement:
    """What an honest tag sends at this true time."""
    eid = bytes.fromhex(ephemeral_id(cipher(EID_KEY), EXPONENT, int(wall)))
    return Advertisement(0.0, "till", f"C4:64:E3:00:00:{address:02X}", -60, {}, {full_uuid("feaa"): b"\x30\xf6" + eid})


class Edge:
    """The core, told the time once a second as an agent does. ``wrong_by``: how far off the wall clock is that it is told."""

    def __init__(self, *roster: Identity) -> None:
        self.pipeline = EdgePipeline(roster, Tracking(exit_gaps=0), bounded=True)
        self.elapsed = 0.0
        self.wrong_by = 0.0
        self.events: list[PresenceEvent] = []

    def second(self, heard: Iterator[Advertisement] | tuple[Advertisement, ...]) -> None:
        self.elapsed += 1
        now, wall = STARTED + self.elapsed, WALL + self.elapsed + self.wrong_by
        self.pipeline.know_time(wall, now)
        if self.pipeline.rolls(wall):
            self.pipeline.roll(wall)
        self.events += self.pipeline.tick(now)
        for advertisement in heard:
            self.events += self.pipeline.hear(advertisement, now)

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(event.identity, event.kind) for event in self.events]


def test_a_thousand_rotations_of_a_private_address_make_one_enter_and_no_exit() -> None:
    edge = Edge(PHONE)
    for rotation in range(1000):
        for _ in range(3):
            edge.second((phone_at(rotation),))
    assert edge.told == [("phone", "enter")]


def test_rotations_of_an_eid_make_one_enter_and_no_exit() -> None:
    edge = Edge(TAG)
    for _ in range(20 << EXPONENT):
        edge.second(
            (tag_at(WALL + edge.elapsed, address=int(edge.elapsed) >> EXPONENT),) if edge.elapsed % 3 == 0 else ()
        )
    assert edge.told == [("tag", "enter")]


@pytest.mark.parametrize("hours", [-7, -1, 1, 7])
def test_a_clock_that_jumps_makes_no_exit_of_who_is_known_by_what_does_not_roll(hours: int) -> None:
    payload = bytes.fromhex("0215fda50693a4e24fb1afcfc6eb07647825000a0007c5")
    edge = Edge(BEACON, PHONE)
    for second in range(120):
        if second == 60:
            edge.wrong_by = hours * 3600.0
        edge.second((Advertisement(0.0, "till", "C4:64:E3:00:00:01", -60, {0x004C: payload}), phone_at(0)))
    assert sorted(edge.told) == [("beacon", "enter"), ("phone", "enter")]


@pytest.mark.parametrize("hours", [-7, 7])
def test_a_clock_that_was_wrong_and_is_set_right_finds_the_tag_that_rolls(hours: int) -> None:
    edge = Edge(TAG)
    edge.wrong_by = hours * 3600.0
    for _ in range(60):
        edge.second((tag_at(WALL + edge.elapsed),))
    assert edge.told == []
    edge.wrong_by = 0.0
    for _ in range(5):
        edge.second((tag_at(WALL + edge.elapsed),))
    assert edge.told == [("tag", "enter")]
