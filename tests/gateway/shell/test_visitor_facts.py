"""What is kept of a visitor, and that her no counts at her next sighting."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database
from typer.testing import CliRunner

from nearcart.visitors_commands import visitors_app
from nearcart_gateway.core.consents import ConsentChange
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.storage import consents, visitor_pages, visitors
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.storage.schema import migrations
from nearcart_gateway.shell.visitor_files import EnrolmentError, change_consent, consent_history, enrol

Wait = Callable[..., Any]


def test_facts_come_back_as_they_were_told_and_the_address_is_kept_nowhere(shop: Any) -> None:
    shop.enrol(segments=["wine-club"], tier="gold", loyalty="L-1", email="Anna@Example.org")
    connection = connect(shop.folder / "nearcart.sqlite")
    anna = visitors.show(connection, "anna").visitor
    connection.close()
    assert (anna.segments, anna.tier, anna.loyalty) == (frozenset({"wine-club"}), "gold", "L-1")
    assert anna.email_hash is not None
    raw = b"".join(path.read_bytes() for path in shop.folder.glob("nearcart.sqlite*")).lower()
    assert b"example.org" not in raw


def test_a_key_that_is_none_is_not_repeated_in_the_error(shop: Any) -> None:
    with pytest.raises(EnrolmentError) as refused:
        enrol(shop.config, "anna", carried={"irk": "secretsecret"}, now=0.0)
    assert "secretsecret" not in str(refused.value)


def test_a_consent_set_by_the_api_is_a_line_of_the_history(tmp_path: Path) -> None:
    connection = connect(tmp_path / "nearcart.sqlite")
    visitors.add(connection, Visitor("anna", consents=frozenset({"offers"})), (), 1.0)
    visitor_pages.change(
        connection, "anna", lambda found: replace(found, consents=frozenset({"measurement"})), None, 2.0
    )
    rows = connection.execute("SELECT purpose, given, at, source FROM consents ORDER BY number").fetchall()
    assert rows == [("offers", 1, 1.0, "operator"), ("offers", 0, 2.0, "api"), ("measurement", 1, 2.0, "api")]
    assert visitors.show(connection, "anna").visitor.consents == {"measurement"}
    connection.close()


def test_the_history_says_what_text_she_was_shown(shop: Any) -> None:
    shop.enrol()
    change_consent(shop.config, "anna", ConsentChange("health", True, 5.0, "phone", "2026-09", "counter"))
    assert consent_history(shop.config, "anna")[-1] == ConsentChange("health", True, 5.0, "phone", "2026-09", "counter")


async def test_a_no_to_her_phone_counts_at_the_next_sighting(shop: Any, wait_until: Wait) -> None:
    tag = shop.enrol()
    door = shop.edges["door"]
    await shop.start()
    await door.born()
    await wait_until(lambda: door.rosters)
    reads = shop.log.read_text().count("visitors_read")
    change_consent(shop.config, "anna", ConsentChange("offers", False, time.time(), "phone"))
    await wait_until(lambda: shop.log.read_text().count("visitors_read") > reads, 3.0)
    await door.batch(door.transition("enter", tag))
    await wait_until(lambda: shop.rows("SELECT 1 FROM decisions"))
    outcome, considered = shop.rows("SELECT outcome, considered FROM decisions")[0]
    assert outcome == "withheld"
    assert json.loads(considered)[0]["gate"] == "channel"
    assert not shop.offers


def test_consents_of_an_older_database_begin_the_history(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "old.sqlite", isolation_level=None)
    database = Database(connection)
    migrations.apply(database, stop_before="visitor_facts_and_consents")
    connection.execute("INSERT INTO visitors VALUES ('anna', 'visitor', NULL, 'en', '[\"offers\"]', 1, 1.0, 7.0)")
    connection.close()
    connection = connect(tmp_path / "old.sqlite")
    assert consents.history(connection, "anna") == [
        ConsentChange("offers", True, 7.0, source="before the history began")
    ]
    assert visitors.show(connection, "anna").visitor == Visitor("anna", consents=frozenset({"offers"}))
    connection.close()


async def test_an_export_holds_what_is_hers_and_nothing_of_another(shop: Any, wait_until: Wait) -> None:
    tag = shop.enrol(customer="c-anna", segments=["wine-club"])
    shop.enrol("ben", ibeacon="f7826da6-4fa2-4e98-8024-bc5b71e0893e/1/2", customer="c-ben")
    door = shop.edges["door"]
    await shop.start()
    await door.born()
    await wait_until(lambda: door.rosters)
    await door.batch(door.transition("enter", tag))
    await wait_until(lambda: shop.rows("SELECT 1 FROM deliveries"))
    out = shop.folder / "anna.json"
    result = CliRunner().invoke(visitors_app, ["export", "anna", "--out", str(out), "--config", str(shop.config)])
    assert result.exit_code == 0, result.output
    assert out.stat().st_mode & 0o777 == 0o600
    hers = json.loads(out.read_text())
    assert hers["visitor"]["segments"] == ["wine-club"]
    tables = ("identities", "consents", "transitions", "visits", "decisions", "deliveries", "ledger")
    assert {name: len(hers[name]) for name in tables} == dict.fromkeys(tables, 1)
    assert "ben" not in out.read_text()


def test_what_she_carries_never_shows_its_keys_in_a_text(tmp_path: Path) -> None:
    connection = connect(tmp_path / "nearcart.sqlite")
    phone = visitors.parse_identity({"kind": "irk", "irk": "ec0234a357c8ad05341010a60a397d9b"})
    visitors.add(connection, Visitor("anna"), [phone], 1.0)
    visitors.add(connection, Visitor("bert"), [], 1.0)
    anna = visitors.show(connection, "anna")
    assert "ec0234a357c8" not in repr(anna)
    assert "ec0234a357c8" in anna.carried[0][1]
    assert anna.identities == (phone,)
    assert visitors.show(connection, "bert").identities == ()
    with pytest.raises(visitors.UnknownVisitorError, match="carla"):
        visitors.show(connection, "carla")
    connection.close()


def test_a_gateway_is_started_without_cryptography() -> None:
    checked = "import sys, nearcart_gateway.shell.service; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", checked], check=False).returncode == 0
