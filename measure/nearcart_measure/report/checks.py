"""What must hold before any figure is believed."""

from collections import defaultdict
from collections.abc import Iterable

from nearcart_contract.report_tables import HELD_OUT, Terms
from nearcart_measure.core.sample_ratio import DEFAULT_THRESHOLD, sample_ratio
from nearcart_measure.core.undefined import Undefined
from nearcart_measure.report.result import Check
from nearcart_measure.report.sums import Totals

ALL_DAYS_THRESHOLD = DEFAULT_THRESHOLD / 10
"""Of all days together: there are many, looked at again every morning, and a healthy experiment must not be stopped by them."""


def assigned_check(assigned: Iterable[Totals], terms: Terms) -> Check:
    """Everybody assigned, by the arm of her slot, against the slots."""
    counts = {totals.arm: int(totals["units"]) for totals in assigned}
    return _ratio(
        "assigned",
        "everybody who came",
        [counts.get(arm, 0) for arm, _ in terms.arms],
        [float(s) for _, s in terms.arms],
    )


def exposed_check(shares: Iterable[tuple[int, int, str, int]]) -> Check:
    """Ghosts against those with an offer, by the shares that held at each one's first moment."""
    observed, expected = [0, 0], [0.0, 0.0]
    for held, offered, arm, units in shares:
        if held + offered == 0:
            continue
        observed[0 if arm == HELD_OUT else 1] += units
        expected[0] += units * held / (held + offered)
        expected[1] += units * offered / (held + offered)
    return _ratio("exposed", "those with an offer and those who would have had one", observed, expected)


def daily_check(days: Iterable[tuple[int, str, int]], expected: tuple[float, float]) -> Check:
    """The same for each day by itself: what broke on one day and was mended is lost in the sums."""
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for day, arm, units in days:
        counts[day][0 if arm == HELD_OUT else 1] += units
    broken = []
    for day, observed in counts.items():
        try:
            if sample_ratio(observed, expected, ALL_DAYS_THRESHOLD / len(counts)).mismatch:
                broken.append(day)
        except Undefined:
            continue
    if not broken:
        return Check("daily", True, "On no day did one arm have far more first moments than its share.")
    return Check("daily", False, f"On {len(broken)} of {len(counts)} days one arm had far more first moments than its share: look what happened then.")  # fmt: skip


def _ratio(name: str, who: str, observed: list[int], weights: list[float]) -> Check:
    if len(observed) < 2 or min(weights) <= 0:
        return Check(name, True, f"There is one arm only among {who}, so there are no shares to check.")
    try:
        found = sample_ratio(observed, weights)
    except Undefined as none:
        return Check(name, True, f"The shares of {who} can't be checked: {none}")
    total, share = sum(observed), weights[0] / sum(weights)
    told = f"{observed[0]:,} of {total:,} of {who} are held out, {share * total:,.0f} were to be expected"
    if found.mismatch:
        return Check(
            name,
            False,
            f"{told} (p {found.p_value:.1g}): records are missing or doubled, so no figure can be believed.",
        )
    return Check(name, True, f"{told} (p {found.p_value:.2g}).")
