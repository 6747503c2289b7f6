"""A scenario's day, five seconds at a time: who is on air, and what every scanner heard of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.roster import Identity
from nearcart_sim.core.air.events import Events, joined
from nearcart_sim.core.air.hearing import Heard, Hearing
from nearcart_sim.core.chance import CounterStream, key_of
from nearcart_sim.core.days.attacks import Attacker, attackers
from nearcart_sim.core.days.floor_plan import FloorPlan, floor_plan
from nearcart_sim.core.days.minute import MINUTE_US, Minute, Numbers, OnAir, ahead_us
from nearcart_sim.core.days.outages import Outages
from nearcart_sim.core.days.people import Carrier, People
from nearcart_sim.core.days.scenario_file import ScenarioFile
from nearcart_sim.core.days.ways import Ways
from nearcart_sim.core.days.zones import ZoneLookup
from nearcart_sim.core.firmware.broadcast import Broadcast
from nearcart_sim.core.firmware.devices import device_key, identity_of, make_device
from nearcart_sim.core.firmware.voices import Wearer
from nearcart_sim.core.rooms.fading import UNIT
from nearcart_sim.core.rooms.radio_map import RadioMap

CHUNK_S = 5
_CHUNK_US = CHUNK_S * 1_000_000
TRUTH_EVERY_US = 500_000


@dataclass(frozen=True, slots=True)
class Places:
    """Where everybody truly is, each half second: one row a carrier and instant, in order of time."""

    at: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    zone: NDArray[np.intp]
    carrier: NDArray[np.intp]
    broadcast: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Five seconds. ``broadcasts`` and ``carriers`` are what the numbers in events and places stand for."""

    begins: int
    events: Events
    heard: Heard
    broadcasts: Sequence[Broadcast]
    carriers: Sequence[Carrier]
    places: Places | None


class Play:
    """One run of a scenario. Times are microseconds since its beginning; ``starts_at_us`` is that in Unix microseconds."""

    def __init__(
        self,
        scenario: ScenarioFile,
        seed: int,
        seconds: float | None = None,
        *,
        planned: Callable[[float, float], None] = lambda _, __: None,
    ) -> None:
        """``seconds``: how much of it; all of it when nothing is said. ``planned`` is told how many people have their way planned,
        and how many are expected."""
        self.scenario = scenario
        self.seed = seed
        self.starts_at_us = round(scenario.starts_at.timestamp()) * 1_000_000
        lasts = scenario.lasts.total_seconds()
        self.seconds = min(seconds, lasts) if seconds is not None else lasts
        self.plan: FloorPlan = floor_plan(scenario)
        self.layout = self.plan.layout
        self.scanners = tuple(self.layout.scanners)
        self.outages = Outages(scenario, self.layout)
        self.zones = ZoneLookup(self.layout)
        radio_map = RadioMap(self.layout, scenario.radio, seed, walls=self.plan.walls, shelves=self.plan.shelves)
        self._hearing = Hearing(self.layout, radio_map, scenario.radio, scenario.scanning, seed)
        self.ways = Ways(self.plan, seed)
        self.carriers = self._planned(People(scenario, self.ways, seed, self.seconds), planned)

    def _planned(self, people: People, planned: Callable[[float, float], None]) -> tuple[Carrier, ...]:
        carriers: list[Carrier] = []
        expected = people.expected()
        for carrier in people.come():
            carriers.append(carrier)
            planned(len(carriers), expected)
        return tuple(carriers)

    def device_key(self, name: str) -> int:
        """The key of chance of somebody's device, as events have it. Raises ``ValueError`` for somebody who does not come."""
        if name not in {carrier.name for carrier in self.carriers}:
            known = ", ".join([carrier.name for carrier in self.carriers][:12])
            raise ValueError(f"nobody is called '{name}' in this time; there are {known}")
        return device_key(name, self.seed)

    def attackers(self) -> list[Attacker]:
        """Those who send what is not theirs, as they are before they begin."""
        return attackers(self.scenario, self.ways.floor, self.carriers, self.seed, self.starts_at_us)

    def roster(self) -> list[Identity]:
        """Whom the store knows, as edges would be told."""
        return [
            identity_of(carrier.specification.name, carrier.specification.kind, self.seed)
            for carrier in self.carriers
            if carrier.enrolled
        ]

    def chunks(self, *, places: bool = False, begins_at: float = 0.0) -> Iterator[Chunk]:
        """All of it in order, or from the minute on in which the second ``begins_at`` is. ``places``: also where everybody is."""
        first, end = int(begins_at * 1e6) // MINUTE_US * MINUTE_US, round(self.seconds * 1e6)
        coming = [carrier for carrier in self.carriers if carrier.track.ends > first or not first]
        waiting = sorted(coming, key=lambda carrier: (carrier.track.begins, carrier.name), reverse=True)
        inside: list[OnAir] = []
        sending = self.attackers()
        if first:
            inside += self._entering(waiting, first)
            for on_air in inside:
                on_air.device.firmware.advance(first)
            for each in sending:
                each.events(0, first, Numbers().number)
        begins = first
        while begins < end:
            inside += self._entering(waiting, begins + _CHUNK_US)
            until = min(begins + ahead_us(inside, _CHUNK_US), end)
            inside += self._entering(waiting, until)
            yield from self._minute(Minute(inside, begins, until), sending, places)
            inside = [on_air for on_air in inside if on_air.carrier.track.ends > until]
            begins = until

    def _entering(self, waiting: list[Carrier], until: int) -> Iterator[OnAir]:
        """Takes those who come before ``until`` from those who wait, the last of whom comes first."""
        while waiting and waiting[-1].track.begins < until:
            yield self._switch_on(waiting.pop())

    def _switch_on(self, carrier: Carrier) -> OnAir:
        device = make_device(carrier.specification, self.seed, Wearer(carrier.track.walked), self.starts_at_us)
        spread = CounterStream(key_of(self.seed, "loudness", carrier.name)).gauss(
            0, self.scenario.radio.device_spread_db
        )
        return OnAir(carrier, device, round((device.tx_power + spread) * UNIT))

    def _minute(self, minute: Minute, sending: Sequence[Attacker], places: bool) -> Iterator[Chunk]:
        broadcasts = minute.broadcasts
        for begins, until, events in minute.pieces(_CHUNK_US):
            theirs = [block for each in sending if (block := each.events(begins, until, broadcasts.number))]
            sent = joined([events, *theirs]) if theirs else events
            heard = self.outages.spare(self._hearing.hear(sent, (until - begins) / 1e6, until))
            where = self._places(minute, begins, until) if places else None
            yield Chunk(begins, sent, heard, broadcasts.all, minute.carriers, where)

    def _places(self, minute: Minute, begins: int, until: int) -> Places:
        instants = np.arange(-(-begins // TRUTH_EVERY_US) * TRUTH_EVERY_US, until, TRUTH_EVERY_US)
        at, who, said = minute.present(instants)
        x, y = minute.places(who, at)
        return Places(at, x, y, self.zones.zones(x, y), who, said)
