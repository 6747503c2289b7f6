"""Takes what the relay kept. Every payload is verified again, as if it had come here when it came there."""

import asyncio
import base64
import binascii
import time
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nearcart_contract.store_file import Relay
from nearcart_gateway.core.asking.pace import back_off
from nearcart_gateway.core.changes import SetAside
from nearcart_gateway.core.hooks.event import BadSignatureError, HookEvent, IgnoredError, UnreadableError
from nearcart_gateway.core.hooks.registry import read_hook, shown_headers
from nearcart_gateway.shell.light_imports import load_lightly
from nearcart_gateway.shell.sources.intake import CartIntake
from nearcart_gateway.shell.sources.secrets_watch import SourceSecrets
from nearcart_gateway.shell.sources.shop_client import MAX_ANSWER_BYTES, TIMEOUT_S
from nearcart_gateway.shell.sources.state import SourceStates
from nearcart_gateway.shell.writer import NotCommittedError

if TYPE_CHECKING:
    import httpx

log = structlog.get_logger(__name__)

OLDEST_S = 29 * 86_400.0
"""A repeat is known for 30 days: what a relay says it had for longer is not taken."""

AHEAD_S = 300.0
"""A relay's clock may be this far ahead of ours."""


class RelayError(Exception):
    """The relay gave nothing to go on with; the text says why."""


class _Relayed(BaseModel):
    model_config = ConfigDict(frozen=True)

    number: int = Field(ge=1)
    source: str = Field(max_length=64)
    received_at: float = Field(allow_inf_nan=False)
    headers: dict[str, str]
    body: str

    def content(self) -> bytes:
        return base64.b64decode(self.body, validate=True)


class _Page(BaseModel):
    epoch: str
    payloads: list[_Relayed] = Field(max_length=1000)


class RelayDrain:
    """Asks the relay every few seconds, takes, and only then tells it so. What it could not verify stays in the relay."""

    def __init__(self, secrets: SourceSecrets, relay: Relay, intake: CartIntake, states: SourceStates) -> None:
        self._secrets, self._relay, self._intake = secrets, relay, intake
        self._sources = secrets.sources
        self._states, self._state = states, states.add("relay")
        self._epoch, self._after = "", 0
        self._refused = 0
        self._client: httpx.AsyncClient | None = None

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                wait_s = await self._round()
                await asyncio.sleep(wait_s)
        finally:
            if self._client is not None:
                await self._client.aclose()

    async def _round(self) -> float:
        every_s = self._relay.every.total_seconds()
        self._try_refused_again()
        try:
            while await self._page():
                pass
        except (RelayError, NotCommittedError) as error:
            self._state.failed(str(error))
            self._states.counted["relay", "poll_failed"] += 1
            log.warning("relay_failed", problem=str(error), failures=self._state.failures)
            return max(every_s, back_off(self._state.failures, longest=60.0))
        self._states.counted["relay", "polled"] += 1
        self._state.worked(time.time())
        return every_s

    def _try_refused_again(self) -> None:
        """With other secrets than before, what stayed in the relay is asked for again."""
        if self._secrets.sources is not self._sources:
            self._sources = self._secrets.sources
            self._after, self._refused, self._state.lasting = 0, 0, None

    async def _page(self) -> bool:
        """One page; whether there was anything."""
        page = await self._ask()
        if page.epoch != self._epoch:  # another outbox, which counts from one
            before, self._epoch, self._after = self._after, page.epoch, 0
            page = await self._ask() if before else page
        if any(each.number <= self._after for each in page.payloads):
            raise RelayError("the relay gave what was not asked for")
        taken: list[int] = []
        for source, of_source in groupby(page.payloads, key=lambda each: each.source):
            taken += await self._take(source, list(of_source))
        if taken:
            await self._tell(taken)
        if page.payloads:
            self._after = max(each.number for each in page.payloads)
        return bool(page.payloads)

    async def _take(self, source: str, payloads: Sequence[_Relayed]) -> list[int]:
        """Take what one source sent; the numbers of what is on disk now, or needs not be."""
        events: list[HookEvent] = []
        aside: list[SetAside] = []
        done: list[int] = []
        for relayed in payloads:
            try:
                events.append(self._read(relayed))
            except UnreadableError as error:
                kept = SetAside(
                    source, shown_headers(relayed.headers), relayed.content(), str(error), relayed.received_at
                )
                aside.append(kept)
            except IgnoredError:
                self._intake.counted[source, "ignored"] += 1
            except BadSignatureError as error:
                self._refuse(relayed, str(error))
                continue
            done.append(relayed.number)
        await self._intake.take(source, events, aside)
        return done

    def _read(self, relayed: _Relayed) -> HookEvent:
        """Signature and age are judged as of when the relay received it: that is all it is believed in."""
        configured = self._sources.get(relayed.source)
        if configured is None:
            raise BadSignatureError("its source is not in store.yaml")
        now = time.time()
        if not now - OLDEST_S <= relayed.received_at <= now + AHEAD_S:
            raise BadSignatureError("the relay's time of it is too long ago, or yet to come")
        try:
            body = relayed.content()
        except (binascii.Error, ValueError):
            raise BadSignatureError("its body is not base64") from None
        return read_hook(configured, relayed.source, relayed.headers, body, relayed.received_at)

    def _refuse(self, relayed: _Relayed, problem: str) -> None:
        self._refused += 1
        self._intake.counted[relayed.source if relayed.source in self._sources else "unknown", "bad_signature"] += 1
        log.warning("relayed_hook_refused", source=relayed.source, number=relayed.number, problem=problem)
        self._state.lasting = (
            f"{self._refused} payloads stay in the relay as they can't be verified ({problem}):"
            " is the source's secret the same in store.yaml and relay.yaml? They are asked for again when it is put right"
        )

    async def _ask(self) -> _Page:
        response = await self._http("GET", f"/outbox?after={self._after}")
        try:
            return _Page.model_validate_json(response)
        except ValidationError:
            raise RelayError("the relay's answer is not what a relay answers: is the url right?") from None

    async def _tell(self, numbers: list[int]) -> None:
        """Lost words are no matter: it gives them again, and the senders' ids tell that they are known."""
        await self._http("POST", "/outbox/taken", {"numbers": numbers})

    async def _http(self, method: str, path: str, body: dict[str, list[int]] | None = None) -> bytes:
        load_lightly("httpx")
        import httpx

        if self._client is None:
            key = self._relay.key.get_secret_value()
            self._client = httpx.AsyncClient(timeout=TIMEOUT_S, headers={"Authorization": f"Bearer {key}"})
        url, content = self._relay.url.rstrip("/") + path, bytearray()
        try:
            async with asyncio.timeout(2 * TIMEOUT_S), self._client.stream(method, url, json=body) as response:
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > MAX_ANSWER_BYTES:
                        raise RelayError("the relay's answer is larger than a page can be")
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise RelayError(f"the relay could not be reached ({type(error).__name__})") from None
        if response.status_code in (401, 403):
            raise RelayError(f"the relay refused the key ({response.status_code})")
        if not response.is_success:
            raise RelayError(f"the relay answered {response.status_code}")
        return bytes(content)
