"""The picture of ``nearcart replay --plot``: where somebody was believed to be, over where she truly was."""

import math
import statistics
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nearcart_contract.store_file import Layout
from nearcart_contract.truth import TruthLine
from nearcart_gateway.core.location.floor_grid import FloorGrid, grid_of
from nearcart_gateway.core.location.score import zone_at
from nearcart_sim.core.plots import svg
from nearcart_sim.core.plots.floor import Plan
from nearcart_sim.core.plots.paths import paths
from nearcart_sim.core.plots.scene import Scene

WARM_S = 5.0
"""The beginning of a walk does not count: nothing is known then."""

_TRUE, _BELIEVED, _WRONG = svg.INK, svg.COLOURS[0], svg.COLOURS[1]
_TIE_EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class Believed:
    """One belief: Unix seconds, the zone that is said, metres."""

    at: float
    zone: str | None
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class _Step:
    """A belief beside the truth of the same instant."""

    believed: Believed
    x: float
    y: float
    right: bool

    @property
    def error(self) -> float:
        return math.dist((self.x, self.y), (self.believed.x, self.believed.y))


def believed_picture(name: str, layout: Layout, believed: Mapping[str, Sequence[Believed]]) -> str:
    """Everybody's way as it was believed, where nobody knows the truth. Raises ``ValueError`` where nobody was heard."""
    begins = min((steps[0].at for steps in believed.values() if steps), default=None)
    if begins is None:
        raise ValueError("nobody was located in this recording: there is nothing to draw")
    tracks = {who: [(step.at - begins, step.x, step.y) for step in steps] for who, steps in believed.items()}
    return paths(Scene(f"{name}, as it was believed", layout, (), (), tracks, {}))


def walk_picture(
    name: str, layout: Layout, believed: Mapping[str, Sequence[Believed]], truth: Sequence[TruthLine]
) -> str:
    """SVG of the walk that has a truth. Raises ``ValueError`` where no belief falls into its time."""
    who = next((line.address for line in truth if line.address), None)
    walked = [line for line in truth if line.address == who]
    own = believed.get(who, ()) if who is not None else max(believed.values(), key=len, default=())
    steps = _beside(own, walked, grid_of(layout))
    if not steps:
        raise ValueError("nothing is believed of the tag that the truth is of, at any time that it tells")
    plan = Plan(Scene(name, layout, (), (), {"true": [(line.at, line.x, line.y) for line in walked]}, {}))
    body = [*plan.ground(), *_ties(plan, steps), *_ways(plan, walked, steps), *plan.furniture(), *plan.ruler()]
    body += _legend(plan.bottom + 58)
    error, right = statistics.median(step.error for step in steps), sum(step.right for step in steps) / len(steps)
    title = f"{name}: {error:.1f} m off, in the right zone {right:.0%} of the time"
    seconds = steps[-1].believed.at - steps[0].believed.at
    under = f"{seconds:.0f} seconds, after the first {WARM_S:g}; a thin line leads from the truth to what was believed then."
    return svg.page(title, under, plan.bottom + 90, body)


def _beside(believed: Sequence[Believed], truth: Sequence[TruthLine], grid: FloorGrid) -> list[_Step]:
    times = [line.at for line in truth]
    steps = []
    for belief in believed:
        after = bisect_right(times, belief.at)
        if belief.at < times[0] + WARM_S or after == len(times):
            continue
        one, other = truth[after - 1], truth[after]
        share = (belief.at - one.at) / (other.at - one.at)
        x, y = one.x + share * (other.x - one.x), one.y + share * (other.y - one.y)
        steps.append(_Step(belief, x, y, right=belief.zone == (one.zone or zone_at(grid, x, y))))
    return steps


def _ties(plan: Plan, steps: Sequence[_Step]) -> Iterator[str]:
    """From the truth to the belief of the same instant, every other second."""
    tied = -math.inf
    for step in steps:
        if step.believed.at >= tied + _TIE_EVERY_S:
            tied = step.believed.at
            yield svg.line(*plan.at(step.x, step.y), *plan.at(step.believed.x, step.believed.y))


def _ways(plan: Plan, truth: Sequence[TruthLine], steps: Sequence[_Step]) -> Iterator[str]:
    yield svg.polyline([plan.at(line.x, line.y) for line in truth], colour=_TRUE, width=2)
    yield svg.polyline([plan.at(s.believed.x, s.believed.y) for s in steps], colour=_BELIEVED, width=2, opacity=0.8)
    for step in steps:
        if not step.right:
            yield from _cross(*plan.at(step.believed.x, step.believed.y))


def _cross(x: float, y: float) -> Iterator[str]:
    yield svg.line(x - 3, y - 3, x + 3, y + 3, colour=_WRONG, width=2)
    yield svg.line(x - 3, y + 3, x + 3, y - 3, colour=_WRONG, width=2)


def _legend(y: float) -> Iterator[str]:
    x = svg.MARGIN
    yield svg.line(x, y - 5, x + 24, y - 5, colour=_TRUE, width=3)
    yield svg.text(x + 32, y, "where the tag was")
    yield svg.line(x + 240, y - 5, x + 264, y - 5, colour=_BELIEVED, width=3)
    yield svg.text(x + 272, y, "where it was believed to be")
    yield from _cross(x + 520, y - 5)
    yield svg.text(x + 534, y, "in another zone than it was")
