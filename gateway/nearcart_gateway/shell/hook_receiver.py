"""Takes a shop's webhooks: signature first, then once each, then into the cart book with the next transaction."""

import sqlite3
import time
from collections import Counter
from collections.abc import Mapping

import structlog

from nearcart_contract.store_file import Store
from nearcart_gateway.core.changes import Changes, SetAside
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.hooks.event import BadSignatureError, HookEvent, IgnoredError, UnreadableError
from nearcart_gateway.core.hooks.registry import read_hook
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.storage import carts
from nearcart_gateway.shell.web.views import HookAnswer
from nearcart_gateway.shell.writer import NotCommittedError, Writer

log = structlog.get_logger(__name__)


class Hooks:
    """Implements ``HookReceiver``. A shop gets 200 only for what is on disk, so that it sends the rest again."""

    def __init__(self, store: Store, writer: Writer, clock: StoreClock, reading: sqlite3.Connection) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._reading = reading
        self._under_way: set[tuple[str, str]] = set()
        self.counted: Counter[tuple[str, str]] = Counter()

    async def receive(self, source: str, headers: Mapping[str, str], body: bytes) -> HookAnswer:
        configured = self._store.sources.get(source)
        if configured is None:
            self.counted["unknown", "unknown_source"] += 1
            return HookAnswer(404, {"error": "no such source in store.yaml"})
        try:
            event = read_hook(configured, source, headers, body, time.time())
            return await self._take(source, event)
        except BadSignatureError as error:
            log.warning("hook_refused", source=source, problem=str(error))
            return self._answer(source, "bad_signature", 401, {"error": str(error)})
        except IgnoredError as error:
            return self._answer(source, "ignored", 200, {"ignored": str(error)})
        except UnreadableError as error:
            log.warning("hook_set_aside", source=source, problem=str(error))
            return await self._set_aside(source, headers, body, str(error))
        except NotCommittedError:
            return self._answer(source, "not_committed", 503, {"error": "not stored; send it again"})

    async def _take(self, source: str, event: HookEvent) -> HookAnswer:
        mark = (source, event.dedup_key)
        if mark in self._under_way or carts.hook_seen(self._reading, source, event.dedup_key):
            return self._answer(source, "repeated", 200, {"repeated": True})

        def apply(engine: StoreEngine, changes: Changes) -> None:
            changes.hooks.append(mark)
            for change in event.changes:
                changes.cart_records += engine.carts.apply(change, self._clock.now())

        self._under_way.add(mark)
        try:
            await self._writer.commit(apply)
        finally:
            self._under_way.discard(mark)
        return self._answer(source, "taken", 200, {"taken": True})

    async def _set_aside(self, source: str, headers: Mapping[str, str], body: bytes, problem: str) -> HookAnswer:
        kept = SetAside(source, carts.shown_headers(headers), body, problem, self._clock.now())

        def apply(_engine: StoreEngine, changes: Changes) -> None:
            changes.set_aside.append(kept)

        try:
            await self._writer.commit(apply)
        except NotCommittedError:
            return self._answer(source, "not_committed", 503, {"error": "not stored; send it again"})
        return self._answer(source, "unreadable", 422, {"error": problem})

    def _answer(self, source: str, outcome: str, status: int, body: dict[str, object]) -> HookAnswer:
        self.counted[source, outcome] += 1
        return HookAnswer(status, body)
