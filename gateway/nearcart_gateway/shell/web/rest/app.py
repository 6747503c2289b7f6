"""Puts the API together. The routes need no store to be described; ``serve`` gives them one."""

from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.types import ASGIApp

from nearcart_gateway.shell.web.auth import Door
from nearcart_gateway.shell.web.rest import complaints, decisions, floor, offers, own_pages, receipts, till, visitors
from nearcart_gateway.shell.web.rest.callers import FloorViewer
from nearcart_gateway.shell.web.rest.guard import ApiGuard, ApiLimits
from nearcart_gateway.shell.web.rest.openapi import document, methods_at
from nearcart_gateway.shell.web.rest.page import api_page
from nearcart_gateway.shell.web.rest.parts import ApiParts
from nearcart_gateway.shell.web.rest.problems import add_handlers

PARTS: tuple[APIRouter, ...] = (
    visitors.routes,
    complaints.routes,
    own_pages.routes,
    till.routes,
    receipts.routes,
    decisions.routes,
    offers.routes,
    floor.routes,
)


class Api:
    """The routes, and the documents that describe them."""

    def __init__(self, *, open_here: bool = False) -> None:
        self.app = FastAPI(title="nearcart", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
        self._open_here = open_here
        self._document: dict[str, Any] | None = None
        add_handlers(self.app, lambda path: methods_at(PARTS, path))
        for part in PARTS:
            self.app.include_router(part)
        self._add_documents()

    def document(self) -> dict[str, Any]:
        """The OpenAPI document; made when first asked for."""
        if self._document is None:
            self._document = document(self.app, PARTS, version("nearcart"), open_here=self._open_here)
        return self._document

    def serve(self, parts: ApiParts, door: Door, limits: ApiLimits | None = None) -> ASGIApp:
        """The API of one store, guarded. ``door`` is the console's, for viewers without a key."""
        self.app.state.parts = parts
        return ApiGuard(
            self.app, keys=parts.keys, door=door, now=parts.now, used=parts.note_use, limits=limits or ApiLimits()
        )

    def _add_documents(self) -> None:
        @self.app.get("/api/openapi.json", include_in_schema=False)
        async def openapi(_caller: FloorViewer) -> JSONResponse:
            return JSONResponse(self.document())

        @self.app.get("/api/docs", include_in_schema=False)
        async def docs(_caller: FloorViewer) -> Response:
            return HTMLResponse(api_page(self.document()))
