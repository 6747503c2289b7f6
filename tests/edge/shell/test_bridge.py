"""Other people's scanners over a real broker: what they publish becomes an edge's transitions and samples."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import aiomqtt
import pytest
from pydantic import SecretStr

from nearcart_contract.bridge_file import BridgeFile
from nearcart_contract.broker import Broker
from nearcart_contract.edge_state import Death
from nearcart_contract.roster import IrkIdentity
from nearcart_edge.shell.bridge.run import Bridge, read_bridge_file
from nearcart_edge.shell.light_structlog import structlog

UUID = "fda50693-a4e2-4fb1-afcf-c6eb07647825"
SPEC_IRK = "ec0234a357c8ad05341010a60a397d9b"
"""Bluetooth Core 5.4, Vol 3 Part H, D.7; the address it makes is in ``PHONE``."""

PHONE = {"mac": "7081940dfbaa", "id": f"irk:{SPEC_IRK}", "rssi@1m": -65, "rssi": -70.52}


def tag(minor: int, **more: Any) -> dict[str, Any]:
    return {"mac": "c464e3000001", "id": f"iBeacon:{UUID}-10-{minor}", "rssi@1m": -59, "rssi": -60.4, **more}


class Running:
    """A bridge at work, its log, and a client that speaks as the scanners do."""

    def __init__(self, config: BridgeFile, client: aiomqtt.Client) -> None:
        self.log = structlog.testing.LogCapture()
        self.bridge = Bridge(
            config, random=Random(1), log=structlog.wrap_logger(structlog.PrintLogger(), processors=[self.log])
        )
        self.client = client
        self.stop = asyncio.Event()

    async def says(self, topic: str, payload: Any, *, retain: bool = False) -> None:
        text = payload if isinstance(payload, str | bytes) else json.dumps(payload)
        await self.client.publish(topic, text, qos=1, retain=retain)

    async def reports(self, report: dict[str, Any], node: str = "till") -> None:
        await self.says(f"espresense/devices/{report['id']}/{node}", report)

    def lines(self, event: str) -> list[dict[str, Any]]:
        return [dict(entry) for entry in self.log.entries if entry["event"] == event]

    async def until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0.02)

    async def until_it_listens(self, roster: int = 3) -> None:
        await self.until(lambda: self.lines("listening"))
        await self.until(lambda: self.bridge.agents[0]._pipeline.enrolled == roster)


def bridge_file(folder: Path, port: int, **scanners: dict[str, Any]) -> BridgeFile:
    return BridgeFile.model_validate(
        {
            "store": "shop",
            "broker": {"port": port},
            "outbox": {"path": folder / "outbox.sqlite", "max_mb": 1},
            "scanners": scanners or {"till": {"kind": "espresense"}},
        }
    )


@asynccontextmanager
async def running(config: BridgeFile) -> AsyncIterator[Running]:
    async with aiomqtt.Client("127.0.0.1", config.broker.port) as client:
        edge = Running(config, client)
        task = asyncio.create_task(edge.bridge.run(edge.stop))
        try:
            yield edge
        finally:
            edge.stop.set()
            await task


async def test_a_node_s_reports_are_an_enter_and_samples_and_its_last_will_is_no_leaving(
    tmp_path, mosquitto, gateway
) -> None:
    async with running(bridge_file(tmp_path, mosquitto.port)) as edge:
        await edge.until_it_listens()
        await edge.says("espresense/rooms/till/status", "online", retain=True)
        for _ in range(2):
            await edge.reports(tag(1))
        await gateway.until(lambda: gateway.transitions and gateway.samples)
        (enter,) = gateway.transitions
        assert (enter.kind, enter.identity, enter.scanner, enter.rssi) == ("enter", "tag-1", "till", -60)
        (sample,) = gateway.samples[0].samples
        assert (sample.measured_power, [rssi for _, rssi in sample.packets]) == (-59, [-60, -60])
        await edge.says("espresense/rooms/till/status", "offline", retain=True)
        await gateway.until(lambda: len(gateway.transitions) == 2)
        assert (gateway.transitions[1].kind, gateway.transitions[1].cause) == ("exit", "scanner_lost")
        await gateway.until(lambda: "offline" in str(gateway.births[-1].problem))
        await edge.says("espresense/rooms/till/telemetry", {"uptime": 5})
        await gateway.until(lambda: gateway.births[-1].problem is None)
        assert gateway.births[-1].scanners == ("till",)
    await gateway.until(lambda: isinstance(gateway.states[-1], Death))


async def test_a_phone_is_known_by_our_key_and_the_node_s_is_never_logged(tmp_path, mosquitto, gateway) -> None:
    gateway.identities = (IrkIdentity(id="dora", kind="irk", irk=SPEC_IRK),)
    async with running(bridge_file(tmp_path, mosquitto.port)) as edge:
        await edge.until_it_listens(roster=1)
        for _ in range(2):
            await edge.reports(PHONE)
        await edge.reports({**PHONE, "rssi": "loud"})
        await gateway.until(lambda: gateway.transitions)
        assert gateway.transitions[0].identity == "dora"
        await edge.until(lambda: edge.lines("report refused"))
        assert SPEC_IRK not in str(edge.log.entries)
        assert "7081940dfbaa" not in str(edge.log.entries).lower()


async def test_bad_reports_between_good_ones_are_counted_and_lose_none_of_them(tmp_path, mosquitto, gateway) -> None:
    async with running(bridge_file(tmp_path, mosquitto.port)) as edge:
        await edge.until_it_listens()
        await edge.reports(tag(1))
        for _ in range(50):
            await edge.says("espresense/devices/x/till", b"\xff\x00not JSON")
        await edge.says("espresense/devices/x/till", "")
        await edge.says("espresense/devices/x/till", "x" * 300_000)
        await edge.reports(tag(1))
        await gateway.until(lambda: gateway.transitions)
        health = edge.bridge.agents[0]._health()
        assert (health.messages_refused, health.adverts_heard) == (52, 2)
        assert len(edge.lines("report refused")) == 2  # one a reason, not one a message


async def test_what_a_broker_kept_is_nobody_s_presence(tmp_path, mosquitto, gateway) -> None:
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as client:
        await client.publish("espresense/devices/old/till", json.dumps(tag(1)), qos=1, retain=True)
        await client.publish("espresense/rooms/till/telemetry", "{}", qos=1, retain=True)
    async with running(bridge_file(tmp_path, mosquitto.port)) as edge:
        await edge.until_it_listens()
        await edge.says("espresense/rooms/elsewhere/status", "online")
        await asyncio.sleep(0.5)
        assert edge.lines("scanning") == []
        await edge.says("espresense/rooms/till/status", "online")
        await gateway.until(lambda: gateway.births)
        await edge.until(lambda: edge.lines("scanning"))
        assert edge.bridge.agents[0]._health().adverts_heard == 0


async def test_strangers_are_a_count(tmp_path, mosquitto, gateway) -> None:
    async with running(bridge_file(tmp_path, mosquitto.port)) as edge:
        await edge.until_it_listens()
        for number in range(20):
            await edge.reports({"mac": f"deadbeef00{number:02x}", "id": f"deadbeef00{number:02x}", "rssi": -50})
        await edge.until(lambda: edge.bridge.agents[0]._health().strangers_dropped == 20)
        assert "DE:AD:BE" not in str(edge.log.entries).upper()
    assert gateway.transitions == []


async def test_each_scanner_is_an_edge_with_its_own_sequence_and_life(tmp_path, mosquitto, gateway) -> None:
    config = bridge_file(
        tmp_path,
        mosquitto.port,
        till={"kind": "espresense"},
        door={"kind": "openmqttgateway", "reports": ["warehouse/+/BTtoMQTT/#"], "status": "warehouse/LWT"},
    )
    async with running(config) as edge:
        await edge.until_it_listens()
        assert [agent._config.edge for agent in edge.bridge.agents] == ["till", "door"]
        assert [agent._config.outbox.path.name for agent in edge.bridge.agents] == [
            "outbox-till.sqlite",
            "outbox-door.sqlite",
        ]
        report = {"id": "C4:64:E3:00:00:01", "rssi": -70, "manufacturerdata": "4c000215" + UUID.replace("-", "")}
        await edge.says("warehouse/gate-1/BTtoMQTT/C464E3000001", {**report, "manufacturerdata": "4c00"})
        await edge.says("warehouse/LWT", "offline")
        await edge.reports(tag(1))
        till, door = (agent._health() for agent in edge.bridge.agents)
        await edge.until(lambda: edge.bridge.agents[0]._health().adverts_heard == 1)
        till, door = (agent._health() for agent in edge.bridge.agents)
        assert (till.adverts_heard, door.adverts_heard) == (1, 1)
        assert till.epoch != door.epoch
        assert till.problem is None
        assert "door: its broker says that it is offline" in str(door.problem)


async def test_scanners_of_one_edge_share_it(tmp_path, mosquitto, gateway) -> None:
    config = bridge_file(
        tmp_path,
        mosquitto.port,
        wine={"kind": "espresense", "edge": "till"},
        door={"kind": "espresense", "edge": "till", "node": "front"},
    )
    async with running(config) as edge:
        await edge.until_it_listens()
        for _ in range(2):
            await edge.reports(tag(1), "front")
            await edge.reports(tag(1), "wine")
        await gateway.until(lambda: len(gateway.transitions) == 2)
        assert {transition.scanner for transition in gateway.transitions} == {"wine", "door"}
        assert gateway.births[0].scanners == ("wine", "door")
        await edge.says("espresense/rooms/front/status", "offline")
        await gateway.until(lambda: len(gateway.transitions) == 3)
        assert (gateway.transitions[2].scanner, gateway.transitions[2].cause) == ("door", "scanner_lost")


async def test_a_silence_that_may_be_the_scanner_s_own_counts_nobody_as_gone(tmp_path, mosquitto, gateway) -> None:
    quick = {"exit_after_s": 2, "exit_gaps": 0}
    config = bridge_file(tmp_path, mosquitto.port, till={"kind": "espresense", "tracking": quick, "quiet_after": "60s"})
    async with running(config) as edge:
        await edge.until_it_listens()
        for _ in range(2):
            await edge.reports(tag(1))
        await gateway.until(lambda: gateway.transitions)
        await asyncio.sleep(4)  # nothing at all comes: has she left, or was the plug pulled?
        assert edge.bridge.agents[0]._health().present == 1
        for _ in range(40):  # now the node is heard, and she is not: she has left
            await edge.says("espresense/rooms/till/telemetry", {"uptime": 5})
            await asyncio.sleep(0.1)
            if len(gateway.transitions) == 2:
                break
        assert (gateway.transitions[1].kind, gateway.transitions[1].cause) == ("exit", "silence")


async def test_a_broker_that_restarts_makes_nobody_leave(tmp_path, mosquitto, gateway) -> None:
    async with running(bridge_file(tmp_path, mosquitto.port)) as edge:
        await edge.until_it_listens()
        for _ in range(2):
            await edge.reports(tag(1))
        await gateway.until(lambda: gateway.transitions)
        mosquitto.kill()
        mosquitto.start()
        await edge.until(lambda: len(edge.lines("listening")) == 2)
        assert edge.bridge.agents[0]._health().present == 1
        (source,) = edge.bridge.agents[0]._sources
        await edge.until(lambda: not source._doubted)  # type: ignore[attr-defined]


async def test_a_broker_that_lets_it_hear_nothing_is_said(tmp_path, mosquitto, gateway) -> None:
    """Bytes as in MQTT 3.1.1: CONNACK (3.2), and SUBACK with three failures (3.9.3)."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(bytes.fromhex("20020000"))
        subscribe = await reader.read(1000)
        writer.write(b"\x90\x05" + subscribe[2:4] + b"\x80\x80\x80")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    config = bridge_file(tmp_path, mosquitto.port).model_copy(
        update={"listen": Broker(port=server.sockets[0].getsockname()[1])}
    )
    async with server, running(config) as edge:
        await edge.until(lambda: edge.lines("not listening"))
        told = edge.lines("not listening")[0]["problem"]
        assert "does not let this user hear espresense/devices/+/till: allow it in its acl" in told


