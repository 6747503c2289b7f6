"""Who may look at the console: anybody on this machine, or whoever knows the password.

Webhooks carry their own signatures, a visitor's own page the secret in its link, and ``/healthz`` says nothing private: all pass.
"""

import base64
import binascii
import hashlib
import hmac
import time
from typing import Protocol

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from nearcart_gateway.shell.web.login_limit import LoginLimit
from nearcart_gateway.shell.web.loopback import host_without_port, is_loopback

USER = "nearcart"

_LONGEST_AUTHORIZATION = 1024
_PUBLIC = frozenset({"/healthz", "/static/icon.svg", "/static/palette.css", "/static/text.js"})
_BASIC = {"WWW-Authenticate": 'Basic realm="nearcart", charset="UTF-8"'}


class Door(Protocol):
    """Says who may not look."""

    def refusal(self, scope: Scope, now: float) -> PlainTextResponse | None:
        """The answer to somebody who may not, or ``None``. ``now`` is seconds of a steady clock."""


class OnlyThisMachine:
    """Without a password: the page answers to loopback names only, or any web page could reach it by DNS rebinding."""

    def refusal(self, scope: Scope, now: float) -> PlainTextResponse | None:
        host = host_without_port(Headers(scope=scope).get("host", ""))
        if is_loopback(host):
            return None
        text = (
            f"This console answers to 127.0.0.1 and localhost only, and was asked for '{host[:100]}'.\n"
            "To open it under another name, set console.password in store.yaml.\n"
        )
        return PlainTextResponse(text, status_code=403)


class PasswordNeeded:
    """HTTP Basic (RFC 7617), user ``nearcart``. Compares in constant time and lets nobody guess quickly."""

    def __init__(self, password: str, limit: LoginLimit) -> None:
        self._expected = _digest(f"{USER}:{password}".encode())
        self._limit = limit

    def refusal(self, scope: Scope, now: float) -> PlainTextResponse | None:
        offered = Headers(scope=scope).get("authorization")
        if offered is None:
            return PlainTextResponse(f"Log in as '{USER}' with the console's password.\n", 401, _BASIC)
        address = client_address(scope)
        wait = self._limit.wait(address, now)
        if wait > 0:
            text = f"Too many wrong passwords from here. Try again in {wait:.0f} s.\n"
            return PlainTextResponse(text, 429, {"Retry-After": f"{wait:.0f}"})
        if not hmac.compare_digest(_digest(_credentials(offered)), self._expected):
            self._limit.failed(address, now)
            text = (
                f"Wrong user or password: the user is '{USER}', the password stands in store.yaml (console.password).\n"
            )
            return PlainTextResponse(text, 401, _BASIC)
        self._limit.succeeded(address)
        return None


class Guarded:
    """An application behind a door. Webhooks, visitors' own pages with their files, and ``/healthz`` pass."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _is_public(scope["path"]):
            await self._app(scope, receive, send)
            return
        refusal = self._door.refusal(scope, time.monotonic())
        await (refusal or self._app)(scope, receive, send)


def client_address(scope: Scope) -> str:
    """The address that a request came from, empty where there is none."""
    client = scope.get("client")
    return client[0] if client else ""


def _is_public(path: str) -> bool:
    return path in _PUBLIC or path.startswith(("/hooks/", "/me/", "/static/me/"))


def _credentials(header: str) -> bytes:
    """``user:password`` of a header, empty when it is none that we read."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > _LONGEST_AUTHORIZATION:
        return b""
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _digest(credentials: bytes) -> bytes:
    """Of equal length whatever was typed, so that comparing tells nothing of the password's."""
    return hashlib.sha256(credentials).digest()
