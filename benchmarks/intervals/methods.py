"""The ways to judge an experiment: the report's, GrowthBook's, and those known to be wrong."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.intervals import formulas
from benchmarks.intervals.formulas import Arms, Effects
from benchmarks.intervals.worlds import AtTheEnd, Daily, Numbers

BUYERS_FOR_DELTA = 30


@dataclass(frozen=True, slots=True)
class Batch:
    """Some replications, their true lift, and the tuning that was declared at launch."""

    daily: Daily
    end: AtTheEnd
    lift: float
    tau: float

    @property
    def last(self) -> tuple[Numbers, Numbers, Numbers]:
        """Visitors, total and squares at the planned end, shaped (replication, arm)."""
        return self.daily.visitors[:, :, -1], self.daily.total[:, :, -1], self.daily.squares[:, :, -1]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of each replication: whether the interval lay wholly above or below the truth, its estimate and its width (lift)."""

    above: np.ndarray
    below: np.ndarray
    estimate: Numbers
    width: Numbers


Method = Callable[[Batch], Outcome]


def _once(effects: Effects, half: Numbers, truth: float, back: Callable[[Numbers], Numbers]) -> Outcome:
    low, high = effects.estimate - half, effects.estimate + half
    return Outcome(low > truth, high < truth, back(effects.estimate), back(high) - back(low))


def _plain(values: Numbers) -> Numbers:
    return values


def _on_delta(effects: Effects, batch: Batch) -> Outcome:
    return _once(effects, formulas.fixed_half(effects), batch.lift, _plain)


def _on_log(effects: Effects, batch: Batch) -> Outcome:
    return _once(effects, formulas.fixed_half(effects), float(np.log1p(batch.lift)), np.expm1)


def _arms(batch: Batch) -> tuple[Arms, Arms]:
    return formulas.pair(formulas.amounts(*batch.last), 1)


def log_at_the_end(batch: Batch) -> Outcome:
    """The report's main interval, at the planned end."""
    return _on_log(formulas.log_ratio(*_arms(batch)), batch)


def buyers_at_the_end(batch: Batch) -> Outcome:
    """The report's main interval of how many buy."""
    arms = formulas.buyers(batch.daily.visitors[:, :, -1], batch.daily.buyers[:, :, -1])
    return _on_log(formulas.log_ratio(*formulas.pair(arms, 1)), batch)


def delta_at_the_end(batch: Batch) -> Outcome:
    """GrowthBook's."""
    return _on_delta(formulas.lift(*_arms(batch)), batch)


def per_visit_at_the_end(batch: Batch) -> Outcome:
    """Revenue per visit with visitors randomised, on the log ratio."""
    arms = formulas.per_visit(*batch.last, batch.end.visits, batch.end.visits_squares, batch.end.products)
    return _on_log(formulas.log_ratio(*formulas.pair(arms, 1)), batch)


def cuped_at_the_end(batch: Batch) -> Outcome:
    """Adjusted by what was spent before the first moment."""
    end = batch.end
    return _on_delta(formulas.cuped_lift(*batch.last, end.before, end.before_squares, end.before_products), batch)


def cuped_after_the_offer(batch: Batch) -> Outcome:
    """Wrong: adjusted by what was spent in the first days after the offer."""
    end = batch.end
    return _on_delta(formulas.cuped_lift(*batch.last, end.early, end.early_squares, end.early_products), batch)


def without_ghosts(batch: Batch) -> Outcome:
    """Wrong: the exposed against everybody held out."""
    visitors, total, squares = (values.copy() for values in batch.last)
    visitors[:, 0] += batch.end.unexposed[:, 0]
    total[:, 0] += batch.end.unexposed_total[:, 0]
    squares[:, 0] += batch.end.unexposed_squares[:, 0]
    arms = formulas.amounts(visitors, total, squares)
    return _on_log(formulas.log_ratio(*formulas.pair(arms, 1)), batch)


def visits_as_independent(batch: Batch) -> Outcome:
    """Wrong: each visit taken as if somebody else had made it."""
    arms = formulas.amounts(batch.end.visits, batch.last[1], batch.end.basket_squares)
    return _on_log(formulas.log_ratio(*formulas.pair(arms, 1)), batch)


def control_mean_as_known(batch: Batch) -> Outcome:
    """Wrong: the absolute interval divided by the control mean."""
    return _on_delta(formulas.lift_of_a_known_baseline(*_arms(batch)), batch)


