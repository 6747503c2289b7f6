"""From walks to a radio model: with their truth (a survey), or from nothing but what was heard.

Without truth the beliefs of the smoother stand for it, in turns with the fit (expectation-maximisation).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.radio_file import Radio, ScannerRadio, SurveyPoint
from nearcart_contract.store_file import Layout
from nearcart_gateway.core.location.floor_grid import grid_of
from nearcart_gateway.core.location.likelihood import Likelihood
from nearcart_gateway.core.location.motion import Array32, Motion
from nearcart_gateway.core.location.radio_map import USUAL_EXPONENT, USUAL_POWER, calibrated, decades, uncalibrated
from nearcart_gateway.core.location.smooth import smooth

BIN_M = 0.5
"""Packets heard within one such square are one survey point."""

POWER_PRIOR_DB, EXPONENT_PRIOR = 5.0, 0.4
"""How far one scanner may be from all others, and its exponent from free space."""

FIT_NOISE_DB = 5.0
"""Spread of packets around a scanner's law."""

LAW_ROUNDS, MAP_ROUNDS = 6, 4
"""Rounds of expectation and fit: first of each scanner's law, then of a map of what is off the law."""

HEARD_NOISE_DB = 6.0
"""Spread of packets around a map whose places are believed and not known: a survey's 5 dB and their error."""

LEAST_WEIGHT, INDEPENDENT = 0.2, 0.7
"""A cell is a point of the map from this many believed packets on, each of which counts for this much."""

STEP_S = 0.5

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Walk:
    """One tag carried around: packets (Unix seconds, scanner, RSSI), and where it was (Unix seconds, x, y) if that is known."""

    packets: tuple[tuple[float, str, int], ...]
    truth: tuple[tuple[float, float, float], ...] = ()


@dataclass(slots=True)
class _Sums:
    """Weighted sums of a straight line's normal equations, one scanner."""

    gram: Array = field(default_factory=lambda: np.zeros((2, 2)))
    moment: Array = field(default_factory=lambda: np.zeros(2))

    def add(self, weight: float, mean: float, square: float, rssi: float) -> None:
        """``mean`` and ``square``: expectation of -10 log10 of the distance, and of its square."""
        self.gram += weight * np.array([[1.0, mean], [mean, square]])
        self.moment += weight * np.array([rssi, mean * rssi])

    def solve(self, noise: float, power: float) -> tuple[float, float]:
        """Power and exponent with the least squared error, drawn to ``power`` and free space."""
        precision = np.diag([POWER_PRIOR_DB**-2, EXPONENT_PRIOR**-2])
        found = np.linalg.solve(
            self.gram / noise**2 + precision,
            self.moment / noise**2 + precision @ np.array([power, USUAL_EXPONENT]),
        )
        return float(found[0]), float(min(6.0, max(0.2, found[1])))


def from_survey(layout: Layout, walks: Sequence[Walk], tag_height: float = 1.2) -> Radio:
    """Fit to walks with truth. Raises ``ValueError`` when no packet falls into the time of its walk's truth."""
    heard = _placed(layout, walks)
    if not any(heard.values()):
        raise ValueError("no packet was heard at a time for which the truth says where the tag was")
    sums = {name: _Sums() for name in layout.scanners}
    for number, name in enumerate(layout.scanners):
        for x, y, rssi in heard[name]:
            decade = float(decades(layout, np.array([[x, y]]), tag_height)[number, 0])
            sums[name].add(1.0, decade, decade**2, float(rssi))
    power = _mean_power(sums)
    scanners = {name: _law(sums[name], power, _points(heard[name])) for name in layout.scanners}
    return Radio(scanners=scanners, tag_height=tag_height)


def from_what_was_heard(layout: Layout, walks: Sequence[Walk]) -> Radio:
    """Fit to walks of which nobody knows where they went: only the scanners' places are known.

    Raises ``ValueError`` when none of the layout's scanners heard anything."""
    heard = _Heard(layout, walks)
    radio = Radio(scanners={name: ScannerRadio(power=USUAL_POWER, exponent=USUAL_EXPONENT) for name in layout.scanners})
    likelihood = Likelihood(uncalibrated(layout, heard.grid))
    for number in range(LAW_ROUNDS + MAP_ROUNDS):
        beliefs = heard.expect(likelihood)
        radio = _fit_laws(heard, beliefs) if number < LAW_ROUNDS else _fit_maps(heard, beliefs, radio)
        likelihood = Likelihood(calibrated(layout, heard.grid, radio))
    return radio


