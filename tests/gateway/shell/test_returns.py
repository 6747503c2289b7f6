"""A visitor who was here before: her earlier visits are found in the database when the gateway starts again."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from nearcart_contract.offer_file import Offer
from nearcart_contract.presence import PresenceBatch, Stamp, Transition
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.decide import redecide
from nearcart_gateway.core.offers.compile import CompiledOffers, compile_offers
from nearcart_gateway.core.values import Decision, Visit, Visitor
from nearcart_gateway.shell.load import load_engine
from nearcart_gateway.shell.storage import visitors, visits
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect

from .corner_store import corner_store

NOW = 1_790_000_000.0
DAY = 86_400.0
BOOT = UUID(int=3)
STORE = corner_store()


def offers(**changed: Any) -> CompiledOffers:
    row = {
        "offer": "back",
        "when": {"moment": "return", "away": {"at_most": "30d"}},
        "say": "Good to see you",
        **changed,
    }
    return compile_offers(STORE, {}, [Offer.model_validate(row)], "r1", b"salt")


def comes_in(folder: Path, compiled: CompiledOffers, *days_ago: float) -> list[Decision]:
    """What is decided, and kept, when somebody enters who was here for ten minutes so many days ago."""
    connection = connect(folder / "store.sqlite")
    identity = visitors.parse_identity(
        {"id": "t-anna", "kind": "ibeacon", "uuid": str(UUID(int=7)), "major": 1, "minor": 1}
    )
    visitors.add(connection, Visitor("anna", consents=frozenset({"offers"})), [identity], NOW)
    for days in days_ago:
        entered = NOW - days * DAY
        visits.write_visit(connection, Visit(f"v{days}", "anna", entered, left_at=entered + 600, exit_reason="left"))
    engine = load_engine(STORE, compiled, connection, NOW)
    stamp = Stamp(at=NOW, monotonic=NOW, boot=BOOT)
    entered_now = Transition(sequence=1, kind="enter", identity="t-anna", scanner="door", stamp=stamp)
    batch = PresenceBatch(epoch=UUID(int=9), after=0, oldest=1, sent=stamp, transitions=(entered_now,))
    changes = Changes()
    engine.take_batch("door", batch, NOW, changes)
    commit(connection, changes, NOW)
    connection.close()
    return changes.decisions


def test_who_was_here_last_week_returns(tmp_path: Path) -> None:
    (decision,) = comes_in(tmp_path, offers(), 7, 40)
    assert (decision.outcome, decision.moment.kind) == ("sent", "return")
    assert decision.moment.away_s == pytest.approx(7 * DAY - 600)
    assert redecide(decision.inputs, offers()) == decision


def test_who_was_away_for_too_long_is_told_why(tmp_path: Path) -> None:
    (decision,) = comes_in(tmp_path, offers(), 40)
    assert (decision.gate, decision.reason) == ("away", "silent: was away for 39 days, needs at most 30d")


def test_who_has_never_been_here_does_not_return(tmp_path: Path) -> None:
    assert comes_in(tmp_path, offers()) == []


def test_her_third_visit(tmp_path: Path) -> None:
    compiled = offers(when={"moment": "enter"}, who={"visits": {"period": "30d", "at_least": 3}})
    (decision,) = comes_in(tmp_path, compiled, 2, 9, 40)
    assert (decision.outcome, decision.inputs["facts"]) == ("sent", {"visits": {"2592000": 2}})
    assert redecide(decision.inputs, compiled) == decision
