"""A plan in sentences that a shop-keeper understands."""

from collections.abc import Iterator

from nearcart_measure.planning.plan import LONGEST_DAYS, Need, Plan


def lines(plan: Plan, baseline: str) -> Iterator[str]:
    """The warning first, where there is one. ``baseline`` is what visitors did, in words."""
    if not plan.in_time:
        yield _warning(plan)
    yield f"Until now {baseline}."
    yield f"{_percent(plan.lift)} more is seen with a chance of {_percent(plan.power)}:"
    yield f"  looked at once, at the end: {_need(plan.once)}"
    yield f"  looked at every morning:    {_need(plan.daily)}"
    yield f"In {plan.within} days {plan.visitors:,} visitors will have an offer, or would have had one. The smallest effect they show:"
    yield f"  looked at once, at the end: {_effect(plan.smallest_once)}"
    yield f"  looked at every morning:    {_effect(plan.smallest_daily)}"
    if plan.noticeable_loss is None:
        yield "So few that records lost in the hold-out would not be noticed."
    else:
        yield f"If {_percent(plan.noticeable_loss)} of the hold-out's records were lost, it would be noticed (99 %); less might not be."


def _warning(plan: Plan) -> str:
    what = f"{_percent(plan.lift)} more can't be seen within {plan.within} days"
    if plan.once.days is None or plan.once.days > LONGEST_DAYS:
        return f"WARNING: {what}, nor in 90. Hold out more, run it where more people come, or expect a larger effect."
    return f"WARNING: {what}; it takes about {plan.once.days:.0f}. Let it run longer, or hold out more."


def _need(need: Need) -> str:
    if need.visitors is None:
        return "no number of visitors is enough"
    when = "never, as no new visitors come" if need.days is None else f"in about {need.days:,.0f} days"
    return f"{need.visitors:,} visitors, {when}"


def _effect(lift: float | None) -> str:
    return "none" if lift is None else f"{_percent(lift)} more"


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %" if share >= 0.0995 else f"{share * 100:.1f} %"
