"""``/me/{secret}``: a visitor's own page. The link is the key to it; who has it sees what was said to her, and nothing else.

Her offers come as server-sent events. With a certificate her browser also takes pushes, shown by the worker below. What the page
says by itself is in her language; to whom no page belongs, in one that the browser asks for.
"""

import asyncio
import json
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nearcart_contract.offer_message import OfferMessage
from nearcart_contract.store_file import Store
from nearcart_gateway.core.consents import ConsentChange
from nearcart_gateway.core.offers.gates.standing import PURPOSE
from nearcart_gateway.core.page_words.registry import ENGLISH, words_accepted, words_for
from nearcart_gateway.core.page_words.words import PageWords
from nearcart_gateway.core.push_message import offer_name
from nearcart_gateway.core.push_services import push_origin
from nearcart_gateway.shell.own_pages import OwnPages
from nearcart_gateway.shell.storage import own_pages, visitor_pages
from nearcart_gateway.shell.storage.own_pages import PushSubscription, ShownOffer
from nearcart_gateway.shell.web.auth import client_address
from nearcart_gateway.shell.web.hooks_route import BodyError, read_body
from nearcart_gateway.shell.web.login_limit import LoginLimit
from nearcart_gateway.shell.web.pages import HERE, page_templates
from nearcart_gateway.shell.writer import NotCommittedError

HEARTBEAT_S = 15.0
SOURCE = "her page"
TEXT_VERSION = "own-page-1"
"""Of the words beside the button for pushes, with the language that they were in; to be counted up when they change."""

_SECRET = re.compile(r"[A-Za-z0-9_-]{32}")
_KINDS = ("phone", "page", "push")
"""Channels that speak to her alone: what they said may stand on her page."""


_IN_BROWSER = (
    "language",
    "push_offer",
    "push_on",
    "notify",
    "notify_stop",
    "push_home",
    "push_blocked",
    "code",
    "until",
    "lost",
    "no_answer",
)
"""Words that its scripts say."""


