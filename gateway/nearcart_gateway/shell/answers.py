"""What edges are told after a commit: acks, and rosters in answer to births. Only the newest ack of an epoch matters."""

import asyncio
from collections.abc import Awaitable, Callable

from nearcart_contract.edge_state import Birth
from nearcart_contract.presence import Ack
from nearcart_contract.topics import edge_topic
from nearcart_gateway.shell.crash import crash_point
from nearcart_gateway.shell.link import NotConnectedError
from nearcart_gateway.shell.rosters import Rosters

Publish = Callable[[str, str], Awaitable[None]]


class Answers:
    """Sends without holding up the writer. What can't be sent now is asked for again by the edge."""

    def __init__(self, store: str, publish: Publish, rosters: Rosters) -> None:
        self._store = store
        self._publish = publish
        self._rosters = rosters
        self._acks: dict[tuple[str, str], Ack] = {}
        self._births: dict[str, Birth] = {}
        self._something = asyncio.Event()

    def add(self, acks: dict[tuple[str, str], Ack], births: dict[str, Birth]) -> None:
        self._acks.update(acks)
        self._births.update(births)
        if acks or births:
            self._something.set()

    async def run(self) -> None:
        """Answer until cancelled."""
        while True:
            await self._something.wait()
            self._something.clear()
            acks, self._acks = self._acks, {}
            births, self._births = self._births, {}
            await asyncio.gather(*(self._acknowledge(edge, ack) for (edge, _), ack in acks.items()))
            for edge, birth in births.items():
                await self._rosters.answer(edge, birth)

    async def _acknowledge(self, edge: str, ack: Ack) -> None:
        try:
            await self._publish(edge_topic(self._store, edge, "ack"), ack.model_dump_json())
        except NotConnectedError:
            return
        crash_point("after_ack")
