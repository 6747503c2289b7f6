"""Links to visitors' own pages: made at the counter, or by a program that prints them on cards."""

from fastapi import APIRouter, Response

from nearcart_gateway.shell.own_page_links import own_page_link
from nearcart_gateway.shell.storage import own_pages, visitor_pages
from nearcart_gateway.shell.storage.visitors import UnknownVisitorError
from nearcart_gateway.shell.web.beside import PREFIX
from nearcart_gateway.shell.web.rest.callers import ConsentWriter
from nearcart_gateway.shell.web.rest.models import OwnPageOut
from nearcart_gateway.shell.web.rest.parts import Parts
from nearcart_gateway.shell.web.rest.problems import ProblemError, declared
from nearcart_gateway.shell.web.rest.requests import VisitorId

routes = APIRouter(prefix=PREFIX, tags=["visitors"])


@routes.post(
    "/visitors/{visitor}/page",
    status_code=201,
    summary="A new link to her own page; the one before opens nothing any more, and none can be read again",
    responses=declared(404),
)
async def make_page(parts: Parts, _caller: ConsentWriter, visitor: VisitorId) -> OwnPageOut:
    try:
        secret = await parts.database.write(lambda connection: own_pages.make_page(connection, visitor, parts.now()))
    except UnknownVisitorError:
        raise _nobody(visitor) from None
    return OwnPageOut(url=own_page_link(parts.store.console, secret))


@routes.delete(
    "/visitors/{visitor}/page",
    status_code=204,
    summary="Let her link, if she has one, open nothing any more, and forget where her pushes go",
    responses=declared(404),
)
async def close_page(parts: Parts, _caller: ConsentWriter, visitor: VisitorId) -> Response:
    try:
        await parts.database.read(lambda connection: visitor_pages.one(connection, visitor))
    except UnknownVisitorError:
        raise _nobody(visitor) from None
    await parts.database.write(lambda connection: own_pages.close_page(connection, visitor))
    return Response(status_code=204)


def _nobody(visitor: str) -> ProblemError:
    return ProblemError(404, f"Nobody is enrolled as '{visitor}'. GET /api/v1/visitors lists who is.")
