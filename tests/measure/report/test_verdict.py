"""The one sentence, read as a shop-keeper would."""

import pytest

from nearcart_measure.core.sequential import Tuning
from nearcart_measure.report.figures import Judge
from nearcart_measure.report.result import Figure, Range, Unit
from nearcart_measure.report.verdict import Pace, verdict

JUDGE = Judge(Tuning(tau=2000.0), ended=False)
PACE = Pace(people_a_day=20.0, days_left=None)


def figure(unit: Unit, held_out: float, offered: float, low: float, high: float) -> Figure:
    name = "revenue" if unit == "money" else "purchase"
    bounds = Range(low, high, 0.01)
    return Figure(name, "", unit, held_out, offered, offered - held_out, lift=offered / held_out - 1, always=bounds)


MONEY = figure("money", 20.0, 21.0, -0.2, 0.4)
BUYERS = figure("share", 0.46, 0.58, 0.03, 0.5)


def told(main: Figure, money: Figure = MONEY, pace: Pace = PACE) -> str:
    return verdict(main, money, None, 600, 50, JUDGE, "EUR", pace)[1]


def test_buyers_are_pictured_and_what_they_spend_is_told_beside() -> None:
    kept = "Keep it: of 100 with the offer 58 bought, of 100 without it 46. That is 26 % more, and almost surely at least 3.0 % more."
    assert told(BUYERS) == f"{kept} Whether they also spend more money can't be told."
    assert told(BUYERS, figure("money", 20, 26, 0.05, 0.6)) == f"{kept} They also spend 30 % more money."


@pytest.mark.parametrize(("held_out", "offered", "words"), [(0.032, 0.051, "of 1,000 with the offer 51 bought, of 1,000 without it 32."), (0.0004, 0.0009, "of 10,000 with the offer 9 bought, of 10,000 without it 4.")])  # fmt: skip
def test_few_buyers_are_pictured_among_more(held_out: float, offered: float, words: str) -> None:
    assert words in told(figure("share", held_out, offered, 0.1, 2.0))


def test_money_is_told_in_money() -> None:
    assert told(figure("money", 10.0, 12.5, 0.1, 0.4)) == (
        "Keep it: those with the offer spent 12.50 EUR each, those without it 10.00 EUR. That is 25 % more, and almost surely at least 10 % more."
    )


def test_a_harm_is_stopped_and_less_money_stops_more_buyers_too() -> None:
    assert told(figure("share", 0.5, 0.4, -0.3, -0.05)).startswith("Stop it: of 100 with the offer 40 bought, of 100 without it 50. That is 20 % less,")  # fmt: skip
    assert told(BUYERS, figure("money", 20, 15, -0.4, -0.1)) == (
        "Stop it: those with the offer spent 15.00 EUR each, those without it 20.00 EUR. That is 25 % less."
    )


def test_how_long_it_takes_is_told_where_it_can_be_waited_for() -> None:
    early = figure("share", 0.4, 0.48, -0.1, 0.6)
    answer, sentence, more = verdict(early, MONEY, None, 600, 50, JUDGE, "EUR", PACE)
    assert answer == "too early"
    assert more is not None
    assert sentence.endswith(f"(+20 %), which takes about {-(-more // 20):,} days.")
    assert told(early, pace=Pace(20.0, 3.0)).endswith("(+20 %); the campaign ends before that.")
    assert told(early, pace=Pace(20.0, -1.0)).endswith("(+20 %); the campaign has ended, so that no more will come.")
    assert told(early, pace=Pace(0.001, None)).endswith("(+20 %).")
