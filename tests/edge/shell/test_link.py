"""The edge's connection to the broker, where a real broker can't be made to answer at the worst moment."""

import asyncio
from typing import Any

from nearcart_edge.shell.link import Session


class AnswersWhenTold:
    """An MQTT client that waits for its broker exactly as aiomqtt does."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def publish(self, *_: Any, **__: Any) -> None:
        await asyncio.wait_for(self.answer, 5)


async def test_a_stop_that_comes_together_with_the_brokers_answer_is_a_stop() -> None:
    """Before Python 3.12 ``asyncio.wait_for`` forgets a cancellation then, and the agent would never end."""
    client = AnswersWhenTold()
    session = Session(client, "shop", "door")  # type: ignore[arg-type]

    async def publish_then_wait() -> None:
        await session.publish_bytes("presence", b"{}", qos=1)
        await asyncio.sleep(3600)

    task = asyncio.create_task(publish_then_wait())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    client.answer.set_result(None)
    task.cancel()
    await asyncio.wait({task}, timeout=5)
    assert task.cancelled()
