"""Four stores whose true lift is known, many replications at a time: visitors, their purchases, and each arm's totals day by day.

Every visitor has a first moment on some day, at a visit, and more visits from then on; a visit ends in a purchase with her own probability, raised by
the true lift when she is offered something; baskets are lognormal with sigma 0.8. Revenue per visitor since her first moment
then has exactly that lift, on every day.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
SIGMA = 0.8
MEDIAN_BASKET = 25.0
EARLY_DAYS = 7
"""After the first moment: the wrong covariate is what was spent in these, which the offer itself moved."""


@dataclass(frozen=True, slots=True)
class World:
    """A store. Probabilities and visits are per visitor; days since launch."""

    name: str
    visitors: int
    hold_out: float
    days: int
    arrival_days: int
    more_visits: float
    """Mean number of visits after the first."""
    evenness: float
    """Shape of the gamma distribution of that mean: small is uneven."""
    buys: float
    """Mean probability that a visit of the hold-out ends in a purchase."""
    habit: float
    """Sum of the beta distribution of that probability: small is uneven."""
    own_sigma: float
    """The part of sigma that is the visitor's own and stays from basket to basket."""
    tails: tuple[float, float] = (1.5, 3.5)
    misses: tuple[float, float] = (4.0, 6.0)
    """The bars of the fixed interval, in percent."""
    buys_at_once: bool = True
    """Whether her first moment's visit may end in a purchase that day; else every purchase comes on any day after it."""


WORLDS = (
    World("small", 850, 0.25, 28, 28, 0.4, 2.0, 0.16, 20.0, 0.2, (1.5, 4.5), (4.0, 7.0)),
    World("medium", 5650, 0.2, 42, 42, 1.0, 1.0, 0.18, 6.0, 0.3),
    World("saturated", 3570, 0.25, 84, 7, 3.0, 1.0, 0.11, 4.0, 0.3),
    World("regulars", 1410, 0.3, 56, 56, 12.0, 1.5, 0.12, 6.0, 0.3),
)


def late(world: World) -> World:
    """The same store, where nobody buys at her first moment, only in the days that are left: few buyers when the first visitors are there."""
    return replace(world, name=f"{world.name} late", buys_at_once=False)


@dataclass(frozen=True, slots=True)
class Daily:
    """Totals so far, shaped (replication, arm, day); arm 0 is the hold-out."""

    visitors: Numbers
    buyers: Numbers
    total: Numbers
    squares: Numbers
    elapsed: Numbers
    """Of both arms' visitors together, the share of the days that each has until the end; shaped (replication, day)."""


@dataclass(frozen=True, slots=True)
class AtTheEnd:
    """Totals of sums that are only looked at once, shaped (replication, arm)."""

    visits: Numbers
    visits_squares: Numbers
    products: Numbers
    basket_squares: Numbers
    before: Numbers
    before_squares: Numbers
    before_products: Numbers
    early: Numbers
    early_squares: Numbers
    early_products: Numbers
    unexposed: Numbers
    """Visitors of the arm whom no offer and no ghost would have reached, with their total and squares below."""
    unexposed_total: Numbers
    unexposed_squares: Numbers


def replications(world: World, lift: float, count: int, stream: np.random.Generator) -> tuple[Daily, AtTheEnd]:
    """``count`` experiments of one world."""
    size = count * world.visitors
    replication = np.repeat(np.arange(count), world.visitors)
    offered = stream.random(size) >= world.hold_out
    cell = replication * 2 + offered
    arrival = stream.integers(0, world.arrival_days, size)
    left = (world.days - arrival) / world.days
    pace = stream.gamma(world.evenness, world.more_visits / world.evenness, size)
    visits = 1 + stream.poisson(pace * left)
    buys = stream.beta(world.buys * world.habit, (1 - world.buys) * world.habit, size)
    level = stream.normal(0.0, world.own_sigma, size)
    chance = np.minimum(1.0, buys * np.where(offered, 1 + lift, 1.0))
    at_once = np.flatnonzero(stream.random(size) < chance)
    later = np.repeat(np.arange(size), stream.binomial(visits - 1, chance))
    visitor = np.concatenate([at_once, later])
    wait = np.floor(stream.random(visitor.size) * (world.days - arrival[visitor])).astype(np.int64)
    if world.buys_at_once:
        wait[: at_once.size] = 0
    day = arrival[visitor] + wait
    order = np.argsort(visitor * world.days + day, kind="stable")
    visitor, day = visitor[order], day[order]
    basket = _baskets(level[visitor], world, stream)
    before = _spent_before(pace, buys, level, world, stream)
    daily = _daily(world, count, cell, arrival, visitor, day, basket)
    early = np.bincount(visitor, basket * (day < arrival[visitor] + EARLY_DAYS), size)
    spent = np.bincount(visitor, basket, size)
    return daily, _at_the_end(world, count, cell, visits, spent, basket, visitor, before, early, stream)


