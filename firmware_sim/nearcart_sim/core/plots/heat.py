"""Where people spend their time: a heat map of half-metre squares."""

from collections import Counter
from itertools import pairwise
from math import ceil

from nearcart_sim.core.plots import svg
from nearcart_sim.core.plots.floor import Plan
from nearcart_sim.core.plots.scene import Scene

_CELL_M = 0.5
_LEVELS = ("#d6e8f5", "#a9cfe9", "#73b1d8", "#3d8fc2", "#0f6ba8", "#064a7a")
"""One colour from light to dark, so that it reads in grey too."""


def heat(scene: Scene) -> str:
    """Seconds that everybody together stood in each square; each colour is for twice the time of the one before."""
    plan = Plan(scene)
    spent = _spent(scene)
    most = max(spent.values(), default=0.0)
    busiest = _busiest_zone(scene, spent)
    title = f"In {scene.name}, most time is spent in {busiest}" if busiest else f"Where time is spent in {scene.name}"
    body = [*plan.ground()]
    size = _CELL_M * plan.scale
    for (column, row), seconds in sorted(spent.items()):
        x, y = plan.at(column * _CELL_M, row * _CELL_M)
        body.append(svg.rect(x, y, size, size, fill=_LEVELS[_level(seconds, most)], opacity=0.9))
    body += [*plan.furniture(), *plan.ruler(), *_legend(plan, most)]
    people = sum(1 for track in scene.tracks.values() if track)
    return svg.page(
        title,
        f"Time of {people:,} people by half-metre squares, {scene.length}.",
        plan.bottom + 100,
        body,
    )


def _spent(scene: Scene) -> Counter[tuple[int, int]]:
    """By column and row; who stands on the floor's edge is in the square within."""
    floor, spent = scene.layout.floor, Counter[tuple[int, int]]()
    last = (ceil(floor.width / _CELL_M) - 1, ceil(floor.height / _CELL_M) - 1) if floor else None
    for track in scene.tracks.values():
        for (at, x, y), (later, _, _) in pairwise(track):
            square = int(x // _CELL_M), int(y // _CELL_M)
            if last is not None:
                square = max(0, min(square[0], last[0])), max(0, min(square[1], last[1]))
            spent[square] += min(later - at, 2.0)  # type: ignore[assignment]
    return spent


def _busiest_zone(scene: Scene, spent: Counter[tuple[int, int]]) -> str | None:
    from nearcart_sim.core.floor import Floor

    floor, by_zone = Floor(scene.layout), Counter[str]()
    for (column, row), seconds in spent.items():
        zone = floor.zone_at(((column + 0.5) * _CELL_M, (row + 0.5) * _CELL_M))
        if zone is not None:
            by_zone[zone] += seconds
    return by_zone.most_common(1)[0][0] if by_zone else None


def _level(seconds: float, most: float) -> int:
    level = len(_LEVELS) - 1
    while level > 0 and seconds < most / 2 ** (len(_LEVELS) - 1 - level):
        level -= 1
    return level


def _legend(plan: Plan, most: float) -> list[str]:
    body, y = [], plan.bottom + 52
    for number, colour in enumerate(_LEVELS):
        x = svg.MARGIN + number * 130
        least = most / 2 ** (len(_LEVELS) - 1 - number)
        words = f"under {most / 2 ** (len(_LEVELS) - 2):,.0f} s" if number == 0 else f"{least:,.0f} s and more"
        body += [svg.rect(x, y, 22, 16, fill=colour), svg.text(x + 28, y + 13, words, colour=svg.SOFT, size=12)]
    return body
