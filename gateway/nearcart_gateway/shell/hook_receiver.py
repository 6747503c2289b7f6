"""Takes a shop's webhooks: signature first, then once each, then into the cart book with the next transaction."""

import sqlite3
import time
from collections import Counter
from collections.abc import Mapping

import structlog

from nearcart_gateway.core.changes import SetAside
from nearcart_gateway.core.hooks.event import BadSignatureError, IgnoredError, UnreadableError
from nearcart_gateway.core.hooks.registry import PLATFORMS, read_hook, shown_headers
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.sources.intake import CartIntake
from nearcart_gateway.shell.sources.secrets_watch import SourceSecrets
from nearcart_gateway.shell.storage import set_aside
from nearcart_gateway.shell.web.views import HookAnswer
from nearcart_gateway.shell.writer import NotCommittedError

log = structlog.get_logger(__name__)


class Hooks:
    """Implements ``HookReceiver``. A shop gets 200 only for what is on disk, so that it sends the rest again."""

    def __init__(
        self, secrets: SourceSecrets, intake: CartIntake, clock: StoreClock, reading: sqlite3.Connection
    ) -> None:
        self._secrets = secrets
        self._intake = intake
        self._clock = clock
        self._reading = reading

    @property
    def counted(self) -> Counter[tuple[str, str]]:
        """By source and outcome."""
        return self._intake.counted

    async def receive(self, source: str, headers: Mapping[str, str], body: bytes) -> HookAnswer:
        configured = self._secrets.sources.get(source)
        if configured is None:
            self.counted["unknown", "unknown_source"] += 1
            return HookAnswer(404, {"error": "no such source in store.yaml"})
        try:
            event = read_hook(configured, source, headers, body, time.time())
            taken = await self._intake.take(source, [event])
            return HookAnswer(200, {"taken": True} if taken.new else {"repeated": True})
        except BadSignatureError as error:
            log.warning("hook_refused", source=source, problem=str(error))
            return self._answer(source, "bad_signature", 401, {"error": str(error)})
        except IgnoredError as error:
            return self._answer(source, "ignored", 200, {"ignored": str(error)})
        except UnreadableError as error:
            log.warning("hook_set_aside", source=source, problem=str(error))
            return await self._set_aside(source, headers, body, str(error))
        except NotCommittedError:
            return self._not_committed(source)

    async def _set_aside(self, source: str, headers: Mapping[str, str], body: bytes, problem: str) -> HookAnswer:
        kept = SetAside(source, shown_headers(headers), body, problem, self._clock.now())
        try:
            await self._intake.take(source, (), [kept])
        except NotCommittedError:
            return self._not_committed(source)
        return HookAnswer(PLATFORMS[self._secrets.sources[source].platform].unreadable_status, {"error": problem})

    def set_aside(self) -> dict[str, int]:
        """How many payloads are kept that could not be read, by source."""
        return set_aside.counted(self._reading)

    def _not_committed(self, source: str) -> HookAnswer:
        return self._answer(source, "not_committed", 503, {"error": "not stored; send it again"})

    def _answer(self, source: str, outcome: str, status: int, body: dict[str, object]) -> HookAnswer:
        self.counted[source, outcome] += 1
        return HookAnswer(status, body)
