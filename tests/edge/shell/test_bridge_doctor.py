"""``nearcart edge doctor --bridge`` on a real broker: each scanner is listened to, and what is wrong is told with its fix."""

import asyncio
import json
import sys
from pathlib import Path

import aiomqtt
import pytest

from nearcart_contract.bridge_file import BridgeFile
from nearcart_edge.shell.bridge import doctor
from nearcart_edge.shell.bridge.doctor import examine_bridge
from nearcart_edge.shell.doctor import Finding

from ..conftest import Mosquitto, free_port
from .test_bridge import bridge_file, tag


async def examined(folder: Path, config: BridgeFile) -> dict[str, Finding]:
    path = folder / "bridge.yaml"
    path.touch(mode=0o600)
    return {finding.what: finding for finding in await examine_bridge(config, path)}


async def test_each_scanner_is_listened_to(
    mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "LISTEN_S", 3.0)
    scanners = {name: {"kind": "espresense", "edge": "bridge"} for name in ("talks", "alone", "dead", "odd", "missing")}
    config = bridge_file(tmp_path, mosquitto.port, **scanners)

    async def talk() -> None:
        async with aiomqtt.Client("127.0.0.1", mosquitto.port) as client:
            for node, status in (("talks", "online"), ("alone", "online"), ("dead", "offline")):
                await client.publish(f"espresense/rooms/{node}/status", status, retain=True)
            while True:
                await client.publish("espresense/devices/x/talks", json.dumps(tag(1)))
                await client.publish("espresense/devices/x/odd", '{"mac": "planted stranger"}')
                await asyncio.sleep(0.1)

    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as client:  # what a broker kept is no sign of life
        await client.publish("espresense/devices/x/alone", json.dumps(tag(1)), qos=1, retain=True)
    talking = asyncio.create_task(talk())
    try:
        found = await examined(tmp_path, config)
    finally:
        talking.cancel()
    assert {name: finding.verdict for name, finding in found.items() if name != "clock"} == {
        "file": "ok",
        "bridge": "ok",
        "talks": "ok",
        "alone": "look",
        "dead": "wrong",
        "odd": "wrong",
        "missing": "wrong",
        "disk bridge": "ok",
    }
    assert "carry a tag past it" in found["alone"].told
    assert "is it powered" in found["dead"].told
    assert "is its kind right?" in found["odd"].told
    assert "espresense/devices/+/missing" in found["missing"].told
    assert "is its node right" in found["missing"].told
    assert "planted" not in repr(found)


async def test_it_ends_as_soon_as_each_has_told_something(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """And does not put out a bridge that runs."""

    async def talk(client: aiomqtt.Client) -> None:
        while True:
            await client.publish("espresense/devices/x/till", json.dumps(tag(1)))
            await asyncio.sleep(0.05)

    running = aiomqtt.Client("127.0.0.1", mosquitto.port, identifier="nearcart-shop-till")
    async with running as client:
        talking = asyncio.create_task(talk(client))
        try:
            async with asyncio.timeout(doctor.LISTEN_S - 1):
                found = await examined(tmp_path, bridge_file(tmp_path, mosquitto.port))
        finally:
            assert not talking.done()
            talking.cancel()
    assert found["till"].verdict == "ok"


async def test_a_wrong_password_and_no_folder(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path, anonymous=False).start()
    try:
        config = BridgeFile.model_validate(
            {
                "store": "shop",
                "broker": {"port": broker.port, "username": "bridge", "password": "planted secret"},
                "listen": {"port": free_port()},
                "outbox": {"path": tmp_path / "none" / "outbox.sqlite"},
                "scanners": {"till": {"kind": "theengs"}},
            }
        )
        (tmp_path / "bridge.yaml").touch()
        (tmp_path / "bridge.yaml").chmod(0o644)
        found = await examined(tmp_path, config)
    finally:
        broker.kill()
    assert "refuses this edge" in found["till"].told
    assert "no connection to the broker" in found["listen"].told
    assert "chmod 600" in found["file"].told
    assert "can't be written" in found["disk till"].told
    assert "planted secret" not in repr(found)


async def test_as_a_person_calls_it(tmp_path: Path) -> None:
    path = tmp_path / "bridge.yaml"
    path.write_text(f"store: shop\nbroker: {{port: {free_port()}}}\nscanners: {{wine: {{kind: espresense}}}}\n")
    command = [sys.executable, "-m", "nearcart", "edge", "doctor", "--bridge", str(path)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 1
    assert "✗ listen    no connection to the broker" in output.decode()
    assert "✓ disk wine " in output.decode()
