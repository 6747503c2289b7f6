"""An offer over what was: a live one reproduces every decision; a new one is the engine's, with its limits counted on."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nearcart_contract.yaml_file import FileProblems
from nearcart_gateway.shell.backtest import Backtest, backtest
from nearcart_gateway.shell.storage.database import DatabaseError
from nearcart_gateway.shell.tried_file import read_tried

from .past_store import NOON, OFFERS, PastStore


def run(past: PastStore, text: str, name: str = "tried") -> Backtest:
    file = past.home / f"{name}-draft.yaml"
    file.write_text(text)
    return backtest(read_tried(file, past.config, past.now), NOON - 60)


@pytest.fixture
def past(tmp_path: Path) -> Iterator[PastStore]:
    found = PastStore(tmp_path, Random(7))
    yield found
    found.close()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10_000), steps=st.integers(50, 250))
def test_every_decision_of_a_live_offer_is_reproduced_erased_visitors_excepted(seed: int, steps: int) -> None:
    with TemporaryDirectory() as folder:
        past = PastStore(Path(folder), Random(seed))
        try:
            past.walk(steps)
            past.write("offers/late.yaml", "offer: late\nwhen: {moment: press}\nsay: Late\npriority: 9\n")
            past.take_up()
            past.walk(steps // 2)
            past.erase("v-0")
            past.walk(steps // 4)
            past.merge("v-1", "v-2")
            past.walk(steps // 4)
            for name, text in OFFERS.items():
                found = run(past, text).found
                looked = past.rows(f"""SELECT count(*) FROM decisions WHERE considered LIKE '%"offer":"{name}"%'""")
                assert (found.reproduced, found.compared, found.different) == (looked[0][0], looked[0][0], [])
                made = past.rows(f"SELECT count(*) FROM decisions WHERE offer = '{name}' AND outcome = 'sent'")
                assert found.sent == made[0][0]
                assert (found.displaced, found.gained) == ({}, {})
        finally:
            past.close()


def test_an_offer_that_was_never_there_reaches_whom_it_would_have_reached(past: PastStore) -> None:
    """The proof: the same walk with the offer in force from the beginning."""
    offer = (
        "offer: bye\nwhen: {moment: exit}\nsay: Good bye\nthrough: [phone]\n"
        "limits: {per_visitor: {times: 1, period: 5m}, per_offer: {times: 4, period: 30m}, quiet_after_any: 1s}\n"
    )
    past.walk(400)
    found = run(past, offer).found
    with TemporaryDirectory() as folder:
        other = PastStore(Path(folder), Random(7))
        other.write("offers/bye.yaml", offer)
        other.take_up()
        other.walk(400)
        sent = other.rows("SELECT visitor FROM decisions WHERE offer = 'bye' AND outcome = 'sent'")
        gates = other.rows(
            "SELECT json_extract(e.value, '$.gate'), count(*) FROM decisions, json_each(considered) e"
            " WHERE kind = 'exit' AND json_extract(e.value, '$.gate') IS NOT NULL GROUP BY 1"
        )
        other.close()
    assert found.sent == len(sent) > 0
    assert found.reached == {row[0] for row in sent}
    assert dict(found.gates) == dict(gates)


def test_a_dwell_that_nobody_waited_for_is_made_of_the_stay(past: PastStore) -> None:
    past.walk(400)
    found = run(past, "offer: cheese\nwhen: {moment: dwell, zones: [cheese], dwell: 25s}\nsay: Cheese\n").found
    stays = past.rows(
        "WITH e AS (SELECT visit, at, zone FROM decisions WHERE kind = 'enter' AND zone IS NOT NULL GROUP BY moment"
        " UNION SELECT visit, at, zone FROM moments WHERE kind = 'enter' AND zone IS NOT NULL),"
        " s AS (SELECT *, lead(at) OVER (PARTITION BY visit ORDER BY at) AS until FROM e)"
        " SELECT count(*) FROM s LEFT JOIN visits v ON v.id = s.visit"
        " WHERE s.zone = 'cheese' AND coalesce(until, left_at, s.at) - s.at >= 25"
    )[0][0]
    assert found.awaited == stays > 0
    assert found.sent > 0


def test_what_others_would_no_longer_have_got_is_named(past: PastStore) -> None:
    past.walk(300)
    first = "offer: first\nwhen: {moment: press}\nsay: First\npriority: 50\nthrough: [phone]\n"
    found = run(past, first).found
    assert found.sent > 0
    assert found.displaced["help"] > 0
    assert "first" not in found.displaced


def test_its_own_caps_count_its_own_sends(past: PastStore) -> None:
    past.walk(300)
    loose = "offer: more\nwhen: {moment: press}\nsay: More\npriority: 50\nlimits: {quiet_after_any: 1s}\n"
    many = run(past, loose).found.sent
    tight = loose.replace("{quiet_after_any: 1s}", "{per_offer: {times: 3, period: 1d}}")
    found = run(past, tight).found
    assert many > 3
    assert found.sent == 3
    assert found.gates["per_offer_limit"] > 0


NOT_NOW = (
    "offer: later\nwhen: {moment: press}\nsay: Later\npriority: 7\n"
    'limits: {quiet_hours: {start: "12:00", end: "12:05", then: defer}, per_offer: {times: 2, period: 1d}}\n'
)
BUSY = "offer: help\nactive: false\nwhen: {moment: press}\nsay: Somebody comes.\n"
HERS_TOO = BUSY.replace("active: false\n", "") + 'limits: {quiet_hours: {start: "12:00", end: "12:05", then: defer}}\n'


def lunch(past: PastStore, help_offer: str) -> None:
    """Four press the button in quiet hours; one leaves before they end, one is elsewhere then, two are still there."""
    past.write("offers/help.yaml", help_offer)
    past.take_up()
    past.after(5, *(("enter", f"v-{number}", "door") for number in range(4)))
    past.after(2, *(("stand", f"v-{number}", "door") for number in range(4)))
    past.after(30, *(("press", f"v-{number}", "door") for number in range(4)))
    past.after(20, ("exit", "v-1", "door"))
    for _ in range(100):
        past.after(4, ("stand", "v-0", "door"), ("stand", "v-2", "wine"), ("stand", "v-3", "door"))
    past.after(5, ("press", "v-0", "door"))


@pytest.mark.parametrize("help_offer", [BUSY, HERS_TOO, BUSY.replace("active: false\n", "")])
def test_what_quiet_hours_make_wait_is_asked_again_as_it_would_have_been(past: PastStore, help_offer: str) -> None:
    """The proof: the same hour with the offer in force from the beginning."""
    lunch(past, help_offer)
    found = run(past, NOT_NOW).found
    with TemporaryDirectory() as folder:
        other = PastStore(Path(folder), Random(7))
        other.write("offers/later.yaml", NOT_NOW)
        lunch(other, help_offer)
        sent = other.rows("SELECT visitor FROM decisions WHERE offer = 'later' AND outcome = 'sent'")
        gone = other.rows("SELECT count(*) FROM decisions WHERE offer = 'later' AND gate = 'gone'")
        again = run(other, NOT_NOW).found
        other.close()
    waits = help_offer != BUSY.replace("active: false\n", "")  # else help is made at once, and nothing waits
    assert (found.deferred, found.gates["gone"]) == ((4, 2) if waits else (0, 0))
    assert found.gates["gone"] == gone[0][0]
    assert found.sent == len(sent) == (2 if waits else 1)
    assert found.reached == {row[0] for row in sent}
    assert found.awaited == 5
    assert found.gates["per_offer_limit"] == (1 if waits else 0)
    assert (again.reproduced, again.different) == (again.compared, [])
    assert (again.awaited, again.deferred, again.sent, again.gates) == (5, found.deferred, found.sent, found.gates)


def test_whose_scanner_was_lost_has_left_though_no_moment_tells_of_it(past: PastStore) -> None:
    lunch(past, BUSY)
    past.connection.execute(
        "UPDATE visits SET left_at = ?, exit_reason = 'sensor_lost' WHERE visitor = 'v-0'", (NOON + 200,)
    )
    found = run(past, NOT_NOW).found
    assert (found.deferred, found.gates["gone"]) == (4, 3)
    assert "v-3" in found.reached


def test_a_budget_is_never_exceeded(past: PastStore) -> None:
    past.walk(300)
    past.write("campaigns/spring.yaml", "campaign: spring\nname: Spring\nbudget: {money: {amount: 6, currency: EUR}}\n")
    offer = (
        "offer: rich\ncampaign: spring\nwhen: {moment: press}\nsay: Rich\npriority: 50\nexpires_after: 24h\n"
        "give: {kind: amount, amount: 2, currency: EUR}\n"
    )
    found = run(past, offer)
    assert (found.found.sent, found.found.cost, found.ceiling.money) == (3, 6, 6)
    assert found.found.gates["budget_money"] > 0


def test_a_changed_offer_is_not_compared_with_what_it_was(past: PastStore) -> None:
    past.walk(200)
    found = run(past, OFFERS["help"].replace("priority", "x") + "active: false\n").found
    assert (found.compared, found.sent) == (0, 0)
    assert found.gates["active"] == found.awaited > 0


def test_mistakes_of_the_file_and_a_store_without_a_past_are_said(past: PastStore, tmp_path: Path) -> None:
    with pytest.raises(FileProblems, match="dwel"):
        run(past, "offer: x\nwhen: {moment: dwel}\nsay: X\n")
    past.close()
    (past.home / "nearcart.sqlite").unlink()
    with pytest.raises(DatabaseError, match="there is no database"):
        run(past, OFFERS["help"])