class _FromPage(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Keys(_FromPage):
    p256dh: str = Field(pattern=r"^[A-Za-z0-9_-]{87}$", description="an uncompressed point of P-256")
    auth: str = Field(pattern=r"^[A-Za-z0-9_-]{22}$", description="16 bytes")


class Browser(_FromPage):
    """A ``PushSubscription`` as browsers write it (Push API, section 8)."""

    endpoint: str = Field(max_length=2000)
    keys: Keys


class Endpoint(_FromPage):
    endpoint: str = Field(max_length=2000)


class Seen(_FromPage):
    """Her page has these offers before her; or, as ``delivered``, her phone shows a notification."""

    state: Literal["delivered", "seen"] = "seen"
    names: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{32}$")], ...] = Field(max_length=50)


Say = Callable[[str, Literal["delivered", "seen"]], Awaitable[object]]
"""Takes down a receipt: an offer's key, and what became of it. Raises ``NotCommittedError``."""


@dataclass(frozen=True, slots=True)
class OwnPageParts:
    """What the pages of one store need."""

    store: Store
    pages: OwnPages
    say: Say


class RefusedError(Exception):
    """A request that is not served; ``say`` makes the sentence for whoever looks at the page."""

    def __init__(self, status: int, say: Callable[[PageWords], str]) -> None:
        super().__init__(say(ENGLISH))
        self.status, self.say = status, say


class OwnPageDoor:
    """Finds whose page a secret opens. Who tries many wrong ones has to wait; right ones always open."""

    def __init__(self, pages: OwnPages) -> None:
        self._pages = pages
        self._wrong = LoginLimit()

    async def visitor(self, secret: str, request: Request) -> str:
        """Raises ``RefusedError``."""
        found = None
        if _SECRET.fullmatch(secret):
            found = await self._pages.ask(lambda connection: own_pages.whose_page(connection, secret))
        if found is not None:
            return found
        address, steady = client_address(request.scope), time.monotonic()
        wait = self._wrong.wait(address, steady)
        if wait > 0:
            raise RefusedError(429, lambda words: words.wait.format(seconds=f"{wait:.0f}"))
        self._wrong.failed(address, steady)
        raise RefusedError(404, lambda words: words.no_page)


class OwnPageRoutes:
    """The routes of one store. ``closing`` ends every stream, so that the server can stop."""

    def __init__(self, parts: OwnPageParts, closing: asyncio.Event) -> None:
        self._store = store = parts.store
        self._pages = pages = parts.pages
        self._say = parts.say
        self._closing = closing
        self._door = OwnPageDoor(pages)
        self._templates = page_templates()
        kinds = {name: channel.kind for name, channel in store.channels.items()}
        self._hers = [name for name, kind in kinds.items() if kind in _KINDS]
        self._told_here = {name for name, kind in kinds.items() if kind in ("page", "push")}
        self._page_channels = [name for name, kind in kinds.items() if kind == "page"]
        self._push = next(((name, c) for name, c in store.channels.items() if c.kind == "push"), None)

    def routes(self) -> APIRouter:
        """Everything under ``/me``."""
        routes = APIRouter(prefix="/me", include_in_schema=False)
        routes.add_api_route("/worker.js", self.worker, methods=["GET"])
        for path, answer, method in (
            ("", self.page, "GET"),
            ("/manifest.webmanifest", self.manifest, "GET"),
            ("/offers", self.offers, "GET"),
            ("/events", self.events, "GET"),
            ("/seen", self.seen, "POST"),
            ("/subscription", self.subscribe, "PUT"),
            ("/subscription", self.unsubscribe, "DELETE"),
            ("/stop", self.stop, "POST"),
        ):
            routes.add_api_route(f"/{{secret}}{path}", self._served(answer), methods=[method])
        return routes

    async def worker(self) -> Response:
        return FileResponse(HERE / "static" / "me" / "worker.js", media_type="text/javascript")

    async def page(self, visitor: str, request: Request) -> Response:
        key = None if self._push is None else await self._pages.ask(own_pages.push_key)
        agrees, words = await self._agrees(visitor), await self._words(visitor)
        return HTMLResponse(self._page(words, path=request.url.path, push_key=key and _public(key), agrees=agrees))

    def _page(self, words: PageWords, problem: str | None = None, **more: Any) -> str:
        """The page's HTML; ``problem`` is all that it says where it is nobody's."""
        template = self._templates.get_template("me.html")
        said = json.dumps({name: getattr(words, name) for name in _IN_BROWSER}, ensure_ascii=False)
        return template.render(store=self._store, words=words, said=said, problem=problem, **more)

    async def manifest(self, _visitor: str, request: Request) -> Response:
        """So that it can be put on the home screen: without that an iPhone takes no pushes."""
        start = request.url.path.rpartition("/")[0]
        return JSONResponse(
            {
                "name": self._store.name,
                "start_url": start,
                "scope": start,
                "display": "standalone",
                "icons": [{"src": "/static/icon.svg", "sizes": "any", "type": "image/svg+xml"}],
            },
            media_type="application/manifest+json",
        )

    async def offers(self, visitor: str, _request: Request) -> Response:
        return JSONResponse(await self._shown(visitor))

    async def events(self, visitor: str, _request: Request) -> Response:
        if not self._pages.has_room(visitor):
            raise RefusedError(503, lambda words: words.full)
        headers = {"X-Accel-Buffering": "no"}
        return StreamingResponse(self._stream(visitor), media_type="text/event-stream", headers=headers)

    async def seen(self, visitor: str, request: Request) -> Response:
        said = Seen.model_validate_json(await read_body(request))
        for name in said.names if said.state == "seen" else ():
            self._pages.seen(visitor, name)
        for shown in await self._good_now(visitor):
            known = shown.state in ("seen", said.state)
            if shown.channel in self._told_here and not known and offer_name(shown.offer.key) in said.names:
                await self._say(shown.offer.key, said.state)
        return Response(status_code=204)

    async def subscribe(self, visitor: str, request: Request) -> Response:
        body = Browser.model_validate_json(await read_body(request))
        if self._push is None:
            raise RefusedError(404, lambda words: words.no_pushes)
        name, channel = self._push
        if push_origin(body.endpoint, channel.services) is None:
            raise RefusedError(422, lambda words: words.not_its_service)
        if not _on_curve(body.keys.p256dh):
            raise RefusedError(422, lambda words: words.no_key)
        if not await self._agrees(visitor):
            raise RefusedError(409, lambda words: words.said_no)
        browser, now = PushSubscription(body.endpoint, body.keys.p256dh, body.keys.auth), self._pages.now()
        await self._pages.ask(lambda connection: own_pages.subscribe(connection, visitor, browser, now))
        await self._said(visitor, given=True, channel=name)
        return Response(status_code=204)

    async def unsubscribe(self, visitor: str, request: Request) -> Response:
        body = Endpoint.model_validate_json(await read_body(request))
        await self._pages.ask(lambda connection: own_pages.unsubscribe(connection, visitor, body.endpoint))
        return Response(status_code=204)

    async def stop(self, visitor: str, _request: Request) -> Response:
        """She takes back her consent to offers, through every channel."""
        await self._said(visitor, given=False, channel=None)
        return Response(status_code=204)

    async def _said(self, visitor: str, *, given: bool, channel: str | None) -> None:
        version = f"{TEXT_VERSION}-{(await self._words(visitor)).language}"
        change = ConsentChange(PURPOSE, given, self._pages.now(), channel, version, SOURCE)
        await self._pages.ask(lambda connection: visitor_pages.consent(connection, visitor, change))

    async def _words(self, visitor: str) -> PageWords:
        return words_for(await self._pages.ask(lambda connection: own_pages.language_of(connection, visitor)))

    async def _agrees(self, visitor: str) -> bool:
        return await self._pages.ask(lambda connection: own_pages.agrees(connection, visitor, PURPOSE))

    async def _shown(self, visitor: str) -> dict[str, Any]:
        if not await self._agrees(visitor):
            return {"now": self._pages.now(), "agrees": False, "offers": []}
        offers = [self._offer(shown.offer) for shown in await self._good_now(visitor)]
        return {"now": self._pages.now(), "agrees": True, "offers": offers}

    async def _good_now(self, visitor: str) -> list[ShownOffer]:
        now = self._pages.now()
        return await self._pages.ask(
            lambda connection: own_pages.offers_now(connection, visitor, self._hers, self._page_channels, now)
        )

    def _offer(self, offer: OfferMessage) -> dict[str, Any]:
        until = datetime.fromtimestamp(offer.expires_at.timestamp(), self._store.zone_info)
        return {
            "name": offer_name(offer.key),
            "text": offer.text,
            "language": offer.language,
            "code": None if offer.benefit is None else offer.benefit.code,
            "expires_at": offer.expires_at.timestamp(),
            "until": f"{until:%H:%M}",
        }

    async def _stream(self, visitor: str) -> AsyncIterator[bytes]:
        said = b""
        with self._pages.opened(visitor) as news:
            yield b"retry: 1000\n\n"
            while not self._closing.is_set():
                news.clear()
                shown = await self._shown(visitor)
                offers = json.dumps({"agrees": shown["agrees"], "offers": shown["offers"]}).encode()
                yield (
                    b": still here\n\n"
                    if offers == said
                    else b"event: offers\ndata: " + json.dumps(shown).encode() + b"\n\n"
                )
                said = offers
                await _either(news, self._closing, HEARTBEAT_S)

    def _served(self, answer: Callable[[str, Request], Any]) -> Callable[..., Any]:
        """The answer to whoever has her link; what is wrong with a request is said in a sentence."""

        async def serve(secret: str, request: Request) -> Response:
            words = words_accepted(request.headers.get("accept-language"))
            try:
                visitor = await self._door.visitor(secret, request)
                words = await self._words(visitor)
                response: Response = await answer(visitor, request)
                return response
            except RefusedError as refused:
                return self._problem(request, refused.status, words, refused.say(words))
            except BodyError as refused:
                return self._problem(request, refused.answer.status, words, str(refused))
            except (sqlite3.Error, NotCommittedError):
                return self._problem(request, 503, words, words.busy)
            except ValidationError:
                return self._problem(request, 422, words, words.not_hers)

        return serve

    def _problem(self, request: Request, status: int, words: PageWords, detail: str) -> Response:
        headers = {"Retry-After": "5"} if status in (429, 503) else {}
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            page = self._page(words, detail, path="", push_key=None, agrees=False)
            return HTMLResponse(page, status, headers)
        return JSONResponse({"detail": detail}, status, headers)


async def _either(news: asyncio.Event, closing: asyncio.Event, within_s: float) -> None:
    """Wait for one of them, or a while."""
    waiting = [asyncio.ensure_future(event.wait()) for event in (news, closing)]
    try:
        await asyncio.wait(waiting, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waiting:
            wait.cancel()


def _public(key: Any) -> str:
    from nearcart_gateway.shell.channels.push_encryption import public_text

    return public_text(key)


def _on_curve(p256dh: str) -> bool:
    from cryptography.hazmat.primitives.asymmetric import ec

    from nearcart_gateway.shell.channels.push_encryption import decoded

    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(p256dh))
    except ValueError:
        return False
    return True
