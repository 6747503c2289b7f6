"""The connection to the broker: made again for ever, with back-off and jitter."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from pydantic import BaseModel

from nearcart_contract.broker import Broker
from nearcart_contract.edge_state import Death
from nearcart_contract.topics import TO_EDGE, EdgeChannel, edge_topic
from nearcart_edge.shell.broker_client import broker_client, broker_sentence, end_if_cancelled, first_error
from nearcart_edge.shell.light_structlog import Log
from nearcart_edge.shell.problems import Problems

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0


class Session:
    """One connection, for as long as it lasts. Its methods raise ``aiomqtt.MqttError`` when it is gone."""

    def __init__(self, client: aiomqtt.Client, store: str, edge: str) -> None:
        self._client = client
        self._store = store
        self._edge = edge

    async def publish(self, channel: EdgeChannel, message: BaseModel, *, qos: int, retain: bool = False) -> None:
        """Publish one message; for QoS 1, wait until the broker has it."""
        await self.publish_bytes(channel, message.model_dump_json(exclude_none=True).encode(), qos=qos, retain=retain)

    async def publish_bytes(self, channel: EdgeChannel, payload: bytes, *, qos: int, retain: bool = False) -> None:
        """Publish a message that is encoded already."""
        try:
            await self._client.publish(edge_topic(self._store, self._edge, channel), payload, qos=qos, retain=retain)
        finally:
            end_if_cancelled()

    async def publish_at(self, topic: str, payload: bytes) -> None:
        """Publish at a topic that is not an edge's own, retained; the broker may not allow it."""
        try:
            await self._client.publish(topic, payload, qos=1, retain=True)
        finally:
            end_if_cancelled()

    @property
    def messages(self) -> aiomqtt.client.MessagesIterator:
        """What the gateway sends to this edge."""
        return self._client.messages


class Link:
    """Keeps one edge connected."""

    def __init__(
        self,
        broker: Broker,
        store: str,
        edge: str,
        death: Death,
        *,
        problems: Problems,
        random: Random,
        log: Log,
    ) -> None:
        self._broker = broker
        self._store = store
        self._edge = edge
        self._death = death
        self._problems = problems
        self._random = random
        self._log = log
        self._pause = FIRST_PAUSE_S
        self._session: Session | None = None

    @property
    def connected(self) -> bool:
        return self._session is not None

    async def run(self, serve: Callable[[Session], Awaitable[None]]) -> None:
        """Connect, and call ``serve`` with each connection; it ends by the connection's ``MqttError``."""
        while True:
            try:
                async with asyncio.TaskGroup() as one_connection:
                    one_connection.create_task(self._connect(serve))
            except* (aiomqtt.MqttError, OSError) as errors:
                self._problems.say("broker", self._sentence(first_error(errors)))
            await asyncio.sleep(self._pause * self._random.uniform(0.5, 1.0))
            self._pause = min(2 * self._pause, LONGEST_PAUSE_S)

    async def goodbye(self) -> None:
        """Say that this edge stops on purpose, where there is a connection to say it on."""
        if self._session is not None:
            await self._session.publish("state", self._death, qos=1, retain=True)

    async def _connect(self, serve: Callable[[Session], Awaitable[None]]) -> None:
        async with self._client() as client:
            await client.subscribe([(edge_topic(self._store, self._edge, channel), 1) for channel in TO_EDGE])
            end_if_cancelled()
            self._log.info("connected", broker=self._broker.host, port=self._broker.port)
            self._problems.say("broker", None)
            self._pause = FIRST_PAUSE_S
            self._session = Session(client, self._store, self._edge)
            try:
                await serve(self._session)
            finally:
                self._session = None

    def _client(self) -> aiomqtt.Client:
        return broker_client(
            self._broker,
            f"nearcart-{self._store}-{self._edge}",
            will=aiomqtt.Will(
                edge_topic(self._store, self._edge, "state"), self._death.model_dump_json(), qos=1, retain=True
            ),
        )

    def _sentence(self, error: BaseException) -> str:
        told = broker_sentence(self._broker, error)
        return (
            told
            if isinstance(error, MqttConnectError)
            else f"{told} It is tried for ever; transitions wait in the outbox"
        )
