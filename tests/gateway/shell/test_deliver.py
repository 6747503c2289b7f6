"""Offers from a real outbox through real channels: handed over when one fails, never too late, whatever restarts."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from nearcart_contract.store_file import Store, WebhookChannel
from nearcart_gateway.core.changes import Changes, Delivery
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.values import Decision, Moment, Visit
from nearcart_gateway.shell.channels.base import ChannelDelivery
from nearcart_gateway.shell.channels.phone import PhoneDelivery
from nearcart_gateway.shell.channels.screen import ScreenDelivery
from nearcart_gateway.shell.channels.webhook import WebhookDelivery
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.deliver import Deliverer
from nearcart_gateway.shell.link import NotConnectedError
from nearcart_gateway.shell.storage import deliveries
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect

Wait = Callable[..., Any]
SECRET = "whsec_dGVzdC1zZWNyZXQtb2YtdGhlLXRlc3QtcnVuIQ=="
KEY = "v.enter:offer"
STORE = Store.model_validate(
    {
        "store": "test",
        "name": "Test",
        "time_zone": "UTC",
        "currency": "EUR",
        "scanners": {"door": {"x": 0, "y": 0, "zone": "door"}},
    }
)
BODY = {
    "type": "offer",
    "key": KEY,
    "store": "test",
    "offer": "hello",
    "visitor": "anna",
    "text": "Hello.",
    "decided_at": "2026-11-04T14:00:04Z",
    "expires_at": "2026-11-04T14:10:04Z",
}


@dataclass
class Outbox:
    """A database with one decision, and everything that was published to the broker."""

    database: sqlite3.Connection
    clock: StoreClock = field(default_factory=StoreClock)
    published: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    broker: bool = True
    settled: list[Delivery] = field(default_factory=list)

    async def publish(self, topic: str, body: str) -> None:
        if not self.broker:
            raise NotConnectedError("there is no broker")
        self.published.append((topic, json.loads(body)))

    async def save(self, apply: Callable[[StoreEngine, Changes], None]) -> None:
        changes = Changes()
        apply(None, changes)  # type: ignore[arg-type]
        commit(self.database, changes, self.clock.now())

    def put(self, *through: str, left_at: float | None = None, good_for: float = 600.0) -> None:
        """A decision just made in a visit, with its delivery."""
        now = time.time()
        moment = Moment("v.enter", "enter", "anna", "v", now, zone="door", heard_at=now)
        changes = Changes(decisions=[Decision(KEY, moment, "sent", "because", channel=through[0])])
        changes.visits["v"] = Visit("v", "anna", now, left_at=left_at)
        delivery = Delivery(KEY, through[0], "anna", "door", json.dumps(BODY), now, now, now + good_for)
        changes.deliveries.append(replace(delivery, through=through[1:]))
        commit(self.database, changes, now)

    def deliverer(self, **channels: ChannelDelivery) -> Deliverer:
        phone = PhoneDelivery(STORE, None, self.publish)  # type: ignore[arg-type]
        screen = ScreenDelivery(STORE, None, self.publish)  # type: ignore[arg-type]
        every = {"phone": phone, "screen": screen, **channels}
        return Deliverer(every, self.clock, self.save, self.settled.append)

    async def settle(self, deliverer: Deliverer, *, new: bool = False, seconds: float = 15.0) -> Delivery:
        """Run until the one delivery is settled; ``new``: it was committed just now, else it waited through a restart."""
        (deliverer.add if new else deliverer.take_up)(deliveries.read_waiting(self.database))
        running = asyncio.create_task(deliverer.run())
        try:
            async with asyncio.timeout(seconds):
                while not self.settled:
                    await asyncio.sleep(0.01)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        kept = deliveries.read_delivery(self.database, KEY)
        assert kept is not None
        assert (kept.channel, kept.state) == (self.settled[0].channel, self.settled[0].state)
        return kept

    def states(self) -> list[tuple[str, str]]:
        return [(note.channel, note.state) for note in deliveries.read_receipts(self.database, KEY)]


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(connect(tmp_path / "store.sqlite"))


class Service:
    """A webhook's receiver that answers with these statuses in turn; ``None`` is no answer at all."""

    def __init__(self, *statuses: int | None) -> None:
        self.statuses = list(statuses)
        self.ids: list[str] = []
        self.bodies: list[dict[str, Any]] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        headers = dict(line.partition(": ")[::2] for line in head[1:] if line)
        self.ids.append(headers["webhook-id"])
        self.bodies.append(json.loads(await reader.readexactly(int(headers["content-length"]))))
        status = self.statuses.pop(0) if self.statuses else 200
        if status is not None:
            writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
            await writer.drain()
        writer.close()

    def channel(self, server: asyncio.Server) -> WebhookDelivery:
        port = server.sockets[0].getsockname()[1]
        return WebhookDelivery(
            STORE,
            WebhookChannel(kind="webhook", url=f"http://127.0.0.1:{port}/", secret=SECRET),
            None,  # type: ignore[arg-type]
        )


