"""A reader that is slow gets what changed once, not once for each time."""

import asyncio

import pytest

from nearcart_gateway.shell.web.changes import ChangeBoard


async def test_many_changes_between_two_looks_are_one() -> None:
    board = ChangeBoard()
    with board.subscribe() as reader:
        for _ in range(1000):
            board.notify("people")
        board.notify("decisions")
        assert await reader.changed() == {"people", "decisions"}
        board.notify("health")
        assert await reader.changed() == {"health"}


async def test_a_reader_waits_until_something_changes() -> None:
    board = ChangeBoard()
    with board.subscribe() as reader:
        waiting = asyncio.ensure_future(reader.changed())
        await asyncio.sleep(0)
        assert not waiting.done()
        board.notify("edges")
        assert await waiting == {"edges"}


async def test_each_reader_is_told_and_one_that_left_is_not() -> None:
    board = ChangeBoard()
    with board.subscribe() as first:
        with board.subscribe() as second:
            board.notify("people")
            assert await second.changed() == {"people"}
        board.notify("edges")
        assert await first.changed() == {"people", "edges"}
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(second.changed(), 0.01)
