"""While what the channel said is being written down: a receipt that comes then, whose word says more, and a disk that refuses."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import pytest
import structlog

from nearcart_gateway.core.changes import Changes, Delivery
from nearcart_gateway.core.delivery import latest, receipt
from nearcart_gateway.shell.channels.base import ChannelDelivery, Got, NotDeliveredError
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.deliver import Deliverer
from nearcart_gateway.shell.writer import NotCommittedError


def delivery(state: Any = "waiting") -> Delivery:
    now = time.time()
    return Delivery("key-1", "page", "anna", None, "{}", now, now, now + 60, state)


class Says(ChannelDelivery):
    """A channel that took it, or does not know; counts how often it was asked."""

    def __init__(self, said: Got | None) -> None:
        self.said = said
        self.asked = 0

    async def deliver(self, delivery: Delivery) -> Got:
        self.asked += 1
        if self.said is None:
            raise NotDeliveredError("no answer", maybe=True)
        return self.said


@pytest.mark.parametrize("said", ["sent", "delivered", None])
async def test_what_was_seen_stays_seen_and_is_not_sent_again(said: Literal["sent", "delivered"] | None) -> None:
    settled: asyncio.Future[Delivery] = asyncio.get_running_loop().create_future()
    kept: list[Delivery] = []
    channel = Says(said)

    async def save(apply: Callable[[Any, Changes], None]) -> None:
        if not kept:  # the receipt's row is written just before ours
            known = deliverer.find("key-1")
            assert known is not None
            seen = receipt(known, "seen", time.time()).delivery
            deliverer.arrived(seen)
            kept.append(seen)
        changes = Changes()
        apply(None, changes)
        kept.extend(changes.deliveries)

    deliverer = Deliverer({"page": channel}, StoreClock(), save, settled.set_result)
    deliverer.add([delivery()])
    running = asyncio.create_task(deliverer.run())
    try:
        outcome = await asyncio.wait_for(settled, 5)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert (outcome.state, kept[-1].state, channel.asked) == ("seen", "seen", 1)


@pytest.mark.parametrize(
    ("written", "known", "stays"),
    [
        ("delivered", "seen", "seen"),
        ("seen", "delivered", "seen"),
        ("waiting", "delivered", "delivered"),
        ("unknown", "seen", "seen"),
        ("sending", "waiting", "sending"),
        ("withdrawn", "seen", "withdrawn"),
    ],
)
def test_the_word_that_says_more_stays(written: Any, known: Any, stays: str) -> None:
    assert latest(delivery(written), delivery(known)).state == stays
    assert latest(delivery(written), None).state == written


async def test_when_the_disk_refuses_it_is_said_and_counted_without_naming_her() -> None:
    settled: asyncio.Future[Delivery] = asyncio.get_running_loop().create_future()

    async def save(_apply: Callable[[Any, Changes], None]) -> None:
        raise NotCommittedError("disk I/O error")

    deliverer = Deliverer({"page": Says("sent")}, StoreClock(), save, settled.set_result)
    deliverer.add([replace(delivery(), key="v-anna.press:offer")])
    running = asyncio.create_task(deliverer.run())
    try:
        with structlog.testing.capture_logs() as said:
            await asyncio.wait_for(settled, 5)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert deliverer.counted["page", "not_marked"] == 1
    assert [line["event"] for line in said] == ["delivery_not_marked"]
    assert "anna" not in str(said)
