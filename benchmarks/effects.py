"""Whether reports find what offers truly cause: weeks of corner shops with a known effect, seed by seed. One JSON object; `make effects`.

    python benchmarks/effects.py [--seeds 200] [--worlds effect,none,…] [--people 8000] [--days 4] [--day 4h] [--processes 2]

Each world is three weeks of 320 shoppers (of six where it counts what comes later): carts, orders and refunds as a shop's webhooks, visits as an edge's
words, decisions and ghosts by the gateway's engine over a database on disk, and the report that ``nearcart report`` would print. The kinds of world are
those of ``tests/effects/worlds.py``: an offer with an effect and one without; two variants, one of which does nothing; households that share a loyalty
number; purchases that are brought back, most of those that the offer caused; and an effect of which all is only brought forward.

Of each figure, ``missed``: reports whose interval at the planned end leaves out the true lift, at most as many as an interval of 95 % passes once in a
thousand times (21 of 200). No interval is a miss, but where the report is ``silent``: of money it says that one visitor alone decides it. ``missed_own``: the same for the lift of buyers among that world's own shoppers, of whom both outcomes
are known. ``ever_missed``, where the offer does nothing: reports whose daily interval left out 0 on any evening; as many at most. ``flagged``: healthy
worlds whose sample-ratio checks are red. ``astray``: shoppers or households whose moments or purchases were other than the model's, which is a mistake somewhere; ``counted_otherwise``:
reports with other people, buyers or money in an arm than there are. ``day``: the same shoppers of one day straight into moments and through radio and
edges, decision by decision and figure by figure.
"""

import argparse
import json
import math
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

from scipy.stats import binom

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.effects.day import play_day
from tests.effects.weeks import Told, play_weeks
from tests.effects.worlds import LONG_DAYS, WORLDS, World, expected

from nearcart_contract.duration import parse_duration
from nearcart_measure.report.figures import ONE_DECIDES
from nearcart_measure.report.result import Range


@dataclass(frozen=True, slots=True)
class Found:
    """A report's lift and its interval; ``silent`` where it says that one visitor alone decides the figure, and so tells none."""

    lift: float | None = None
    bounds: Range | None = None
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """One figure of a report, and what is true of it."""

    name: str
    true: float
    of: Callable[[Told], Found]

    def missed(self, told: Told) -> bool:
        """Whether the interval leaves the truth out, or is not there."""
        found = self.of(told)
        return not found.silent and not holds(found.bounds, self.true)


def holds(bounds: Range | None, lift: float) -> bool:
    return bounds is not None and bounds.low <= lift <= bounds.high


FLAGGED = 0.02
"""Of healthy experiments, the share that the sample-ratio checks may ever flag (docs/measure.md)."""


def most(worlds: int, share: float = 0.05) -> int:
    """What happens in a ``share`` of all cases, passed once in a thousand times: of intervals of 95 % 21 of 200."""
    return int(binom.ppf(0.999, worlds, share))


def claims_of(world: World, people: int) -> list[Claim]:
    """What reports of this kind of world are held against: the truth among ``people`` other shoppers with the same habits."""
    effects = [expected(world, offer, people) for offer in world.odds]
    found = []
    for name, money, which in (("purchase", "revenue", 0), ("purchase_28d", "revenue_28d", 1)):
        if which and world.after_days < LONG_DAYS:
            continue
        chosen = [effect[which] for effect in effects]
        buyers = fmean(effect.lift or 0.0 for effect in chosen)
        found += [
            Claim(name, buyers, partial(_figure, name)),
            Claim(money, fmean(effect.money_lift or 0.0 for effect in chosen), partial(_figure, money)),
        ]
    for variant, (week, _) in zip(world.variants, effects, strict=False):
        found.append(Claim(f"variant {variant}", week.lift or 0.0, partial(_variant, variant)))
    return found


def _figure(name: str, told: Told) -> Found:
    figure = told.figure(name)
    return Found() if figure is None else Found(figure.lift, figure.fixed, figure.problem == ONE_DECIDES)


def _variant(name: str, told: Told) -> Found:
    part = next((part for part in told.report.variants if part.which == name), None)
    return Found() if part is None else Found(part.lift, part.shrunk_range)


def judged(world: World, claims: Sequence[Claim], worlds: Sequence[Told]) -> dict[str, Any]:
    """What became of worlds of one kind."""
    own = [each for each in worlds if each.truth is not None]
    return {
        "world": world.name,
        "worlds": len(worlds),
        "figures": {claim.name: _judged(claim, worlds) for claim in claims},
        "missed_own": sum(_missed_own(each) for each in own),
        "always_valid_missed": sum(_always_misses(each, claims[0].true) for each in worlds),
        "said_brought_forward": sum("brought forward" in each.report.sentence for each in worlds),
        "compared": round(fmean(sum(arm.people for arm in each.report.arms) for each in worlds)),
        "flagged": sum(each.report.answer == "no result" for each in worlds),
        "ever_missed": sum(map(_ever_misses_nothing, worlds)) if set(world.odds.values()) == {1.0} else None,
        "astray": sum(each.astray for each in worlds),
        "counted_otherwise": sum(not each.counted_right for each in worlds if each.report.figures),
    }


