"""``POST /hooks/{source}``: reads a webhook without letting anybody fill the memory, and hands it on as it came."""

import asyncio
import re
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from nearcart_contract.names import NAME_PATTERN
from nearcart_gateway.shell.web.views import HookAnswer, HookReceiver

MAX_BODY_BYTES = 1_000_000
READ_WITHIN_S = 10.0
READ_AT_ONCE = 16
"""Bodies being read at one time: 16 MB at most."""

_NAME = re.compile(NAME_PATTERN)
_DESCRIPTION = "For shops: the platform's own signed webhook. Repeats are welcome; they are recognised."
_UNREAD: dict[int | str, dict[str, Any]] = {
    404: {"description": "no such source"},
    413: {"description": "larger than 1 MB"},
}


class BodyError(Exception):
    """A body that is not read. ``answer`` is what the sender is told."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.answer = HookAnswer(status, {"detail": detail})


def hook_routes(receiver: HookReceiver) -> APIRouter:
    """The door for webhooks."""
    routes = APIRouter(tags=["webhooks"])
    reading = asyncio.Semaphore(READ_AT_ONCE)

    @routes.post("/hooks/{source}", summary="A webhook", description=_DESCRIPTION, responses=_UNREAD)
    async def hook(source: str, request: Request) -> JSONResponse:
        answer = await _receive(receiver, reading, source, request)
        return JSONResponse(answer.body, answer.status)

    return routes


async def _receive(receiver: HookReceiver, reading: asyncio.Semaphore, source: str, request: Request) -> HookAnswer:
    if not _NAME.fullmatch(source):
        return HookAnswer(404, {"detail": "There is no such source; the sources stand in store.yaml."})
    if reading.locked():
        return HookAnswer(503, {"detail": "Too many webhooks at once. Send it again in a moment."})
    try:
        async with reading:
            body = await read_body(request)
    except BodyError as refused:
        return refused.answer
    return await receiver.receive(source, {name.lower(): value for name, value in request.headers.items()}, body)


async def read_body(request: Request) -> bytes:
    """The raw body, at most ``MAX_BODY_BYTES``, within ``READ_WITHIN_S`` seconds. Raises ``BodyError``."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > MAX_BODY_BYTES:
        raise _too_large()
    body = bytearray()
    try:
        async with asyncio.timeout(READ_WITHIN_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise _too_large()
    except TimeoutError:
        raise BodyError(408, f"The body did not come within {READ_WITHIN_S:.0f} s. Send it again.") from None
    except ClientDisconnect:
        raise BodyError(400, "The body ended early. Send it again.") from None
    return bytes(body)


def _too_large() -> BodyError:
    return BodyError(
        413, f"The body is larger than {MAX_BODY_BYTES // 1_000_000} MB, which is all that is read of a webhook."
    )
