"""Listens to the edges' topics beside the gateway: which edges have their roster, and what they say they heard."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiomqtt
from pydantic import ValidationError

from nearcart_contract.edge_state import Health
from nearcart_contract.roster import Roster
from nearcart_contract.topics import edge_topic, parse_edge_topic

_RECONNECT_S = 0.2


class EdgeWatch:
    """``adverts_heard`` counts what edges told in their health messages, over restarts."""

    def __init__(self, port: int, store: str) -> None:
        self._port = port
        self._store = store
        self._rosters: dict[str, set[str]] = {}
        self._complete: set[str] = set()
        self._heard: dict[tuple[str, str], int] = {}
        self._told: set[str] = set()
        self.connected = asyncio.Event()

    @property
    def adverts_heard(self) -> int:
        return sum(self._heard.values())

    def know(self, edges: tuple[str, ...], identities: int) -> bool:
        """Whether each of ``edges`` was sent a complete roster of so many identities."""
        return all(edge in self._complete and len(self._rosters[edge]) >= identities for edge in edges)

    def forget_health(self) -> None:
        """From now on ``told`` asks for newer messages."""
        self._told.clear()

    def told(self, edges: tuple[str, ...]) -> bool:
        """Whether each of ``edges`` has told how it is since ``forget_health``."""
        return self._told.issuperset(edges)

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watch in the background, and connect again whenever the broker goes away."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(aiomqtt.MqttError):
                await self._listen()
            self.connected.clear()
            await asyncio.sleep(_RECONNECT_S)

    async def _listen(self) -> None:
        async with aiomqtt.Client("127.0.0.1", self._port) as client:
            await client.subscribe([(edge_topic(self._store, "+", channel), 1) for channel in ("roster", "health")])
            self.connected.set()
            async for message in client.messages:
                with contextlib.suppress(ValidationError):
                    self._take(str(message.topic), bytes(message.payload or b""))

    def _take(self, topic: str, payload: bytes) -> None:
        place = parse_edge_topic(topic)
        if place.channel == "roster":
            self._take_roster(place.edge, Roster.model_validate_json(payload))
        else:
            health = Health.model_validate_json(payload)
            self._heard[place.edge, str(health.epoch)] = health.adverts_heard
            self._told.add(place.edge)

    def _take_roster(self, edge: str, roster: Roster) -> None:
        if roster.number == 1:
            self._rosters[edge] = set()
        known = self._rosters.setdefault(edge, set())
        known.update(entry.id for entry in roster.identities)
        known.difference_update(roster.removed)
        if roster.complete:
            self._complete.add(edge)
