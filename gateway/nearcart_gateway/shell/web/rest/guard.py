"""What stands before the API: rates, keys, the size and pace of bodies, and an end to what takes too long.

A request without an ``Authorization: Bearer`` header is a viewer of the console if the console's own door lets it in. No browser
sends a key by itself, and without one nothing is written, so no page elsewhere can make a viewer's browser change anything.
"""

import asyncio
import math
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nearcart_gateway.core.rate_limit import Rate, TokenBuckets
from nearcart_gateway.shell.web.auth import Door, client_address
from nearcart_gateway.shell.web.beside import PREFIX
from nearcart_gateway.shell.web.login_limit import ATTEMPTS, LoginLimit, subscriber
from nearcart_gateway.shell.web.rest.callers import Caller, KeyRing
from nearcart_gateway.shell.web.rest.problems import ProblemError

log = structlog.get_logger(__name__)

EVENTS_PATH = f"{PREFIX}/events"
CHECK_PATH = f"{PREFIX}/check"
_OURS = "Something went wrong here, not with your request. The gateway's log says what."
CHECK_COSTS = 5.0
"""Requests that checking a text counts as: it reads every offer."""


@dataclass(frozen=True, slots=True)
class ApiLimits:
    """How much the API takes. Times are seconds."""

    per_key: Rate = field(default_factory=lambda: Rate(per_second=20, burst=100))
    per_address: Rate = field(default_factory=lambda: Rate(per_second=40, burst=200))
    wrong_keys: int = ATTEMPTS
    body_bytes: int = 700_000
    body_within_s: float = 10.0
    answer_within_s: float = 15.0
    bodies_at_once: int = 16


class ApiGuard:
    """Middleware of the API. ``request.state.caller`` is who asks."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        keys: KeyRing,
        door: Door,
        now: Callable[[], float],
        used: Callable[[str], None],
        limits: ApiLimits,
    ) -> None:
        self._app = app
        self._keys = keys
        self._door = door
        self._now = now
        self._used = used
        self._limits = limits
        self._addresses = TokenBuckets(limits.per_address)
        self._by_key = TokenBuckets(limits.per_key)
        self._wrong_keys = LoginLimit(limits.wrong_keys)
        self._reading = asyncio.Semaphore(limits.bodies_at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        answering = _Answering(send)
        try:
            await self._answer(scope, receive, answering)
        except ProblemError as problem:
            await answering.instead(problem, scope, receive)
        except TimeoutError:
            await answering.instead(_busy("This took too long and was given up. Ask for less."), scope, receive)
        except Exception as error:
            log.error("api_failed", path=scope["path"][:200], error=type(error).__name__, at=_place(error))
            await answering.instead(ProblemError(500, _OURS), scope, receive)

    async def _answer(self, scope: Scope, receive: Receive, send: "_Answering") -> None:
        steady = time.monotonic()
        _pass(self._addresses.take(subscriber(client_address(scope)), steady), "from this address")
        caller = self._caller(scope, steady)
        if caller.key is not None:
            cost = CHECK_COSTS if scope["path"] == CHECK_PATH else 1.0
            _pass(self._by_key.take(caller.key.id, steady, cost), "with this key")
            self._used(caller.key.id)
        scope.setdefault("state", {})["caller"] = caller
        body = await self._body(scope, receive)
        within = None if scope["path"] == EVENTS_PATH else self._limits.answer_within_s
        async with asyncio.timeout(within):
            await self._app(scope, _replay(body, receive), send)
        if scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            _log_change(scope, caller, send.status)

    def _caller(self, scope: Scope, steady: float) -> Caller:
        offered = Headers(scope=scope).get("authorization", "")
        scheme, _, text = offered.partition(" ")
        if offered and scheme.lower() != "basic":
            return self._holder(scheme, text.strip(), client_address(scope), steady)
        refusal = self._door.refusal(scope, steady)
        if refusal is None:
            return Caller("console")
        challenges = [value for name, value in refusal.raw_headers if name == b"www-authenticate"]
        headers = {"WWW-Authenticate": ", ".join(['Bearer realm="nearcart"', *(text.decode() for text in challenges)])}
        if refusal.status_code == 429:
            headers = {"Retry-After": refusal.headers["retry-after"]}
        status = 401 if refusal.status_code == 403 else refusal.status_code
        raise ProblemError(
            status, "Send a key: Authorization: Bearer nck_… (nearcart keys add makes one).", headers=headers
        )

    def _holder(self, scheme: str, text: str, address: str, steady: float) -> Caller:
        key = self._keys.find(text) if scheme.lower() == "bearer" else None
        state = "unknown" if key is None else key.state(self._now())
        if key is not None and state == "valid":
            return Caller(key.role, key)
        wait = self._wrong_keys.wait(address, steady)
        _pass(wait, "with wrong keys from this address")
        self._wrong_keys.failed(address, steady)
        raise ProblemError(
            401,
            f"This key is {state}. `nearcart keys list` shows which are in use, `nearcart keys add` makes one.",
            headers={"WWW-Authenticate": 'Bearer realm="nearcart", error="invalid_token"'},
        )

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """The whole body, bounded in size and time, before anything else is done with the request."""
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > self._limits.body_bytes:
            raise self._too_large()
        if self._reading.locked():
            raise _busy("Too many requests are being read. Send it again in a moment.")
        async with self._reading:
            try:
                async with asyncio.timeout(self._limits.body_within_s):
                    return await self._read(receive)
            except TimeoutError:
                raise ProblemError(408, f"The body did not come within {self._limits.body_within_s:.0f} s.") from None

    async def _read(self, receive: Receive) -> bytes:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ProblemError(400, "The body ended early. Send it again.")
            body += message.get("body", b"")
            if len(body) > self._limits.body_bytes:
                raise self._too_large()
            if not message.get("more_body", False):
                return bytes(body)

    def _too_large(self) -> ProblemError:
        return ProblemError(
            413, f"The body is larger than {self._limits.body_bytes // 1000} kB, which is all that is read."
        )


class _Answering:
    """``send`` that knows whether an answer has begun: then no problem can take its place."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._begun = False
        self.status = 0

    async def __call__(self, message: Message) -> None:
        self._begun = True
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)

    async def instead(self, problem: ProblemError, scope: Scope, receive: Receive) -> None:
        if not self._begun:
            await problem.response()(scope, receive, self._send)


def _log_change(scope: Scope, caller: Caller, status: int) -> None:
    """Who changed what kind of thing; the route and not the path, which could name a visitor who is forgotten later."""
    route = getattr(scope.get("route"), "path", "none")
    name = caller.key.name if caller.key else None
    log.info("api_change", key=name, role=caller.role, method=scope["method"], route=route, status=status)


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body that was read, and then whatever comes: the end of the connection."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _pass(wait: float, how: str) -> None:
    if wait > 0:
        seconds = math.ceil(wait)
        raise ProblemError(
            429, f"Too many requests {how}. Try again in {seconds} s.", headers={"Retry-After": str(seconds)}
        )


def _place(error: Exception) -> str:
    """Where it happened. An error's own words stay out of the log: they may hold what was sent."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


def _busy(detail: str) -> ProblemError:
    return ProblemError(503, detail, headers={"Retry-After": "5"})
