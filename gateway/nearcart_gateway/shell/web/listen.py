"""Puts the console, or a relay, on a port inside a loop that already runs. Signals and logs stay the caller's."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from nearcart_contract.store_file import Console
from nearcart_gateway.shell.web.loopback import password_of

STOP_WITHIN_S = 1
CONSOLE_FIELDS = "store.yaml (console.host, console.port)"


class ListenError(OSError):
    """Nobody can listen there; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the console listens. ``wanted`` is the port of the store file, which may have been taken."""

    host: str
    port: int
    wanted: int

    @property
    def url(self) -> str:
        """For a browser on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104 (compared)
        return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{self.port}"

    @property
    def moved(self) -> bool:
        """Whether the wanted port was taken and a free one was chosen; to be said plainly."""
        return self.wanted not in (0, self.port)


@asynccontextmanager
async def serve(app: FastAPI, console: Console) -> AsyncIterator[Address]:
    """The console, listening, until the end of the block. On a free port when the wanted one is taken.

    It stops with the block, so a TaskGroup that does the work stands after it: ``async with serve(…) as page, TaskGroup() as …``.
    Raises ``ListenError`` where the host can't be listened on, ``OpenConsoleError`` where it would stand open to others.
    """
    password_of(console)
    listener = bind(console.host, console.port)
    server = quiet_server(app, STOP_WITHIN_S)
    with contextlib.closing(listener):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve(sockets=[listener]))
            try:
                yield Address(console.host, listener.getsockname()[1], console.port)
            finally:
                app.state.live_events.close()
                server.should_exit = True


def bind(host: str, port: int, elsewhere: bool = True, fields: str = CONSOLE_FIELDS) -> socket.socket:
    """A listening socket on the port; when that is taken, with ``elsewhere`` on a free one. ``fields`` is where its user sets them.

    Raises ``ListenError``.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    address = host.strip("[]")
    try:
        return socket.create_server((address, port), family=family, backlog=256)
    except OSError as error:
        if elsewhere and error.errno == errno.EADDRINUSE and port:
            return bind(host, 0)
        raise ListenError(
            error.errno,
            f"host {host}, port {port} can't be listened on ({error.strerror or error}): choose others in {fields}",
        ) from error


def quiet_server(app: ASGIApp, stop_within_s: int | None = None) -> "QuietServer":
    """A server for a loop that already runs, with limits for a small machine. At its end it waits so long for who is being answered."""
    return QuietServer(
        uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=256,
            timeout_graceful_shutdown=stop_within_s,
        )
    )


class QuietServer(uvicorn.Server):
    """Leaves SIGINT and SIGTERM to the process that it runs in."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
