"""Puts the console together."""

from functools import partial

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from nearcart_contract.store_file import Console
from nearcart_gateway.shell.web.api import api_routes
from nearcart_gateway.shell.web.auth import Guarded, OnlyThisMachine, PasswordNeeded
from nearcart_gateway.shell.web.beside import ApiBeside, OpenApi
from nearcart_gateway.shell.web.events import LiveEvents
from nearcart_gateway.shell.web.hooks_route import hook_routes
from nearcart_gateway.shell.web.login_limit import LoginLimit
from nearcart_gateway.shell.web.loopback import password_of
from nearcart_gateway.shell.web.operations import operation_routes
from nearcart_gateway.shell.web.own_page import OwnPageParts, OwnPageRoutes
from nearcart_gateway.shell.web.pages import HERE, page_routes
from nearcart_gateway.shell.web.reports import Reports, report_routes
from nearcart_gateway.shell.web.security_headers import SecurityHeaders
from nearcart_gateway.shell.web.views import HookReceiver, StoreView


def create_app(
    view: StoreView,
    hooks: HookReceiver,
    console: Console,
    registry: CollectorRegistry,
    open_api: OpenApi | None = None,
    own_pages: OwnPageParts | None = None,
    reports: Reports | None = None,
) -> FastAPI:
    """The console of one store; beside it the API where ``open_api`` makes one, visitors' own pages, and reports.

    Raises ``OpenConsoleError`` where others could reach it without a password.
    """
    password = password_of(console)
    app = FastAPI(title="nearcart console", docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.live_events = LiveEvents(view)
    app.include_router(page_routes(view, reports=reports is not None))
    app.include_router(api_routes(view))
    app.include_router(app.state.live_events.routes())
    app.include_router(hook_routes(hooks))
    app.include_router(operation_routes(view, registry))
    if own_pages is not None:
        app.include_router(OwnPageRoutes(own_pages, app.state.live_events.closing).routes())
    if reports is not None:
        app.include_router(report_routes(reports))
    app.mount("/static", StaticFiles(directory=HERE / "static"))
    app.add_exception_handler(404, _not_found)
    door = OnlyThisMachine() if password is None else PasswordNeeded(password, LoginLimit())
    app.add_middleware(Guarded, door=door)
    if open_api is not None:
        app.add_middleware(ApiBeside, open_api=partial(open_api, app.state.live_events, door))
    app.add_middleware(SecurityHeaders)
    return app


async def _not_found(request: Request, error: Exception) -> JSONResponse:
    detail = error.detail if isinstance(error, HTTPException) else ""
    if detail in ("", "Not Found"):
        detail = f"There is nothing at {request.url.path[:200]}. The floor is at / and the API is described in /openapi.json."
    return JSONResponse({"detail": detail}, 404)
