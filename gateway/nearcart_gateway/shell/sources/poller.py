"""Asks one source now and then what changed. The cursor moves in the transaction of what it brought, so that nothing is missed."""

import asyncio
import sqlite3
import time
from datetime import UTC, datetime

import structlog

from nearcart_contract.store_file import Poll, Source
from nearcart_gateway.core.asking.ask import OVERLAP, Ask, Asker, ShopAnswerError, cursor_after
from nearcart_gateway.core.asking.pace import back_off
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.hooks.event import HookEvent
from nearcart_gateway.core.source_rows import PollCursor
from nearcart_gateway.shell.sources.intake import Also, CartIntake
from nearcart_gateway.shell.sources.read_documents import read_documents
from nearcart_gateway.shell.sources.shop_client import GoneError, ShopClient, ShopError
from nearcart_gateway.shell.sources.state import SourceState, SourceStates
from nearcart_gateway.shell.storage import fetches
from nearcart_gateway.shell.writer import NotCommittedError

log = structlog.get_logger(__name__)

MOST_PAGES = 5_000
"""In one round: a shop that always names a next page is not followed for ever."""


CLOCK_SET = 2026
"""A clock that shows an earlier year was never set: its first poll would ask for all the shop ever did."""


class Poller:
    """One source's. What fails is tried again later and later; the store goes on with what it knows."""

    def __init__(
        self,
        name: str,
        source: Source,
        poll: Poll,
        asker: Asker,
        client: ShopClient,
        intake: CartIntake,
        reading: sqlite3.Connection,
        states: SourceStates,
    ) -> None:
        self._name, self._source, self._poll = name, source, poll
        self._asker, self._client, self._intake, self._reading = asker, client, intake, reading
        self._states, self._state = states, states.add(name)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            wait_s = await self.round()
            await asyncio.sleep(wait_s)

    async def round(self) -> float:
        """Every list once. How many seconds to wait until the next round."""
        every_s = self._poll.every.total_seconds()
        try:
            for each in self._asker.lists:
                await self._list(each)
        except (ShopError, ShopAnswerError, GoneError, NotCommittedError, sqlite3.Error) as error:
            return max(self._failed(error), every_s)
        self._states.counted[self._name, "polled"] += 1
        self._state.worked(time.time())
        return every_s

    async def _list(self, name: str) -> None:
        now = datetime.now(UTC)
        if now.year < CLOCK_SET:
            raise ShopAnswerError("this machine's clock is not set yet")
        known = self._known(name, now)
        newest: datetime | None = None
        ask: Ask = self._asker.poll(name, known - OVERLAP)
        for _ in range(MOST_PAGES):
            page = self._asker.page(name, ask, await self._client.ask(ask))
            newest = max(filter(None, (newest, page.newest)), default=None)
            if page.rest_s:
                self._client.leave_alone(page.rest_s)
            events, aside = read_documents(self._source, page.documents, time.time())
            events += [HookEvent(f"wanted:{each.kind}:{each.id}:{each.at}", (each,)) for each in page.wanted]
            cursor = PollCursor(self._name, name, cursor_after(known, newest, now).isoformat())
            ends = page.after is None or (page.in_order and bool(page.documents))
            await self._intake.take(self._name, events, aside, _moves(cursor) if ends else None)
            if page.after is None:
                return
            ask = page.after
        raise ShopAnswerError(f"there is no end to the pages of {name}: {MOST_PAGES} were read")

    def _known(self, name: str, now: datetime) -> datetime:
        kept = fetches.cursor_of(self._reading, self._name, name)
        return now - self._poll.back if kept is None else datetime.fromisoformat(kept)

    def _failed(self, error: Exception) -> float:
        problem = str(error) or "what is asked for is not there (404): is the url right?"
        self._state.failed(problem)
        self._states.counted[self._name, "poll_failed"] += 1
        log.warning("poll_failed", source=self._name, problem=problem, failures=self._state.failures)
        asked_s = error.wait_s if isinstance(error, ShopError) else 0.0
        return max(back_off(self._state.failures), asked_s)

    @property
    def state(self) -> SourceState:
        """How it goes."""
        return self._state


def _moves(cursor: PollCursor) -> Also:
    def also(changes: Changes) -> None:
        changes.sources.cursors.append(cursor)

    return also
