"""From the tables to the report."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import duckdb

from nearcart_contract.report_tables import HELD_OUT, OFFERED, Terms
from nearcart_measure.core.arm import Arm, of_amounts
from nearcart_measure.core.difference import difference
from nearcart_measure.core.effect import Effect
from nearcart_measure.core.ghosts import AssignedTotals, intent_to_treat, per_delivered, per_exposed
from nearcart_measure.core.log_ratio import as_lift, lift_interval
from nearcart_measure.core.sequential import BUYERS_FOR_DELTA, Tuning
from nearcart_measure.core.several import benjamini_hochberg, shrunk
from nearcart_measure.core.undefined import Undefined
from nearcart_measure.report.checks import assigned_check, daily_check, exposed_check
from nearcart_measure.report.elapsed import by_day, elapsed_share
from nearcart_measure.report.figures import (
    Judge,
    adjusted,
    amount,
    as_range,
    log_effect,
    per_visit_figure,
    rare,
    share,
    told,
)
from nearcart_measure.report.result import ArmCount, Beside, Check, Evening, Figure, Money, Part, Range, Report
from nearcart_measure.report.store_days import date_of, day_of
from nearcart_measure.report.sums import DAY_S, Erased, OptedOut, Sums, Totals
from nearcart_measure.report.sums import Evening as EveningSums
from nearcart_measure.report.verdict import Pace, verdict
from nearcart_measure.report.words import arm_words

Arms = tuple[Totals, Totals]

VARIANT = "variant"
"""All variants are compared with the same people who are held out."""


def reckon(connection: duckdb.DuckDBPyConnection, terms: Terms) -> Report:
    """The report of one experiment. Nothing that stands in the tables makes it fail: what can't be told is a sentence."""
    return _Reckoning(Sums(connection, terms), terms).report()


