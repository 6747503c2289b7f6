"""Watches the scanners: every 20 s what was heard in 5 s of a few tags is compared with what each scanner should have heard.

A sample costs a look at a flag, and in a quarter of the time two additions; each tick compares one tag, so that nobody waits for it. Without a calibration a scanner is compared with its own first
half hour, so that one that was always quiet raises no alarm; what was learnt then is kept over restarts (``memory``).
"""

from collections.abc import Collection
from dataclasses import dataclass
from statistics import median
from typing import Literal

from nearcart_contract.radio_file import Radio
from nearcart_contract.store_file import Layout
from nearcart_gateway.core.scanner_health.expectation import Expectation
from nearcart_gateway.core.scanner_health.memory import ScannerMemory, WatchMemory, mark_of
from nearcart_gateway.core.scanner_health.moved import LEAST_SQUARES, Change, Move, best_move, changes, spread
from nearcart_gateway.core.scanner_health.record import ScannerRecord

LOOK_S, EVERY_S, JUDGE_S = 5.0, 20.0, 300.0
MOST_TAGS = 12
"""Tags of one look; the first that are heard."""

LEAST_SCANNERS = 3
"""A tag heard by fewer says nothing of where it is."""

WELL_DBM = -78.0
"""A scanner that should hear a tag as loud as this hears it."""

MISSED_LOOKS = 30
"""So many tags in a row that it should have heard well, and it is dead."""

NEVER_LOOKS = 600
"""The same of a scanner that heard nobody since the start: a wall may stand around it, but sooner or later somebody comes in."""

LEARNT_PLACES, JUDGED_PLACES = 8.0, 5.0
"""On so many places a scanner must have been heard before its usual state is known, and before it is judged."""

OFF_DB = 6.0
"""This far from its usual state a scanner is off: half of 10 dB, and more than people who stand elsewhere today make."""

MOVED_EXPLAINED = 38.0
"""A scanner moved if a place elsewhere explains so many times as much of its changes as is usual for one square of all scanners now (the
largest of 40 hours in which all was well: 29)."""

LEAST_SPREAD = 12.0
"""What packets and bodies change in a square at least, dB squared: where the same walk comes again and again, less is no measure of anything."""

LEARN_JUDGEMENTS, LEARN_PLACES_JUDGEMENTS = 6, 12
"""After half an hour the usual level is taken down; the usual level of each square is the mean of the first hour."""

SAID_AFTER = 2
"""A scanner is said to be off or moved when it is found so in as many judgements in a row."""

Kind = Literal["dead", "moved", "off"]


@dataclass(frozen=True, slots=True)
class ScannerTrouble:
    """What is wrong with a scanner, and a sentence that says what to do."""

    scanner: str
    kind: Kind
    sentence: str


