"""The one writer: groups, shedding, and its end."""

import asyncio
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from nearcart_gateway.core.changes import Changes, SetAside
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.writer import SAMPLES_WAITING, NotCommittedError, Writer


class NoEngine:
    def tick(self, _now: float, _changes: Changes) -> None:
        return


def writer(folder: Path, told: list[Changes]) -> Writer:
    async def committed(changes: Changes) -> None:
        told.append(changes)

    return Writer(lambda _now: NoEngine(), connect(folder / "store.sqlite"), StoreClock(), committed)  # type: ignore[arg-type, return-value]


BODIES = count()


def aside(_engine: Any, changes: Changes) -> None:
    changes.set_aside.append(SetAside("shop", {}, f"{{ {next(BODIES)}".encode(), "unreadable", 1.0))


async def test_work_is_on_disk_when_commit_returns(tmp_path: Path) -> None:
    told: list[Changes] = []
    one = writer(tmp_path, told)
    task = asyncio.create_task(one.run())
    await asyncio.gather(*(one.commit(aside) for _ in range(50)))
    with connect(tmp_path / "store.sqlite") as rows:
        assert rows.execute("SELECT count(*) FROM set_aside").fetchone() == (50,)
    task.cancel()
    await asyncio.wait({task})
    assert sum(len(changes.set_aside) for changes in told) == 50


async def test_who_waits_for_a_commit_when_it_stops_is_told(tmp_path: Path) -> None:
    one = writer(tmp_path, [])
    task = asyncio.create_task(one.run())
    await one.commit(aside)
    waiting = [asyncio.create_task(one.commit(aside)) for _ in range(3)]
    await asyncio.sleep(0)
    task.cancel()
    done, pending = await asyncio.wait(waiting, timeout=5)
    assert not pending
    assert all(isinstance(each.exception(), NotCommittedError) for each in done)
    with pytest.raises(NotCommittedError):
        await one.commit(aside)


async def test_samples_that_would_only_be_late_are_shed(tmp_path: Path) -> None:
    one = writer(tmp_path, [])
    taken = sum(one.offer(lambda _engine, _changes: None, 500) for _ in range(100))
    assert taken == SAMPLES_WAITING // 500
    task = asyncio.create_task(one.run())
    await one.commit(aside)
    assert one.offer(lambda _engine, _changes: None, 500)
    task.cancel()
    await asyncio.wait({task})


async def test_work_that_fails_takes_nobody_with_it(tmp_path: Path) -> None:
    told: list[Changes] = []
    one = writer(tmp_path, told)

    def broken(_engine: Any, changes: Changes) -> None:
        aside(_engine, changes)
        raise RuntimeError("a mistake of ours")

    waiting = [asyncio.create_task(one.commit(work)) for work in (aside, broken, aside, broken, aside)]
    await asyncio.sleep(0)
    task = asyncio.create_task(one.run())
    outcomes = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 10)
    assert [type(outcome) for outcome in outcomes] == [type(None), NotCommittedError] * 2 + [type(None)]
    assert "a mistake of ours" not in str(outcomes[1]), "what went wrong is for the log"
    with connect(tmp_path / "store.sqlite") as rows:
        assert rows.execute("SELECT count(*) FROM set_aside").fetchone() == (3,)
    assert one.counted["work_failures"] == 2
    assert not task.done()
    task.cancel()
    await asyncio.wait({task})


async def test_a_tick_that_fails_does_not_hold_up_what_comes(tmp_path: Path) -> None:
    class Ticking:
        def tick(self, _now: float, _changes: Changes) -> None:
            raise RuntimeError("a mistake of ours")

    one = writer(tmp_path, [])
    one._load = lambda _now: Ticking()  # type: ignore[assignment, return-value]
    one.engine = Ticking()  # type: ignore[assignment]
    task = asyncio.create_task(one.run())
    await asyncio.sleep(0.25)
    await asyncio.wait_for(asyncio.gather(*(one.commit(aside) for _ in range(20))), 10)
    assert one.counted["work_failures"] >= 1
    assert not task.done()
    task.cancel()
    await asyncio.wait({task})