class _Reckoning:
    """``known`` are those whose rows are there, ``arms`` also who was erased since: of her only a few numbers are kept."""

    def __init__(self, sums: Sums, terms: Terms) -> None:
        self.sums, self.terms = sums, terms
        self.moments = sums.moments()
        self.first_days = by_day((each.day, each.units) for each in self.moments)
        self.today = day_of(terms.now, ZoneInfo(terms.time_zone))
        self.judge = self._judge(terms.window_s, self.today)
        self.scale = 10.0**-terms.digits
        self.erased = sums.erased()
        self.known = sums.arms()
        self.arms = _with_erased(self.known, self.erased)
        self.assigned = sums.assigned()

    def report(self) -> Report:
        checks, empty = self._checks(), self._empty()
        report = self._frame(checks)
        failed = [check for check in checks if not check.passed]
        if failed:
            return replace(
                report,
                answer="no result",
                sentence="No result: a check failed, so that no figure can be believed.",
                arms=tuple(replace(arm, buyers=None) for arm in report.arms),
            )
        if empty:
            return replace(report, answer="nothing yet", sentence=empty)
        both, known = _both(self.arms), _both(self.known)
        figures, main = self._figures(both, known), "revenue" if self.terms.outcome == "revenue" else "purchase"
        figure = next(each for each in figures if each.name == main)
        money = next(each for each in figures if each.name == "revenue")
        people, buyers = int(both[0]["units"] + both[1]["units"]), int(min(both[0]["buyers"], both[1]["buyers"]))
        pace = self._pace(people)
        answer, sentence, more = verdict(
            figure, money, self._month(figures), people, buyers, self.judge, self.terms.currency, pace
        )
        return replace(
            report,
            answer=answer,
            sentence=sentence,
            more_people=more,
            main=main,
            figures=figures,
            evenings=self._evenings(main) if figure.lift is not None else (),
            variants=self._variants(main, both[0]),
            segments=self._segments(main),
            money=self._money(both, known),
            beside=self._beside(both),
            guards=self._guards(known),
        )

    def _judge(self, window_s: float, day: int) -> Judge:
        """For outcomes of so long a window, on the evening of a day."""
        share = elapsed_share(self.first_days, day, window_s / DAY_S)
        ended = self.terms.ends is not None and self.terms.now >= self.terms.ends + window_s
        return Judge(Tuning(tau=self.terms.tau), ended, share)

    def _pace(self, people: int) -> Pace:
        terms = self.terms
        gone = max(DAY_S, min(terms.now, terms.ends or terms.now) - terms.since)
        return Pace(people * DAY_S / gone, None if terms.ends is None else (terms.ends - terms.now) / DAY_S)

    def _frame(self, checks: tuple[Check, ...]) -> Report:
        """Everything that may be shown whatever the checks say."""
        terms = self.terms
        return Report(
            campaign=terms.campaign, name=terms.name, store=terms.store, experiment=terms.experiment, currency=terms.currency,
            window_days=terms.window_s / DAY_S, since=self._date(terms.since), until=self._date(terms.now), ended=terms.ended,
            answer="nothing yet", sentence="", more_people=None, checks=checks,
            arms=tuple(ArmCount(each.arm, int(each["units"]), int(each["delivered"]), int(each["buyers"])) for each in self.arms),
            main="purchase", figures=(), evenings=(), variants=(), segments=(), money=None, beside=(),
            engagement=self.sums.engagement(), guards=(), opt_outs=self.sums.opt_outs(), withheld=tuple(self.sums.withheld()),
            conflicts=self.sums.conflicts(), notes=self._notes(),
        )  # fmt: skip

    def _notes(self) -> tuple[str, ...]:
        notes = list(self.terms.notes)
        gone = {each.arm: each.units for each in self.erased if each.units}
        if gone:
            whose = ", ".join(f"{count:,} {arm_words(arm)}" for arm, count in gone.items())
            notes.append(
                f"Erased since: {whose}. They stay, without names, in how many bought, how much they spent and how many complained, and are in no other figure."
            )
        if self.terms.cap is not None:
            notes.append(
                f"More than {self.terms.cap * self.scale:,.2f} {self.terms.currency} of one visitor counts as that, as was said at the launch."
            )
        if self.terms.outcome == "redemption":
            notes.append("Who is held out has nothing to redeem, so that buyers are compared.")
        return tuple(notes)

    def _checks(self) -> tuple[Check, ...]:
        both_arms = {arm == HELD_OUT for arm, slots in self.terms.arms if slots} == {True, False}
        return (
            assigned_check(self.sums.came(), self.terms),
            exposed_check(self.moments, ended=self.terms.ended),
            *((daily_check(self.moments),) if both_arms else ()),
        )

    def _empty(self) -> str | None:
        """A sentence where there are no two arms to compare."""
        ghosts = sum(int(each["units"]) for each in self.arms if each.arm == HELD_OUT)
        offered = sum(int(each["units"]) for each in self.arms if each.arm != HELD_OUT)
        if not ghosts and not offered:
            return "Nobody had the offer yet, or would have had it: there is nothing to compare."
        if not ghosts:
            return f"Nobody is held out of the {offered:,} who would be compared: without a hold-out nobody can say what the offer sold. Write hold_out_percent."  # fmt: skip
        if not offered:
            return f"Nobody had the offer yet, and {ghosts:,} held out would have: there is nothing to compare."
        return None

    def _figures(self, both: Arms, known: Arms) -> tuple[Figure, ...]:
        scale, judge, money = self.scale, self.judge, self._money_figure
        late = self._judge(self.sums.long_window_s, self.today)
        days = "28 days" if late.elapsed >= 1 else "28 days, so far"
        return (
            share("purchase", "Visitors who bought", "buyers", both, judge),
            amount("orders", "Orders per visitor", "orders", known, judge, unit="number"),
            money("revenue", "Money per visitor", "revenue", both),
            *self._adjusted(money("revenue", "", "revenue", known), known),
            *self._margin(known),
            per_visit_figure(known, judge, scale),
            share("purchase_28d", f"Visitors who bought within {days}", "buyers_long", known, late),
            amount("revenue_28d", f"Money per visitor within {days}", "long", known, late, scale=scale),
            share("purchase_in_store", "Visitors who bought in the store", "buyers_in_store", known, judge),
            money("revenue_in_store", "Money per visitor in the store", "in_store", known),
            share("purchase_online", "Visitors who bought online", "buyers_online", known, judge),
            money("revenue_online", "Money per visitor online", "online", known),
        )

    def _month(self, figures: tuple[Figure, ...]) -> Figure | None:
        """The money of 28 days, where that is longer than the window and has passed for everybody."""
        long = self.sums.long_window_s
        if long <= self.terms.window_s or self._judge(long, self.today).elapsed < 1:
            return None
        return next(figure for figure in figures if figure.name == "revenue_28d")

    def _adjusted(self, revenue: Figure, both: Arms) -> tuple[Figure, ...]:
        """The money again with what was spent before taken into account, where anybody has spent anything before."""
        found = (
            adjusted(both, self.judge, self.scale) if both[0]["before_squares"] or both[1]["before_squares"] else None
        )
        if found is None or revenue.lift is None:
            return ()
        lift, bounds = found
        always, at_the_end = (None, bounds) if self.terms.ended else (bounds, None)
        what = "the same, with what they spent before taken into account"
        means = revenue.held_out, revenue.offered, revenue.difference
        return (Figure("revenue_adjusted", what, "money", *means, lift=lift, always=always, fixed=at_the_end),)

    def _money_figure(self, name: str, what: str, column: str, both: Arms) -> Figure:
        return amount(name, what, column, both, self.judge, scale=self.scale)

    def _margin(self, both: Arms) -> tuple[Figure, ...]:
        """Only where every order says what its goods cost."""
        if both[0]["without_cost"] or both[1]["without_cost"] or not (both[0]["orders"] + both[1]["orders"]):
            return ()
        return (self._money_figure("margin", "Margin per visitor", "margin", both),)

    def _guards(self, known: Arms) -> tuple[Figure, ...]:
        seconds = amount(
            "dwell", "Minutes in the store afterwards", "seconds", known, self.judge, scale=1 / 60, unit="number"
        )
        return (
            share("return", "Visitors who came back", "back", known, self.judge),
            seconds,
            rare("complaint", "Visitors who complained", "complained", self._with_opted_out(), self.judge),
            rare("opt_out", "Visitors who took back their consent", "opted_out", self._with_opted_out(), self.judge),
        )

    def _with_opted_out(self) -> Arms:
        """Everybody who had a moment, and who complained of it or took back her consent after it."""
        opted_out = self.sums.opted_out()
        counted = {each.arm: each for each in self.known}
        gone = {each.arm: each for each in self.erased}
        found = []
        for arm in {**counted, **opted_out, **gone}:
            known, left, erased = counted.get(arm), opted_out.get(arm, OptedOut()), gone.get(arm, Erased(arm))
            sums = {
                "units": left.uncounted + erased.units + erased.opted_out_units,
                "complained": left.complained + erased.complained,
                "opted_out": left.after + erased.opted_out,
            }
            found.append(Totals(arm, sums) if known is None else Totals(arm, sums).plus(known))
        return _both(found)

    def _evenings(self, main: str) -> tuple[Evening, ...]:
        """The interval as it stood on each evening on which anything changed. Its tuning is the launch's."""
        so_far: dict[str, EveningSums] = {}
        found: dict[int, Evening] = {}
        rows = self.sums.evenings()
        if rows and self._judge(self.terms.window_s, rows[-1].day).elapsed < 1:
            rows.append(replace(rows[-1], day=max(rows[-1].day, self.today)))  # time alone makes it narrower
        for row in rows:
            so_far[row.arm] = row
            held_out = so_far.get(HELD_OUT)
            offered = [each for arm, each in so_far.items() if arm != HELD_OUT]
            if held_out is None or not offered:
                continue
            arms = _evening_totals([held_out]), _evening_totals(offered)
            evening = told(lambda arms=arms, day=row.day: self._evening(day, arms, main))  # type: ignore[misc]
            if not isinstance(evening, str):
                found[row.day] = evening
        return tuple(found[day] for day in sorted(found))

    def _evening(self, day: int, arms: Arms, main: str) -> Evening:
        effect = log_effect(_column(main), arms)
        if isinstance(effect, str):
            raise Undefined(effect)
        interval = lift_interval(self._judge(self.terms.window_s, day).daily(effect))
        return Evening(date_of(day).isoformat(), as_lift(effect.estimate), interval.low, interval.high)

    def _variants(self, main: str, held_out: Totals) -> tuple[Part, ...]:
        rest = [each for each in self.arms if each.arm != HELD_OUT]
        return () if len(rest) < 2 else self._parts([(VARIANT, each.arm, (held_out, each)) for each in rest], main)

    def _segments(self, main: str) -> tuple[Part, ...]:
        found: dict[tuple[str, str], dict[bool, Totals]] = {}
        for what, which, totals in self.sums.segments():
            arms, side = found.setdefault((what, which), {}), totals.arm == HELD_OUT
            arms[side] = arms[side].plus(totals) if side in arms else totals
        pairs = [(what, which, (arms[True], arms[False])) for (what, which), arms in found.items() if len(arms) == 2]
        return self._parts(pairs, main)

    def _parts(self, pairs: list[tuple[str, str, Arms]], main: str) -> tuple[Part, ...]:
        """Corrected for how many they are, and drawn towards the whole."""
        effects = [(what, which, both, log_effect(_column(main), both)) for what, which, both in pairs]
        good = [effect for *_, effect in effects if not isinstance(effect, str)]
        p_values, drawn = benjamini_hochberg([self.judge.interval(effect).p_value for effect in good]), shrunk(good)
        beside = iter(zip(good, drawn, p_values, strict=True))
        return tuple(self._part(what, which, both, effect, beside) for what, which, both, effect in effects)

    def _money(self, both: Arms, known: Arms) -> Money:
        """Over all who were offered something: per head times heads."""
        cost, heads = self.sums.engagement()["cost"] * self.scale, float(both[1]["units"])
        revenue = self._money_figure("revenue", "", "revenue", both)
        margin = next(iter(self._margin(known)), None)
        return Money(
            cost,
            None if revenue.difference is None else revenue.difference * heads,
            _times(revenue.difference_range, heads),
            None if margin is None or margin.difference is None else margin.difference * heads,
            None if margin is None else _times(margin.difference_range, heads),
            ""
            if margin is not None
            else "What the goods cost was not told with every order, so the margin is not known: send 'cost' with each.",
        )

    def _part(
        self, what: str, which: str, both: Arms, effect: Effect | str, beside: Iterator[tuple[Effect, Effect, float]]
    ) -> Part:
        """``beside`` gives for each effect that exists itself, as drawn towards the whole, and its corrected p-value."""
        people = int(both[1]["units"] + (0 if what == VARIANT else both[0]["units"]))
        if isinstance(effect, str):
            return Part(what, which, people, problem=effect)
        _, drawn, p_value = next(beside)
        found = told(
            lambda: (as_lift(effect.estimate), as_lift(drawn.estimate), lift_interval(self.judge.interval(drawn)))
        )
        if isinstance(found, str):
            return Part(what, which, people, problem=found)
        return Part(what, which, people, found[0], found[1], as_range(found[2]), p_value)

    def _beside(self, both: Arms) -> tuple[Beside, ...]:
        """The same money reckoned in other ways, each with what it is good for."""
        held_out, offered = _sides(self.assigned)
        assigned = _assigned(held_out, self.scale), _assigned(offered, self.scale)
        enough = self.terms.ended or min(both[0]["buyers"], both[1]["buyers"]) >= BUYERS_FOR_DELTA
        return tuple(
            self._way(name, what, effect, enough)
            for name, what, effect in (
                ("ghosts", "Per visitor with an offer, against ghosts", lambda: difference(*self._money_arms(both))),
                ("per_delivered", "Per visitor whose offer surely arrived", lambda: self._delivered(both)),
                (
                    "intent_to_treat",
                    "Per visitor who came, with an offer or without",
                    lambda: intent_to_treat(*assigned),
                ),
                ("per_exposed_of_all", "The same per visitor with an offer", lambda: per_exposed(*assigned).effect),
            )
        )

    def _way(self, name: str, what: str, effect: Callable[[], Effect], enough_buyers: bool) -> Beside:
        found = told(effect)
        if isinstance(found, str):
            return Beside(name, what, problem=found)
        if not enough_buyers:
            return Beside(name, what, problem=f"told from {BUYERS_FOR_DELTA} buyers in each arm on.")
        return Beside(name, what, found.estimate, as_range(self.judge.interval(found)))

    def _delivered(self, both: Arms) -> Effect:
        """All decided against all ghosts, per offer that surely arrived, as if the share that arrived had no noise."""
        held_out, offered = self._money_arms(both)
        found = per_delivered(held_out, offered, int(both[1]["delivered"]))
        whole = found.per_decided
        return Effect(found.estimate, found.standard_error_share_known, whole.degrees, whole.visitors)

    def _money_arms(self, both: Arms) -> tuple[Arm, Arm]:
        held_out, offered = (
            of_amounts(
                int(each["units"]), float(each["revenue"]) * self.scale, float(each["revenue_squares"]) * self.scale**2
            )
            for each in both
        )
        return held_out, offered

    def _date(self, at: float) -> str:
        return datetime.fromtimestamp(at, ZoneInfo(self.terms.time_zone)).date().isoformat()


