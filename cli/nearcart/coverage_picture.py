"""The picture of ``nearcart coverage``: two heat maps side by side over the floor plan, and what they say."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nearcart.coverage_findings import Findings, sentences
from nearcart_contract.store_file import Layout
from nearcart_gateway.core.location.floor_grid import FloorGrid
from nearcart_sim.core.plots import svg

_LEVELS = ("#e6f1f9", "#b9d8ee", "#82b9dd", "#4795c7", "#1a6ca8", "#07406b")
"""One colour from light to dark, so that it reads in grey too."""

_SPOT = "#d55e00"
_ERRORS_M = (0.75, 1.0, 1.5, 2.0, 3.0)
_RIGHT = (0.95, 0.9, 0.8, 0.65, 0.5)
_GAP = 40
_WIDE = (svg.WIDTH - 2 * svg.MARGIN - _GAP) / 2
_MOST_HEIGHT = 620
_TOP = svg.TOP + 36
_NAMES = 24
_LINE = 22


@dataclass(frozen=True, slots=True)
class _Panel:
    """One map: ``left`` on the page, the level of each cell, and what the levels mean."""

    left: float
    heading: str
    levels: NDArray[np.intp]
    legend: tuple[str, ...]


def coverage_picture(layout: Layout, found: Findings, name: str) -> str:
    """SVG. ``name`` stands for the store where its file gives none."""
    name = getattr(layout, "name", name)
    grid = found.coverage.grid
    plan = _Plan(grid)
    errors = _Panel(
        svg.MARGIN,
        "Expected error of a position",
        np.searchsorted(_ERRORS_M, found.coverage.error, side="right"),
        ("under 0.75 m", "0.75 to 1 m", "1 to 1.5 m", "1.5 to 2 m", "2 to 3 m", "over 3 m"),
    )
    rights = _Panel(
        svg.MARGIN + _WIDE + _GAP,
        "Time in the right zone",
        np.searchsorted([-share for share in _RIGHT], -found.coverage.right, side="left"),
        ("95 % and more", "90 to 95 %", "80 to 90 %", "65 to 80 %", "50 to 65 %", "under 50 %"),
    )
    body: list[str] = []
    for panel in (errors, rights):
        body += [svg.text(panel.left, _TOP - 12, panel.heading, weight=600), *plan.heat(panel), *plan.borders(panel)]
        body += [*plan.scanners(panel, layout), *plan.spot(panel, found), *plan.legend(panel)]
    body += plan.zone_names(rights, layout)
    said = list(sentences(found))
    body += plan.said(said, spot=found.missing is not None)
    title = f"{name}: positions to {found.error:.1f} m, the right zone {found.right:.0%} of the time"
    return svg.page(title, "Expected from the radio model; darker is worse.", plan.height(said), body)


class _Plan:
    """Metres to pixels of a panel."""

    def __init__(self, grid: FloorGrid) -> None:
        self._grid = grid
        self._low = grid.centres.min(axis=0) - grid.cell / 2
        self._scale = min(_WIDE / (grid.columns * grid.cell), _MOST_HEIGHT / (grid.rows * grid.cell))
        self._bottom = _TOP + grid.rows * grid.cell * self._scale

    def height(self, said: Sequence[str]) -> float:
        """Of the whole page."""
        return self._bottom + 122 + _LINE * len(said)

    def heat(self, panel: _Panel) -> Iterator[str]:
        """A square for each cell; a hair wider, so that no gaps show."""
        size = self._grid.cell * self._scale + 0.4
        for (x, y), level in zip(self._grid.centres - self._grid.cell / 2, panel.levels, strict=True):
            left, top = self._at(panel, x, y)
            yield svg.rect(left, top, size, size, fill=_LEVELS[int(level)])

    def borders(self, panel: _Panel) -> Iterator[str]:
        """A line wherever two neighbouring cells belong to different zones."""
        zone = self._grid.zone_of.reshape(self._grid.columns, self._grid.rows)
        cell, (left, top) = self._grid.cell, self._low
        for column, row in np.argwhere(zone[1:] != zone[:-1]):
            x, y = left + (column + 1) * cell, top + row * cell
            yield svg.line(*self._at(panel, x, y), *self._at(panel, x, y + cell), colour=svg.PAPER, width=2)
        for column, row in np.argwhere(zone[:, 1:] != zone[:, :-1]):
            x, y = left + column * cell, top + (row + 1) * cell
            yield svg.line(*self._at(panel, x, y), *self._at(panel, x + cell, y), colour=svg.PAPER, width=2)

    def scanners(self, panel: _Panel, layout: Layout) -> Iterator[str]:
        """A diamond each; names in the left map, where there are not too many."""
        for name, scanner in layout.scanners.items():
            x, y = self._at(panel, scanner.x, scanner.y)
            yield _diamond(x, y)
            if panel.left == svg.MARGIN and len(layout.scanners) <= _NAMES:
                yield from self._label(panel, x, y + 19, name)

    def spot(self, panel: _Panel, found: Findings) -> Iterator[str]:
        """A ring where one more scanner would help most."""
        if found.missing is not None:
            x, y = self._at(panel, *found.missing)
            yield svg.circle(x, y, 9, fill=svg.PAPER, stroke=_SPOT)
            yield svg.line(x - 5, y, x + 5, y, colour=_SPOT, width=2.5)
            yield svg.line(x, y - 5, x, y + 5, colour=_SPOT, width=2.5)

    def zone_names(self, panel: _Panel, layout: Layout) -> Iterator[str]:
        """In the middle of each zone, where zones are not the scanners themselves."""
        for number, zone in enumerate(self._grid.zones):
            own = self._grid.centres[self._grid.zone_of == number]
            if len(own) and zone in layout.zones:
                middle = own[np.hypot(*(own - own.mean(axis=0)).T).argmin()]
                x, y = self._at(panel, *middle)
                signs = (self._at(panel, scanner.x, scanner.y) for scanner in layout.scanners.values())
                covered = any(abs(x - left) < 50 and abs(y - top) < 20 for left, top in signs)
                yield from self._label(panel, x, y + (26 if covered else 0), layout.zones[zone].name or zone)

    def legend(self, panel: _Panel) -> Iterator[str]:
        """What the colours mean, three in a row."""
        for number, words in enumerate(panel.legend):
            x, y = panel.left + number % 3 * 150, self._bottom + 16 + number // 3 * 24
            yield svg.rect(x, y, 22, 16, fill=_LEVELS[number], stroke=svg.LINE)
            yield svg.text(x + 28, y + 13, words, colour=svg.SOFT, size=12)

    def said(self, said: Sequence[str], *, spot: bool) -> Iterator[str]:
        """The sentences below the maps, and what the signs mean."""
        y = self._bottom + 86
        yield _diamond(svg.MARGIN + 6, y - 5)
        yield svg.text(svg.MARGIN + 20, y, "scanner", colour=svg.SOFT, size=12)
        if spot:
            yield svg.text(svg.MARGIN + 100, y, "+", colour=_SPOT, weight=600)
            yield svg.text(svg.MARGIN + 116, y, "one more scanner would help most here", colour=svg.SOFT, size=12)
        for number, words in enumerate(said, 1):
            yield svg.text(svg.MARGIN, y + 6 + number * _LINE, words)

    def _label(self, panel: _Panel, x: float, y: float, words: str) -> Iterator[str]:
        """Words in the middle of a plate, so that they can be read on every colour; moved so that they stay on the map."""
        half = 3.2 * len(words) + 4
        right = panel.left + self._grid.columns * self._grid.cell * self._scale
        x = max(panel.left + half, min(right - half, x))
        yield svg.rect(x - half, y - 11, 2 * half, 15, fill=svg.PAPER, opacity=0.85)
        yield svg.text(x, y, words, size=11, anchor="middle")

    def _at(self, panel: _Panel, x: float, y: float) -> tuple[float, float]:
        return panel.left + (x - self._low[0]) * self._scale, _TOP + (y - self._low[1]) * self._scale


def _diamond(x: float, y: float) -> str:
    return svg.polygon([(x, y - 7), (x + 7, y), (x, y + 7), (x - 7, y)], fill=svg.INK, stroke=svg.PAPER)
