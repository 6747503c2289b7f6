"""6,000 strangers' packets a second: who is enrolled enters no later, and no address is remembered for ever."""

from collections.abc import Iterator

import pytest

from nearcart_contract.advertisement import Advertisement
from nearcart_contract.edge_file import Tracking
from nearcart_contract.roster import IBeaconIdentity, Identity, IrkIdentity
from nearcart_edge.core import flood as flood_module
from nearcart_edge.core.flood import FLOOD_PER_S, HOLD_S, LONGEST_HOLD_S, TRIAL_S, Flood
from nearcart_edge.core.pipeline import EdgePipeline
from nearcart_edge.core.private_address import TRIES_PER_S, AddressHash

UUID = "fda50693-a4e2-4fb1-afcf-c6eb07647825"
TAG = IBeaconIdentity(id="anna", kind="ibeacon", uuid=UUID, major=10, minor=7)
PAYLOAD = bytes.fromhex("0215fda50693a4e24fb1afcfc6eb07647825000a0007c5")
RATE = 6000
LOOKS_PER_S = 300
"""Steps of looking for addresses in a second: a quarter of a desktop's core takes more."""

PHONE, IRK = "phone", bytes.fromhex("ec0234a357c8ad05341010a60a397d9b")


def new_address(number: int) -> str:
    """A resolvable private address that nobody had before."""
    octets = bytes([0x40 | number % 64]) + number.to_bytes(5, "big")
    return ":".join(f"{octet:02X}" for octet in octets)


def stranger(address: str) -> Advertisement:
    return Advertisement(0.0, "till", address, -60, {0x004C: b"\x10\x05\x03\x1c\x11\x22\x33"})


