"""Intervals against worlds whose true lift is known: `make intervals`, or

    python -m benchmarks.intervals [--replications 10000] [--seed 1] [--tau 5000] [--json]

Each world twice: with visitors who may buy at once, and ``late``, where nobody does.

Exits with 1 when a bar is missed: a right method that errs too often, or a wrong one that gets through.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np

from benchmarks.intervals import agreement, narrower, shares
from benchmarks.intervals.bars import Tally, tally
from benchmarks.intervals.methods import (
    AT_THE_END,
    BUYERS_AT_THE_END,
    BUYERS_EVER,
    EVER,
    WRONG_AT_THE_END,
    WRONG_EVER,
    Batch,
    Method,
    Outcome,
)
from benchmarks.intervals.worlds import WORLDS, World, late, replications

LIFTS = (0.0, 0.2)
VISITORS_AT_ONCE = 400_000
SHARE_FACTOR = 20
"""Sample-ratio experiments are cheap: so many times the replications."""
GHOST_REPLICATIONS = 200
ARRIVED_REPLICATIONS = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """One figure with its bar: ``kept`` is ``None`` where there is none, and for a wrong method that it was found out."""

    part: str
    world: str
    lift: float
    method: str
    figure: str
    kept: bool | None


def simulated(world: World, lift: float, count: int, tau: float, seed: int) -> dict[str, Tally]:
    """Every method's tally in one world."""
    stream = np.random.default_rng([seed, len(world.name), world.visitors, round(lift * 100)])
    outcomes: dict[str, list[Outcome]] = defaultdict(list)
    size = max(1, VISITORS_AT_ONCE // world.visitors)
    for start in range(0, count, size):
        batch = Batch(*replications(world, lift, min(size, count - start), stream), lift, tau)
        if start == 0:
            agreement.check(batch.daily, batch.end, tau)
        for name, method in _methods(world, lift):
            outcomes[name].append(method(batch))
    return {name: tally(parts) for name, parts in outcomes.items()}


def _methods(world: World, lift: float) -> Iterator[tuple[str, Method]]:
    yield from AT_THE_END.items()
    yield from EVER.items()
    if lift == 0:
        yield from BUYERS_AT_THE_END.items()
        yield from BUYERS_EVER.items()
    else:
        for wrong in (WRONG_AT_THE_END, WRONG_EVER):
            yield from ((name, method) for name, (where, method) in wrong.items() if where == world.name)


def judged(world: World, lift: float, tallies: dict[str, Tally]) -> Iterator[Line]:
    """The figures of one world with their bars."""
    for name, result in tallies.items():
        yield Line(_part(name), world.name, lift, name, _told(result), _kept(name, result, world))


def _part(name: str) -> str:
    if name in WRONG_AT_THE_END or name in WRONG_EVER:
        return "wrong"
    return "ever" if name in EVER or name in BUYERS_EVER else "end"


def _kept(name: str, result: Tally, world: World) -> bool | None:
    """Of the report's own methods whether they keep their bar, of the wrong ones whether they break it."""
    if name == next(iter(AT_THE_END)) or name in BUYERS_AT_THE_END:
        return result.keeps_the_fixed_bar(world)
    if name == next(iter(EVER)) or name in BUYERS_EVER:
        return result.keeps_the_ever_bar()
    if name in WRONG_AT_THE_END:
        return not result.keeps_the_fixed_bar(world)
    return not result.keeps_the_ever_bar() if name in WRONG_EVER else None


def _told(result: Tally) -> str:
    tails = f"{result.above:.2f} above, {result.below:.2f} below"
    return f"misses {result.misses:5.2f} % ({tails}); mean {result.estimate:+.1%}, width {result.width:.1%}"


def smaller_bars(count: int, seed: int) -> Iterator[Line]:
    """Sample ratio, ghosts and CUPED."""
    stream = np.random.default_rng([seed, 99])
    lost, healthy = (made(count * SHARE_FACTOR, stream) for made in (shares.broken, shares.healthy))
    yield _smaller(
        "sample ratio: a tenth of a 20 % hold-out lost, 20,000 visitors",
        f"found {lost.running:.2f} % by the three daily checks, {lost.ended:.2f} % by the planned end ({lost.plain:.2f} % at p < 0.001)",
        min(lost.running, lost.ended) >= shares.FOUND_BAR,
    )
    yield _smaller(
        "sample ratio: healthy, 42 looks",
        f"flagged {healthy.running:.2f} % by the three daily checks, {healthy.ended:.2f} % with the planned end ({healthy.plain:.2f} % at p < 0.001 alone)",
        max(healthy.running, healthy.ended) <= shares.FALSE_BAR,
    )
    three = f"flagged {healthy.three_plain:.2f} % of healthy ones in 42 looks"
    yield Line("wrong", "", 0.0, "three plain tests each morning", three, healthy.three_plain > shares.FALSE_BAR)
    near = narrower.ghosts(GHOST_REPLICATIONS, stream)
    unbiased = abs(near.ghosts - near.truth) < 3.5 * near.standard_error
    text = f"{near.ratio:.2f} times as wide; {near.ghosts:.3f} and {near.intent_to_treat:.3f} per exposed, true {near.truth:.3f}"
    yield _smaller("intent-to-treat beside ghosts, 5 % exposed", text, near.ratio >= narrower.GHOST_BAR and unbiased)
    yield from _arrived(narrower.delivery(ARRIVED_REPLICATIONS, np.random.default_rng([seed, 97])))
    past = narrower.cuped(count, stream)
    unbiased = abs(past.difference - past.truth) < 3.5 * past.standard_error
    text = f"{past.narrower:.1f} % narrower at a correlation of {past.correlation:.2f}; {past.difference:.3f} per visitor, true {past.truth:.3f}; misses {past.misses:.1f} %"
    yield _smaller("CUPED", text, past.narrower >= narrower.CUPED_BAR and unbiased)


def _arrived(found: narrower.Arrived) -> Iterator[Line]:
    low, high = narrower.ARRIVED_BAR
    text = f"{found.estimate:.3f} per delivered offer, true {found.truth:.3f}; misses {found.misses:.2f} %"
    yield _smaller("all decided against all ghosts, 80 % delivered", text, low <= found.misses <= high)
    text = f"{found.delivered_alone:.3f} per delivered offer, true {found.truth:.3f}; misses {found.misses_alone:.2f} %"
    yield Line("wrong", "", narrower.LIFT, "delivered alone against all ghosts", text, found.misses_alone > high)


def _smaller(name: str, figure: str, kept: bool) -> Line:
    return Line("smaller", "", narrower.LIFT, name, figure, bool(kept))


def main() -> int:
    """Prints every figure; 1 when a bar is missed."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--replications", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--tau", type=float, default=5000.0)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    missed = False
    for line in _lines(chosen.replications, chosen.tau, chosen.seed):
        missed |= line.kept is False
        print(json.dumps(asdict(line)) if chosen.json else _row(line), flush=True)
    return 1 if missed else 0


def _lines(count: int, tau: float, seed: int) -> Iterator[Line]:
    for world in (*WORLDS, *map(late, WORLDS)):
        for lift in LIFTS:
            yield from judged(world, lift, simulated(world, lift, count, tau, seed))
    yield from smaller_bars(count, seed)


def _row(line: Line) -> str:
    kept = {True: "ok", False: "MISSED", None: ""}[line.kept]
    if line.part == "wrong":
        kept = "found out" if line.kept else "NOT FOUND OUT"
    where = f"{line.world} {line.lift:+.0%}" if line.world else ""
    return f"{where:20} {line.method:50} {line.figure:80} {kept}"


if __name__ == "__main__":
    sys.exit(main())
