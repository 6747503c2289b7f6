"""Processes that are kept running."""

import asyncio
import sys
from pathlib import Path

import pytest

from nearcart_gateway.shell.supervised import ProcessError, Restart, SupervisedProcess


async def never() -> bool:
    return False


async def test_one_that_ends_while_starting_is_told_with_its_last_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no adapter hci7')"]
    process = SupervisedProcess("edge wine", command, output=tmp_path / "log")
    with pytest.raises(ProcessError, match="edge wine ended while starting: no adapter hci7"):
        await process.start(never)


async def test_one_that_never_gets_ready_is_stopped_and_told(tmp_path: Path) -> None:
    process = SupervisedProcess("edge wine", ["sleep", "60"], output=tmp_path / "log")
    with pytest.raises(ProcessError, match=r"edge wine was not ready after 0\.1 s: it wrote nothing"):
        await process.start(never, within_s=0.1)
    assert process.pid is None


async def test_one_that_keeps_ending_is_started_again_at_growing_intervals(tmp_path: Path) -> None:
    said: list[Restart] = []
    third = asyncio.Event()

    def note(restart: Restart) -> None:
        said.append(restart)
        if len(said) == 2:
            third.set()

    async with SupervisedProcess("edge wine", ["false"], output=tmp_path / "log", on_restart=note):
        await asyncio.wait_for(third.wait(), 10)
    assert [restart.cause for restart in said] == ["exit code 1", "exit code 1"]
    assert said[0].pause_s < said[1].pause_s


async def test_one_that_ignores_a_request_to_end_is_made_to(tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    log = tmp_path / "log"

    async def up() -> bool:
        return "up" in log.read_text()

    process = SupervisedProcess("stubborn", [sys.executable, "-c", stubborn], output=log)
    await process.start(up)
    await process.stop(grace_s=0.1)
    assert process.pid is None
