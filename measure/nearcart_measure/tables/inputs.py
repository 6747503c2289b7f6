"""The totals of an arm as a line of JSON gives them: pydantic at the border, slotted values inside."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from nearcart_measure.core.arm import Arm, of_amounts, of_buyers
from nearcart_measure.core.cuped import PairedTotals
from nearcart_measure.core.effect import DEFAULT_ALPHA
from nearcart_measure.core.ghosts import AssignedTotals
from nearcart_measure.core.per_visit import RatioTotals
from nearcart_measure.core.sequential import DEFAULT_TAU, Tuning

LARGEST_COUNT = 2**53
"""Beyond it a double skips whole numbers."""


def _whole(value: Any) -> Any:
    """120.0 is a whole number too: some writers of JSON know no other."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_COUNT else value


Count = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=LARGEST_COUNT)]


class Table(BaseModel):
    """Numbers are numbers, not words or NaN; fields that nobody asked for are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False)


class Judged(Table):
    """A table with the error rate it is judged at: 0.05 gives a 95 % interval."""

    alpha: float = DEFAULT_ALPHA


class Tuned(Judged):
    """A table looked at more than once: ``tau`` visitors is where the interval is tightest."""

    tau: float = DEFAULT_TAU

    @property
    def tuning(self) -> Tuning:
        """The always-valid interval's, as declared at launch."""
        return Tuning(self.alpha, self.tau)


class Buyers(Table):
    """Visitors and how many of them bought."""

    n: Count
    sum: float

    def arm(self) -> Arm:
        """Raises ``Undefined`` for an empty arm."""
        return of_buyers(self.n, self.sum)


class Amounts(Table):
    """Visitors, the sum of an amount over them, and the sum of its squares."""

    n: Count
    sum: float
    sum_sq: float

    def arm(self) -> Arm:
        """Raises ``Undefined`` below two visitors."""
        return of_amounts(self.n, self.sum, self.sum_sq)


class Either(Table):
    """Buyers where ``sum_sq`` is missing, else amounts."""

    n: Count
    sum: float
    sum_sq: float | None = None

    def arm(self, *, buyers: bool = False) -> Arm:
        """``buyers`` takes it as a count of buyers although squares are given."""
        if buyers or self.sum_sq is None:
            return of_buyers(self.n, self.sum)
        return of_amounts(self.n, self.sum, self.sum_sq)


class Visits(Amounts):
    """An amount and a count of visits of each visitor."""

    d_sum: float
    d_sum_sq: float
    sum_md: float

    def totals(self) -> RatioTotals:
        """As the core has it."""
        return RatioTotals(self.n, self.sum, self.sum_sq, self.d_sum, self.d_sum_sq, self.sum_md)


class History(Amounts):
    """An amount after the first moment and one from before it, of each visitor."""

    x_sum: float
    x_sum_sq: float
    sum_xy: float

    def totals(self) -> PairedTotals:
        """As the core has it."""
        return PairedTotals(self.n, self.sum, self.sum_sq, self.x_sum, self.x_sum_sq, self.sum_xy)


class Assigned(Amounts):
    """All assigned, and of them the exposed or the ghosts."""

    exp: Count
    e_sum: float
    e_sum_sq: float

    def totals(self) -> AssignedTotals:
        """As the core has it."""
        return AssignedTotals(self.n, self.sum, self.sum_sq, self.exp, self.e_sum, self.e_sum_sq)


class Decided(Amounts):
    """All for whom the offer was decided, and how many of them it reached."""

    delivered: Count
