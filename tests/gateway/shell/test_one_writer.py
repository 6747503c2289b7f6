"""One gateway a database: a second process is refused, and a first that died lets go."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nearcart_gateway.shell.storage.database import DatabaseError
from nearcart_gateway.shell.storage.one_writer import OneWriter

HOLD = """
import sys, time
from pathlib import Path
from typing import Any
from nearcart_gateway.shell.storage.one_writer import OneWriter
held = OneWriter(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_process_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    database = tmp_path / "store.sqlite"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(database)], stdout=subprocess.PIPE) as first:
        assert first.stdout is not None and first.stdout.readline() == b"held\n"
        with pytest.raises(DatabaseError, match="another gateway's"):
            OneWriter(database)
        first.send_signal(signal.SIGKILL)
    OneWriter(database).release()


def test_within_one_process_too(tmp_path: Path) -> None:
    held = OneWriter(tmp_path / "store.sqlite")
    with pytest.raises(DatabaseError):
        OneWriter(tmp_path / "store.sqlite")
    held.release()
    OneWriter(tmp_path / "store.sqlite").release()


async def test_a_second_gateway_says_so_and_ends(shop: Any) -> None:
    await shop.start()
    second = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nearcart", "gateway", "run", "--config", str(shop.config),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await asyncio.wait_for(second.communicate(), 30)
    assert second.returncode == 2
    assert b"The gateway did not start." in said
    assert b"stop that one first" in said and b"Traceback" not in said
