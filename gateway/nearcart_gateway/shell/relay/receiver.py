"""Lets in what a shop signed, and keeps it as it came."""

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping

import structlog

from nearcart_contract.relay_file import RelayFile
from nearcart_gateway.core.hooks.event import BadSignatureError, IgnoredError, UnreadableError
from nearcart_gateway.core.hooks.registry import PLATFORMS, kept_headers
from nearcart_gateway.shell.relay.outbox import Outbox, OutboxFullError
from nearcart_gateway.shell.web.views import HookAnswer

log = structlog.get_logger(__name__)


class RelayReceiver:
    """Implements ``HookReceiver``. A shop gets 200 only for what is on disk."""

    def __init__(self, file: RelayFile, outbox: Outbox) -> None:
        self._sources = file.sources
        self._outbox = outbox
        self.counted: Counter[str] = Counter()

    async def receive(self, source: str, headers: Mapping[str, str], body: bytes) -> HookAnswer:
        configured = self._sources.get(source)
        if configured is None:
            return self._answer("unknown_source", 404, error="no such source in relay.yaml")
        platform, now = PLATFORMS[configured.platform], time.time()
        try:
            platform.verify(configured.secrets(), headers, body, now)
            kind = platform.open(headers, body).kind
        except BadSignatureError as error:
            log.warning("hook_refused", source=source, problem=str(error))
            return self._answer("bad_signature", 401, error=str(error))
        except IgnoredError as error:
            return self._answer("ignored", 200, ignored=str(error))
        except UnreadableError:
            kind = ""  # the gateway sets it aside and says why
        return await self._keep(source, kind, now, kept_headers(configured.platform, headers), body)

    async def _keep(self, source: str, kind: str, now: float, headers: Mapping[str, str], body: bytes) -> HookAnswer:
        try:
            new = await asyncio.to_thread(self._outbox.keep, source, kind, now, headers, body)
        except OutboxFullError:
            log.error("outbox_full", payloads=self._outbox.payloads, note="is the gateway draining it?")
            return self._answer("full", 503, error="the outbox is full; send it again later")
        except sqlite3.Error as error:
            log.error("outbox_failed", problem=str(error))
            return self._answer("not_kept", 503, error="not stored; send it again")
        return self._answer("kept" if new else "repeated", 200, kept=True)

    def _answer(self, outcome: str, status: int, **body: object) -> HookAnswer:
        self.counted[outcome] += 1
        return HookAnswer(status, body)
