"""A report as one HTML page that needs nothing else: the answer, what failed, the figures, and what they cost."""

from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from importlib.resources import files

from nearcart_measure.report.plot import NARROW, WIDE, interval_plot
from nearcart_measure.report.result import Figure, Part, Report
from nearcart_measure.report.words import (
    MEND,
    arm_words,
    beside_line,
    complained_of,
    lift_words,
    money_lines,
    part_words,
    points,
    points_range,
    range_words,
    value,
    what_counts,
)


def page(report: Report) -> str:
    """The whole document. Everything that stands in the tables is escaped."""
    body = "\n".join(_body(report))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{escape(report.name)}: did it sell?</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>{_style()}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def _body(report: Report) -> Iterator[str]:
    yield f"<h1>{escape(report.name)}</h1>"
    yield f'<p class="quiet">{escape(report.store)}, {report.since} to {report.until}, experiment {escape(report.experiment)}. {what_counts(report)}</p>'
    for check in report.checks:
        if not check.passed:
            yield f'<p class="failed" role="alert">Check failed. {escape(check.sentence)}</p>'
    yield f'<p class="answer {report.answer.replace(" ", "-")}">{escape(report.sentence)}</p>'
    if report.answer == "no result":
        yield f"<p>{escape(MEND)}</p>"
    main = report.main_figure
    plot = "" if main is None else _plots(report, main.what)
    if plot:
        note = f'<p class="quiet">{_AT_THE_END if report.ended else _ON_ANY_DAY}</p>'
        yield _section(f"{main.what if main else ''}: how much more with the offer, evening by evening", plot + note)
    if report.figures:
        yield _section("What they did", _figures(report, report.figures))
    yield _section("Who is compared", _people(report))
    if report.money is not None:
        yield _section("What it cost and brought", _list(money_lines(report.money, report.currency)))
    yield from _parts("Variants, each against those held out", report.variants)
    yield from _parts("Groups of visitors", report.segments)
    if report.beside:
        ways = _list(beside_line(each, report.currency) for each in report.beside)
        yield _section("The same money reckoned in other ways, a head", ways)
    yield _section("How it went, which says nothing of what it sold", _engagement(report))
    if report.withheld:
        yield _section("Withheld, and why", _table(("", "moments"), ((gate, f"{moments:,}") for gate, moments in report.withheld)))  # fmt: skip
    yield _section("Checked", _list((*(each.sentence for each in report.checks if each.passed), *report.notes)))


def _plots(report: Report, what: str) -> str:
    """Drawn twice: letters of a wide one would be too small on a phone."""
    drawn = (
        (kind, interval_plot(report.evenings, what, width)) for kind, width in (("wide", WIDE), ("narrow", NARROW))
    )
    return "".join(f'<div class="{kind}">{plot}</div>' for kind, plot in drawn if plot)


def _figures(report: Report, figures: Iterable[Figure]) -> str:
    kind = "at the planned end" if report.ended else "good at every look"
    return _table(
        ("", "held out", "with the offer", "difference", f"95 %, {kind}"), (_figure(each, report) for each in figures)
    )


def _figure(figure: Figure, report: Report) -> tuple[str, ...]:
    if figure.held_out is None or figure.offered is None:
        return figure.what, "", "", "", figure.problem
    means = value(figure, figure.held_out, report.currency), value(figure, figure.offered, report.currency)
    bounds = figure.shown
    if figure.difference is not None and figure.as_points is not None:
        return figure.what, *means, points(figure.difference), points_range(figure.as_points)
    if figure.lift is None or bounds is None:
        return figure.what, *means, "", figure.problem
    return figure.what, *means, lift_words(figure.lift), range_words(bounds)


def _people(report: Report) -> str:
    rows = ((arm_words(arm.arm), f"{arm.people:,}", "" if arm.arm == "hold-out" else f"{arm.delivered:,}", "" if arm.buyers is None else f"{arm.buyers:,}") for arm in report.arms)  # fmt: skip
    told = _table(("", "visitors or households", "surely arrived", "bought"), rows)
    if report.conflicts:
        moved = ", ".join(f"{count:,} {arm_words(arm)}" for arm, count in report.conflicts.items())
        told += f'<p class="quiet">Found to be one visitor later, and kept where they were first: {escape(moved)}.</p>'
    return told


def _engagement(report: Report) -> str:
    seen = report.engagement
    words = f"{seen['sent']:,} sent, {seen['delivered']:,} arrived, {seen['seen']:,} opened, {seen['redeemed']:,} used{complained_of(seen)}."
    if report.opt_outs and not report.guards:
        words += " Took back their consent since: " + ", ".join(f"{n:,} {arm_words(arm)}" for arm, n in report.opt_outs.items()) + "."  # fmt: skip
    return f"<p>{escape(words)}</p>" + (_figures(report, report.guards) if report.guards else "")


def _parts(title: str, parts: tuple[Part, ...]) -> Iterator[str]:
    if parts:
        head = ("", "visitors", "by itself", "drawn towards the whole", "95 %", "p, corrected")
        note = '<p class="quiet">A look for ideas, no result: of many groups one always stands out. So each is drawn towards what all of them did, and its p-value is corrected for their number (Benjamini and Hochberg).</p>'
        yield _section(title, note + _table(head, (_part(each) for each in parts)))


def _part(part: Part) -> tuple[str, ...]:
    who = part_words(part)
    if part.lift is None or part.shrunk_lift is None or part.shrunk_range is None or part.p_value is None:
        return who, f"{part.people:,}", "", "", part.problem, ""
    drawn = lift_words(part.shrunk_lift), range_words(part.shrunk_range)
    return who, f"{part.people:,}", lift_words(part.lift), *drawn, f"{part.p_value:.2g}"


def _section(title: str, inside: str) -> str:
    head = f"<h2>{escape(title)}</h2>" if title else ""
    return f"<section>{head}{inside}</section>"


def _list(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Numbers stand right, sentences left."""
    words = tuple(head)
    heads = "".join(f'<th role="columnheader"{_NUMBER if number else ""}>{escape(word)}</th>' for number, word in enumerate(words))  # fmt: skip
    lines = "".join(f'<tr role="row">{"".join(map(_cell, words, row))}</tr>' for row in rows)
    return f'<table role="table"><thead role="rowgroup"><tr role="row">{heads}</tr></thead><tbody role="rowgroup">{lines}</tbody></table>'


def _cell(head: str, text: str) -> str:
    """A narrow page has no room for heads: there each cell has its own. The first names the row."""
    if not head:
        return f'<td role="cell">{escape(text)}</td>'
    own = f' data-head="{escape(head)}"' if text else ""
    if len(text) > _LONGEST_NUMBER:
        return f'<td role="cell" class="told"{own}><small>{escape(text)}</small></td>'
    return f'<td role="cell"{_NUMBER}{own}>{escape(text)}</td>'


_NUMBER = ' class="number"'


_ON_ANY_DAY = "The band may be looked at on any day: in 95 of 100 experiments the truth is within it on all of them."
_AT_THE_END = "The band could be looked at on any day. At the planned end there is one look only, so that the narrower interval below counts."
_LONGEST_NUMBER = 28


@cache
def _style() -> str:
    return files("nearcart_measure.report").joinpath("page.css").read_text(encoding="utf-8")
