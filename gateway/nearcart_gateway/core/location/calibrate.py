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
from nearcart_gateway.core.location.obstacles import open_floor
from nearcart_gateway.core.location.radio_map import (
    UNCALIBRATED_NOISE_DB,
    USUAL_EXPONENT,
    USUAL_POWER,
    calibrated,
    decades,
)
from nearcart_gateway.core.location.smooth import explained, smooth

BIN_M = 0.5
"""Packets heard within one such square are one survey point."""

POWER_PRIOR_DB, EXPONENT_PRIOR = 5.0, 0.2
"""How far one scanner may be from all others, and its exponent from free space: half of a walk says little of the other half's
exponents, and where no place is known, a larger exponent and a shorter walk explain the same packets."""

FIT_NOISE_DB = 5.0
"""Spread of packets around a scanner's law."""

START_STEPS_DB = (range(-24, 31, 6), (-3, 0, 3))
"""Around the usual power: coarse steps, then fine ones."""

START_TRUST, START_SPREAD_DB = 0.05, 6.0
"""How much what was heard counts for the power that the rounds begin with: what is off the usual law is off it for all packets
of a scanner alike. And how far tags are from the usual power."""

START_STEPS = 240
"""The beginning of each walk, in half seconds, is enough for that."""

LAW_ROUNDS, MAP_ROUNDS = 6, 4
"""Rounds of expectation and fit: first of each scanner's law, then of a map of what is off the law."""

HEARD_NOISE_DB = 6.0
"""Spread of packets around a map whose places are believed and not known: a survey's 5 dB and their error."""

BELIEVED = 0.5
"""How much a packet counts for a belief from which the next map is made: a map that believes itself outright only grows surer."""

LEAST_WEIGHT, INDEPENDENT = 0.2, 0.7
"""A cell is a point of the map from this many believed packets on, each of which counts for this much."""

STEP_S = 0.5

SILENCE_S, MOST_STEPS, MOST_PIECES = 30.0, 600, 24
"""Beliefs of a whole day would fill the memory: what was heard is cut at silences and into five minutes at most, and of a lot of
traffic the longest pieces (two hours together) are enough."""

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
    radio = _start(layout, heard)
    likelihood = Likelihood(calibrated(layout, heard.grid, radio))
    for number in range(LAW_ROUNDS + MAP_ROUNDS):
        beliefs = heard.expect(likelihood)
        radio = _fit_laws(heard, beliefs) if number < LAW_ROUNDS else _fit_maps(heard, beliefs, radio)
        likelihood = Likelihood(calibrated(layout, heard.grid, radio))
    return radio


def _start(layout: Layout, heard: "_Heard") -> Radio:
    """The usual law, but for the tags' power: whoever begins far off is led astray by every later round. Each walk's tag has a
    power of its own; the walks are made equally loud by it."""
    powers = [USUAL_POWER] * heard.walks
    for steps in START_STEPS_DB:
        around = {power + step for power in powers for step in steps}
        fits = {
            power: heard.fit(Likelihood(calibrated(layout, heard.grid, _one_law(layout, power)))) for power in around
        }
        powers = [
            max((power + step for step in steps), key=lambda each: START_TRUST * fits[each][walk] - _unusual(each))
            for walk, power in enumerate(powers)
        ]
    power = float(np.mean(powers))
    heard.even_out([each - power for each in powers])
    return _one_law(layout, power)


def _unusual(power: float) -> float:
    """What it costs, as a log-likelihood, to suppose a tag of this power."""
    return (power - USUAL_POWER) ** 2 / (2 * START_SPREAD_DB**2)


def _one_law(layout: Layout, power: float, exponent: float = USUAL_EXPONENT) -> Radio:
    scanner = ScannerRadio(power=power, exponent=exponent)
    return Radio(scanners=dict.fromkeys(layout.scanners, scanner), noise_db=UNCALIBRATED_NOISE_DB)


class _Heard:
    """Walks in steps, and the grid that beliefs of them live on."""

    def __init__(self, layout: Layout, walks: Sequence[Walk]) -> None:
        self.grid = grid_of(layout)
        self.names = tuple(layout.scanners)
        self.law = decades(layout, self.grid.centres, 1.2)
        self._motion = Motion(self.grid, open_floor(layout, self.grid))
        self._walks = [piece for walk in walks for piece in _pieces(layout, walk)]
        if not self._walks:
            raise ValueError("none of the layout's scanners heard anything in these captures")
        self._walks = sorted(self._walks, key=len, reverse=True)[:MOST_PIECES]

    @property
    def walks(self) -> int:
        return len(self._walks)

    def fit(self, likelihood: Likelihood) -> list[float]:
        """How well each walk is explained, as a log-likelihood."""
        return [
            explained(self._motion, [_evidence(packets, likelihood) for packets in steps[:START_STEPS]], STEP_S)
            for steps in self._walks
        ]

    def even_out(self, louder: Sequence[float]) -> None:
        """Take from each walk's packets what its tag is louder than the others (dB)."""
        self._walks = [
            [[(scanner, rssi - decibels) for scanner, rssi in packets] for packets in steps]
            for steps, decibels in zip(self._walks, louder, strict=True)
        ]

    def expect(self, likelihood: Likelihood) -> "_Beliefs":
        """Where the tags probably were: by scanner and cell, how many packets, and the sum of their RSSI."""
        weight = np.zeros((len(self.names), self.grid.cells))
        total = np.zeros_like(weight)
        for steps in self._walks:
            cells = smooth(self._motion, [_evidence(packets, likelihood, BELIEVED) for packets in steps], STEP_S)
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
    power = _mean_power(sums)
    return Radio(scanners={name: _law(sums[name], power) for name in heard.names})


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


Packets = list[tuple[int, float]]
"""(scanner's index, RSSI) of one step."""


def _pieces(layout: Layout, walk: Walk) -> list[list[Packets]]:
    """The packets of a walk in steps of half a second; a new piece begins after a silence, and where one gets too long."""
    index = {name: number for number, name in enumerate(layout.scanners)}
    pieces: list[list[Packets]] = []
    began = last = -math.inf
    for at, scanner, rssi in sorted(walk.packets):
        if scanner not in index:
            continue
        if at - last > SILENCE_S or at - began >= MOST_STEPS * STEP_S:
            began = at
            pieces.append([])
        last = at
        steps = pieces[-1]
        while len(steps) <= (at - began) / STEP_S:
            steps.append([])
        steps[-1].append((index[scanner], rssi))
    return pieces


def _evidence(packets: Packets, likelihood: Likelihood, share: float = 1.0) -> Array32 | None:
    if not packets:
        return None
    rows = np.array(packets, dtype=np.float64)
    return likelihood.of(rows[:, 0].astype(np.intp), rows[:, 1]) * np.float32(share)


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
