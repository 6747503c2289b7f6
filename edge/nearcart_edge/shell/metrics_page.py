"""``GET /metrics`` for Prometheus: a page of a few lines needs no web server's memory."""

import asyncio
from collections.abc import Callable

from nearcart_contract.edge_file import Metrics
from nearcart_edge.core.metrics_text import CONTENT_TYPE
from nearcart_edge.shell.light_structlog import Log

WITHIN_S = 5.0
"""A client that has not asked by then is not waited for."""

MAX_REQUEST_BYTES = 8192
MAX_CLIENTS = 16


class MetricsPage:
    """Answers one request a connection (HTTP/1.1, RFC 9112), whatever becomes of the client."""

    def __init__(self, where: Metrics, text: Callable[[], str], log: Log) -> None:
        self._where = where
        self._text = text
        self._log = log
        self._clients = 0
        self.port = where.port

    async def run(self) -> None:
        """Serve until cancelled. A port that is taken is said and is no reason to stop hearing."""
        where = self._where
        try:
            server = await asyncio.start_server(self._answer, where.host, where.port, limit=MAX_REQUEST_BYTES)
        except OSError as error:
            self._log.error("no metrics", host=where.host, port=where.port, reason=str(error))
            return
        async with server:
            self.port = server.sockets[0].getsockname()[1]
            self._log.info("metrics", host=where.host, port=self.port)
            await server.serve_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients += 1
        try:
            if self._clients <= MAX_CLIENTS:
                async with asyncio.timeout(WITHIN_S):
                    head = await reader.readuntil(b"\r\n\r\n")
                    writer.write(self._response(head))
                    await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # it is the client's loss
        except asyncio.CancelledError:
            pass  # at the end of the agent; nothing follows here, and asyncio's streams would log it
        finally:
            self._clients -= 1
            writer.close()

    def _response(self, head: bytes) -> bytes:
        method, _, rest = head.partition(b" ")
        target = rest.partition(b" ")[0].partition(b"?")[0]
        if target != b"/metrics":
            return _message("404 Not Found", "text/plain", "the page is /metrics\n")
        if method not in (b"GET", b"HEAD"):
            return _message("405 Method Not Allowed", "text/plain", "GET\n")
        return _message("200 OK", CONTENT_TYPE, self._text(), body=method == b"GET")


def _message(status: str, kind: str, text: str, *, body: bool = True) -> bytes:
    payload = text.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(payload)}\r\nConnection: close\r\n\r\n"
    return head.encode() + (payload if body else b"")
