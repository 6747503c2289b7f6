"""What systemd hears of an agent, on a real socket."""

import asyncio
import socket
from pathlib import Path

import pytest

from nearcart_edge.shell.watchdog import Watchdog


async def heard(channel: socket.socket, count: int) -> list[bytes]:
    loop = asyncio.get_running_loop()
    return [await asyncio.wait_for(loop.sock_recv(channel, 100), 5) for _ in range(count)]


@pytest.mark.parametrize("abstract", [False, True])
async def test_ready_fed_and_stopping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abstract: bool) -> None:
    name = f"@nearcart-test-{tmp_path.name}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind("\0" + name[1:] if abstract else name)
        channel.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        monkeypatch.setenv("WATCHDOG_USEC", "100000")
        task = asyncio.create_task(Watchdog().run())
        assert await heard(channel, 3) == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        task.cancel()
        await asyncio.wait({task})
        last = await heard(channel, 1)
        while last == [b"WATCHDOG=1"]:
            last = await heard(channel, 1)
        assert last == [b"STOPPING=1"]


async def test_without_systemd_it_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    task = asyncio.create_task(Watchdog().run())
    await asyncio.sleep(0.05)
    assert not task.done()
    task.cancel()
    await asyncio.wait({task})
