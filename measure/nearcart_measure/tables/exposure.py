"""Who was reached: shares of the arms, exposed against ghosts, and the effect of delivery from raw rows."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from nearcart_measure.core.difference import difference
from nearcart_measure.core.effect import fixed
from nearcart_measure.core.ghosts import ghost_difference, intent_to_treat, per_delivered, per_exposed
from nearcart_measure.core.instrumental import Row, wald
from nearcart_measure.core.lift import lift
from nearcart_measure.core.sample_ratio import DEFAULT_THRESHOLD, SampleRatio, chi_square, exact
from nearcart_measure.tables.figures import Figures
from nearcart_measure.tables.inputs import Amounts, Assigned, Count, Decided, Judged, Table


class Shares(Table):
    """Counts of the arms beside the weights they were promised."""

    observed: Annotated[tuple[Count, ...], Field(strict=False)]
    weights: Annotated[tuple[float, ...], Field(strict=False)]
    threshold: float = DEFAULT_THRESHOLD


class Ghosts(Judged):
    """Everybody assigned, with exposed and ghosts."""

    c: Assigned
    t: Assigned


class Predicted(Judged):
    """All ghosts against all decided, of whom some were reached."""

    c: Amounts
    t: Decided


def _flag(value: object) -> object:
    """0 and 1 as they stand in a table."""
    return value == 1 if value in (0, 1) and isinstance(value, int | float) else value


Flag = Annotated[bool, BeforeValidator(_flag)]


class Rows(Table):
    """[arm, delivered, outcome] of each visitor; arm and delivered are 0 or 1."""

    rows: Annotated[tuple[Annotated[tuple[Flag, Flag, float], Field(strict=False)], ...], Field(strict=False)]


def shares(table: Shares) -> Figures:
    """Chi-square, as asked; ``shares_exact`` is for few."""
    return _figures(chi_square(table.observed, table.weights, table.threshold))


def shares_exact(table: Shares) -> Figures:
    """The exact binomial test."""
    return _figures(exact(table.observed, table.weights, table.threshold))


def _figures(result: SampleRatio) -> Figures:
    tested = {} if result.chi2 is None else {"chi2": result.chi2, "df": result.degrees}
    return {**tested, "p_value": result.p_value, "mismatch": result.mismatch}


def ghosts(table: Ghosts) -> Figures:
    """Exposed against ghosts, intent-to-treat, and its telling per exposed visitor."""
    held_out, offered = table.c.totals(), table.t.totals()
    ghost, relative = ghost_difference(held_out, offered), lift(held_out.exposed_arm, offered.exposed_arm)
    all_assigned, late = intent_to_treat(held_out, offered), per_exposed(held_out, offered)
    interval, lift_interval = fixed(ghost, table.alpha), fixed(relative, table.alpha)
    return {
        "ghost_diff": ghost.estimate,
        "ghost_se": ghost.standard_error,
        "ghost_ci": [interval.low, interval.high],
        "ghost_p": interval.p_value,
        "ghost_lift": relative.estimate,
        "ghost_lift_ci": [lift_interval.low, lift_interval.high],
        "itt_diff": all_assigned.estimate,
        "itt_se": all_assigned.standard_error,
        "itt_p": fixed(all_assigned, table.alpha).p_value,
        "exposed_share": late.exposed_share,
        "late": late.effect.estimate,
        "late_se": late.effect.standard_error,
        "late_se_share_taken_as_known": late.standard_error_share_known,
        "width_ratio": late.effect.standard_error / ghost.standard_error,
        "srm_exposed_p": chi_square((held_out.exposed, offered.exposed), (held_out.visitors, offered.visitors)).p_value,
    }


def predicted(table: Predicted) -> Figures:
    """Per decided visitor, and per delivered offer."""
    result = per_delivered(table.c.arm(), table.t.arm(), table.t.delivered)
    return {
        "diff_per_decided": result.per_decided.estimate,
        "se_per_decided": result.per_decided.standard_error,
        "p_value": fixed(difference(table.c.arm(), table.t.arm()), table.alpha).p_value,
        "delivered_share": result.delivered_share,
        "diff_per_delivered": result.estimate,
        "se_per_delivered_share_taken_as_known": result.standard_error_share_known,
    }


def raw_rows(table: Rows) -> Figures:
    """The instrumental-variable estimate."""
    result = wald(Row(*row) for row in table.rows)
    return {
        "late": result.estimate,
        "se_homoskedastic": result.homoskedastic,
        "se_unequal_variances": result.unequal_variances,
    }
