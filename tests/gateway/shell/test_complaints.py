"""What visitors complained of: once, by who she is, gone with her."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from nearcart_gateway.core.complaints import Complaint
from nearcart_gateway.core.values import Decision, Moment, Visitor
from nearcart_gateway.shell.people import erase_alone, merge_alone
from nearcart_gateway.shell.storage import complaints, decisions, visitors
from nearcart_gateway.shell.storage.complaints import NotTakenError
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.storage.export import everything
from nearcart_gateway.shell.storage.visitors import UnknownVisitorError

from .corner_store import corner_store

NOW = 1_790_000_000.0
WORDS = "she rang me up about it"


@pytest.fixture
def connection(tmp_path: Path) -> sqlite3.Connection:
    opened = connect(tmp_path / "nearcart.sqlite")
    for name in ("anna", "berta"):
        visitors.add(opened, Visitor(name, consents=frozenset({"offers"})), (), NOW)
    return opened


def had(connection: sqlite3.Connection, at: float, campaign: str, outcome: str = "sent") -> None:
    """Anna had the wine offer, in a campaign whose file is gone by now."""
    moment = Moment(f"m{at}", "enter", "anna", "v", at)
    decision = Decision(f"m{at}.offer", moment, outcome, "because", offer="wine", campaign=campaign, inputs={})  # type: ignore[arg-type]
    decisions.write_decision(connection, decision)


def test_the_same_one_said_again_changes_nothing(connection: sqlite3.Connection) -> None:
    said = Complaint(NOW, "phone", words=WORDS)
    assert [complaints.take(connection, "anna", said, NOW)[1] for _ in range(2)] == [True, False]
    assert complaints.take(connection, "anna", Complaint(NOW, "screen", words=WORDS), NOW)[1]
    assert [each.channel for each in complaints.of_visitor(connection, "anna")] == ["phone", "screen"]


def test_an_offer_tells_the_campaign_in_which_she_had_it(connection: sqlite3.Connection) -> None:
    had(connection, NOW - 200, "spring")
    had(connection, NOW - 100, "autumn")
    had(connection, NOW - 50, "winter", "ghost")
    had(connection, NOW + 100, "summer")
    kept, _ = complaints.take(connection, "anna", Complaint(NOW, offer="wine"), NOW)
    assert kept.campaign == "autumn"


def test_a_name_that_nothing_had_and_a_time_to_come_are_refused(connection: sqlite3.Connection) -> None:
    with pytest.raises(NotTakenError, match="found offer 'wine', there is no offer yet"):
        complaints.take(connection, "anna", Complaint(NOW, offer="wine"), NOW)
    with pytest.raises(NotTakenError, match="has not come yet"):
        complaints.take(connection, "anna", Complaint(NOW + 301), NOW)
    with pytest.raises(UnknownVisitorError):
        complaints.take(connection, "carla", Complaint(NOW), NOW)
    assert not connection.in_transaction
    assert complaints.of_visitor(connection, "anna") == []


def test_they_go_along_when_two_are_one_and_go_away_with_her(connection: sqlite3.Connection, tmp_path: Path) -> None:
    path, store = tmp_path / "nearcart.sqlite", corner_store()
    with closing(connection):
        complaints.take(connection, "anna", Complaint(NOW, words=WORDS), NOW)
        merge_alone(connection, store, "anna", "berta", NOW)
        assert [row["words"] for row in everything(connection, "berta")["complaints"]] == [WORDS]
        assert WORDS.encode() in path.read_bytes() + Path(f"{path}-wal").read_bytes()
        erase_alone(connection, path, store, "berta", NOW)
        assert connection.execute("SELECT count(*) FROM complaints").fetchone() == (0,)
    assert not [file for file in tmp_path.iterdir() if WORDS.encode() in file.read_bytes()]
