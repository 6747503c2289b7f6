"""kill -9 at each named point, and at no particular one: nothing on the card is lost, nothing is applied twice."""

import asyncio
import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import get_args
from uuid import UUID

import pytest

from nearcart_contract.edge_state import Death
from nearcart_contract.roster import IBeaconIdentity
from nearcart_edge.shell.crash_points import CrashPoint

SCRIPT = Path(__file__).with_name("scripted_edge.py")
TAGS = 60
TAG_IDENTITIES = tuple(
    IBeaconIdentity(
        id=f"tag-{minor}", kind="ibeacon", uuid="fda50693-a4e2-4fb1-afcf-c6eb07647825", major=10, minor=minor
    )
    for minor in range(TAGS)
)


async def start(folder: Path, port: int, crash_at: str | None = None) -> asyncio.subprocess.Process:
    file = folder / "edge.yaml"
    file.write_text(f"store: shop\nedge: till\nbroker: {{port: {port}}}\noutbox: {{path: outbox.sqlite}}\n")
    environment = {**os.environ, "NEARCART_CRASH_AT": crash_at or ""}
    return await asyncio.create_subprocess_exec(sys.executable, str(SCRIPT), str(file), str(TAGS), env=environment)


def stored(folder: Path) -> dict[UUID, int]:
    """The edge's own truth: the last number it committed in each epoch."""
    with sqlite3.connect(folder / "outbox.sqlite") as database:
        return {UUID(epoch): last for epoch, last in database.execute("SELECT epoch, last_sequence FROM epochs")}


def waiting(folder: Path, epoch: UUID) -> set[int]:
    """What is still in the outbox: on a slow machine some tag has fallen silent just before the edge stopped."""
    with sqlite3.connect(folder / "outbox.sqlite") as database:
        rows = database.execute("SELECT sequence FROM transitions WHERE epoch = ?", (str(epoch),))
        return {sequence for (sequence,) in rows}


def applied(gateway) -> dict[UUID, list[int]]:
    return {epoch: [each.sequence for each in transitions] for epoch, transitions in gateway.committed.items()}


async def finish(folder: Path, gateway) -> None:
    """A second, unharmed run that sends what the first left; then both sides must agree."""
    edge = await start(folder, gateway.port)
    await gateway.until(lambda: len(gateway.committed.get(gateway.births[-1].epoch, ())) == TAGS)
    edge.terminate()
    assert await edge.wait() == 0
    await gateway.until(lambda: isinstance(gateway.states[-1], Death))
    taken = applied(gateway)
    for epoch, last in stored(folder).items():
        sequences = taken.get(epoch, [])
        assert sequences == list(range(1, len(sequences) + 1)), "in order, and each once"
        assert set(sequences) | waiting(folder, epoch) == set(range(1, last + 1)), "none lost"


@pytest.mark.parametrize("point", get_args(CrashPoint))
async def test_a_crash_at_a_named_point(point: str, gateway, tmp_path: Path) -> None:
    gateway.identities = TAG_IDENTITIES
    edge = await start(tmp_path, gateway.port, crash_at=point)
    assert await edge.wait() == -signal.SIGKILL
    await gateway.until(lambda: isinstance(gateway.states[-1], Death))
    await finish(tmp_path, gateway)


async def test_a_kill_at_no_particular_time(gateway, tmp_path: Path) -> None:
    gateway.identities = TAG_IDENTITIES
    edge = await start(tmp_path, gateway.port)
    await gateway.until(lambda: len(gateway.transitions) > TAGS // 3)
    edge.kill()
    await edge.wait()
    await finish(tmp_path, gateway)
