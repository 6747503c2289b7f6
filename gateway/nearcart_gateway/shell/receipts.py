"""Receipts: whoever got an offer says that it is there, or was looked at. True once, however often it is said."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import structlog
from pydantic import ValidationError

from nearcart_contract.offer_message import OfferReceipt
from nearcart_contract.store_file import Store
from nearcart_contract.topics import parse_receipt_topic
from nearcart_gateway.core.changes import Changes, Delivery
from nearcart_gateway.core.delivery import receipt
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.deliver import Deliverer
from nearcart_gateway.shell.intake import RefusedError
from nearcart_gateway.shell.writer import NotCommittedError, Writer

log = structlog.get_logger(__name__)

MOST_WAITING = 1000
AT_ONCE = 200
MOST_BYTES = 1000

_KINDS = {"visitor": "phone", "screen": "screen", "staff": "staff"}
"""The kind of channel that a topic belongs to."""


@dataclass(frozen=True, slots=True)
class Said:
    """A receipt as it came in; ``kind`` and ``name`` are those of its topic, where it came over the broker."""

    key: str
    state: Literal["delivered", "seen"]
    kind: str | None = None
    name: str | None = None


class Receipts:
    """Takes what is said. Who says something of an offer that is not theirs is refused, and counted."""

    def __init__(self, store: Store, deliverer: Deliverer, clock: StoreClock, writer: Writer) -> None:
        self._store = store
        self._deliverer = deliverer
        self._clock = clock
        self._writer = writer
        self._one_by_one = asyncio.Lock()
        self._waiting: asyncio.Queue[Said] = asyncio.Queue(MOST_WAITING)
        self.counted: Counter[tuple[str]] = Counter()

    def heard(self, topic: str, payload: bytes) -> bool:
        """A message of the broker; ``False`` when its topic is none of receipts. Raises ``RefusedError``."""
        about = parse_receipt_topic(topic, self._store.store)
        if about is None:
            return False
        try:
            if len(payload) > MOST_BYTES:
                raise RefusedError("oversize", f"a receipt of {len(payload)} bytes, allowed are {MOST_BYTES}")
            message = OfferReceipt.model_validate_json(payload)
            self._waiting.put_nowait(Said(message.key, message.state, *about))
        except ValidationError as error:
            raise RefusedError("unreadable", f"{topic[:200]}: {error.error_count()} fields can't be read") from None
        except asyncio.QueueFull:
            raise RefusedError("receipts", "too many receipts wait; whoever said it may say it again") from None
        return True

    async def say(self, key: str, state: Literal["delivered", "seen"]) -> Delivery | None:
        """Take a receipt of a program that was let in; ``None`` for an offer that is not known. Raises ``NotCommittedError``."""
        (taken,) = await self._take([Said(key, state)])
        return taken

    async def run(self) -> None:
        """Write down what the broker brought until cancelled."""
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < AT_ONCE and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            try:
                await self._take(batch)
            except NotCommittedError as error:
                self.counted["not_written",] += len(batch)
                log.warning("receipts_not_written", problem=str(error))

    async def _take(self, batch: Sequence[Said]) -> list[Delivery | None]:
        """One commit after another, so that each sees what the one before it wrote."""
        taken: list[Delivery | None] = []
        async with self._one_by_one:
            await self._writer.commit(partial(self._apply, batch, taken))
        return taken

    def _apply(
        self, batch: Sequence[Said], taken: list[Delivery | None], _engine: StoreEngine, changes: Changes
    ) -> None:
        now = self._clock.now()
        taken.clear()
        known: dict[str, Delivery | None] = {}
        for said in batch:
            delivery = known[said.key] if said.key in known else self._deliverer.find(said.key)
            if delivery is None or not self._is_theirs(said, delivery):
                self.counted["refused",] += 1
                taken.append(None)
                continue
            step = receipt(delivery, said.state, now)
            known[said.key] = step.delivery
            changes.receipts += step.receipts
            if step.delivery != delivery:
                changes.deliveries.append(step.delivery)
                self._deliverer.arrived(step.delivery)
            self.counted[said.state,] += 1
            taken.append(step.delivery)

    def _is_theirs(self, said: Said, delivery: Delivery) -> bool:
        if said.kind is None:
            return True
        channel = self._store.channels.get(delivery.channel)
        if channel is None or channel.kind != _KINDS[said.kind]:
            return False
        return replace(said, name={"visitor": delivery.visitor, "screen": delivery.zone}.get(said.kind)) == said
