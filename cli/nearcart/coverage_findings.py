"""What ``nearcart coverage`` found, as sentences and as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nearcart_gateway.core.location.coverage import Coverage, confused
from nearcart_gateway.core.location.scanner_worth import Worth

FEW_SCANNERS = 3
"""A place is told from others by at least so many scanners."""

WORTH_HANGING = 0.03
"""One more scanner that makes the mean error smaller by less than this share is not worth its socket."""


@dataclass(frozen=True, slots=True)
class Findings:
    """The map, what each scanner is worth, and whether a calibration was known."""

    coverage: Coverage
    worth: Worth
    surveyed: bool

    @property
    def error(self) -> float:
        """Mean over the floor, metres."""
        return float(self.coverage.error.mean())

    @property
    def right(self) -> float:
        """Mean share of the time in the right zone."""
        return float(self.coverage.right.mean())

    @property
    def gain(self) -> float:
        """By which share one more scanner at the best spot makes the mean error smaller."""
        return 1 - self.worth.with_spot.error / self.worth.now.error

    @property
    def missing(self) -> tuple[float, float] | None:
        """Where one more scanner would be worth it."""
        spot = self.worth.spot
        return (spot[0], spot[1]) if spot is not None and self.gain >= WORTH_HANGING else None


def sentences(found: Findings) -> Iterator[str]:
    """For people: what to expect, and what to do."""
    yield f"Expected error {found.error:.1f} m, right zone {found.right:.0%} of the time (mean over the floor)."
    if not found.surveyed:
        yield "Nobody calibrated this store: equal scanners and the usual radio of a shop are supposed."
    for pair in confused(found.coverage.grid, found.coverage.said):
        one, other = pair.zones
        yield f"{one} and {other} can't be told apart: of the two, the wrong one is said {pair.wrong:.0%} of the time."
    few = float((found.coverage.heard < FEW_SCANNERS).mean())
    if few > 0:
        yield f"{few:.0%} of the floor is heard well by fewer than {FEW_SCANNERS} scanners."
    yield _missing(found)
    for name in found.worth.adds_nothing():
        yield f"{name} adds nothing: without it everybody is located as well."


def _missing(found: Findings) -> str:
    if found.missing is None:
        return (
            f"No scanner is missing: the best spot for one more would make the error {max(found.gain, 0):.0%} smaller."
        )
    x, y = found.missing
    more = found.worth.with_spot.right - found.worth.now.right
    return (
        f"A scanner at x {x:.1f}, y {y:.1f} would help most: the error {found.gain:.0%} smaller, "
        f"the right zone {max(more, 0):.0%} of the time more."
    )


def as_dict(found: Findings) -> dict[str, object]:
    """For machines. Metres, and shares from 0 to 1."""
    grid, map_ = found.coverage.grid, found.coverage
    now = found.worth.now
    return {
        "error": round(found.error, 3),
        "right_zone": round(found.right, 3),
        "calibrated": found.surveyed,
        "zones": {
            zone: {
                "error": round(float(map_.error[grid.zone_of == number].mean()), 3),
                "right_zone": round(float(map_.right[grid.zone_of == number].mean()), 3),
            }
            for number, zone in enumerate(grid.zones)
            if (grid.zone_of == number).any()
        },
        "confused": [{"zones": pair.zones, "wrong": round(pair.wrong, 3)} for pair in confused(grid, map_.said)],
        "scanners": {
            name: {"error_less": round(1 - now.error / left.error, 3), "right_more": round(now.right - left.right, 3)}
            for name, left in found.worth.without.items()
        },
        "adds_nothing": found.worth.adds_nothing(),
        "best_spot": None if found.worth.spot is None else _spot(found),
        "missing": found.missing is not None,
        "cell_m": round(grid.cell, 3),
        "cells": [
            {"x": x, "y": y, "error": error, "right_zone": right, "scanners": int(heard)}
            for (x, y), error, right, heard in zip(
                np.round(grid.centres, 3).tolist(),
                np.round(map_.error, 2).tolist(),
                np.round(map_.right, 2).tolist(),
                map_.heard.tolist(),
                strict=True,
            )
        ],
    }


def _spot(found: Findings) -> dict[str, float]:
    assert found.worth.spot is not None
    x, y, z = found.worth.spot
    more = found.worth.with_spot.right - found.worth.now.right
    return {"x": x, "y": y, "z": z, "error_less": round(found.gain, 3), "right_more": round(more, 3)}