def _ever(
    batch: Batch, *, log: bool, half: Callable[[Effects], Numbers], buyers: int = 1, of_buyers: bool = False
) -> Outcome:
    """Every day from the first on which both arms have that many buyers; ``of_buyers`` judges their share, and not the money."""
    daily = batch.daily
    with np.errstate(all="ignore"):
        money = formulas.amounts(daily.visitors, daily.total, daily.squares)
        c, t = formulas.pair(formulas.buyers(daily.visitors, daily.buyers) if of_buyers else money, 1)
        effects = formulas.log_ratio(c, t) if log else formulas.lift(c, t)
        reach = half(effects)
    truth = float(np.log1p(batch.lift)) if log else batch.lift
    shown = (daily.buyers.min(axis=1) >= buyers) & np.isfinite(reach) & (effects.error > 0)
    above = (shown & (effects.estimate - reach > truth)).any(axis=1)
    below = (shown & (effects.estimate + reach < truth)).any(axis=1)
    back = np.expm1 if log else _plain
    last, width = effects.estimate[:, -1], reach[:, -1]
    return Outcome(above, below, back(last), back(last + width) - back(last - width))


def sequence_on_log(batch: Batch) -> Outcome:
    """The report's daily interval."""
    elapsed = batch.daily.elapsed
    return _ever(batch, log=True, half=lambda effects: formulas.sequence_half(effects, batch.tau, elapsed=elapsed))


def sequence_of_buyers(batch: Batch) -> Outcome:
    """The report's daily interval of how many buy."""
    half = lambda effects: formulas.sequence_half(effects, batch.tau, elapsed=batch.daily.elapsed)  # noqa: E731
    return _ever(batch, log=True, half=half, of_buyers=True)


def sequence_by_heads(batch: Batch) -> Outcome:
    """The same with a clock that counts visitors, however little time they had to buy."""
    return _ever(batch, log=True, half=lambda effects: formulas.sequence_half(effects, batch.tau))


def sequence_on_delta(batch: Batch) -> Outcome:
    """GrowthBook's sequential test, from the first buyer."""
    return _ever(batch, log=False, half=lambda effects: formulas.sequence_half(effects, batch.tau))


def sequence_on_delta_from_thirty(batch: Batch) -> Outcome:
    """The same, shown from 30 buyers in each arm."""
    half = lambda effects: formulas.sequence_half(effects, batch.tau)  # noqa: E731
    return _ever(batch, log=False, half=half, buyers=BUYERS_FOR_DELTA)


def peeking(batch: Batch) -> Outcome:
    """Wrong: the fixed interval, looked at every day."""
    return _ever(batch, log=True, half=formulas.fixed_half)


def tuning_reset(batch: Batch) -> Outcome:
    """Wrong: the tuning chosen again at each look, for the visitors there are."""
    return _ever(batch, log=True, half=lambda effects: formulas.sequence_half(effects, effects.visitors))


def delta_tuning_reset(batch: Batch) -> Outcome:
    """Wrong: the same with GrowthBook's sequence."""
    return _ever(batch, log=False, half=lambda effects: formulas.sequence_half(effects, effects.visitors))


AT_THE_END: dict[str, Method] = {
    "log ratio (the report's)": log_at_the_end,
    "delta": delta_at_the_end,
    "per visit, log ratio": per_visit_at_the_end,
    "CUPED, delta": cuped_at_the_end,
}
EVER: dict[str, Method] = {
    "sequence on the log ratio (the report's)": sequence_on_log,
    "the same by heads, whatever has elapsed": sequence_by_heads,
    "sequence on delta, from the first buyer": sequence_on_delta,
    "sequence on delta, from 30 buyers": sequence_on_delta_from_thirty,
    "fixed interval, every day": peeking,
}
BUYERS_AT_THE_END: dict[str, Method] = {"log ratio of buyers (the report's)": buyers_at_the_end}
BUYERS_EVER: dict[str, Method] = {"sequence on the log ratio of buyers (the report's)": sequence_of_buyers}
"""Where nothing is caused: who comes again and again buys in the end anyway, so that a lift of chances is another one of buyers."""
WRONG_AT_THE_END: dict[str, tuple[str, Method]] = {
    "no ghosts": ("medium", without_ghosts),
    "CUPED on a covariate after the offer": ("saturated", cuped_after_the_offer),
    "visits taken as independent": ("regulars", visits_as_independent),
    "control mean taken as known": ("medium", control_mean_as_known),
}
WRONG_EVER: dict[str, tuple[str, Method]] = {
    "fixed interval, looked at every day": ("medium", peeking),
    "tuning reset at each look": ("medium", tuning_reset),
    "tuning reset at each look, delta": ("medium", delta_tuning_reset),
}
"""Each with the world in which it shows, at a true lift of +20 %."""
