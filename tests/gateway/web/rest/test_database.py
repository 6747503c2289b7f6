"""The API's way to the database: no question goes on for ever, and none keeps the store from writing."""

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest

from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.web.rest.database import ApiDatabase
from nearcart_gateway.shell.web.rest.problems import ProblemError

ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


async def test_a_question_that_takes_too_long_is_given_up_and_the_next_is_answered(tmp_path: Path) -> None:
    writing = connect(tmp_path / "nearcart.sqlite")
    database = ApiDatabase(tmp_path / "nearcart.sqlite", read_within_s=0.2)
    began = time.monotonic()
    with pytest.raises(ProblemError, match="takes too long") as refused:
        await database.read(lambda connection: connection.execute(ENDLESS).fetchone())
    assert time.monotonic() - began < 5
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "5")
    assert await database.read(lambda connection: connection.execute("SELECT 1").fetchone()) == (1,)
    database.close()
    writing.close()


async def test_a_long_question_holds_up_neither_the_loop_nor_a_commit(tmp_path: Path) -> None:
    writing = connect(tmp_path / "nearcart.sqlite")
    database = ApiDatabase(tmp_path / "nearcart.sqlite", read_within_s=1.0)
    asking = asyncio.create_task(database.read(lambda connection: connection.execute(ENDLESS).fetchone()))
    await asyncio.sleep(0.1)
    began = time.monotonic()
    writing.execute("INSERT INTO meta VALUES ('a', 'b')")
    assert time.monotonic() - began < 0.5
    assert not asking.done()
    with pytest.raises(ProblemError):
        await asking
    database.close()
    writing.close()


async def test_a_database_that_others_write_for_too_long_is_busy_and_not_broken(tmp_path: Path) -> None:
    writing = connect(tmp_path / "nearcart.sqlite")
    database = ApiDatabase(tmp_path / "nearcart.sqlite")

    def locked(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA busy_timeout=50")
        connection.execute("BEGIN IMMEDIATE")

    await database.write(lambda connection: None)
    writing.execute("BEGIN IMMEDIATE")
    with pytest.raises(ProblemError, match="busy") as refused:
        await database.write(locked)
    assert refused.value.status == 503
    writing.execute("ROLLBACK")
    database.close()
    writing.close()
