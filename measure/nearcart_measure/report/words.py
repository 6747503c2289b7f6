"""A report in lines of text, the answer first."""

from collections.abc import Iterator

from nearcart_contract.report_tables import minor_digits
from nearcart_measure.report.result import Beside, Figure, Money, Part, Range, Report

MEND = (
    "Look whether visitors were taken off the list, the database was put back from a copy, or an export was cut short. Once that is"
    " mended begin anew: write the next number as 'experiment' in the campaign's file."
)

LEAST_WHOLE = 0.0995
"""From this lift on percents are whole: tenths would say more than is known."""

WITHOUT_CENTS = 1000

_ARM_WORDS = {"hold-out": "held out", "offer": "with the offer"}


def lines(report: Report) -> Iterator[str]:
    """What `nearcart report` prints."""
    yield f"{report.name} in {report.store}, {report.since} to {report.until} (experiment {report.experiment})"
    yield what_counts(report)
    yield ""
    for check in report.checks:
        if not check.passed:
            yield f"FAILED  {check.sentence}"
    yield report.sentence
    if report.answer == "no result":
        yield MEND
    yield ""
    yield from _people(report)
    yield from _figures(report)
    if report.money is not None:
        yield from (
            "",
            "What it cost and brought",
            *(f"  {line}" for line in money_lines(report.money, report.currency)),
        )
    yield from _parts("Variants, each against those held out", report.variants)
    yield from _parts("Groups of visitors", report.segments)
    if report.beside:
        yield from (
            "",
            "The same money reckoned in other ways, a head",
            *(f"  {beside_line(each, report.currency)}" for each in report.beside),
        )
    yield from _aside(report)


def _people(report: Report) -> Iterator[str]:
    for arm in report.arms:
        confirmed = f"; it surely arrived with {arm.delivered:,}" if arm.arm != "hold-out" else ""
        yield f"  {arm_words(arm.arm)}: {arm.people:,} visitors or households{confirmed}"
    if report.conflicts:
        told = ", ".join(f"{count:,} {arm_words(arm)}" for arm, count in report.conflicts.items())
        yield f"  found to be one visitor later, and kept where they were first: {told}"


def _figures(report: Report) -> Iterator[str]:
    if not report.figures:
        return
    yield ""
    width = max(len(figure.what) for figure in report.figures)
    yield f"{'':{width + 2}}held out → with the offer, and the difference ({'planned end' if report.ended else 'good at every look'}, 95 %)"
    for figure in report.figures:
        yield f"  {figure.what:{width}}  {figure_words(figure, report)}"


def figure_words(figure: Figure, report: Report) -> str:
    """`12.1 % → 14.9 %, +23 % (+4 to +46 %)`."""
    if figure.held_out is None or figure.offered is None:
        return figure.problem
    both = f"{value(figure, figure.held_out, report.currency)} → {value(figure, figure.offered, report.currency)}"
    bounds = figure.shown
    if figure.difference is not None and figure.as_points is not None:
        return f"{both}, {points(figure.difference)} ({points_range(figure.as_points)})"
    if figure.lift is None or bounds is None:
        return f"{both}; {figure.problem}"
    return f"{both}, {lift_words(figure.lift)} ({range_words(bounds)})"


def value(figure: Figure, number: float, currency: str) -> str:
    if figure.unit == "share":
        return f"{number * 100:.1f} %"
    return f"{amount_words(number, currency)} {currency}" if figure.unit == "money" else f"{number:,.2f}"


def amount_words(number: float, currency: str) -> str:
    """Money without its currency: cents only where there are any, and below a thousand."""
    digits = 0 if abs(number) >= WITHOUT_CENTS else minor_digits(currency)
    return f"{number:,.{digits}f}".replace("-", "−")


def more_words(number: float, currency: str) -> str:
    """The same with its sign."""
    return f"{'+' if number >= 0 else ''}{amount_words(number, currency)}"


def lift_words(lift: float) -> str:
    return f"{percent(lift)} %"


