"""The kinds of table that ``nearcart stats`` knows, by name: a new one is a function and one line here."""

from collections.abc import Callable
from typing import TypeVar

from nearcart_measure.tables import comparisons, exposure, looks
from nearcart_measure.tables.figures import Figures
from nearcart_measure.tables.inputs import Table

T = TypeVar("T", bound=Table)

Family = Callable[[object], Figures]
"""From ``inputs`` as JSON has them to figures. Raises pydantic's ``ValidationError`` for inputs of another shape, and
``Undefined`` where nothing can be told."""


def _family(table: type[T], tell: Callable[[T], Figures]) -> Family:
    return lambda inputs: tell(table.model_validate(inputs))


_KINDS: dict[str, Family] = {
    "d_sum": _family(comparisons.TwoVisits, comparisons.visits_relative),
    "x_sum": _family(comparisons.TwoHistories, comparisons.adjusted_relative),
    "exp": _family(exposure.Ghosts, exposure.ghosts),
    "": _family(comparisons.TwoEither, comparisons.relative),
}
"""The lift of a table of any kind, by the field that tells its kind."""


def _kind_of(inputs: object) -> str:
    arms = inputs.values() if isinstance(inputs, dict) else ()
    return next((field for field in _KINDS for arm in arms if isinstance(arm, dict) and field in arm), "")


FAMILIES: dict[str, Family] = {
    "proportion_absolute": _family(comparisons.TwoBuyers, comparisons.absolute),
    "proportion_relative": _family(comparisons.TwoBuyers, comparisons.relative),
    "proportion_absolute_small": _family(comparisons.TwoFewBuyers, comparisons.few_buyers),
    "proportion_log_ratio": _family(comparisons.TwoBuyers, comparisons.buyers_log_ratio),
    "revenue_absolute": _family(comparisons.TwoAmounts, comparisons.absolute),
    "revenue_relative": _family(comparisons.TwoAmounts, comparisons.relative),
    "revenue_relative_negative_baseline": _family(comparisons.TwoAmounts, comparisons.relative),
    "revenue_log_ratio": _family(comparisons.TwoAmounts, comparisons.amounts_log_ratio),
    "ratio_absolute": _family(comparisons.TwoVisits, comparisons.visits_absolute),
    "ratio_relative": _family(comparisons.TwoVisits, comparisons.visits_relative),
    "cuped_absolute": _family(comparisons.TwoHistories, comparisons.adjusted_absolute),
    "cuped_relative": _family(comparisons.TwoHistories, comparisons.adjusted_relative),
    "undefined": lambda inputs: _KINDS[_kind_of(inputs)](inputs),
    "sequential": _family(looks.LookAtEither, looks.either),
    "log_ratio_sequential": _family(looks.LookAtEither, looks.on_the_log_ratio),
    "sequential_ratio_absolute": _family(looks.LookAtVisits, looks.visits_absolute),
    "sequential_ratio_relative": _family(looks.LookAtVisits, looks.visits_relative),
    "sequential_cuped_absolute": _family(looks.LookAtHistories, looks.adjusted_absolute),
    "sequential_cuped_relative": _family(looks.LookAtHistories, looks.adjusted_relative),
    "sequential_path": _family(looks.Path, looks.path),
    "srm": _family(exposure.Shares, exposure.shares),
    "srm_exact": _family(exposure.Shares, exposure.shares_exact),
    "ghost": _family(exposure.Ghosts, exposure.ghosts),
    "ghost_predicted": _family(exposure.Predicted, exposure.predicted),
    "late_raw": _family(exposure.Rows, exposure.raw_rows),
}
