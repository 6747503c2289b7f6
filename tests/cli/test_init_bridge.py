"""`nearcart init --bridge`: other people's scanners are heard by the bridge that it writes, on the Mosquitto that it sets up."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import aiomqtt
import pytest
from typer.testing import CliRunner

from nearcart.main import app
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_edge.shell.bridge.doctor import examine_bridge
from nearcart_edge.shell.bridge.run import Bridge, read_bridge_file
from nearcart_gateway.shell.broker import MosquittoBroker, free_port

TAG = "fda50693-a4e2-4fb1-afcf-c6eb07647825"
PAYLOAD = "0215" + TAG.replace("-", "") + "000a0001c5"
ESPRESENSE = {"mac": "c464e3000001", "id": f"iBeacon:{TAG}-10-1", "rssi@1m": -59, "rssi": -60.4}
THEENGS = {"id": "C4:64:E3:00:00:01", "rssi": -60, "manufacturerdata": "4c00" + PAYLOAD}
SAYS = {
    "espresense/rooms/wine_aisle/status": "online",
    "espresense/devices/x/wine_aisle": json.dumps(ESPRESENSE),
    "home/door/BTtoMQTT/C464E3000001": json.dumps(THEENGS),
    "home/till/BTtoMQTT/C464E3000001": json.dumps(THEENGS),
}


def nearcart(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


@dataclass(frozen=True)
class Shop:
    folder: Path
    port: int

    def scanners(self) -> aiomqtt.Client:
        """As whoever set up the scanners typed it in, from the file's last lines."""
        lines = (self.folder / "bridge.yaml").read_text().splitlines()
        user, password = (
            next(line.split()[2] for line in lines if line.startswith(f"#   {of}")) for of in ("user", "password")
        )
        return aiomqtt.Client("127.0.0.1", self.port, username=user, password=password)

    def gateway(self) -> aiomqtt.Client:
        broker = load_yaml(self.folder / "store.yaml", Store).broker
        assert broker
        assert broker.password
        return aiomqtt.Client("127.0.0.1", self.port, username="gateway", password=broker.password.get_secret_value())


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    code, output = nearcart(
        *("init", tmp_path, "--store", "Shop", "--edges", "entrance"),
        *("--bridge", "wine-aisle=espresense, door=theengs, till=openmqttgateway"),
    )
    assert code == 0, output
    port = free_port()
    for name in ("bridge.yaml", "mosquitto/mosquitto.conf"):
        file = tmp_path / name
        file.write_text(file.read_text().replace("1883", str(port)))
    config = tmp_path / "mosquitto" / "mosquitto.conf"
    config.write_text(
        config.read_text() + "user root\n"
    )  # else it would become a user who may not look into this folder
    async with MosquittoBroker(port=port, config=config):
        yield Shop(tmp_path, port)


async def speak(shop: Shop) -> None:
    async with shop.scanners() as client:
        while True:
            for topic, payload in SAYS.items():
                await client.publish(topic, payload)
            await asyncio.sleep(0.1)


async def test_the_bridge_is_taken_and_hears_each_scanner(shop: Shop) -> None:
    speaking = asyncio.create_task(speak(shop))
    try:
        findings = await examine_bridge(read_bridge_file(shop.folder / "bridge.yaml"), shop.folder / "bridge.yaml")
    finally:
        speaking.cancel()
    wrong = [finding for finding in findings if finding.verdict != "ok" and finding.what != "clock"]
    assert wrong == []
    assert {"wine-aisle", "door", "till"} < {finding.what for finding in findings}


async def test_each_of_its_edges_may_speak_to_the_gateway(shop: Shop) -> None:
    stop, born = asyncio.Event(), set[str]()
    async with shop.gateway() as client:
        await client.subscribe("nearcart/v1/shop/edge/+/state")
        running = asyncio.create_task(Bridge(read_bridge_file(shop.folder / "bridge.yaml"), random=Random(1)).run(stop))
        async with asyncio.timeout(20):
            async for message in client.messages:
                born.add(message.topic.value.split("/")[-2])
                if len(born) == 3:
                    break
        stop.set()
        await running
    store = load_yaml(shop.folder / "store.yaml", Store)
    assert born == {"bridge-espresense", "bridge-theengs", "bridge-openmqttgateway"}
    assert set(store.edges()) == {"entrance", *born}


async def test_a_scanner_may_not_speak_as_an_edge(shop: Shop) -> None:
    broker = read_bridge_file(shop.folder / "bridge.yaml").broker
    assert broker.password
    bridge = aiomqtt.Client(
        "127.0.0.1", shop.port, username=broker.username, password=broker.password.get_secret_value()
    )
    async with shop.gateway() as gateway, shop.scanners() as scanners, bridge:
        await gateway.subscribe("nearcart/v1/shop/edge/+/state")
        await scanners.publish("nearcart/v1/shop/edge/bridge-theengs/state", "forged", qos=1)
        await bridge.publish("nearcart/v1/shop/edge/entrance/state", "forged", qos=1)
        await bridge.publish("nearcart/v1/shop/edge/bridge-theengs/state", "its own", qos=1)
        async with asyncio.timeout(10):
            first = await anext(aiter(gateway.messages))
    assert first.payload == b"its own"


def test_one_kind_is_one_edge_and_no_edge_of_ours_is_needed(tmp_path: Path) -> None:
    code, output = nearcart("init", tmp_path, "--edges", "", "--bridge", "wine=theengs,till=theengs")
    assert code == 0, output
    assert read_bridge_file(tmp_path / "bridge.yaml").edges() == {"bridge": ("wine", "till")}
    assert set(load_yaml(tmp_path / "store.yaml", Store).edges()) == {"bridge"}
    assert stat.S_IMODE((tmp_path / "bridge.yaml").stat().st_mode) == 0o600
    assert nearcart("offers", "check", tmp_path)[0] == 0


@pytest.mark.parametrize(
    ("edges", "bridge", "words"),
    [
        ("door", "wine", "such as wine=espresense"),
        ("door", "wine=espresence", "did you mean 'espresense'"),
        ("door", "Wine=theengs", "scanner 'Wine' must be 1 to 64"),
        ("door", "door=theengs", "name it once"),
        ("door", "wine=theengs,wine=theengs", "twice"),
        ("bridge", "wine=theengs", "taken for the bridge"),
    ],
)
def test_a_wrong_bridge_is_said_and_nothing_is_written(tmp_path: Path, edges: str, bridge: str, words: str) -> None:
    code, output = nearcart("init", tmp_path / "shop", "--edges", edges, "--bridge", bridge)
    assert code == 1
    assert words in output
    assert not (tmp_path / "shop").exists()