def _judged(claim: Claim, worlds: Sequence[Told]) -> dict[str, Any]:
    found = [claim.of(told) for told in worlds]
    ranges = [each.bounds for each in found if each.bounds is not None]
    lifts = [math.log1p(each.lift) for each in found if each.lift is not None]
    return {
        "true": round(claim.true, 4),
        "mean": round(math.expm1(fmean(lifts)), 4) if lifts else None,
        "missed": sum(claim.missed(told) for told in worlds),
        "missed_low": sum(bounds.high < claim.true for bounds in ranges),
        "missed_high": sum(bounds.low > claim.true for bounds in ranges),
        "silent": sum(each.silent for each in found),
        "no_interval": len(worlds) - len(ranges),
        "sure_of_an_effect": sum(not bounds.low <= 0 <= bounds.high for bounds in ranges),
    }


def _missed_own(told: Told) -> bool:
    lift = None if told.truth is None else told.truth.lift
    return lift is None or not holds(_figure("purchase", told).bounds, lift)


def _always_misses(told: Told, lift: float) -> bool:
    figure = told.figure("purchase")
    return figure is not None and figure.always is not None and not holds(figure.always, lift)


def _ever_misses_nothing(told: Told) -> bool:
    """Whether the daily interval left out 0 on any evening, where 0 is true on all of them."""
    return any(not evening.low <= 0 <= evening.high for evening in told.report.evenings)


def agreeing(seed: int, lasts: str) -> dict[str, Any]:
    """One day both ways."""
    hours = parse_duration(lasts)
    straight, radio = (play_day(seed, hours, radio=each) for each in (False, True))
    return {
        "seed": seed,
        "offers_and_ghosts": len(straight.decided),
        "purchases": len(straight.bought),
        "decided_otherwise": len(set(straight.decided.items()) ^ set(radio.decided.items())),
        "bought_otherwise": len(set(straight.bought.items()) ^ set(radio.bought.items())),
        "same_figures": straight.report.figures == radio.report.figures and straight.report.arms == radio.report.arms,
    }


def shown(name: str, claim: Claim, worlds: Iterable[Told]) -> Iterator[Told]:
    """As they come, with a word at every twentieth."""
    missed = 0
    for number, told in enumerate(worlds, 1):
        missed += claim.missed(told)
        if number % 20 == 0:
            print(f"nearcart: {number} of {name}, {missed} missed", file=sys.stderr, flush=True)
        yield told


def failures(worlds: Iterable[dict[str, Any]], days: Iterable[dict[str, Any]]) -> list[str]:
    """What the bars are not kept by."""
    found = [f"day {day['seed']} does not agree" for day in days if day["decided_otherwise"] or day["bought_otherwise"] or not day["same_figures"]]  # fmt: skip
    for each in worlds:
        name, figures = each["world"], each["figures"]
        found += [
            f"{name}: {what} missed in {figure['missed']} of {each['worlds']}"
            for what, figure in figures.items()
            if figure["missed"] > most(each["worlds"] - figure["silent"])
        ]
        found += [f"{name}: {each[what]} {what}" for what in ("astray", "counted_otherwise") if each[what]]
        if (each["ever_missed"] or 0) > most(each["worlds"]):
            found.append(f"{name}: the daily interval left out the truth on some evening in {each['ever_missed']}")
        if each["flagged"] > most(each["worlds"], FLAGGED):
            found.append(f"{name}: {each['flagged']} of {each['worlds']} healthy ones flagged")
        if "revenue_28d" in figures and not figures["revenue_28d"]["mean"] < figures["revenue"]["mean"] / 2:
            found.append(f"{name}: what was only brought forward does not show")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--worlds", default=",".join(WORLDS), help="kinds of world, by name")
    parser.add_argument("--people", type=int, default=8000, help="over whom the true lift is averaged")
    parser.add_argument("--days", type=int, default=4)
    parser.add_argument("--day", default="4h")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    began = time.monotonic()
    worlds = []
    with multiprocessing.get_context("spawn").Pool(arguments.processes) as pool:
        days = pool.map(partial(agreeing, lasts=arguments.day), range(1, arguments.days + 1), chunksize=1)
        for name in arguments.worlds.split(","):
            world, claims = WORLDS[name], claims_of(WORLDS[name], arguments.people)
            first = 10_000 * list(WORLDS).index(name) + 1
            played = pool.imap_unordered(partial(play_weeks, world=world), range(first, first + arguments.seeds))
            worlds.append(judged(world, claims, list(shown(name, claims[0], played))))
            print(json.dumps(worlds[-1]), file=sys.stderr, flush=True)
    failed = failures(worlds, days)
    print(json.dumps({"worlds": worlds, "days": days, "seconds": round(time.monotonic() - began), "failed": failed}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
