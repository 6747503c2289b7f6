"""The API beside the console: made when a program first asks for it, so that a store without any pays nothing for it."""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from nearcart_gateway.shell.web.auth import Door
from nearcart_gateway.shell.web.events import LiveEvents

PREFIX = "/api/v1"
DOCUMENTS = ("/api/openapi.json", "/api/docs")

OpenApi = Callable[[LiveEvents, Door], ASGIApp]
"""Makes the API of a store, given the console's streams and its door. Takes a while: it is called in a thread."""


class ApiBeside:
    """Middleware: the API's paths go to the API, all others on to the console."""

    def __init__(self, app: ASGIApp, open_api: Callable[[], ASGIApp]) -> None:
        self._app = app
        self._open_api = open_api
        self._api: ASGIApp | None = None
        self._opening = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        ours = scope["type"] == "http" and (path.startswith(f"{PREFIX}/") or path in DOCUMENTS)
        await (await self._opened() if ours else self._app)(scope, receive, send)

    async def _opened(self) -> ASGIApp:
        async with self._opening:
            if self._api is None:
                self._api = await asyncio.to_thread(self._open_api)
        return self._api