async def test_a_refused_offer_goes_to_the_next_channel_with_the_same_key(outbox: Outbox) -> None:
    service = Service(410)
    outbox.put("crm", "screen", "phone")
    async with await asyncio.start_server(service.answer, "127.0.0.1", 0) as server:
        kept = await outbox.settle(outbox.deliverer(crm=service.channel(server)), new=True)
    assert (kept.channel, kept.state, kept.error) == ("screen", "sent", None)
    assert outbox.states() == [("crm", "failed"), ("screen", "sent")]
    ((topic, message),) = outbox.published
    assert (topic, message["key"]) == ("nearcart/v1/test/screen/door", service.bodies[0]["key"])
    assert "visitor" not in message, "a screen names nobody"


async def test_what_waited_through_a_restart_may_have_left_and_goes_to_nobody_else(outbox: Outbox) -> None:
    service = Service(410)
    outbox.put("crm", "phone")
    async with await asyncio.start_server(service.answer, "127.0.0.1", 0) as server:
        kept = await outbox.settle(outbox.deliverer(crm=service.channel(server)))
    assert (kept.state, outbox.published) == ("unknown", [])


async def test_a_webhook_that_gave_no_answer_is_asked_again_and_nobody_else_is(outbox: Outbox) -> None:
    service = Service(None, 400)
    outbox.put("crm", "phone")
    async with await asyncio.start_server(service.answer, "127.0.0.1", 0) as server:
        kept = await outbox.settle(outbox.deliverer(crm=service.channel(server)), new=True)
    assert service.ids == [KEY, KEY]
    assert (kept.state, kept.channel, outbox.published) == ("unknown", "crm", [])


async def test_a_screen_does_not_take_over_while_the_broker_is_away(outbox: Outbox) -> None:
    outbox.broker = False
    outbox.put("phone", "screen", "crm")
    service = Service()
    async with await asyncio.start_server(service.answer, "127.0.0.1", 0) as server:
        kept = await outbox.settle(outbox.deliverer(crm=service.channel(server)), new=True)
    assert (kept.channel, kept.state) == ("crm", "delivered")
    assert [state for state in outbox.states() if state[0] != "crm"] == [("phone", "failed"), ("screen", "skipped")]
    assert service.bodies[0]["visitor"] == "anna"


async def test_across_a_restart_nothing_leaves_a_minute_after_she_left(outbox: Outbox) -> None:
    outbox.put("phone", left_at=time.time())
    outbox.clock = StoreClock(offset=61.0)
    kept = await outbox.settle(outbox.deliverer())
    assert (kept.state, kept.error) == ("expired", "she had left 60 seconds before it could leave")
    assert outbox.published == []


async def test_after_a_long_night_an_offer_waits_until_she_is_heard(outbox: Outbox) -> None:
    """The gateway was off for two minutes. Whether she is still there nobody knows before an edge speaks."""
    outbox.put("phone")
    outbox.clock = StoreClock(offset=120.0)
    heard: list[float] = [0.0]
    deliverer = Deliverer(
        {"phone": PhoneDelivery(STORE, None, outbox.publish)},  # type: ignore[arg-type]
        outbox.clock,
        outbox.save,
        outbox.settled.append,
        heard=lambda _: heard[-1],
    )
    with pytest.raises(TimeoutError):
        await outbox.settle(deliverer, seconds=1.5)
    assert outbox.published == []
    heard.append(outbox.clock.now())
    assert (await outbox.settle(deliverer)).state == "sent"


