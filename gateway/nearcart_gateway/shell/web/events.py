"""``/events``: the page's live data as server-sent events (HTML standard, section 9.2). Every event's data is JSON.

A stream starts with everything, then says what changed, at most every ``INTERVAL_S``. Whoever reads slowly gets the latest
state of each thing and nothing in between. ``clock`` beats when nothing else comes, so that both ends notice a dead line.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response, StreamingResponse
from pydantic import TypeAdapter

from nearcart_gateway.shell.web.changes import TOPICS, Subscription, Topic
from nearcart_gateway.shell.web.views import DecisionView, EdgeView, FloorView, HealthView, PersonView, StoreView

INTERVAL_S = 0.25
HEARTBEAT_S = 5.0
FEED_LENGTH = 50
"""Decisions that a stream starts with, and looks back over for news of their delivery."""

MOST_STREAMS = 64

_FLOOR = TypeAdapter(FloorView)
_PEOPLE = TypeAdapter(tuple[PersonView, ...])
_DECISIONS = TypeAdapter(tuple[DecisionView, ...])
_EDGES = TypeAdapter(tuple[EdgeView, ...])
_HEALTH = TypeAdapter(HealthView)
_CLOCK = TypeAdapter(dict[str, float])


class LiveEvents:
    """All streams of one console."""

    def __init__(self, view: StoreView) -> None:
        self._view = view
        self._streams = 0
        self._closing = asyncio.Event()

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._closing.set()

    @property
    def closing(self) -> asyncio.Event:
        """Set when the server stops."""
        return self._closing

    def routes(self) -> APIRouter:
        """``GET /events``."""
        routes = APIRouter(tags=["console"])

        @routes.get("/events", summary="Everything the page shows, live", response_class=Response)
        async def events() -> Response:
            return self.response(lambda: True)

        return routes

    def response(self, allowed: Callable[[], bool]) -> Response:
        """A stream for as long as its reader is ``allowed``: asked before every event."""
        if self._streams >= MOST_STREAMS:
            text = f"{MOST_STREAMS} pages are open already. Close one, and this one connects by itself.\n"
            return PlainTextResponse(text, 503, {"Retry-After": "5"})
        headers = {"X-Accel-Buffering": "no"}
        return StreamingResponse(self._counted(allowed), media_type="text/event-stream", headers=headers)

    async def _counted(self, allowed: Callable[[], bool]) -> AsyncIterator[bytes]:
        self._streams += 1
        try:
            async for chunk in self._stream():
                if not allowed():
                    return
                yield chunk
        finally:
            self._streams -= 1

    async def _stream(self) -> AsyncIterator[bytes]:
        written = _Written(self._view)
        with self._view.subscribe() as subscription:
            yield b"retry: 1000\n\n" + written.floor() + written.all(TOPICS)
            while not self._closing.is_set():
                changed = await self._next(subscription)
                if chunk := written.all(changed) if changed else written.clock():
                    yield chunk
                await asyncio.sleep(INTERVAL_S)

    async def _next(self, subscription: Subscription) -> Collection[Topic]:
        """What changed, or nothing when it is time for a heartbeat or the end."""
        waiting = asyncio.ensure_future(subscription.changed())
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait((waiting, closing), timeout=HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED)
            return waiting.result() if waiting.done() else ()
        finally:
            waiting.cancel()
            closing.cancel()


class _Written:
    """What one stream has said already."""

    def __init__(self, view: StoreView) -> None:
        self._view = view
        self._decisions: dict[str, DecisionView] = {}
        self._writers: dict[Topic, Callable[[], bytes]] = {
            "people": lambda: _event("people", _PEOPLE, view.people()),
            "decisions": self._new_decisions,
            "edges": lambda: _event("edges", _EDGES, view.edges()),
            "health": lambda: _event("health", _HEALTH, view.health()),
        }

    def floor(self) -> bytes:
        return _event("floor", _FLOOR, self._view.floor())

    def clock(self) -> bytes:
        return _event("clock", _CLOCK, {"now": self._view.health().now})

    def all(self, topics: Collection[Topic]) -> bytes:
        """The events of these topics, in the order in which a page wants them."""
        return b"".join(self._writers[topic]() for topic in TOPICS if topic in topics)

    def _new_decisions(self) -> bytes:
        """Decisions that are new or whose delivery went on, newest first; at the start of a stream also none."""
        first = not self._decisions
        latest = self._view.decisions(FEED_LENGTH, None)
        changed = tuple(decision for decision in latest if self._decisions.get(decision.key) != decision)
        self._decisions = {decision.key: decision for decision in latest}
        return _event("decisions", _DECISIONS, changed) if changed or first else b""


def _event(name: str, adapter: TypeAdapter[Any], value: object) -> bytes:
    return f"event: {name}\ndata: ".encode() + adapter.dump_json(value) + b"\n\n"
