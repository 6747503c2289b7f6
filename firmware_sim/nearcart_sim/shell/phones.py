"""The far end: what truly reached visitors' phones, the screens and the staff."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import aiomqtt
import structlog
from pydantic import ValidationError

from nearcart_contract.offer_message import OfferMessage, OfferWithdrawn
from nearcart_contract.topics import screen_topic, staff_topic, visitor_offer_topic

log = structlog.get_logger(__name__)

_AT_LEAST_ONCE = 1
_RECONNECT_S = 0.1
"""Short, as what is published while no phone listens is lost to a clean session."""


@dataclass(frozen=True, slots=True)
class ReceivedOffer:
    """One message as it arrived. ``received_at`` is this process's monotonic clock, ``at`` Unix seconds."""

    topic: str
    message: OfferMessage
    received_at: float
    at: float


class PhoneListener:
    """Listens while the context is open, and connects again whenever the broker goes away::

    async with PhoneListener("127.0.0.1", 1883, "corner-shop").listening() as phones:
        ...
        phones.received
    """

    def __init__(
        self, host: str, port: int, store: str, *, username: str | None = None, password: str | None = None
    ) -> None:
        self.received: list[ReceivedOffer] = []
        self.withdrawn: set[str] = set()
        self.unreadable = 0
        self.connected = asyncio.Event()
        self._client_arguments = (host, port)
        self._credentials = (username, password)
        self._topics = (visitor_offer_topic(store, "+"), screen_topic(store, "+"), staff_topic(store))

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["PhoneListener"]:
        """Listen in the background."""
        task = asyncio.create_task(self.run())
        try:
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def run(self) -> None:
        """Listen for ever."""
        while True:
            try:
                await self._listen()
            except aiomqtt.MqttError as error:
                log.info("phones_disconnected", problem=str(error))
            finally:
                self.connected.clear()
            await asyncio.sleep(_RECONNECT_S)

    def by_key(self) -> dict[str, list[ReceivedOffer]]:
        """Idempotency key to every message that carried it: more than one is a repeat, not a second offer."""
        grouped: dict[str, list[ReceivedOffer]] = {}
        for offer in self.received:
            grouped.setdefault(offer.message.key, []).append(offer)
        return grouped

    async def _listen(self) -> None:
        host, port = self._client_arguments
        username, password = self._credentials
        async with aiomqtt.Client(host, port, username=username, password=password) as client:
            for topic in self._topics:
                await client.subscribe(topic, qos=_AT_LEAST_ONCE)
            self.connected.set()
            async for message in client.messages:
                self._take(str(message.topic), message.payload)

    def _take(self, topic: str, payload: object) -> None:
        body = payload if isinstance(payload, bytes) else b""
        try:
            if b'"offer.withdrawn"' in body:
                self.withdrawn.add(OfferWithdrawn.model_validate_json(body).key)
                return
            offer = OfferMessage.model_validate_json(body)
        except ValidationError as error:
            self.unreadable += 1
            log.warning("offer_unreadable", topic=topic, problems=error.error_count())
            return
        self.received.append(ReceivedOffer(topic, offer, time.monotonic(), time.time()))