class ScannerWatch:
    """``radio``: the store's calibration, if it has one. Times in seconds, of any clock."""

    def __init__(self, layout: Layout, radio: Radio | None) -> None:
        self._layout = layout
        self._plan = mark_of(layout, radio)
        self._expect = Expectation(layout, radio)
        self._records = {
            name: ScannerRecord(usual=0.0 if radio is not None and name in radio.scanners else None)
            for name in layout.scanners
        }
        self._tags: dict[str, dict[str, list[float]]] = {}
        self._to_compare: list[dict[str, float]] = []
        self._next_at: float | None = None
        self._judge_at = 0.0
        self._judged = self._in_a_row = 0
        self._suspected: tuple[str, Kind] | None = None
        self.looking = False
        self.troubles: tuple[ScannerTrouble, ...] = ()

    def memory(self) -> WatchMemory:
        """What it has learnt so far."""
        return WatchMemory(
            self._plan,
            min(self._judged, LEARN_PLACES_JUDGEMENTS + 1),
            {
                name: ScannerMemory(
                    record.usual,
                    {square: (count, total) for square, (count, total) in record.usual_off.items()},
                    record.ever,
                    {cell: (heard, missed) for cell, (heard, missed) in record.looks.items()},
                )
                for name, record in self._records.items()
            },
        )

    def recall(self, memory: WatchMemory) -> bool:
        """Go on from what was learnt before a restart; ``False`` when that was of another floor, or before a calibration."""
        if memory.plan != self._plan:
            return False
        self._judged = memory.judged
        for name, record in self._records.items():
            learnt = memory.scanners.get(name)
            if learnt is not None:
                record.usual, record.ever = learnt.usual, learnt.ever
                record.usual_off = {square: list(place) for square, place in learnt.usual_off.items()}
                record.looks = {cell: list(look) for cell, look in learnt.looks.items()}
        return True

    def hear(self, tag: str, scanner: str, rssi: int) -> None:
        """One packet, in dBm; to be called only while ``looking``."""
        heard = self._tags.get(tag)
        if heard is None:
            if len(self._tags) >= MOST_TAGS:
                return
            heard = self._tags[tag] = {}
        level = heard.get(scanner)
        if level is None:
            if scanner not in self._records:
                return
            level = heard[scanner] = [0.0, 0.0]
        level[0] += 1
        level[1] += rssi

    def due(self, now: float) -> bool:
        """Whether ``tick`` has something to do: some fifteen times in 20 s at most."""
        next_at = self._next_at
        return (
            bool(self._to_compare)
            or next_at is None
            or now >= next_at + (LOOK_S if self.looking else 0.0)
            or now >= self._judge_at
            or now < next_at - 2 * EVERY_S
        )

    def tick(self, now: float, alive: Collection[str]) -> None:
        """Let time pass. ``alive``: the scanners whose edge is there; of the others the edge's own silence is said elsewhere."""
        if self._next_at is None or abs(now - self._next_at) > 2 * EVERY_S:
            self._tags.clear()
            self._next_at, self._judge_at, self.looking = now + EVERY_S, now + JUDGE_S, False
        elif now >= self._next_at + LOOK_S:
            self._next_at, self.looking = now + EVERY_S - LOOK_S, False
            self._to_compare = [
                {scanner: total / count for scanner, (count, total) in heard.items()}
                for heard in self._tags.values()
                if len(heard) >= LEAST_SCANNERS
            ]
            self._tags.clear()
        elif self._to_compare:
            self._compare(self._to_compare.pop(), alive)
        elif now >= self._next_at:
            self.looking = True
        elif now >= self._judge_at and not self.looking:
            self._judge_at = now + JUDGE_S
            self._judge(alive)

    def _compare(self, levels: dict[str, float], alive: Collection[str]) -> None:
        """What was heard of one tag with what should have been."""
        learning = self._judged < LEARN_PLACES_JUDGEMENTS
        for scanner, expected in self._expect.of(levels).items():
            record = self._records[scanner]
            if scanner in levels:
                record.hears(expected.cell)
                if len(levels) > LEAST_SCANNERS:
                    record.heard(expected.cell, levels[scanner] - expected.level, all_is_well=learning)
            elif expected.level >= WELL_DBM and scanner in alive:
                record.misses(expected.cell)

    def _judge(self, alive: Collection[str]) -> None:
        """Every five minutes: who is dead, and who of the others is off or moved?"""
        self._judged += 1
        dead = [
            name
            for name, record in self._records.items()
            if (record.missed >= MISSED_LOOKS or record.never >= NEVER_LOOKS) and name in alive
        ]
        suspect = None if dead else self._suspect()
        same = suspect is not None and (suspect.scanner, suspect.kind) == self._suspected
        self._in_a_row = self._in_a_row + 1 if same else 1
        self._suspected = (suspect.scanner, suspect.kind) if suspect is not None else None
        said = suspect is not None and self._in_a_row >= SAID_AFTER
        self.troubles = tuple(self._dead(name) for name in dead) + ((suspect,) if suspect is not None and said else ())
        if self._judged >= LEARN_JUDGEMENTS and not dead and suspect is None:
            self._learn()
        for record in self._records.values():
            record.fade()

    def _learn(self) -> None:
        """Take down the usual state of scanners whose usual state is not known yet."""
        for record in self._records.values():
            if record.places() >= LEARNT_PLACES:
                record.usual = record.mean_off() if record.usual is None else record.usual

    def _suspect(self) -> ScannerTrouble | None:
        """The scanner that is off or moved the most, if one is. One alone: a wrong scanner makes others look wrong."""
        judged = [name for name, record in self._records.items() if record.places() >= JUDGED_PLACES]
        louder = {
            name: record.mean_off() - record.usual
            for name in judged
            if (record := self._records[name]).usual is not None
        }
        worst = max(louder, key=lambda name: abs(louder[name]), default=None)
        if worst is not None and abs(louder[worst]) >= OFF_DB:
            return self._off(worst, louder[worst])
        return self._moved(judged) if self._judged > LEARN_PLACES_JUDGEMENTS else None

    def _moved(self, judged: Collection[str]) -> ScannerTrouble | None:
        """The scanner whose squares changed the most, if another place explains it: looked at is one alone, as the search takes milliseconds."""
        changed = {
            name: found
            for name in judged
            if len(found := changes(self._records[name].off, self._records[name].usual_off)) >= LEAST_SQUARES
        }
        if len(changed) < LEAST_SCANNERS:
            return None
        spreads = {name: spread(found) for name, found in changed.items()}
        worst = max(spreads, key=lambda name: spreads[name])
        move = self._move(worst, changed[worst])
        usual = max(LEAST_SPREAD, median(spreads.values()))
        return None if move is None or move.explained < MOVED_EXPLAINED * usual else self._elsewhere(worst, move)

    def _move(self, scanner: str, changed: list[Change]) -> Move | None:
        plan = self._layout.scanners[scanner]
        return best_move(changed, self._expect.cells, (plan.x, plan.y), plan.z, self._expect.exponents[scanner])

    def _elsewhere(self, scanner: str, best: Move) -> ScannerTrouble:
        plan = self._layout.scanners[scanner]
        return ScannerTrouble(
            scanner,
            "moved",
            f"scanner {scanner} seems to hang near x {best.x:.0f}, y {best.y:.0f} and not at x {plan.x:g}, y {plan.y:g}: hang "
            "it back, or write its new place into store.yaml, and run nearcart calibrate again",
        )

    @staticmethod
    def _off(scanner: str, change: float) -> ScannerTrouble:
        how = "louder" if change > 0 else "quieter"
        return ScannerTrouble(
            scanner,
            "off",
            f"scanner {scanner} hears tags {abs(change):.0f} dB {how} than it should: look at its antenna and what stands "
            "before it; if that is on purpose, run nearcart calibrate again",
        )

    @staticmethod
    def _dead(scanner: str) -> ScannerTrouble:
        return ScannerTrouble(
            scanner,
            "dead",
            f"scanner {scanner} hears nobody, though its neighbours hear tags near it and its edge answers: look at its "
            "adapter and antenna, and start its edge again",
        )
