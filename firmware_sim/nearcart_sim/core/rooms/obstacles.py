"""Walls and shelves: what radio loses on its straight way through them."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from nearcart_contract.names import UserFile
from nearcart_contract.store_file import Point

Rows = NDArray[np.float64]


class Wall(UserFile):
    """A straight wall from floor to ceiling."""

    line: tuple[Point, Point] = Field(description="its two ends, metres")
    loss_db: float = Field(default=6.0, ge=0, le=60, description="what one crossing costs")


class Shelf(UserFile):
    """A rectangle that stands in the way of radio, and of people."""

    box: tuple[Annotated[Point, Field()], Annotated[Point, Field()]] = Field(description="two opposite corners, metres")
    height: float = Field(default=1.8, gt=0, le=20, description="metres; radio that passes above it loses nothing")
    loss_db: float = Field(default=3.0, ge=0, le=60, description="what the way through all of it costs")


def wall_loss(wall: Wall, scanner: tuple[float, float], x: Rows, y: Rows) -> Rows:
    """dB that the wall takes between the scanner and each of the places: the two lines cross, or they don't."""
    (ax, ay), (bx, by) = wall.line
    sx, sy = scanner
    side_of_scanner = (bx - ax) * (sy - ay) - (by - ay) * (sx - ax)
    side_of_place = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
    side_of_start = (x - sx) * (ay - sy) - (y - sy) * (ax - sx)
    side_of_end = (x - sx) * (by - sy) - (y - sy) * (bx - sx)
    crossed = (side_of_scanner * side_of_place < 0) & (side_of_start * side_of_end < 0)
    return np.where(crossed, wall.loss_db, 0.0)


def shadow_of(shelf: Shelf, scanner: tuple[float, float, float], height: float) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a rectangle outside of which the shelf is in nobody's way at this height."""
    (ax, ay), (bx, by) = shelf.box
    sx, sy, sz = scanner
    if sz <= shelf.height or sz <= height:
        return -1e6, -1e6, 1e6, 1e6
    # Only the last part of the way is lower than the shelf; a way whose part meets the box ends within the box, drawn larger from the scanner.
    least = max((sz - shelf.height) / (sz - height), 1e-3)
    xs = [ax, bx, sx + (ax - sx) / least, sx + (bx - sx) / least]
    ys = [ay, by, sy + (ay - sy) / least, sy + (by - sy) / least]
    return min(xs), min(ys), max(xs), max(ys)


def shelf_loss(shelf: Shelf, scanner: tuple[float, float, float], x: Rows, y: Rows, height: float) -> Rows:
    """dB that the shelf takes on the way from the scanner to places at ``height``: its loss, if the way leads through it.

    The way is cut against the box in x, y and height (Liang and Barsky, 1984).
    """
    (ax, ay), (bx, by) = shelf.box
    sx, sy, sz = scanner
    first, last = np.zeros_like(x), np.ones_like(x)
    for start, to, low, high in (
        (sx, x, min(ax, bx), max(ax, bx)),
        (sy, y, min(ay, by), max(ay, by)),
        (sz, np.full_like(x, height), 0.0, shelf.height),
    ):
        span = np.where(to == start, 1e-9, to - start)
        one, other = (low - start) / span, (high - start) / span
        first = np.maximum(first, np.minimum(one, other))
        last = np.minimum(last, np.maximum(one, other))
    return np.where(first < last, shelf.loss_db, 0.0)