def test_a_wrong_file_is_said_and_nothing_starts(tmp_path: Path) -> None:
    file = tmp_path / "bridge.yaml"
    file.write_text("store: shop\nscanners:\n  till: {kind: espresence}\n")
    run = subprocess.run(
        [sys.executable, "-m", "nearcart", "edge", "bridge", "--config", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 2
    assert f"{file}:3:16" in run.stderr
    assert "did you mean 'espresense'?" in run.stderr
    assert "Traceback" not in run.stderr


def test_paths_in_the_file_are_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "bridge.yaml"
    file.write_text(
        "store: shop\nbroker: {tls_ca: ca.pem}\noutbox: {path: kept.sqlite}\nscanners:\n  till: {kind: theengs}\n"
    )
    config = read_bridge_file(file)
    assert config.listen == config.broker
    assert (config.broker.tls_ca, config.outbox.path) == (tmp_path / "ca.pem", tmp_path / "kept.sqlite")


def test_an_edge_has_its_own_login_where_the_file_has_one(tmp_path: Path) -> None:
    config = BridgeFile.model_validate(
        {
            "store": "shop",
            "broker": {"username": "edges", "password": "one"},
            "logins": {"door": {"username": "edge-door", "password": "two"}},
            "outbox": {"path": tmp_path / "outbox.sqlite"},
            "scanners": {"till": {"kind": "theengs"}, "door": {"kind": "theengs", "node": "pi"}},
        }
    )
    brokers = [agent._config.broker for agent in Bridge(config).agents]
    assert [(broker.username, broker.password) for broker in brokers] == [
        ("edges", SecretStr("one")),
        ("edge-door", SecretStr("two")),
    ]


@pytest.mark.parametrize(("said", "kept"), [({}, 25.0), ({"exit_after_s": 40}, 40.0)], ids=["usual", "said"])
def test_tracking_is_the_kind_s_where_the_file_says_nothing(
    said: dict[str, float], kept: float, tmp_path: Path
) -> None:
    config = bridge_file(tmp_path, 1, till={"kind": "espresense", "tracking": said})
    (agent,) = Bridge(config).agents
    assert (agent._config.tracking.exit_after_s, agent._config.tracking.enter_within_s) == (kept, 12.0)
