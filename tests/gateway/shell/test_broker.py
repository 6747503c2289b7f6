"""The broker as a process of its own: up when it says so, up again after a kill, gone with its parent."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import aiomqtt
import psutil
import pytest

from nearcart_gateway.shell.broker import (
    BrokerError,
    BrokerProcess,
    EmbeddedBroker,
    MosquittoBroker,
    answers,
    free_port,
)
from nearcart_gateway.shell.supervised import Restart

BOTH = pytest.mark.parametrize("kind", [EmbeddedBroker, MosquittoBroker])


async def passes_a_message(port: int) -> bool:
    async with aiomqtt.Client("127.0.0.1", port) as reader, aiomqtt.Client("127.0.0.1", port) as writer:
        await reader.subscribe("a/b", qos=1)
        await writer.publish("a/b", b"hello", qos=1)
        async with asyncio.timeout(5):
            async for message in reader.messages:
                return bool(message.payload == b"hello")
    return False


@BOTH
async def test_it_passes_messages_until_it_is_stopped(kind: type[BrokerProcess]) -> None:
    async with kind() as broker:
        assert await passes_a_message(broker.port)
    assert not await answers("127.0.0.1", broker.port)
    assert broker.pid is None


@BOTH
async def test_a_killed_broker_comes_back_on_its_port_and_it_is_said(kind: type[BrokerProcess], tmp_path: Path) -> None:
    said: list[Restart] = []
    async with kind(output=tmp_path / "broker.log", on_restart=said.append) as broker:
        first = broker.pid
        assert first
        os.kill(first, signal.SIGKILL)
        async with asyncio.timeout(15):
            while broker.pid in (first, None) or not await answers("127.0.0.1", broker.port):
                await asyncio.sleep(0.02)
        assert await passes_a_message(broker.port)
        assert [(restart.pid, restart.cause) for restart in said] == [(first, "SIGKILL")]
        assert broker.restarts == 1


@BOTH
async def test_a_taken_port_is_said_with_what_to_do(kind: type[BrokerProcess]) -> None:
    async with EmbeddedBroker() as first:
        with pytest.raises(BrokerError, match=rf"port {first.port} on 127.0.0.1 is taken.*another port"):
            await kind(port=first.port).start()


@BOTH
@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
async def test_without_passwords_it_listens_on_loopback_only(kind: type[BrokerProcess], host: str) -> None:
    with pytest.raises(BrokerError, match="nearcart init"):
        await kind(host, free_port()).start()


def test_by_hand_it_refuses_other_addresses_too() -> None:
    command = [sys.executable, "-m", "nearcart_gateway.shell.broker", "--host", "0.0.0.0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "nearcart: a broker without passwords would listen on '0.0.0.0'" in done.stderr


PARENT = """
import asyncio
from nearcart_gateway.shell.broker import {kind}
async def main():
    async with {kind}() as broker:
        print(broker.pid, flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


@BOTH
def test_it_dies_with_a_parent_that_is_killed(kind: type[BrokerProcess]) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT.format(kind=kind.__name__)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        broker = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    try:
        broker.wait(timeout=5)
    except psutil.TimeoutExpired:
        # Where nobody adopts orphans a dead child stays as a zombie.
        assert broker.status() == psutil.STATUS_ZOMBIE
