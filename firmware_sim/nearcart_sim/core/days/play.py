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
from nearcart_sim.core.days.outages import Outages
from nearcart_sim.core.days.people import Carrier, People
from nearcart_sim.core.days.scenario_file import ScenarioFile
from nearcart_sim.core.days.ways import Ways
from nearcart_sim.core.days.zones import ZoneLookup
from nearcart_sim.core.firmware.broadcast import Broadcast
from nearcart_sim.core.firmware.devices import Device, device_key, identity_of, make_device
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
    carrier: NDArray[np.int64]
    broadcast: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Five seconds. ``broadcasts`` and ``carriers`` are what the numbers in events and places stand for."""

    begins: int
    events: Events
    heard: Heard
    broadcasts: Sequence[Broadcast]
    carriers: Sequence[Carrier]
    places: Places | None


class _OnAir:
    """A carrier and her device while she is inside."""

    __slots__ = ("carrier", "device", "latest", "louder")

    def __init__(self, carrier: Carrier, device: Device, louder: int) -> None:
        self.carrier = carrier
        self.device = device
        self.louder = louder
        self.latest: Broadcast | None = None


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

    def chunks(self, *, places: bool = False) -> Iterator[Chunk]:
        """All of it in order. ``places``: also where everybody is."""
        waiting = sorted(self.carriers, key=lambda carrier: (carrier.track.begins, carrier.name), reverse=True)
        inside: list[_OnAir] = []
        sending = self.attackers()
        end = round(self.seconds * 1e6)
        for begins in range(0, end, _CHUNK_US):
            until = min(begins + _CHUNK_US, end)
            while waiting and waiting[-1].track.begins < until:
                inside.append(self._switch_on(waiting.pop()))
            yield self._chunk(inside, sending, begins, until, places)
            inside = [on_air for on_air in inside if on_air.carrier.track.ends > until]

    def _switch_on(self, carrier: Carrier) -> _OnAir:
        device = make_device(carrier.specification, self.seed, Wearer(carrier.track.walked), self.starts_at_us)
        spread = CounterStream(key_of(self.seed, "loudness", carrier.name)).gauss(
            0, self.scenario.radio.device_spread_db
        )
        return _OnAir(carrier, device, round((device.tx_power + spread) * UNIT))

    def _chunk(self, inside: list[_OnAir], sending: list[Attacker], begins: int, until: int, places: bool) -> Chunk:
        broadcasts = _Numbers()
        blocks = [block for on_air in inside if (block := _events(on_air, until, broadcasts)) is not None]
        blocks += [block for attacker in sending if (block := attacker.events(begins, until, broadcasts.number))]
        events = joined(blocks) if blocks else _nothing()
        heard = self.outages.spare(self._hearing.hear(events, (until - begins) / 1e6, until))
        where = self._places(inside, begins, until, broadcasts) if places else None
        return Chunk(begins, events, heard, broadcasts.all, [on_air.carrier for on_air in inside], where)

    def _places(self, inside: list[_OnAir], begins: int, until: int, broadcasts: "_Numbers") -> Places:
        instants = np.arange(-(-begins // TRUTH_EVERY_US) * TRUTH_EVERY_US, until, TRUTH_EVERY_US)
        rows = []
        for number, on_air in enumerate(inside):
            track, latest = on_air.carrier.track, on_air.latest
            at = instants[(instants >= track.begins) & (instants <= track.ends)]
            if latest is None or not len(at):
                continue
            x, y, _, _ = track.places(at)
            rows.append((at, x, y, np.full(len(at), number), np.full(len(at), broadcasts.number(latest))))
        if not rows:
            empty = np.empty(0, dtype=np.int64)
            return Places(empty, empty.astype(float), empty.astype(float), empty, empty, empty)
        at, x, y, carrier, broadcast = (np.concatenate(column) for column in zip(*rows, strict=True))
        order = np.argsort(at, kind="stable")
        at, x, y, carrier, broadcast = at[order], x[order], y[order], carrier[order], broadcast[order]
        return Places(at, x, y, self.zones.zones(x, y), carrier, broadcast)


class _Numbers:
    """Gives each broadcast of a chunk a number."""

    def __init__(self) -> None:
        self.all: list[Broadcast] = []
        self._numbers: dict[Broadcast, int] = {}

    def number(self, broadcast: Broadcast) -> int:
        found = self._numbers.get(broadcast)
        if found is None:
            found = self._numbers[broadcast] = len(self.all)
            self.all.append(broadcast)
        return found


def _events(on_air: _OnAir, until: int, broadcasts: _Numbers) -> Events | None:
    """What a device sent up to ``until``, as long as it is carried in the store."""
    track, device = on_air.carrier.track, on_air.device
    sent = device.firmware.advance(min(until, track.ends))
    if not len(sent):
        return None
    runs = device.voice.runs(sent, device.firmware)
    said = np.zeros(len(sent), dtype=np.int32)
    for row, broadcast in runs:
        said[row:] = broadcasts.number(broadcast)
    on_air.latest = broadcasts.all[said[-1]]
    x, y, facing_x, facing_y = track.places(sent.at)
    count = len(sent)
    return Events(
        sent.at,
        np.full(count, device.key, dtype=np.uint64),
        sent.number,
        x,
        y,
        facing_x,
        facing_y,
        np.full(count, on_air.louder, dtype=np.int32),
        said,
    )


def _nothing() -> Events:
    none, places = np.empty(0, dtype=np.int64), np.empty(0)
    return Events(
        none, none.astype(np.uint64), none, places, places, places, places, none.astype(np.int32), none.astype(np.int32)
    )
