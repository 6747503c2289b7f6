"""Listens to where the scanners publish: one connection for all of them, made again for ever."""

import asyncio
from collections.abc import Sequence
from random import Random

import aiomqtt
from paho.mqtt.reasoncodes import ReasonCode

from nearcart_contract.broker import Broker
from nearcart_edge.shell.bridge.source import BridgedSource
from nearcart_edge.shell.broker_client import broker_client, broker_sentence, end_if_cancelled, first_error
from nearcart_edge.shell.light_structlog import Log

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0

_REFUSED = 128
"""From here on an answer to a subscription says no (MQTT 3.1.1, 3.9.3)."""


class Ear:
    """Hands every message to every source."""

    def __init__(
        self, broker: Broker, identifier: str, sources: Sequence[BridgedSource], random: Random, log: Log
    ) -> None:
        self._broker = broker
        self._identifier = identifier
        self._sources = sources
        self._random = random
        self._log = log
        self._pause = FIRST_PAUSE_S

    async def run(self) -> None:
        """Listen for ever."""
        while True:
            try:
                async with asyncio.TaskGroup() as one_connection:
                    one_connection.create_task(self._listen())
            except* (aiomqtt.MqttError, OSError) as errors:
                self._cut(broker_sentence(self._broker, first_error(errors)))
            await asyncio.sleep(self._pause * self._random.uniform(0.5, 1.0))
            self._pause = min(2 * self._pause, LONGEST_PAUSE_S)

    async def _listen(self) -> None:
        async with broker_client(self._broker, self._identifier) as client:
            for source in self._sources:
                source.reached()
            await subscribe(client, [topic for source in self._sources for topic in source.topics])
            self._log.info("listening", broker=self._broker.host, port=self._broker.port)
            self._pause = FIRST_PAUSE_S
            async for message in client.messages:
                self._hand_on(message)

    def _hand_on(self, message: aiomqtt.Message) -> None:
        if isinstance(message.payload, bytes | bytearray):
            for source in self._sources:
                source.take(message.topic.value, bytes(message.payload), retained=message.retain)

    def _cut(self, sentence: str) -> None:
        self._log.warning("not listening", problem=sentence)
        for source in self._sources:
            source.cut(sentence)


async def subscribe(client: aiomqtt.Client, topics: Sequence[str]) -> None:
    """Ask for these topics. Raises ``MqttError`` where the broker refuses one."""
    different = list(dict.fromkeys(topics))
    answers = await client.subscribe([(topic, 0) for topic in different])
    end_if_cancelled()
    codes = [answer.value if isinstance(answer, ReasonCode) else answer for answer in answers]
    for topic, code in zip(different, codes, strict=False):
        if code >= _REFUSED:
            raise aiomqtt.MqttError(f"it does not let this user hear {topic}: allow it in its acl")
