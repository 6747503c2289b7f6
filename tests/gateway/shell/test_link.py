"""The gateway's connection to the broker, where a real broker can't be made to answer at the worst moment."""

import asyncio
from typing import Any

import pytest

from nearcart_contract.broker import Broker
from nearcart_gateway.shell.link import Link, NotConnectedError


class AnswersWhenTold:
    """An MQTT client that waits for its broker exactly as aiomqtt does."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def publish(self, *_: Any, **__: Any) -> None:
        await asyncio.wait_for(self.answer, 5)


async def nobody(_topic: str, _payload: bytes) -> None:
    return


async def test_a_stop_that_comes_together_with_the_brokers_answer_is_a_stop() -> None:
    """Before Python 3.12 ``asyncio.wait_for`` forgets a cancellation then, and the gateway would never end."""
    link = Link("shop", Broker(host="127.0.0.1", port=1), nobody)
    client = link._client = AnswersWhenTold()  # type: ignore[assignment]

    async def publish_then_wait() -> None:
        await link.publish("topic", "{}")
        await asyncio.sleep(3600)

    task = asyncio.create_task(publish_then_wait())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    client.answer.set_result(None)
    task.cancel()
    await asyncio.wait({task}, timeout=5)
    assert task.cancelled()


async def test_without_a_connection_it_says_so() -> None:
    with pytest.raises(NotConnectedError):
        await Link("shop", Broker(host="127.0.0.1", port=1), nobody).publish("topic", "{}")
