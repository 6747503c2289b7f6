"""Fetches from one source's API what its webhooks only named. What waits is on disk, and outlives the gateway."""

import asyncio
import hashlib
import sqlite3
import time

import structlog

from nearcart_contract.store_file import Source
from nearcart_gateway.core.asking.ask import Answer, Asker, ShopAnswerError
from nearcart_gateway.core.asking.pace import back_off, http_date
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.hooks.event import HookEvent, News
from nearcart_gateway.core.hooks.platform import Payload
from nearcart_gateway.core.source_rows import Fetched, NotFetched
from nearcart_gateway.shell.sources.intake import CartIntake
from nearcart_gateway.shell.sources.read_documents import read_documents
from nearcart_gateway.shell.sources.shop_client import GoneError, ShopClient, ShopError
from nearcart_gateway.shell.sources.state import SourceStates
from nearcart_gateway.shell.storage import fetches
from nearcart_gateway.shell.storage.fetches import Wanted
from nearcart_gateway.shell.writer import NotCommittedError

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.5
REMEMBERED = 5_000
"""Things whose last fetch is known: a shop that was cut off tells of one cart many times over."""


class Fetcher:
    """One source's. A thing that a shop names ten times in a second is fetched once."""

    def __init__(
        self,
        name: str,
        source: Source,
        asker: Asker,
        client: ShopClient,
        intake: CartIntake,
        reading: sqlite3.Connection,
        states: SourceStates,
    ) -> None:
        self._name, self._source, self._asker = name, source, asker
        self._client, self._intake, self._reading = client, intake, reading
        self._states, self._state = states, states.add(name)
        self._answered: dict[tuple[str, str], float] = {}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                for wanted in fetches.due(self._reading, self._name, time.time()):
                    await self._one(wanted)
            except (NotCommittedError, sqlite3.Error) as error:
                log.warning("fetch_waits", source=self._name, problem=str(error))
            await asyncio.sleep(LOOK_EVERY_S)

    async def _one(self, wanted: Wanted) -> None:
        """Fetch one thing and take it. Raises ``NotCommittedError``: then it is fetched again."""
        if self._is_known(wanted):
            self._states.counted[self._name, "cached"] += 1
            known = Fetched(wanted.fetch, b"")
            await self._intake.take(self._name, (), (), lambda changes: _note(changes, known))
            return
        try:
            answer: Answer | None = await self._client.ask(self._asker.fetch(wanted.fetch))
            payload = None if answer is None else self._asker.fetched(wanted.fetch, answer, time.time())
        except GoneError:
            answer, payload = None, None
        except (ShopError, ShopAnswerError) as error:
            await self._missed(wanted, error)
            return
        self._state.worked(time.time())
        self._states.counted[self._name, "gone" if payload is None else "fetched"] += 1
        await (self._gone(wanted) if answer is None or payload is None else self._came(wanted, answer, payload))

    async def _came(self, wanted: Wanted, answer: Answer, payload: Payload) -> None:
        now = time.time()
        events, aside = read_documents(self._source, [payload], now)
        seen = hashlib.sha256(answer.body).digest()
        news: tuple[News, ...] = tuple(change for event in events for change in event.changes)
        wait_s = self._asker.again_after(wanted.fetch, news, now)
        done = Fetched(wanted.fetch, seen, None if wait_s is None else now + wait_s)
        unchanged = seen == wanted.seen  # then when it was fetched is no time of a change
        await self._intake.take(self._name, [] if unchanged else events, aside, lambda changes: _note(changes, done))
        self._remember(wanted, answer)

    def _is_known(self, wanted: Wanted) -> bool:
        """Whether what was fetched before is newer than this word of it, both by the shop's own clock, in whole seconds."""
        answered = self._answered.get((wanted.fetch.kind, wanted.fetch.id))
        return wanted.seen is None and answered is not None and wanted.fetch.at + 1.0 < answered

    def _remember(self, wanted: Wanted, answer: Answer) -> None:
        at = http_date(answer.headers.get("date"))
        if at is not None:
            self._answered[wanted.fetch.kind, wanted.fetch.id] = at
        while len(self._answered) > REMEMBERED:
            del self._answered[next(iter(self._answered))]

    async def _gone(self, wanted: Wanted) -> None:
        news = self._asker.gone(wanted.fetch, time.time())
        fetch, done = wanted.fetch, Fetched(wanted.fetch, b"")
        events = [HookEvent(f"gone:{fetch.kind}:{fetch.id}:{fetch.at}", news)] if news else []
        await self._intake.take(self._name, events, (), lambda changes: _note(changes, done))

    async def _missed(self, wanted: Wanted, error: ShopError | ShopAnswerError) -> None:
        self._state.failed(str(error))
        self._states.counted[self._name, "fetch_failed"] += 1
        failures = wanted.failures + 1
        wait_s = max(back_off(failures), error.wait_s if isinstance(error, ShopError) else 0.0)
        log.warning("fetch_failed", source=self._name, kind=wanted.fetch.kind, problem=str(error), again_in_s=wait_s)
        missed = NotFetched(wanted.fetch, failures, time.time() + wait_s)

        def also(changes: Changes) -> None:
            changes.sources.not_fetched.append(missed)

        await self._intake.take(self._name, (), (), also)


def _note(changes: Changes, done: Fetched) -> None:
    changes.sources.fetched.append(done)
