"""Power cuts, dead radios and clocks that are wrong, by scanner: what of the things heard is kept, and what stamp it gets."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.store_file import Layout
from nearcart_sim.core.air.hearing import Heard
from nearcart_sim.core.days.scenario_file import (
    AdapterLoss,
    BluetoothdRestart,
    DeadScanner,
    NetworkOutage,
    NoClock,
    PowerCut,
    ScenarioFile,
    StalledScan,
)

_FOR_EVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Span:
    """Microseconds since the scenario's beginning."""

    begins: int
    ends: int

    def holds(self, at: int) -> bool:
        return self.begins <= at < self.ends


@dataclass(frozen=True, slots=True)
class _WrongClock:
    """Off by ``offset`` microseconds while the span lasts."""

    scanners: frozenset[int]
    span: Span
    offset: int


class Outages:
    """All faults of a scenario at its scanners and edges. A capture shows those of power, radio and clock; the network's show further on."""

    def __init__(self, scenario: ScenarioFile, layout: Layout) -> None:
        numbers = {name: number for number, name in enumerate(layout.scanners)}
        self._edges = {edge: frozenset(numbers[name] for name in names) for edge, names in layout.edges().items()}
        self.deaf: list[tuple[frozenset[int], Span]] = []
        self._cuts: list[tuple[frozenset[str], Span]] = []
        self._unreachable: list[tuple[frozenset[str], Span]] = []
        self._clocks: list[_WrongClock] = []
        for fault in scenario.faults:
            match fault:
                case PowerCut():
                    self._cuts.append((self._named(fault.edges), _span(fault)))
                    self.deaf.append((self._of(fault.edges), _span(fault)))
                case NetworkOutage():
                    self._unreachable.append((self._named(fault.edges), _span(fault)))
                case AdapterLoss() | StalledScan():
                    self.deaf.append((frozenset({numbers[fault.scanner]}), _span(fault)))
                case BluetoothdRestart():
                    self.deaf.append((frozenset(numbers.values()), _span(fault)))
                case DeadScanner():
                    span = Span(round(fault.at.total_seconds() * 1e6), _FOR_EVER)
                    self.deaf.append((frozenset({numbers[fault.scanner]}), span))
        for fault in scenario.faults:
            if isinstance(fault, NoClock):
                self._clocks += self._wrong_clocks(fault)

    def spare(self, heard: Heard) -> Heard:
        """What is left of the things heard when the deaf are left out."""
        keep = np.ones(len(heard), dtype=bool)
        for scanners, span in self.deaf:
            in_time = (heard.at >= span.begins) & (heard.at < span.ends)
            if in_time.any():
                keep &= ~(in_time & np.isin(heard.scanner, sorted(scanners)))
        if keep.all():
            return heard
        return Heard(heard.at[keep], heard.scanner[keep], heard.event[keep], heard.rssi[keep])

    def stamped(self, heard: Heard) -> NDArray[np.int64]:
        """The times as the scanners' hosts believe them, in the order in which things were heard."""
        at = heard.at
        for wrong in self._clocks:
            in_time = (heard.at >= wrong.span.begins) & (heard.at < wrong.span.ends)
            if in_time.any():
                at = at + np.where(in_time & np.isin(heard.scanner, sorted(wrong.scanners)), wrong.offset, 0)
        return at

    def powered(self, edge: str, at: int) -> bool:
        """Whether an edge has power at that time."""
        return not any(edge in edges and span.holds(at) for edges, span in self._cuts)

    def reachable(self, edge: str, at: int) -> bool:
        """Whether the network would carry something from an edge to the broker."""
        return not any(edge in edges and span.holds(at) for edges, span in self._unreachable)

    def clock_offset(self, edge: str, at: int) -> int:
        """How far an edge's clock is off, in microseconds; below 0 when it is behind."""
        scanners = self._edges[edge]
        return sum(wrong.offset for wrong in self._clocks if scanners <= wrong.scanners and wrong.span.holds(at))

    def _named(self, edges: tuple[str, ...]) -> frozenset[str]:
        return frozenset(edges or self._edges)

    def _of(self, edges: tuple[str, ...]) -> frozenset[int]:
        return frozenset().union(*(self._edges[edge] for edge in self._named(edges)))

    def _wrong_clocks(self, fault: NoClock) -> list[_WrongClock]:
        """A clock is wrong from each start of its edge until it is told the time, or the next power cut."""
        found = []
        offset = -round(fault.behind.total_seconds() * 1e6)
        for edge in fault.edges or tuple(self._edges):
            scanners = self._edges[edge]
            starts = sorted({0, *(span.ends for edges, span in self._cuts if edge in edges)})
            for number, start in enumerate(starts):
                after = fault.synced_after
                told = start + round(after.total_seconds() * 1e6) if after is not None else _FOR_EVER
                next_start = starts[number + 1] if number + 1 < len(starts) else _FOR_EVER
                found.append(_WrongClock(scanners, Span(start, min(told, next_start)), offset))
        return found


def _span(fault: PowerCut | NetworkOutage | AdapterLoss | StalledScan | BluetoothdRestart) -> Span:
    begins = round(fault.at.total_seconds() * 1e6)
    return Span(begins, begins + round(fault.lasts.total_seconds() * 1e6))