def _baskets(level: Numbers, world: World, stream: np.random.Generator) -> Numbers:
    within = np.sqrt(SIGMA**2 - world.own_sigma**2)
    return MEDIAN_BASKET * np.exp(level + stream.normal(0.0, within, level.size))


def _spent_before(pace: Numbers, buys: Numbers, level: Numbers, world: World, stream: np.random.Generator) -> Numbers:
    """Of each visitor in a period as long as the experiment, before her first moment."""
    purchases = stream.poisson(pace * buys)
    visitor = np.repeat(np.arange(pace.size), purchases)
    return np.bincount(visitor, _baskets(level[visitor], world, stream), pace.size)


def _daily(
    world: World,
    count: int,
    cell: NDArray[np.int64],
    arrival: NDArray[np.int64],
    visitor: NDArray[np.int64],
    day: NDArray[np.int64],
    basket: Numbers,
) -> Daily:
    first = np.ones(visitor.size, dtype=bool)
    first[1:] = visitor[1:] != visitor[:-1]
    running = np.cumsum(basket) - basket
    already = running - running[np.maximum.accumulate(np.where(first, np.arange(visitor.size), 0))]
    place = cell[visitor] * world.days + day

    def so_far(where: NDArray[np.int64], weights: Numbers | None) -> Numbers:
        cells = np.bincount(where, weights, count * 2 * world.days)
        return cells.reshape(count, 2, world.days).cumsum(axis=2).astype(float)

    visitors = so_far(cell * world.days + arrival, None)
    return Daily(
        visitors=visitors,
        buyers=so_far(place[first], None),
        total=so_far(place, basket),
        squares=so_far(place, basket * (2 * already + basket)),
        elapsed=_elapsed(visitors.sum(axis=1), world.days),
    )


def _elapsed(visitors: Numbers, days: int) -> Numbers:
    """As ``nearcart_measure.report.elapsed`` has it, with a window that lasts from her first day until the end."""
    came = np.diff(visitors, axis=1, prepend=0)
    first, today = np.arange(days)[:, None], np.arange(days)[None, :]
    share = np.where(today >= first, (today - first + 1) / (days - first), 0.0)
    return came @ share / np.maximum(visitors, 1)


def _at_the_end(
    world: World,
    count: int,
    cell: NDArray[np.int64],
    visits: NDArray[np.int64],
    spent: Numbers,
    basket: Numbers,
    visitor: NDArray[np.int64],
    before: Numbers,
    early: Numbers,
    stream: np.random.Generator,
) -> AtTheEnd:
    def by_arm(values: Numbers | NDArray[np.int64], where: NDArray[np.int64] = cell) -> Numbers:
        return np.bincount(where, values, count * 2).reshape(count, 2)

    passers, money = _unexposed(world, count, stream)
    return AtTheEnd(
        by_arm(visits),
        by_arm(visits**2),
        by_arm(visits * spent),
        by_arm(basket**2, cell[visitor]),
        by_arm(before),
        by_arm(before**2),
        by_arm(before * spent),
        by_arm(early),
        by_arm(early**2),
        by_arm(early * spent),
        by_arm(np.ones(passers.size), passers),
        by_arm(money, passers),
        by_arm(money**2, passers),
    )


def _unexposed(world: World, count: int, stream: np.random.Generator) -> tuple[NDArray[np.int64], Numbers]:
    """As many visitors again who never come to a moment: they buy a third as often. (cell, money) of each."""
    size = count * world.visitors
    cell = np.repeat(np.arange(count), world.visitors) * 2 + (stream.random(size) >= world.hold_out)
    bought = stream.random(size) < world.buys / 3
    money = np.zeros(size)
    money[bought] = MEDIAN_BASKET * np.exp(stream.normal(0.0, SIGMA, int(bought.sum())))
    return cell, money
