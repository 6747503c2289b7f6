"""Every question of a report over all decisions finds its rows by an index, and sorts no more than it must."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from nearcart_gateway.shell.report import queries
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.storage.decision_pages import Wanted, page

BY_CAMPAIGN = "SEARCH decisions USING COVERING INDEX decisions_by_campaign (campaign=?"
COMPARED = "INDEX decisions_compared (campaign=? AND experiment=?)"
SORTED = "USE TEMP B-TREE FOR ORDER BY"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(tmp_path / "nearcart.sqlite")) as opened:
        yield opened


def plan(connection: sqlite3.Connection, query: str) -> list[str]:
    asked = connection.execute(f"EXPLAIN QUERY PLAN {query}", ("x",) * query.count("?"))
    return [str(row[3]) for row in asked]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        (queries.WITHHELD, f"{BY_CAMPAIGN} AND at>?)"),
        (queries.EXPOSED, f"SEARCH d USING {COMPARED}"),
        (queries.RUNS, "SEARCH decisions USING COVERING INDEX decisions_compared (campaign=?"),
        (queries.REVISION.format("ASC"), f"SEARCH decisions USING {COMPARED}"),
        (queries.REVISION.format("DESC"), f"SEARCH decisions USING {COMPARED}"),
        (queries.EVERY, "SEARCH decisions USING COVERING INDEX decisions_compared (campaign>?)"),
        (queries.KNOWN, f"{BY_CAMPAIGN})"),
        (queries.FIRST_MOMENT, "SEARCH decisions USING INDEX decisions_by_visitor (visitor=?)"),
        (queries.REDEEMED, "SCAN l"),
    ],
)
def test_each_question_has_its_index(connection: sqlite3.Connection, query: str, first: str) -> None:
    steps = plan(connection, query)
    assert steps[0].startswith(first)
    assert not [step for step in steps if step.startswith(("SCAN d", "SCAN decisions"))]


def test_offers_and_ghosts_come_in_the_order_of_the_index(connection: sqlite3.Connection) -> None:
    for query in (queries.EXPOSED, queries.REVISION.format("ASC"), queries.FIRST_MOMENT):
        assert SORTED not in plan(connection, query)


def test_a_page_of_a_campaign_s_decisions_reads_that_campaign_s_alone(connection: sqlite3.Connection) -> None:
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    page(connection, Wanted(campaign="autumn"), None, 50)
    connection.set_trace_callback(None)
    steps = plan(connection, asked[0])
    assert steps[0].startswith("SEARCH d USING INDEX decisions_by_campaign (campaign=?"), steps
    assert SORTED not in steps