class Shop:
    """An edge's core in simulated time, ticked once a second as the agent does, among strangers of so many addresses."""

    def __init__(self, roster: list[Identity], addresses: int | None = None) -> None:
        self.pipeline = EdgePipeline(roster, Tracking(enter_packets=2), bounded=True)
        self.addresses = addresses
        self.packets = 0
        self.now = 1000.0
        self.entered: dict[str, float] = {}

    def hear(self, advertisement: Advertisement) -> None:
        if self.pipeline.passes_over(advertisement.address):
            return
        for event in self.pipeline.hear(advertisement, self.now):
            if event.kind == "enter":
                self.entered.setdefault(event.identity, self.now)

    def run(self, seconds: float, ours: Iterator[Advertisement] | None = None, every: int = RATE // 2) -> None:
        """Strangers all the time, and a packet of ours after ``every`` of them."""
        for _ in range(int(seconds * RATE)):
            if self.packets % RATE == 0:
                self.pipeline.tick(self.now)
            if self.packets % (RATE // LOOKS_PER_S) == 0 and self.pipeline.addresses_wait:
                self.pipeline.look_for_addresses()
            self.packets += 1
            self.now += 1 / RATE
            number = self.packets if self.addresses is None else self.packets % self.addresses
            self.hear(stranger(new_address(number)))
            if ours is not None and self.packets % every == 0:
                self.hear(next(ours))


def tag_packets() -> Iterator[Advertisement]:
    while True:
        yield Advertisement(0.0, "till", "C4:64:E3:00:00:01", -60, {0x004C: PAYLOAD})


@pytest.mark.parametrize("addresses", [None, 600, 6000], ids=["each-its-own", "600", "6000"])
def test_a_tag_enters_with_its_second_packet_whatever_else_is_on_the_air(addresses: int | None) -> None:
    shop = Shop([TAG], addresses)
    shop.run(4)
    began = shop.now
    shop.run(1.5, tag_packets())
    assert shop.entered["anna"] - began == pytest.approx(1.0, abs=0.01), "two packets, half a second apart"
    assert shop.pipeline.counts.heard >= shop.packets


def test_a_tag_whose_other_packets_name_nobody_enters_within_a_second_more() -> None:
    """It looks like a stranger until its other frame is looked at."""

    def packets() -> Iterator[Advertisement]:
        tag = tag_packets()
        while True:
            for _ in range(3):
                yield stranger("C4:64:E3:00:00:01")
            yield next(tag)

    shop = Shop([TAG], 600)
    shop.run(4)
    began = shop.now
    shop.run(3, packets(), every=RATE // 20)
    assert shop.pipeline.counts.passed_over > RATE
    assert shop.entered["anna"] - began <= 0.4 + 1.0


def test_an_address_that_proved_to_be_somebody_s_is_a_stranger_s_no_more() -> None:
    flood = Flood()
    flood.tick(0.0)
    for number in range(20_000):
        flood.stranger(str(number % 100), -60, sure=True)
    flood.tick(1.0)
    assert flood.shedding
    assert any(flood.passes_over("7") for _ in range(10))
    flood.enrolled("7", -60)
    assert not any(flood.passes_over("7") for _ in range(100))


def test_no_number_of_addresses_is_remembered() -> None:
    shop = Shop([TAG, IrkIdentity(id=PHONE, kind="irk", irk=IRK.hex())])
    shop.run(6)
    assert shop.packets == 6 * RATE
    flood = shop.pipeline.flood
    assert flood is not None
    keys = shop.pipeline._identifier._resolving
    assert max(len(kept) for kept in (flood._strangers, keys._nobodys, keys._waiting)) <= 8192
    assert shop.pipeline._identifier._last_proven == {}
    assert shop.pipeline._tracker._candidates == {}


def test_new_addresses_never_cost_more_tries_than_an_edge_has() -> None:
    """5,000 keys would make each of them cost 1.2 ms: 7 s a second."""
    roster: list[Identity] = [IrkIdentity(id=f"p-{n}", kind="irk", irk=f"{n:032x}") for n in range(5000)]
    shop = Shop(roster)
    tried = 0

    def counting(prand: bytes, expected: bytes) -> str | None:
        nonlocal tried
        tried += 5000
        return None

    shop.pipeline._identifier._resolving._search = counting  # type: ignore[method-assign]
    shop.run(4)
    assert tried <= TRIES_PER_S * 6
    assert shop.pipeline.counts.not_tried > 3 * RATE


@pytest.mark.parametrize("addresses", [None, 3000], ids=["each-its-own", "3000"])
def test_a_phone_is_found_in_a_flood_of_new_addresses(addresses: int | None) -> None:
    """With 5,000 keys, of strangers that are new with the phone. In a calm it enters with its second packet, after half a second."""
    roster: list[Identity] = [IrkIdentity(id=f"p-{n}", kind="irk", irk=f"{n:032x}") for n in range(5000)]
    roster.append(IrkIdentity(id=PHONE, kind="irk", irk=IRK.hex()))
    prand = bytes.fromhex("708194")
    address = ":".join(f"{octet:02X}" for octet in prand + AddressHash(IRK).of(prand))

    def packets() -> Iterator[Advertisement]:
        while True:
            yield stranger(address)

    shop = Shop(roster, addresses)
    if addresses is None:
        shop.run(2)
    began = shop.now
    shop.run(2, packets(), every=RATE // 4)
    assert shop.entered[PHONE] - began <= 0.5 + 1.0


def test_a_known_phone_stays_known_through_the_flood() -> None:
    prand = bytes.fromhex("708194")
    address = ":".join(f"{octet:02X}" for octet in prand + AddressHash(IRK).of(prand))
    shop = Shop([IrkIdentity(id=PHONE, kind="irk", irk=IRK.hex())])
    shop.hear(stranger(address))
    shop.run(4)
    assert shop.pipeline._identifier._resolving.resolve(address) == PHONE
    assert shop.pipeline._identifier.tried


# the filter


class Radio:
    """Strangers' packets by the second; the nearer ones are what a radio with a floor still tells. ``late``: seconds of far ones that wait
    before the floor can show."""

    def __init__(self, flood: Flood, near: int, late: float = 0.0) -> None:
        self.flood, self.near, self.now, self.late = flood, near, 0.0, late

    def second(self, far: int = 0) -> None:
        if self.flood.floor is not None:
            self.late -= 1
        for number in range(self.near):
            self.flood.stranger(str(number % 50), -60, sure=False)
        for number in range(far if self.flood.floor is None or self.late >= 0 else 0):
            self.flood.stranger(str(number % 50), -105, sure=False)
        self.now += 1
        self.flood.tick(self.now)


def test_the_radio_listens_from_just_below_the_weakest_who_is_enrolled() -> None:
    flood = Flood()
    radio = Radio(flood, near=100)
    flood.enrolled("anna", -70)
    flood.enrolled("ben", -84)
    radio.second()
    radio.second(far=RATE)
    assert flood.floor == -84 - flood_module.MARGIN_DB


@pytest.mark.parametrize(
    ("weakest", "floor"),
    [(None, flood_module.UNKNOWN_DBM), (-40, flood_module.NEAREST_DBM), (-99, flood_module.FARTHEST_DBM)],
)
def test_the_floor_has_bounds(weakest: int | None, floor: int) -> None:
    flood = Flood()
    radio = Radio(flood, near=100)
    if weakest is not None:
        flood.enrolled("anna", weakest)
    radio.second()
    radio.second(far=RATE)
    assert flood.floor == floor


def test_below_a_flood_there_is_no_floor() -> None:
    radio = Radio(Flood(), near=FLOOD_PER_S - 200)
    for _ in range(100):
        radio.second()
        assert radio.flood.floor is None


def test_a_floor_is_held_tried_again_and_held_for_longer() -> None:
    radio = Radio(Flood(), near=100)
    held: list[int] = []
    for _ in range(2000):
        before = radio.flood.floor
        radio.second(far=RATE)
        if radio.flood.floor is not None:
            if before is None:
                held.append(0)
            held[-1] += 1
    assert held[:3] == [HOLD_S, 2 * HOLD_S, 4 * HOLD_S]
    assert max(held) == LONGEST_HOLD_S


def test_a_floor_that_does_not_help_is_given_up() -> None:
    """All strangers are near: what is passed over has to do."""
    radio = Radio(Flood(), near=RATE)
    floors = []
    for _ in range(int(LONGEST_HOLD_S) - 10):
        radio.second()
        floors.append(radio.flood.floor is not None)
    assert sum(floors) <= TRIAL_S + 1
    assert radio.flood.shedding


def test_what_waited_on_a_busy_machine_does_not_end_a_floor() -> None:
    """Ten seconds of far packets are still to be read when the radio already leaves them out."""
    radio = Radio(Flood(), near=100, late=10)
    radio.second()
    for _ in range(int(HOLD_S)):
        radio.second(far=RATE)
        assert radio.flood.floor is not None


def test_a_radio_that_does_not_do_as_it_is_asked_has_no_floor_after_half_a_minute() -> None:
    radio = Radio(Flood(), near=100, late=1e9)
    floors = []
    for _ in range(int(LONGEST_HOLD_S) - 10):
        radio.second(far=RATE)
        floors.append(radio.flood.floor is not None)
    assert sum(floors) == pytest.approx(HOLD_S / 2, abs=2)


def test_nothing_is_passed_over_in_a_usual_shop() -> None:
    radio = Radio(Flood(), near=1500)
    for _ in range(10):
        radio.second()
        assert not radio.flood.shedding


def test_a_new_roster_makes_strangers_of_nobody() -> None:
    flood = Flood()
    for _ in range(3):
        for _ in range(RATE):
            flood.stranger("A", -60, sure=True)
        flood.tick((flood._since or 0) + 1)
    assert flood.shedding
    assert any(flood.passes_over("A") for _ in range(10))
    flood.forget()
    assert not any(flood.passes_over("A") for _ in range(10))