def _column(main: str) -> str:
    return "revenue" if main == "revenue" else "buyers"


def _sides(assigned: Iterable[Totals]) -> tuple[Totals, Totals]:
    """The hold-out and the rest; one that is not there has nobody."""
    sides = {True: Totals(HELD_OUT, _NOBODY), False: Totals(OFFERED, _NOBODY)}
    for totals in assigned:
        sides[totals.arm == HELD_OUT] = sides[totals.arm == HELD_OUT].plus(totals)
    return sides[True], sides[False]


_NOBODY = dict.fromkeys(("units", "exposed", "revenue", "revenue_squares", "exposed_revenue", "exposed_squares"), 0)


def _assigned(totals: Totals, scale: float) -> AssignedTotals:
    return AssignedTotals(
        int(totals["units"]),
        float(totals["revenue"]) * scale,
        float(totals["revenue_squares"]) * scale * scale,
        int(totals["exposed"]),
        float(totals["exposed_revenue"]) * scale,
        float(totals["exposed_squares"]) * scale * scale,
    )


def _times(found: Range | None, heads: float) -> Range | None:
    return None if found is None else Range(found.low * heads, found.high * heads, found.p_value)


def _evening_totals(rows: list[EveningSums]) -> Totals:
    return Totals(
        rows[0].arm,
        {
            "units": sum(row.units for row in rows),
            "buyers": sum(row.buyers for row in rows),
            "revenue": sum(row.revenue for row in rows),
            "revenue_squares": sum(row.revenue_squares for row in rows),
        },
    )


def _both(arms: list[Totals]) -> Arms:
    """The hold-out, and everybody who had an offer, whatever her variant; an arm that is not there has nobody."""
    held_out = next((each for each in arms if each.arm == HELD_OUT), Totals(HELD_OUT, defaultdict(int)))
    offered = Totals(OFFERED, defaultdict(int))
    for each in arms:
        offered = offered.plus(each) if each.arm != HELD_OUT else offered
    return held_out, offered


def _with_erased(arms: list[Totals], erased: Iterable[Erased]) -> list[Totals]:
    """Who was erased since, too: what is kept of her is added."""
    found = {totals.arm: totals for totals in arms}
    for each in erased:
        added = {
            "units": each.units,
            "delivered": each.delivered,
            "buyers": each.buyers,
            "revenue": each.revenue,
            "revenue_squares": each.revenue_squares,
        }
        if any(added.values()):
            found[each.arm] = found.get(each.arm, Totals(each.arm, {})).plus(Totals(each.arm, added))
    return list(found.values())
