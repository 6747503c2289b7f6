"""What the gateway hands to whoever measures: plain tables without names, and the terms that a comparison was launched on.

The columns' descriptions are the data dictionary of every export. Times are Unix seconds, money whole minor units (cents) of the
store's currency.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Literal

Kind = Literal["whole", "large", "time", "text", "flag"]
"""``large`` is a whole number of up to 38 digits: squares of money."""
Row = tuple[object, ...]

HELD_OUT = "hold-out"
OFFERED = "offer"
"""The arms of a campaign without variants; with variants an arm is the variant's name."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``None`` may stand in it where that is said."""

    name: str
    kind: Kind
    what: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table of an export, a file of its own."""

    name: str
    what: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


_Spec = tuple[str, Kind, str]


def _table(name: str, what: str, *columns: _Spec) -> Table:
    return Table(name, what, tuple(Column(*column) for column in columns))


_UNIT: _Spec = ("unit", "whole", "who: a household, or a visitor without loyalty number; numbered anew in every export")
_EXPERIMENT: _Spec = ("experiment", "text", "campaign, number and a mark of the secret that slots are drawn with")
_ARM: _Spec = ("arm", "text", "hold-out, offer, or the variant's name")

UNITS = _table(
    "units",
    "Everybody who is counted: enrolled, of kind visitor, with consent to offers.",
    _UNIT,
    ("tier", "text", "tier of the loyalty programme; empty without"),
    ("people", "whole", "enrolled visitors in this unit"),
)
ASSIGNMENTS = _table(
    "assignments",
    "Everybody who was in the store while an experiment ran, by the arm of her slot: what intent-to-treat compares.",
    _EXPERIMENT,
    _UNIT,
    _ARM,
    ("at_time", "time", "her first visit since the experiment began"),
)
EXPOSURES = _table(
    "exposures",
    "Each offer that was sent, and each ghost: what would have been sent to who is held out, at that moment.",
    _EXPERIMENT,
    _UNIT,
    _ARM,
    ("at_time", "time", "the moment"),
    ("offer", "text", "the offer's name"),
    ("channel", "text", "through which it was sent, or would have been"),
    ("sent", "flag", "sent; else a ghost"),
    ("delivered", "flag", "the screen showed it, or her phone or browser said so"),
    ("seen", "flag", "she opened it"),
    ("held_slots", "whole", "slots of 10,000 that were held out then"),
    ("offered_slots", "whole", "slots that had offers then"),
)
VISITS = _table(
    "visits",
    "Visits to the store.",
    _UNIT,
    ("at_time", "time", "when she entered"),
    ("seconds", "whole", "how long she stayed; 0 while she is still there"),
)
ORDER_LINES = _table(
    "order_lines",
    "What was bought, a line an article; cancelled orders are left out. The lines of an order add up to what was paid for it.",
    _UNIT,
    ("purchase", "whole", "the order, numbered anew in every export"),
    ("at_time", "time", "when it was placed"),
    ("in_store", "flag", "at the till; else online"),
    ("first", "flag", "one line of each order with money in it, so that orders can be counted"),
    ("sku", "text", "the article; empty for what no line says (delivery, a discount on the whole)"),
    ("amount", "whole", "minor units, after discounts"),
    ("cost", "whole", "what the order's goods cost the store, minor units, on its first line; none where nobody said"),
    ("discount", "whole", "what codes took off the order, minor units, on its first line"),
)
REFUNDS = _table(
    "refunds",
    "What was paid back.",
    _UNIT,
    ("ordered_at", "time", "when its order was placed"),
    ("at_time", "time", "when it was paid back"),
    ("in_store", "flag", "of an order at the till"),
    ("amount", "whole", "minor units"),
)
REDEMPTIONS = _table(
    "redemptions",
    "Offers that were used.",
    _EXPERIMENT,
    _UNIT,
    ("at_time", "time", "when it was used"),
    ("cost", "whole", "what the campaign's budget says that it cost, minor units"),
)
OPT_OUTS = _table(
    "opt_outs",
    "Consent to offers taken back, of those in an experiment. They are in no comparison.",
    _EXPERIMENT,
    _ARM,
    ("visitors", "whole", "how many, by the arms of their slots"),
    ("after", "whole", "households and visitors who had an offer, or a ghost, before that, by the arm of that moment"),
    ("uncounted", "whole", "of these, those of whom nobody is counted any more"),
    ("complained", "whole", "of the uncounted, those who complained within the window after their first moment"),
)
COMPLAINTS = _table(
    "complaints",
    "What visitors complained of, without their words.",
    _UNIT,
    ("at_time", "time", "when"),
    ("channel", "text", "the channel of the offers complained of; empty where nobody said"),
    ("campaign", "text", "the campaign complained of; empty where nobody said"),
    ("offer", "text", "the offer complained of; empty where nobody said"),
)
ERASED = _table(
    "erased",
    "What visitors who were erased had added to an experiment's sums by then: numbers of all of them together, and nobody in them.",
    _EXPERIMENT,
    _ARM,
    ("day", "text", "the store's day that added it; the days so far add up to what was known on that evening"),
    ("metric", "text", "purchase, revenue, redemption, complaint, or opt_out of who had taken back her consent before"),
    ("units", "whole", "visitors with an offer, or a ghost"),
    ("delivered", "whole", "of them, those whose offer surely arrived"),
    ("total", "large", "sum of what they did within the window: minor units of revenue, else visitors"),
    ("squares", "large", "sum of its squares"),
)
WITHHELD = _table(
    "withheld",
    "Moments since an experiment began at which an offer of its campaign was withheld, by what stopped it.",
    ("campaign", "text", "the campaign"),
    ("gate", "text", "what stopped it, in words"),
    ("moments", "whole", "how many"),
    _EXPERIMENT,
)
EXPERIMENTS = _table(
    "experiments",
    "The terms that each comparison was launched on.",
    _EXPERIMENT,
    ("campaign", "text", "the campaign"),
    ("name", "text", "the campaign's name for people"),
    ("store", "text", "the store's name"),
    ("time_zone", "text", "the store's, which says when a day ends"),
    ("currency", "text", "ISO 4217; amounts are whole minor units of it"),
    ("outcome", "text", "what the campaign's file says that it is to change"),
    ("window_s", "time", "seconds after the first moment within which an outcome counts; fixed at launch"),
    ("tau", "time", "visitors at which the always-valid interval is tightest; fixed at launch"),
    ("cap", "whole", "minor units: more of one visitor counts as this; none without; fixed at launch"),
    ("arms", "text", "slots of 10,000 by arm, the hold-out's first: hold-out 1000, offer 9000"),
    ("since", "time", "the first moment"),
    ("ends", "time", "when the campaign's last day ends; none without an end"),
    ("exported_at", "time", "when the tables were written: later nothing is known"),
    ("notes", "text", "sentences about what is left out, a line each"),
)
TABLES = (
    EXPERIMENTS, UNITS, ASSIGNMENTS, EXPOSURES, VISITS, ORDER_LINES, REFUNDS, REDEMPTIONS, OPT_OUTS, COMPLAINTS, ERASED, WITHHELD,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """One experiment as it was launched. ``tau``, ``cap`` and ``window_s`` are those of its first revision: fixed since.

    ``arms`` are slots by arm, the hold-out's first. ``cap`` is in minor units. ``ends`` is Unix seconds, when its last day ends.
    """

    experiment: str
    campaign: str
    name: str
    store: str
    time_zone: str
    currency: str
    outcome: str
    window_s: float
    tau: float
    cap: int | None
    arms: tuple[tuple[str, int], ...]
    since: float
    ends: float | None
    now: float
    notes: tuple[str, ...] = ()
    """Sentences about what is left out."""

    def row(self) -> Row:
        """The terms as a row of ``EXPERIMENTS``."""
        arms = ", ".join(f"{arm} {slots}" for arm, slots in self.arms)
        return (
            self.experiment, self.campaign, self.name, self.store, self.time_zone, self.currency, self.outcome, self.window_s,
            self.tau, self.cap, arms, self.since, self.ends, self.now, "\n".join(self.notes),
        )  # fmt: skip

    @classmethod
    def of_row(cls, row: Sequence[Any]) -> "Terms":
        """The terms of a row of ``EXPERIMENTS``. Raises ``ValueError`` for one that this version did not write."""
        experiment, campaign, name, store, time_zone, currency, outcome, *numbers, notes = row
        window_s, tau, cap, arms, since, ends, now = numbers
        shares = tuple(
            (arm, int(slots)) for arm, _, slots in (each.rpartition(" ") for each in arms.split(", ") if each)
        )
        names = experiment, campaign, name, store, time_zone, currency, outcome
        return cls(*names, window_s, tau, cap, shares, since, ends, now, tuple((notes or "").splitlines()))

    @property
    def digits(self) -> int:
        return minor_digits(self.currency)

    @property
    def ended(self) -> bool:
        """Whether everything that counts has happened."""
        return self.ends is not None and self.now >= self.ends + self.window_s


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from: each table of ``TABLES`` by its name, as often as asked."""

    terms: Terms
    rows: Mapping[str, Iterable[Row]]

    def table(self, table: Table) -> Iterator[Row]:
        return iter(self.rows.get(table.name, ()))


_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}  # fmt: skip
"""ISO 4217's minor units, where they are not two."""


def minor_digits(currency: str) -> int:
    """How many digits a currency's minor unit has: 2 for EUR, 0 for JPY."""
    return _DIGITS.get(currency, 2)


def minor(amount: Decimal, currency: str) -> int:
    """Whole minor units; a fraction of one is rounded to the even one."""
    return int((amount * 10 ** minor_digits(currency)).to_integral_value(ROUND_HALF_EVEN))
