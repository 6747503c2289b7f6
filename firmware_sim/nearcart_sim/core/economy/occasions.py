"""When one shopper could buy: her visits, in opening hours, and the carts that she fills online. Times are Unix seconds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from nearcart_sim.core.economy.taste import Taste

DAY_S = 86_400.0
WEEK_S = 7 * DAY_S
STAY_S = (240.0, 1200.0)
AWAY_S = 5400.0
"""Between two visits, at least: who is back sooner has not been away."""
SETTLES_S = 600.0
"""Between two carts, or a cart and a visit: shops tell late of what was just bought, so that a cart this soon might be the one."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """``number`` counts within its kind. A visit lasts until ``until``."""

    kind: Literal["visit", "online"]
    number: int
    at: float
    until: float


@dataclass(frozen=True, slots=True)
class Weeks:
    """``days`` days from ``starts_at`` (Unix seconds), on each of which the shop is open for ``open_s`` from that time of day on."""

    starts_at: float
    days: int
    open_s: float = 36_000.0


def occasions(taste: Taste, weeks: Weeks) -> tuple[Occasion, ...]:
    """All of hers, in order of time. In the store and for a while after it she fills no cart."""
    visits = tuple(_visits(taste, weeks))
    online = (each for each in _online(taste, weeks) if not any(v.at - SETTLES_S <= each.at <= v.until + SETTLES_S for v in visits))  # fmt: skip
    return tuple(sorted((*visits, *online), key=lambda occasion: occasion.at))


def _visits(taste: Taste, weeks: Weeks) -> Iterator[Occasion]:
    """A Poisson process over the hours in which the shop is open, with some time between two visits."""
    stream = taste.stream("visits")
    per_second = taste.terms.visits_a_week / (7 * weeks.open_s)
    open_for, number = 0.0, 0
    while per_second > 0:
        open_for += stream.expovariate(per_second)
        day, second = divmod(open_for, weeks.open_s)
        if day >= weeks.days:
            return
        at, stay = weeks.starts_at + day * DAY_S + second, stream.uniform(*STAY_S)
        yield Occasion("visit", number, at, at + stay)
        open_for, number = open_for + stay + AWAY_S, number + 1


def _online(taste: Taste, weeks: Weeks) -> Iterator[Occasion]:
    """At any hour."""
    stream = taste.stream("online")
    per_second = taste.terms.online_a_week / WEEK_S
    at, number = 0.0, 0
    while per_second > 0 and (at := at + stream.expovariate(per_second)) < weeks.days * DAY_S:
        yield Occasion("online", number, weeks.starts_at + at, weeks.starts_at + at)
        at, number = at + SETTLES_S, number + 1
