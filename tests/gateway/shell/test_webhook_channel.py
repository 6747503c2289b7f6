"""Offers out by a signed webhook: tried again with the same id, given up when that is no use."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from standardwebhooks import Webhook

from nearcart_contract.store_file import Store, WebhookChannel
from nearcart_gateway.core.changes import Changes, Delivery
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.shell.channels.webhook import WebhookDelivery
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.deliver import Deliverer

SECRET = "whsec_dGVzdC1zZWNyZXQtb2YtdGhlLXRlc3QtcnVuIQ=="
Apply = Callable[[StoreEngine, Changes], None]


class Receiver:
    """A service that answers with these statuses in turn, and then with 200."""

    more = ""
    """Headers of its refusals, each with its line's end."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.port = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.received.append((headers, body))
        status = self.statuses.pop(0) if self.statuses else 200
        writer.write(
            f"HTTP/1.1 {status} X\r\n{self.more if status != 200 else ''}content-length: 0\r\nconnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving(*statuses: int) -> AsyncIterator[Receiver]:
    receiver = Receiver(*statuses)
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    async with server:
        yield receiver


async def settle(receiver: Receiver, store: Store, seconds: float = 10.0, good_for: float = 60.0) -> Delivery:
    """Deliver one offer; how it ended."""
    clock = StoreClock()
    settled: asyncio.Future[Delivery] = asyncio.get_running_loop().create_future()
    kept: list[Delivery] = []

    async def save(apply: Apply) -> None:
        changes = Changes()
        apply(None, changes)  # type: ignore[arg-type]
        kept.extend(changes.deliveries)

    publish: Callable[[str, str], Awaitable[None]] = lambda _topic, _body: asyncio.sleep(0)  # noqa: E731
    channel = WebhookChannel(kind="webhook", url=f"http://127.0.0.1:{receiver.port}/offers", secret=SECRET)
    deliverer = Deliverer({"crm": WebhookDelivery(store, channel, publish)}, clock, save, settled.set_result)
    now = clock.now()
    deliverer.add([Delivery("key-1", "crm", "anna", None, '{"type":"offer"}', now, now, now + good_for)])
    running = asyncio.create_task(deliverer.run())
    try:
        outcome = await asyncio.wait_for(settled, seconds)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert kept[-1] == outcome
    return outcome


@pytest.fixture
def store() -> Store:
    return Store.model_validate(
        {
            "store": "test",
            "name": "Test",
            "time_zone": "UTC",
            "currency": "EUR",
            "scanners": {"door": {"x": 0, "y": 0, "zone": "door"}},
        }
    )


async def test_it_is_signed_as_standard_webhooks_wants(store: Store) -> None:
    async with receiving() as receiver:
        outcome = await settle(receiver, store)
    headers, body = receiver.received[0]
    assert Webhook(SECRET).verify(body.decode(), headers) == {"type": "offer"}
    assert outcome.state == "delivered"
    assert outcome.published_at is not None


async def test_every_retry_carries_the_same_id(store: Store) -> None:
    async with receiving(500, 429) as receiver:
        outcome = await settle(receiver, store)
    assert [headers["webhook-id"] for headers, _ in receiver.received] == ["key-1"] * 3
    assert (outcome.state, outcome.attempts) == ("delivered", 3)


async def test_a_busy_service_is_left_alone_for_as_long_as_it_asks(store: Store) -> None:
    async with receiving(429) as receiver:
        receiver.more = "Retry-After: 2\r\n"
        settled = await settle(receiver, store, good_for=1.5)
    assert (settled.state, settled.attempts, len(receiver.received)) == ("expired", 1, 1)


async def test_a_final_answer_is_not_asked_again(store: Store) -> None:
    async with receiving(410) as receiver:
        outcome = await settle(receiver, store)
    assert len(receiver.received) == 1
    assert (outcome.state, outcome.error) == ("failed", "the webhook answered 410")


async def test_nothing_leaves_after_it_expired(store: Store) -> None:
    async with receiving(503, 503) as receiver:
        outcome = await settle(receiver, store, good_for=0.2)
    assert outcome.state == "expired"
    assert replace(outcome, error=None).attempts == len(receiver.received) == 1