async def test_a_visit_that_ends_while_its_offer_backs_off(outbox: Outbox) -> None:
    service = Service(503, 503, 503)
    outbox.put("crm")
    async with await asyncio.start_server(service.answer, "127.0.0.1", 0) as server:
        deliverer = outbox.deliverer(crm=service.channel(server))
        deliverer.add(deliveries.read_waiting(outbox.database))
        deliverer.visits_ended([Visit("v", "anna", 0.0, left_at=time.time() - 59.5)])
        kept = await outbox.settle(deliverer, new=True)
    assert kept.state == "expired"
    assert len(service.ids) == 1


async def test_an_offer_goes_by_phone_when_the_service_is_gone(shop: Any, wait_until: Wait) -> None:
    """The same in a whole gateway."""
    service = Service(410)
    async with await asyncio.start_server(service.answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        crm = f'  crm: {{kind: webhook, url: "http://127.0.0.1:{port}/", secret: {SECRET}}}\n'
        shop.write("store.yaml", shop.config.read_text() + crm)
        shop.write("offers/hello.yaml", 'offer: hello\nwhen: {moment: enter}\nsay: "Hello."\nthrough: [crm, phone]\n')
        tag = shop.enrol()
        door = shop.edges["door"]
        await shop.start()
        await door.batch(door.transition("enter", tag))
        await wait_until(lambda: shop.offers)
    await wait_until(lambda: shop.rows("SELECT channel, state FROM deliveries") == [("phone", "sent")])
    assert [offer["key"] for offer in shop.offers] == service.ids
    assert shop.rows("SELECT channel, state FROM receipts ORDER BY at") == [("crm", "failed"), ("phone", "sent")]


async def test_killed_after_it_was_sent_a_webhook_comes_again_with_its_id(shop: Any, wait_until: Wait) -> None:
    service = Service()
    async with await asyncio.start_server(service.answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        crm = f'  crm: {{kind: webhook, url: "http://127.0.0.1:{port}/?token=hush-hush", secret: {SECRET}}}\n'
        shop.write("store.yaml", shop.config.read_text() + crm)
        shop.write("offers/hello.yaml", 'offer: hello\nwhen: {moment: enter}\nsay: "Hello."\nthrough: [crm, phone]\n')
        tag = shop.enrol()
        door = shop.edges["door"]
        await shop.start(NEARCART_CRASH_AT="after_send")
        await door.batch(door.transition("enter", tag))
        await wait_until(lambda: shop.ended)
        await shop.start()
        await wait_until(lambda: shop.rows("SELECT channel, state FROM deliveries") == [("crm", "delivered")])
        async with httpx.AsyncClient() as http:
            metrics = (await http.get(f"{shop.url}/metrics")).text
    assert len(service.ids) == 2
    assert len(set(service.ids)) == 1
    assert shop.offers == []
    assert 'nearcart_deliveries_total{channel="crm",state="delivered"} 1.0' in metrics
    assert "nearcart_deliveries_waiting 0.0" in metrics
    said = shop.log.read_text() + metrics
    assert "hush-hush" not in said
    assert SECRET not in said


async def test_a_step_of_the_clock_neither_expires_nor_delays_what_waits(outbox: Outbox) -> None:
    """A Pi without a battery-backed clock starts in the past; an hour later the network tells it the time."""
    outbox.broker = False
    outbox.put("phone", good_for=60.0)
    deliverer = outbox.deliverer()
    deliverer.add(deliveries.read_waiting(outbox.database))
    outbox.clock._base += 3600.0
    (moved,) = deliverer.shift(3600.0)
    outbox.broker = True
    kept = await outbox.settle(deliverer, new=True)
    assert (kept.state, kept.expires_at) == ("sent", moved.expires_at)
    assert abs(moved.expires_at - time.time() - 3660.0) < 5.0


class Broken(ChannelDelivery):
    """A channel with a mistake in it."""

    async def deliver(self, delivery: Delivery) -> None:
        raise RuntimeError("whsec_secret")


async def test_a_mistake_in_one_channel_takes_no_other_with_it(outbox: Outbox) -> None:
    outbox.put("broken", "phone", good_for=1.0)
    kept = await outbox.settle(outbox.deliverer(broken=Broken()), new=True)
    assert (kept.state, kept.error) == ("expired", "the channel went wrong: RuntimeError")
    assert outbox.published == [], "nobody knows whether it left"