class _Heard:
    """Walks in steps, and the grid that beliefs of them live on."""

    def __init__(self, layout: Layout, walks: Sequence[Walk]) -> None:
        self.grid = grid_of(layout)
        self.names = tuple(layout.scanners)
        self.law = decades(layout, self.grid.centres, 1.2)
        self._motion = Motion(self.grid)
        self._walks = [steps for walk in walks if (steps := _steps(layout, walk))]
        if not self._walks:
            raise ValueError("none of the layout's scanners heard anything in these captures")

    def expect(self, likelihood: Likelihood) -> "_Beliefs":
        """Where the tags probably were: by scanner and cell, how many packets, and the sum of their RSSI."""
        weight = np.zeros((len(self.names), self.grid.cells))
        total = np.zeros_like(weight)
        for steps in self._walks:
            cells = smooth(self._motion, [_evidence(packets, likelihood) for packets in steps], STEP_S)
            for packets, mass in zip(steps, cells, strict=True):
                for scanner, rssi in packets:
                    weight[scanner] += mass
                    total[scanner] += mass * rssi
        return _Beliefs(weight, total)


@dataclass(frozen=True, slots=True)
class _Beliefs:
    """(scanners, cells): expected packets, and the sum of their RSSI in dBm."""

    weight: Array
    total: Array


def _fit_laws(heard: _Heard, beliefs: _Beliefs) -> Radio:
    sums = {name: _Sums() for name in heard.names}
    for number, name in enumerate(heard.names):
        law, weight, total = heard.law[number], beliefs.weight[number], beliefs.total[number]
        sums[name].gram += INDEPENDENT * np.array([[weight.sum(), weight @ law], [weight @ law, weight @ law**2]])
        sums[name].moment += INDEPENDENT * np.array([total.sum(), total @ law])
    return Radio(scanners={name: _law(sums[name], _mean_power(sums)) for name in heard.names})


def _fit_maps(heard: _Heard, beliefs: _Beliefs, radio: Radio) -> Radio:
    scanners = {}
    for number, name in enumerate(heard.names):
        weight, total = beliefs.weight[number], beliefs.total[number]
        points = tuple(
            (
                round(float(heard.grid.centres[cell, 0]), 3),
                round(float(heard.grid.centres[cell, 1]), 3),
                round(float(total[cell] / weight[cell]), 2),
                round(float(weight[cell]) * INDEPENDENT, 3),
            )
            for cell in np.flatnonzero(weight > LEAST_WEIGHT)
        )
        scanners[name] = radio.scanners[name].model_copy(update={"survey": points})
    return Radio(scanners=scanners, noise_db=HEARD_NOISE_DB)


def _law(sums: _Sums, power: float, survey: tuple[SurveyPoint, ...] = ()) -> ScannerRadio:
    own_power, exponent = sums.solve(FIT_NOISE_DB, power)
    return ScannerRadio(power=round(own_power, 2), exponent=round(exponent, 3), survey=survey)


Packets = list[tuple[int, int]]
"""(scanner's index, RSSI) of one step."""


def _steps(layout: Layout, walk: Walk) -> list[Packets]:
    """The packets of a walk in steps of half a second."""
    index = {name: number for number, name in enumerate(layout.scanners)}
    known = [(at, index[scanner], rssi) for at, scanner, rssi in walk.packets if scanner in index]
    if not known:
        return []
    start = known[0][0]
    steps: list[Packets] = [[] for _ in range(int((known[-1][0] - start) / STEP_S) + 1)]
    for at, scanner, rssi in known:
        steps[int((at - start) / STEP_S)].append((scanner, rssi))
    return steps


def _evidence(packets: Packets, likelihood: Likelihood) -> Array32 | None:
    if not packets:
        return None
    rows = np.array(packets, dtype=np.float64)
    return likelihood.of(rows[:, 0].astype(np.intp), rows[:, 1])


def _placed(layout: Layout, walks: Sequence[Walk]) -> dict[str, list[tuple[float, float, int]]]:
    """(x, y, RSSI) of every packet within the time of its truth, by scanner; between two instants she walks straight."""
    heard: dict[str, list[tuple[float, float, int]]] = {name: [] for name in layout.scanners}
    for walk in walks:
        if not walk.truth:
            continue
        at, x, y = (np.array(column) for column in zip(*walk.truth, strict=True))
        for when, scanner, rssi in walk.packets:
            if scanner in heard and at[0] <= when <= at[-1]:
                heard[scanner].append((float(np.interp(when, at, x)), float(np.interp(when, at, y)), rssi))
    return heard


def _points(heard: Sequence[tuple[float, float, int]]) -> tuple[SurveyPoint, ...]:
    squares: dict[tuple[int, int], list[tuple[float, float, int]]] = {}
    for row in heard:
        squares.setdefault((round(row[0] / BIN_M), round(row[1] / BIN_M)), []).append(row)
    return tuple(
        (*(round(math.fsum(column) / len(rows), 2) for column in zip(*rows, strict=True)), len(rows))  # type: ignore[misc]
        for _, rows in sorted(squares.items())
    )


def _mean_power(sums: dict[str, _Sums]) -> float:
    """What all scanners together heard at 1 m, were their exponents those of free space."""
    weight = sum(each.gram[0, 0] for each in sums.values())
    if weight == 0:
        return USUAL_POWER
    total = sum(each.moment[0] - USUAL_EXPONENT * each.gram[0, 1] for each in sums.values())
    return float(total / weight)
