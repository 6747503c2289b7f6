"""The plan: visitors, days, what could be seen, and a warning where it can't be in time."""

import math
from dataclasses import dataclass

from nearcart_measure.core.power import (
    DEFAULT_POWER,
    Design,
    daily,
    noticeable_loss,
    once,
    smallest_lift,
    visitors_needed,
)
from nearcart_measure.core.sequential import Tuning
from nearcart_measure.planning.history import DAY_S, Past

LONGEST_DAYS = 90


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a campaign's file and the marketer ask for. Shares are of all visitors."""

    held_out: float
    offered: float
    of_buyers: bool
    window_s: float
    tau: float
    lift: float = 0.2
    power: float = DEFAULT_POWER
    reach: float = 1.0
    """Of those who come, who will have a moment at which the offer fits."""
    days: int | None = None
    """How long it runs; none without an end."""


@dataclass(frozen=True, slots=True)
class Need:
    """Visitors with an offer or a ghost, and the days until they came and their window is over; none: never."""

    visitors: int | None
    days: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """``within`` are the days looked at: the campaign's own, else 90."""

    baseline: float
    once: Need
    daily: Need
    within: int
    visitors: int
    """Who will have an offer or a ghost, and a window that is over, within them."""
    smallest_once: float | None
    smallest_daily: float | None
    noticeable_loss: float | None
    lift: float
    power: float
    of_buyers: bool

    @property
    def in_time(self) -> bool:
        """Whether the lift can be seen at the planned end."""
        return self.once.days is not None and self.once.days <= self.within


def plan(past: Past, wanted: Wanted) -> Plan:
    """Raises ``Undefined`` without a hold-out, or where the past has no baseline."""
    part = wanted.held_out + wanted.offered
    baseline = past.buyers if wanted.of_buyers else past.money
    design = Design(baseline, wanted.held_out / part if part else 0.0, wanted.of_buyers)
    at_once, each_day = once(), daily(Tuning(tau=wanted.tau))
    within = wanted.days or LONGEST_DAYS
    there = int(past.by(within - wanted.window_s / DAY_S) * part * wanted.reach)
    return Plan(
        baseline=baseline.mean,
        once=_need(past, wanted, visitors_needed(design, wanted.lift, at_once, wanted.power)),
        daily=_need(past, wanted, visitors_needed(design, wanted.lift, each_day, wanted.power)),
        within=within,
        visitors=there,
        smallest_once=smallest_lift(design, there, at_once, wanted.power),
        smallest_daily=smallest_lift(design, there, each_day, wanted.power),
        noticeable_loss=noticeable_loss(design.hold_out, there) if there else None,
        lift=wanted.lift,
        power=wanted.power,
        of_buyers=wanted.of_buyers,
    )


def _need(past: Past, wanted: Wanted, visitors: int | None) -> Need:
    part = (wanted.held_out + wanted.offered) * wanted.reach
    if visitors is None or part <= 0:
        return Need(visitors, None)
    days = past.days_for(visitors / part)
    return Need(visitors, None if days is None else math.ceil(days + wanted.window_s / DAY_S))
