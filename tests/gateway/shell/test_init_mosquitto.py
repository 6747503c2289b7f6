"""Mosquitto itself, on the files of `nearcart init`: who gets in, who may say what, who hears what."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiomqtt
import pytest

from nearcart_contract.edge_file import EdgeFile
from nearcart_contract.store_file import Store
from nearcart_contract.topics import MAX_PAYLOAD_BYTES
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.shell.broker import MosquittoBroker, free_port
from nearcart_gateway.shell.init.mosquitto_files import password_hash, password_lines
from nearcart_gateway.shell.init.plan import NewStore
from nearcart_gateway.shell.init.write import write_store

BASE = "nearcart/v1/shop"


@dataclass(frozen=True)
class Shop:
    port: int
    passwords: dict[str, str]

    def client(self, user: str, password: str | None = None) -> aiomqtt.Client:
        return aiomqtt.Client("127.0.0.1", self.port, username=user, password=password or self.passwords[user])


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    port = free_port()
    write_store(tmp_path, NewStore("shop", "Shop", ("wine", "door"), broker_port=port))
    store = load_yaml(tmp_path / "store.yaml", Store)
    assert store.broker
    assert store.broker.password
    passwords = {"gateway": store.broker.password.get_secret_value()}
    for edge in ("wine", "door"):
        broker = load_yaml(tmp_path / f"edge-{edge}.yaml", EdgeFile).broker
        assert broker.username
        assert broker.password
        passwords[broker.username] = broker.password.get_secret_value()
    for user in ("phones", "screens", "staff"):  # theirs are kept as hashes alone: a device gets one of its own
        passwords[user] = f"password-of-{user}"
    kept = tmp_path / "mosquitto" / "passwords"
    others = [
        line for line in kept.read_text().splitlines() if line.partition(":")[0] not in ("phones", "screens", "staff")
    ]
    devices = {user: passwords[user] for user in ("phones", "screens", "staff")}
    kept.write_text("\n".join(others) + "\n" + password_lines(devices, os.urandom))
    config = tmp_path / "mosquitto" / "mosquitto.conf"
    # Started by root it would become a user who may not look into pytest's folder.
    config.write_text(config.read_text() + "user root\n")
    async with MosquittoBroker(port=port, config=config):
        yield Shop(port, passwords)


async def heard(client: aiomqtt.Client, until: str) -> list[str]:
    """Topics up to the message that was sent last: what was sent before it and is missing was refused."""
    topics: list[str] = []
    async with asyncio.timeout(5):
        async for message in client.messages:
            if message.topic.matches(until):
                break
            topics.append(str(message.topic))
    return topics


async def test_the_right_password_connects(shop: Shop) -> None:
    async with shop.client("edge-wine"), shop.client("gateway"):
        pass


@pytest.mark.parametrize(("user", "password"), [("edge-wine", "wrong"), ("nobody", "x"), (None, None)])
async def test_anybody_else_is_refused(shop: Shop, user: str | None, password: str | None) -> None:
    with pytest.raises(aiomqtt.MqttError, match=r"[Nn]ot authori[sz]ed"):
        async with aiomqtt.Client("127.0.0.1", shop.port, username=user, password=password):
            pass


async def test_the_gateway_hears_what_edges_say_of_themselves_and_nothing_they_say_of_others(shop: Shop) -> None:
    async with shop.client("gateway") as gateway, shop.client("edge-wine") as wine:
        await gateway.subscribe(f"{BASE}/edge/+/+", qos=1)
        for channel in ("presence", "samples", "state", "ack", "roster"):
            await wine.publish(f"{BASE}/edge/wine/{channel}", b"{}", qos=1)
            await wine.publish(f"{BASE}/edge/door/{channel}", b"{}", qos=1)
        await wine.publish(f"{BASE}/edge/wine/health", b"{}", qos=1)
        assert await heard(gateway, until=f"{BASE}/edge/wine/health") == [
            f"{BASE}/edge/wine/{channel}" for channel in ("presence", "samples", "state")
        ]


@pytest.mark.parametrize("topic", [f"{BASE}/edge/wine/presence", f"{BASE}/staff", f"{BASE}/screen/wine", "other/topic"])
async def test_an_edge_can_not_speak_as_another_or_to_shoppers(shop: Shop, topic: str) -> None:
    async with shop.client("gateway") as gateway, shop.client("edge-door") as door:
        await gateway.subscribe("#", qos=1)
        await door.publish(topic, b"{}", qos=1)
        await door.publish(f"{BASE}/edge/door/health", b"{}", qos=1)
        assert await heard(gateway, until=f"{BASE}/edge/door/health") == []


@pytest.mark.parametrize(
    "topic_filter",
    [f"{BASE}/edge/wine/roster", f"{BASE}/edge/wine/#", f"{BASE}/edge/+/roster", f"{BASE}/#", "#", "+/#"],
)
async def test_an_edge_hears_its_own_roster_and_no_other_whatever_it_subscribes_to(
    shop: Shop, topic_filter: str
) -> None:
    async with shop.client("gateway") as gateway, shop.client("edge-door") as door:
        await door.subscribe(topic_filter, qos=1)
        await door.subscribe([(f"{BASE}/edge/door/{channel}", 1) for channel in ("roster", "ack")])
        await gateway.publish(f"{BASE}/edge/wine/roster", b"{}", qos=1)
        await gateway.publish(f"{BASE}/edge/door/roster", b"{}", qos=1)
        await gateway.publish(f"{BASE}/visitor/anna/offer", b"{}", qos=1)
        await gateway.publish(f"{BASE}/edge/door/ack", b"{}", qos=1)
        assert set(await heard(door, until=f"{BASE}/edge/door/ack")) == {f"{BASE}/edge/door/roster"}


@pytest.mark.parametrize(
    ("user", "receipt", "offer"),
    [
        ("phones", "visitor/anna/receipt", "visitor/anna/offer"),
        ("screens", "screen/wine/receipt", "screen/wine"),
        ("staff", "staff/receipt", "staff"),
    ],
)
async def test_who_hears_offers_may_confirm_them_and_make_none(shop: Shop, user: str, receipt: str, offer: str) -> None:
    async with shop.client("gateway") as gateway, shop.client(user) as device, shop.client("edge-wine") as edge:
        await gateway.subscribe("#", qos=1)
        await device.subscribe(f"{BASE}/{offer}", qos=1)
        for topic in (offer, "visitor/ben/receipt" if user != "phones" else "staff/receipt", receipt):
            await device.publish(f"{BASE}/{topic}", b"{}", qos=1)
        await edge.publish(f"{BASE}/edge/wine/health", b"{}", qos=1)
        assert await heard(gateway, until=f"{BASE}/edge/wine/health") == [f"{BASE}/{receipt}"]
        await gateway.publish(f"{BASE}/{offer}", b"{}", qos=1)
        assert await heard(device, until=f"{BASE}/{offer}") == []


async def test_a_message_at_the_limit_passes(shop: Shop) -> None:
    async with shop.client("gateway") as gateway, shop.client("edge-wine") as wine:
        await gateway.subscribe(f"{BASE}/edge/+/+", qos=1)
        await wine.publish(f"{BASE}/edge/wine/samples", bytes(MAX_PAYLOAD_BYTES), qos=1)
        await wine.publish(f"{BASE}/edge/wine/health", b"{}", qos=1)
        assert await heard(gateway, until=f"{BASE}/edge/wine/health") == [f"{BASE}/edge/wine/samples"]


async def test_whoever_sends_a_larger_one_is_disconnected_and_nobody_else_notices(shop: Shop) -> None:
    async with shop.client("gateway") as gateway:
        await gateway.subscribe(f"{BASE}/edge/+/+", qos=1)
        with pytest.raises(aiomqtt.MqttError):
            async with shop.client("edge-wine") as wine:
                await wine.publish(f"{BASE}/edge/wine/samples", bytes(MAX_PAYLOAD_BYTES + 2048), qos=1, timeout=2)
        async with shop.client("edge-door") as door:
            await door.publish(f"{BASE}/edge/door/health", b"{}", qos=1)
        assert await heard(gateway, until=f"{BASE}/edge/door/health") == []


def test_the_hash_is_mosquittos_own() -> None:
    """Made with mosquitto_passwd 2.0.11: ``mosquitto_passwd -b -c FILE anna 'correct horse'``."""
    salt = base64.b64decode("b26flvUrlKiRhvq3")
    digest = "uv/N8VPxXikL+6kRxgKJfHbLCUxwserLc+kc4WGRSAO6inSwpDg7dU7hyqYf3NuANe2SARadFpIHekw3L35YPw=="
    assert password_hash("correct horse", salt) == f"$7$101${base64.b64encode(salt).decode()}${digest}"
