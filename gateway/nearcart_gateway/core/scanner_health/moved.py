"""Did a scanner's levels change from place to place as they would if it hung elsewhere?

Compared is what it hears of tags in a square now with what it heard of tags there when all was well: walls, shelves and the room's shadows are in both.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nearcart_gateway.core.scanner_health.expectation import decade

NEAREST_MOVE_M = 2.0
"""A move by less is told from none by nobody who knows the tags' places to a metre or two."""

MOST_NOW, MOST_USUAL = 4.0, 8.0
"""More snapshots of one square count no more than so many: they share its shadow."""

LEAST_SQUARES = 10
"""Fewer squares that it was heard in now and then say nothing."""

Levels = Mapping[int, Sequence[float]]
"""Square to how many snapshots, and the sum of what was heard beyond the law (dB)."""


@dataclass(frozen=True, slots=True)
class Change:
    """Of one square: by how many dB the scanner hears it louder than it used to, and how much that counts."""

    square: int
    db: float
    weight: float


@dataclass(frozen=True, slots=True)
class Move:
    """A place that explains the changes; ``explained`` is the part of their weighed squares that it does, in dB squared."""

    x: float
    y: float
    explained: float


def changes(now: Levels, usual: Levels) -> list[Change]:
    """Of every square that it was heard in now and when all was well."""
    return [
        Change(
            square,
            total / count - usual[square][1] / usual[square][0],
            1 / (1 / min(count, MOST_NOW) + 1 / min(usual[square][0], MOST_USUAL)),
        )
        for square, (count, total) in now.items()
        if square in usual
    ]


def spread(changed: Sequence[Change]) -> float:
    """The mean of the weighed squares around their mean, dB squared: what is the same everywhere is no move but an offset."""
    mean = _mean(changed)
    return sum(each.weight * (each.db - mean) ** 2 for each in changed) / len(changed)


def best_move(
    changed: Sequence[Change],
    squares: Sequence[tuple[float, float]],
    here: tuple[float, float],
    height: float,
    exponent: float,
) -> Move | None:
    """Of all squares the one that explains the changes best, if one does at all. As tags' places are not known to the metre, a place may explain a part of what it should."""
    mean, total = _mean(changed), sum(each.weight for each in changed)
    was = {each.square: decade(math.dist(squares[each.square], here), height) for each in changed}
    best: Move | None = None
    for place in squares:
        if math.dist(place, here) < NEAREST_MOVE_M:
            continue
        would = [
            exponent * (decade(math.dist(squares[each.square], place), height) - was[each.square]) for each in changed
        ]
        usual = sum(each.weight * by for each, by in zip(changed, would, strict=True)) / total
        squared = sum(each.weight * (by - usual) ** 2 for each, by in zip(changed, would, strict=True))
        shared = sum(each.weight * (by - usual) * (each.db - mean) for each, by in zip(changed, would, strict=True))
        if squared <= 0 or shared <= 0:
            continue
        part = min(1.0, shared / squared)
        explained = 2 * part * shared - part * part * squared
        if best is None or explained > best.explained:
            best = Move(*place, explained)
    return best


def _mean(changed: Sequence[Change]) -> float:
    return sum(each.weight * each.db for each in changed) / sum(each.weight for each in changed)
