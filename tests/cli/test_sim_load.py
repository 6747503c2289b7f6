"""``nearcart sim load`` against a gateway process on a real broker."""

import asyncio
import contextlib
import json
import os
import sqlite3
import sys
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nearcart_contract.edge_state import Death
from nearcart_gateway.shell.broker import MosquittoBroker
from nearcart_gateway.shell.visitor_files import enrol

STORE = """\
store: test-shop
name: Test shop
time_zone: UTC
currency: EUR
scanners:
  door: {x: 1, y: 1, zone: door}
  wine: {x: 9, y: 1, zone: wine}
  cheese: {x: 9, y: 9, zone: cheese}
broker: {host: 127.0.0.1, port: PORT}
console: {port: 0}
"""


@pytest.fixture
async def config(tmp_path: Path) -> AsyncIterator[Path]:
    async with MosquittoBroker() as broker:
        path = tmp_path / "store.yaml"
        path.write_text(STORE.replace("PORT", str(broker.port)))
        (tmp_path / "offers").mkdir()
        yield path


async def nearcart(*arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nearcart", *arguments, stdout=pipe, stderr=pipe, env=dict(os.environ)
    )


@contextlib.asynccontextmanager
async def gateway(config: Path) -> AsyncIterator[None]:
    process = await nearcart("gateway", "run", "--config", str(config))
    try:
        yield
    finally:
        process.terminate()
        await process.communicate()


async def test_all_that_is_sent_is_on_disk_and_acknowledged(config: Path) -> None:
    for number in range(12):
        carried = {"ibeacon": f"{uuid.UUID(int=7)}/1/{number}"}
        enrol(config, f"v-{number}", carried=carried, now=time.time(), consents=["offers"])
    async with gateway(config):
        load = await nearcart(
            "sim", "load", "--config", str(config), "--for", "12s", "--tags", "10", "--stay", "3s", "--json"
        )
        told, errors = await asyncio.wait_for(load.communicate(), 120)
    assert load.returncode == 0, errors.decode()
    figures = json.loads(told)
    assert (figures["edges"], figures["tags"]) == (3, 10)
    assert figures["acknowledged"] == figures["transitions"] >= 20
    assert figures["samples"] > 100
    assert figures["ack_p99_ms"] > 0
    with contextlib.closing(sqlite3.connect(config.parent / "nearcart.sqlite")) as connection:
        kinds = dict(connection.execute("SELECT kind, count(*) FROM transitions GROUP BY kind"))
        edges = connection.execute("SELECT count(DISTINCT edge) FROM transitions").fetchone()[0]
        walked = connection.execute("SELECT count(DISTINCT visitor) FROM transitions").fetchone()[0]
    assert sum(kinds.values()) == figures["transitions"]
    assert kinds["enter"] == kinds["exit"]
    assert (edges, walked) == (3, 10)


async def test_too_few_tags_are_said_and_the_edges_say_goodbye(config: Path) -> None:
    import aiomqtt

    port = int(config.read_text().split("port: ")[1].split("}")[0])
    async with gateway(config):
        load = await nearcart("sim", "load", "--config", str(config), "--tags", "5")
        _, errors = await asyncio.wait_for(load.communicate(), 120)
        assert load.returncode == 1
        assert b"the gateway knows 0 tags and 5 were asked for" in errors
        async with aiomqtt.Client("127.0.0.1", port) as client:
            await client.subscribe("nearcart/v1/test-shop/edge/+/state", qos=1)
            states = client.messages
            retained = [await asyncio.wait_for(anext(states), 10) for _ in range(3)]
    assert all(
        isinstance(message.payload, bytes) and Death.model_validate_json(message.payload) for message in retained
    )


async def test_without_a_broker_it_says_so(tmp_path: Path) -> None:
    config = tmp_path / "store.yaml"
    config.write_text(STORE.replace("PORT", "1"))
    load = await nearcart("sim", "load", "--config", str(config))
    _, errors = await asyncio.wait_for(load.communicate(), 60)
    assert load.returncode == 1
    assert b"the broker at 127.0.0.1:1 is away" in errors