def range_words(bounds: Range) -> str:
    return f"{percent(bounds.low)} to {percent(bounds.high)} %"


def percent(share: float) -> str:
    """With its sign; a tenth of a percent where that is one in a hundred of what is told, or more."""
    return f"{share * 100:+,.{0 if abs(share) >= LEAST_WHOLE else 1}f}".replace("-", "−")


def points(difference: float) -> str:
    """A difference of two shares."""
    return f"{difference * 100:+.1f} points".replace("-", "−")


def points_range(bounds: Range) -> str:
    return f"{bounds.low * 100:+.1f} to {bounds.high * 100:+.1f}".replace("-", "−")


def money_lines(money: Money, currency: str) -> Iterator[str]:
    yield f"Discounts that were used: {amount_words(money.discounts, currency)} {currency}."
    for what, number, bounds in (
        ("More money taken than without the offer, after discounts", money.extra_revenue, money.extra_revenue_range),
        ("More margin than without the offer, after discounts", money.extra_margin, money.extra_margin_range),
    ):
        if number is not None:
            between = (
                ""
                if bounds is None
                else f" ({more_words(bounds.low, currency)} to {more_words(bounds.high, currency)})"
            )
            yield f"{what}: {more_words(number, currency)} {currency}{between}."
    if money.problem:
        yield money.problem


def beside_line(way: Beside, currency: str) -> str:
    if way.estimate is None or way.range is None:
        return f"{way.what}: {way.problem}"
    low, high = (more_words(end, currency) for end in (way.range.low, way.range.high))
    return f"{way.what}: {more_words(way.estimate, currency)} {currency} ({low} to {high})"


def part_line(part: Part) -> str:
    who = f"{part_words(part)} ({part.people:,})"
    if part.lift is None or part.shrunk_lift is None or part.shrunk_range is None or part.p_value is None:
        return f"{who}: {part.problem}"
    drawn = f"drawn towards the whole {lift_words(part.shrunk_lift)} ({range_words(part.shrunk_range)})"
    return f"{who}: {lift_words(part.lift)} by itself, {drawn}, p {part.p_value:.2g} corrected"


def part_words(part: Part) -> str:
    """`new customers`, `tier gold`, `variant long`."""
    return f"{part.which} {part.what}" if part.what == "customers" else f"{part.what} {part.which}"


def what_counts(report: Report) -> str:
    return f"What was bought within {report.window_days:g} day{'' if report.window_days == 1 else 's'} of the first moment counts."


def arm_words(arm: str) -> str:
    return _ARM_WORDS.get(arm, f"variant {arm}")


def complained_of(engagement: dict[str, int]) -> str:
    """The end of a sentence; nothing where nobody complained of the campaign."""
    count = engagement["complained_of"]
    return "" if not count else f"; {count:,} complaint{'s' if count > 1 else ''} of it"


def _parts(title: str, parts: tuple[Part, ...]) -> Iterator[str]:
    if parts:
        yield from ("", f"{title}: a look for ideas, no result (p-values after Benjamini and Hochberg)")
        yield from (f"  {part_line(part)}" for part in parts)


def _aside(report: Report) -> Iterator[str]:
    seen = report.engagement
    yield ""
    yield f"How it went, which says nothing of what it sold: {seen['sent']:,} sent, {seen['delivered']:,} arrived, {seen['seen']:,} opened, {seen['redeemed']:,} used{complained_of(seen)}."
    for figure in report.guards:
        yield f"  {figure.what}: {figure_words(figure, report)}"
    if report.opt_outs and not report.guards:
        told = ", ".join(f"{count:,} {arm_words(arm)}" for arm, count in report.opt_outs.items())
        yield f"  took back their consent since: {told}"
    if report.withheld:
        yield "Withheld: " + ", ".join(f"{gate} {moments:,}" for gate, moments in report.withheld[:8])
    for check in report.checks:
        if check.passed:
            yield f"Checked: {check.sentence}"
    for note in report.notes:
        yield f"Mind: {note}"
