"""The gateway's connection to the broker: reconnects for ever, hands incoming messages on, publishes."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable

import aiomqtt
import structlog

from nearcart_contract.broker import Broker
from nearcart_contract.topics import FROM_EDGE, RECEIPTS, ROOT

log = structlog.get_logger(__name__)

RECONNECT_S = (0.2, 0.5, 1.0, 2.0, 5.0)
KEEPALIVE_S = 15
QUEUED_MESSAGES = 2000

Receive = Callable[[str, bytes], Awaitable[None]]


class NotConnectedError(Exception):
    """There is no broker now; try again later. ``maybe``: the broker may have had it before it was gone."""

    def __init__(self, text: str, *, maybe: bool = False) -> None:
        super().__init__(text)
        self.maybe = maybe


class Link:
    """One MQTT connection. ``receive`` is awaited for each message, so that a busy gateway slows its reading."""

    def __init__(self, store: str, broker: Broker, receive: Receive) -> None:
        self._store = store
        self._broker = broker
        self._receive = receive
        self._client: aiomqtt.Client | None = None
        self.connected_since: float | None = None
        self.problem: str | None = "not connected yet"
        self.connections = 0

    async def run(self) -> None:
        """Stay connected until cancelled."""
        failures = 0
        while True:
            _end_if_cancelled()
            try:
                async with self._open() as client:
                    for channel in FROM_EDGE:
                        qos = 0 if channel in ("samples", "health") else 1
                        await client.subscribe(f"{ROOT}/{self._store}/edge/+/{channel}", qos=qos)
                        _end_if_cancelled()
                    for topic in RECEIPTS:
                        await client.subscribe(f"{ROOT}/{self._store}/{topic}", qos=1)
                        _end_if_cancelled()
                    self._client, self.problem, failures = client, None, 0
                    self.connections += 1
                    log.info("broker_connected", host=self._broker.host, port=self._broker.port)
                    async for message in client.messages:
                        payload = message.payload
                        await self._receive(str(message.topic), payload if isinstance(payload, bytes) else b"")
            except (aiomqtt.MqttError, OSError) as error:
                self._client = None
                self.problem = f"broker {self._broker.host}:{self._broker.port} is out of reach: {error}"
                wait = RECONNECT_S[min(failures, len(RECONNECT_S) - 1)]
                failures += 1
                log.warning("broker_lost", problem=self.problem, again_in_s=wait)
                await asyncio.sleep(wait)
            finally:
                self._client = None

    async def publish(self, topic: str, payload: str | bytes, qos: int = 1) -> None:
        """Publish; with QoS 1 returns when the broker has it. Raises ``NotConnectedError``."""
        client = self._client
        if client is None:
            raise NotConnectedError(self.problem or "not connected")
        try:
            await client.publish(topic, payload, qos=qos, timeout=5)
        except aiomqtt.MqttError as error:
            _end_if_cancelled()
            raise NotConnectedError(str(error), maybe=True) from error
        _end_if_cancelled()

    def _open(self) -> aiomqtt.Client:
        broker = self._broker
        return aiomqtt.Client(
            broker.host,
            broker.port,
            username=broker.username,
            password=broker.password.get_secret_value() if broker.password else None,
            tls_context=ssl.create_default_context(cafile=str(broker.tls_ca)) if broker.tls_ca else None,
            keepalive=KEEPALIVE_S,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
            clean_session=True,
            max_queued_incoming_messages=QUEUED_MESSAGES,
            max_concurrent_outgoing_calls=64,
            timeout=5,
        )


def _end_if_cancelled() -> None:
    """Take up a cancellation that got lost: before Python 3.12 ``asyncio.wait_for``, which aiomqtt waits with, swallows one that
    comes together with the broker's answer. Raises ``CancelledError``."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
