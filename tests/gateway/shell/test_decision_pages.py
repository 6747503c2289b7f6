"""Questions about decisions find their rows by an index, so that a million of them are no matter."""

from pathlib import Path

import pytest

from nearcart_gateway.shell.storage import decision_pages
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.storage.decision_pages import Wanted


@pytest.mark.parametrize(
    ("wanted", "before", "index"),
    [
        (Wanted(), None, "decisions_by_time"),
        (Wanted(), 7, "decisions_by_time"),
        (Wanted(since=1.0, until=2.0), None, "decisions_by_time"),
        (Wanted(visitors=("anna",)), 7, "decisions_by_visitor"),
        (Wanted(outcome="sent"), None, "decisions_counted"),
        (Wanted(outcome="ghost", since=1.0), 7, "decisions_counted"),
    ],
)
def test_the_index_that_is_used(tmp_path: Path, wanted: Wanted, before: int | None, index: str) -> None:
    connection = connect(tmp_path / "nearcart.sqlite")
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    decision_pages.page(connection, wanted, before, 50)
    connection.set_trace_callback(None)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {asked[0]}")]
    connection.close()
    assert any(f"USING INDEX {index}" in step for step in plan), plan
    assert not any("TEMP B-TREE" in step for step in plan), plan
