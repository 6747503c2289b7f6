"""Whether reports find what offers truly cause: weeks of the corner shop with a known effect, seed by seed. One JSON object; `make effects`.

    python benchmarks/effects.py [--seeds 200] [--people 20000] [--days 4] [--day 4h] [--processes 2]

Each world is three weeks of 320 shoppers: carts and orders as a shop's webhooks, visits as an edge's words, decisions and ghosts by the gateway's engine
over a database on disk, and the report that ``nearcart report`` would print. ``missed``: worlds in which its interval at the planned end leaves out
the true lift of buyers (no interval is a miss). ``missed_own``: the same for the lift among that world's own shoppers, of whom both outcomes are
known. ``astray``: shoppers whose moments or purchases were other than the model's, which is a mistake somewhere; ``counted_otherwise``: reports with
other people or buyers in an arm than there are. ``day``: the same
shoppers of one day straight into moments and through radio and edges, decision by decision and figure by figure.
"""

import argparse
import json
import math
import multiprocessing
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.effects.day import play_day
from tests.effects.weeks import ODDS, Told, expected, play_weeks

from nearcart_contract.duration import parse_duration

MOST_MISSES = 21 / 200
"""A share that an interval of 95 % passes once in a thousand times with 200 worlds."""


def judged(lift: float, worlds: Sequence[Told]) -> dict[str, Any]:
    """What became of worlds with one true lift."""
    figures = [each.report.main_figure for each in worlds]
    fixed = [figure.fixed for figure in figures if figure is not None and figure.fixed is not None]
    lifts = [math.log1p(figure.lift) for figure in figures if figure is not None and figure.lift is not None]
    return {
        "true_lift": round(lift, 4),
        "worlds": len(worlds),
        "missed": sum(each.misses(lift) for each in worlds),
        "missed_low": sum(interval.high < lift for interval in fixed),
        "missed_high": sum(interval.low > lift for interval in fixed),
        "no_interval": len(worlds) - len(fixed),
        "missed_own": sum(each.truth.lift is None or each.misses(each.truth.lift) for each in worlds),
        "always_valid_missed": sum(_always_misses(each, lift) for each in worlds),
        "sure_of_an_effect": sum(not interval.low <= 0 <= interval.high for interval in fixed),
        "mean_lift": round(math.expm1(fmean(lifts)), 4),
        "mean_own_lift": round(fmean(each.truth.lift or 0.0 for each in worlds), 4),
        "compared": round(fmean(sum(arm.people for arm in each.report.arms) for each in worlds)),
        "astray": sum(each.astray for each in worlds),
        "counted_otherwise": sum(not each.counted_right for each in worlds if each.report.figures),
    }


def _always_misses(told: Told, lift: float) -> bool:
    figure = told.report.main_figure
    return figure is not None and figure.always is not None and not figure.always.low <= lift <= figure.always.high


def agreeing(seed: int, lasts: str) -> dict[str, Any]:
    """One day both ways."""
    odds, hours = ODDS[0.2], parse_duration(lasts)
    straight, radio = (play_day(seed, odds, hours, radio=each) for each in (False, True))
    return {
        "seed": seed,
        "offers_and_ghosts": len(straight.decided),
        "purchases": len(straight.bought),
        "decided_otherwise": len(set(straight.decided.items()) ^ set(radio.decided.items())),
        "bought_otherwise": len(set(straight.bought.items()) ^ set(radio.bought.items())),
        "same_figures": straight.report.figures == radio.report.figures and straight.report.arms == radio.report.arms,
    }


def shown(lift: float, worlds: Iterable[Told]) -> Iterator[Told]:
    """As they come, with a word at every twentieth."""
    missed = 0
    for number, told in enumerate(worlds, 1):
        missed += told.misses(lift)
        if number % 20 == 0:
            print(f"nearcart: {number} worlds of {lift:+.1%}, {missed} missed", file=sys.stderr, flush=True)
        yield told


def failures(worlds: Iterable[dict[str, Any]], days: Iterable[dict[str, Any]]) -> list[str]:
    """What the bars are not kept by."""
    found = [f"{each['missed']} of {each['worlds']} missed" for each in worlds if each["missed"] > MOST_MISSES * each["worlds"]]  # fmt: skip
    found += [f"{each['astray']} shoppers astray" for each in worlds if each["astray"]]
    found += [f"{each['counted_otherwise']} reports with other counts" for each in worlds if each["counted_otherwise"]]
    found += [f"day {day['seed']} does not agree" for day in days if day["decided_otherwise"] or day["bought_otherwise"] or not day["same_figures"]]  # fmt: skip
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--people", type=int, default=20_000, help="over whom the true lift is averaged")
    parser.add_argument("--days", type=int, default=4)
    parser.add_argument("--day", default="4h")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    began = time.monotonic()
    worlds = []
    with multiprocessing.get_context("spawn").Pool(arguments.processes) as pool:
        days = pool.map(partial(agreeing, lasts=arguments.day), range(1, arguments.days + 1), chunksize=1)
        for number, odds in enumerate(ODDS.values()):
            lift = expected(odds, arguments.people).lift
            assert lift is not None
            seeds = range(10_000 * number + 1, 10_000 * number + 1 + arguments.seeds)
            worlds.append(judged(lift, list(shown(lift, pool.imap_unordered(partial(play_weeks, odds=odds), seeds)))))
            print(json.dumps(worlds[-1]), file=sys.stderr, flush=True)
    failed = failures(worlds, days)
    print(json.dumps({"worlds": worlds, "days": days, "seconds": round(time.monotonic() - began), "failed": failed}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
