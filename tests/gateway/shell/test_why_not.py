"""Why nothing was decided: stranger, no consent, not heard, no sure zone, a dwell too short; over what the engine left."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.consents import ConsentChange
from nearcart_gateway.shell.storage import visitor_pages
from nearcart_gateway.shell.why import why

from .past_store import NOON, OFFERS, PastStore

HOUR = 3600.0


@pytest.fixture
def past(tmp_path: Path) -> Iterator[PastStore]:
    found = PastStore(tmp_path, Random(1))
    for name in OFFERS:
        if name != "wine":
            (tmp_path / "offers" / f"{name}.yaml").unlink()
    found.take_up()
    yield found
    found.close()


def happens(past: PastStore, what: str, seconds: float, zone: str = "door") -> None:
    """One thing of v-1, then time goes on in steps that a tag would be heard in."""
    changes = Changes()
    if what == "stand":
        past._stand("v-1", zone, changes)
    else:
        past._hear(what, "v-1", changes)
    past.engine.tick(past.now, changes)
    past.commit(changes)
    past.now += seconds


def before(past: PastStore, at: float | None = None) -> tuple[str, ...]:
    answer = why(past.config, "v-1", at)
    assert answer.told == ()
    return answer.before


def test_who_was_enrolled_or_agreed_only_later_was_a_stranger_then(past: PastStore) -> None:
    assert before(past, NOON - HOUR)[0] == "she was a stranger then: she was enrolled at 2026-09-30 12:00"
    past.connection.execute("UPDATE visitors SET created_at = ?", (NOON - 48 * HOUR,))
    assert before(past, NOON - HOUR)[0].startswith("she had agreed to nothing then")
    visitor_pages.consent(past.connection, "v-1", ConsentChange("offers", False, NOON + 1))
    assert before(past)[0] == "she agreed to nothing, so no edge looks for her"


def test_who_was_not_heard_is_told_when_she_was_before_and_after(past: PastStore) -> None:
    assert before(past, NOON + HOUR) == (
        "no edge heard what she carries: she was not here, or her tag is silent or its battery empty",
    )
    past.now = NOON + HOUR
    happens(past, "enter", 10)
    happens(past, "exit", 0)
    past.walk_nothing(120)
    assert before(past, NOON + 5 * HOUR)[1] == "she was last heard on a visit that began at 2026-09-30 13:00"
    assert before(past, NOON)[1] == "she was next heard at 2026-09-30 13:00"


def test_a_visit_without_a_sure_zone(past: PastStore) -> None:
    past.now = NOON + HOUR
    changes = Changes()
    past.engine._settle(past.engine.visits.enter("v-1", "door", "door", past.epoch, 99, past.now), past.now, changes)
    past.commit(changes)
    said = before(past, past.now)
    assert said[0] == "she was here, and no offer waits for what happened then"
    assert said[1] == "she came in at 13:00:00"
    assert said[2] == "the locator was never sure of a zone, so that no offer that waits in one could be looked at"


def test_a_dwell_that_was_too_short(past: PastStore) -> None:
    happens(past, "enter", 5)
    happens(past, "stand", 4, "wine")
    happens(past, "stand", 4, "cheese")
    said = before(past, NOON)
    assert "entered Wine at 12:00:" in said[1]
    assert any("in Wine for 4 s; the shortest dwell that an offer waits for there is 10 s" in line for line in said)
    assert "no offer in force waits for a dwell in cheese" in said


def test_one_offer_is_told_with_what_it_waited_for_instead(past: PastStore) -> None:
    happens(past, "enter", 5)
    happens(past, "stand", 4, "cheese")
    said = why(past.config, "v-1", NOON, "wine").before
    assert "wine at 12:00:00: moment was enter, it waits for dwell" in said
    assert why(past.config, "v-1", NOON, "nope").before[-1] == "nope was not in force then"
