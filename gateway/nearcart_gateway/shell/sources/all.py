"""Everything that brings carts without a webhook: the inbox, and for each source with an API its fetcher and its poller."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Protocol

import structlog

from nearcart_contract.store_file import Store
from nearcart_gateway.core.asking.registry import asker_of
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.sources.fetcher import Fetcher
from nearcart_gateway.shell.sources.inbox_watch import InboxWatch
from nearcart_gateway.shell.sources.intake import CartIntake
from nearcart_gateway.shell.sources.poller import Poller
from nearcart_gateway.shell.sources.relay_drain import RelayDrain
from nearcart_gateway.shell.sources.secrets_watch import SourceSecrets
from nearcart_gateway.shell.sources.shop_client import ShopClient
from nearcart_gateway.shell.sources.state import SourceStates
from nearcart_gateway.shell.sources.tidy import tidy

log = structlog.get_logger(__name__)

AGAIN_S = 30.0


class _Part(Protocol):
    async def run(self) -> None: ...


class CartSources:
    """One store's. ``states`` says how they go."""

    def __init__(
        self,
        store: Store,
        secrets: SourceSecrets,
        intake: CartIntake,
        clock: StoreClock,
        database: Path,
        reading: sqlite3.Connection,
    ) -> None:
        self.states = SourceStates()
        self._database, self._secrets = database, secrets
        self._inbox = InboxWatch(store, intake, clock, database)
        self._clients: list[ShopClient] = []
        self._fetchers: list[Fetcher] = []
        self._pollers: list[Poller] = []
        for name, source in store.sources.items():
            asker, poll = asker_of(name, source), getattr(source, "poll", None)
            if asker is None:
                continue
            client = ShopClient()
            self._clients.append(client)
            self._fetchers.append(Fetcher(name, source, asker, client, intake, reading, self.states))
            if poll is not None:
                self._pollers.append(Poller(name, source, poll, asker, client, intake, reading, self.states))

        self._relay = None if store.relay is None else RelayDrain(secrets, store.relay, intake, self.states)

    async def run(self) -> None:
        """Until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(tidy(self._database))
                parts: tuple[_Part, ...] = (
                    self._secrets,
                    self._inbox,
                    *self._fetchers,
                    *self._pollers,
                    *([self._relay] if self._relay else []),
                )
                for part in parts:
                    tasks.create_task(_never_stops(part))
        finally:
            for client in self._clients:
                await client.close()


async def _never_stops(part: _Part) -> None:
    """A source that goes wrong in a way nobody thought of is started again; the store goes on meanwhile."""
    while True:
        try:
            await part.run()
        except Exception:
            log.exception("source_failed", part=type(part).__name__, again_in_s=AGAIN_S)
            await asyncio.sleep(AGAIN_S)
