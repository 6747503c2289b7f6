"""What keeps a bridge from working: its users, its outboxes, and whether each scanner says anything, each with the fix. It changes nothing."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import aiomqtt

from nearcart_contract.bridge_file import BridgeFile
from nearcart_contract.broker import Broker
from nearcart_edge.core.scanners.kind import Arrival, ReportRefusedError
from nearcart_edge.core.scanners.settings import ScannerSettings, settings_of
from nearcart_edge.core.scanners.topics import matcher
from nearcart_edge.shell.bridge.ear import subscribe
from nearcart_edge.shell.bridge.run import edge_file
from nearcart_edge.shell.bridge.source import OFFLINE
from nearcart_edge.shell.broker_client import broker_client, broker_sentence
from nearcart_edge.shell.doctor import (
    WITHIN_S,
    Finding,
    broker_finding,
    clock_finding,
    disk_finding,
    file_finding,
)

LISTEN_S = 15.0
"""A scanner that is there says so at once (its broker keeps it), and tells what it hears within this time, if it hears anybody."""


async def examine_bridge(config: BridgeFile, path: Path) -> tuple[Finding, ...]:
    """Everything a bridge with this bridge.yaml needs, its paths resolved."""
    edges = [edge_file(config, name) for name in config.edges()]
    brokers = [await broker_finding(each.broker, f"nearcart-{each.store}-{each.edge}", each.edge) for each in edges]
    listen = config.listen or config.broker
    secret = any(broker.password for broker in (listen, *(each.broker for each in edges)))
    return (
        file_finding(path, secret=secret),
        *brokers,
        *await _scanners(config, listen),
        clock_finding(),
        *[
            await asyncio.to_thread(disk_finding, each.outbox.path, each.outbox.max_mb, f"disk {each.edge}")
            for each in edges
        ],
    )


class _Heard:
    """What one scanner said while it was listened to."""

    def __init__(self, settings: ScannerSettings) -> None:
        self.settings = settings
        self.reports = 0
        self.refused: str | None = None
        self.online = False
        self.offline = False
        self._is_report = matcher(settings.reports)
        self._is_heartbeat = matcher(settings.heartbeats)

    def take(self, topic: str, payload: bytes, *, retained: bool) -> None:
        """A message, which may be of another scanner."""
        if topic == self.settings.status:
            self.offline = payload == OFFLINE
            self.online = not self.offline
        elif self._is_heartbeat(topic):
            self.online = True
        elif self._is_report(topic) and not retained:
            self._read(payload)

    def _read(self, payload: bytes) -> None:
        try:
            self.settings.kind.read(payload, Arrival(0.0, self.settings.scanner))
        except ReportRefusedError as reason:
            self.refused = str(reason)
        else:
            self.reports += 1

    def finding(self, broker: Broker) -> Finding:
        """What that means."""
        name, topics = self.settings.scanner, " or ".join(self.settings.reports)
        if self.reports:
            return Finding(name, "ok", f"tells what it hears, on {topics}")
        if self.refused is not None:
            return Finding(name, "wrong", f"its reports can't be read ({self.refused}): is its kind right?")
        if self.offline:
            return Finding(name, "wrong", "its broker says that it is offline: is it powered, and on the network?")
        if self.online:
            return Finding(
                name, "look", f"is there, and told of nobody in {LISTEN_S:g} s on {topics}: carry a tag past it"
            )
        return Finding(
            name,
            "wrong",
            f"not a word of it on {topics}: does it publish to {broker.host}:{broker.port}, "
            "is its node right, and may it and the bridge's user use that topic (the broker's acl)?",
        )


async def _scanners(config: BridgeFile, listen: Broker) -> tuple[Finding, ...]:
    heard = [_Heard(settings_of(name, scanner)) for name, scanner in config.scanners.items()]
    client = broker_client(listen, f"nearcart-{config.store}-ear-doctor", timeout=WITHIN_S)
    try:
        async with client:
            await subscribe(client, [topic for each in heard for topic in each.settings.topics])
            with suppress(TimeoutError):
                async with asyncio.timeout(LISTEN_S):
                    await _listen(client, heard)
    except (aiomqtt.MqttError, OSError, ValueError) as error:
        return (Finding("listen", "wrong", broker_sentence(listen, error)),)
    return tuple(each.finding(listen) for each in heard)


async def _listen(client: aiomqtt.Client, heard: Sequence[_Heard]) -> None:
    """Until each has reported something, or for ever."""
    async for message in client.messages:
        if isinstance(message.payload, bytes | bytearray):
            for each in heard:
                each.take(message.topic.value, bytes(message.payload), retained=message.retain)
        if all(each.reports for each in heard):
            return
