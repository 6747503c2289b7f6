"""Complaints: written down where she makes them, counted in reports by arm."""

from fastapi import APIRouter, Response

from nearcart_gateway.core.complaints import Complaint
from nearcart_gateway.shell.storage import complaints, visitor_pages
from nearcart_gateway.shell.storage.complaints import NotTakenError
from nearcart_gateway.shell.storage.visitors import UnknownVisitorError
from nearcart_gateway.shell.web.beside import PREFIX
from nearcart_gateway.shell.web.rest.callers import ComplaintTaker
from nearcart_gateway.shell.web.rest.models import ComplaintOut, ComplaintsOut, utc
from nearcart_gateway.shell.web.rest.parts import Parts
from nearcart_gateway.shell.web.rest.problems import ProblemError, declared
from nearcart_gateway.shell.web.rest.requests import ComplaintSaid, VisitorId

routes = APIRouter(prefix=PREFIX, tags=["visitors"])


@routes.post(
    "/visitors/{visitor}/complaints",
    status_code=201,
    summary="Write down that she complained; sent again with the same content it changes nothing and answers 200",
    responses={**declared(404, 409), 200: {"model": ComplaintOut, "description": "written down already, just so"}},
)
async def take_complaint(
    parts: Parts, _caller: ComplaintTaker, visitor: VisitorId, body: ComplaintSaid, response: Response
) -> ComplaintOut:
    now = parts.now()
    at = now if body.at is None else body.at.timestamp()
    said = Complaint(at, body.channel, body.campaign, body.offer, body.words, body.source)
    try:
        kept, new = await parts.database.write(lambda connection: complaints.take(connection, visitor, said, now))
    except UnknownVisitorError as error:
        raise _nobody(visitor) from error
    except NotTakenError as error:
        text = str(error)
        raise ProblemError(409, f"{text[0].upper()}{text[1:]}. Nothing was changed.") from error
    response.status_code = 201 if new else 200
    return _out(kept)


@routes.get("/visitors/{visitor}/complaints", summary="What she complained of, oldest first", responses=declared(404))
async def list_complaints(parts: Parts, _caller: ComplaintTaker, visitor: VisitorId) -> ComplaintsOut:
    try:
        await parts.database.read(lambda connection: visitor_pages.one(connection, visitor))
    except UnknownVisitorError as error:
        raise _nobody(visitor) from error
    found = await parts.database.read(lambda connection: complaints.of_visitor(connection, visitor))
    return ComplaintsOut(items=[_out(complaint) for complaint in found])


def _nobody(visitor: str) -> ProblemError:
    return ProblemError(404, f"Nobody is enrolled as '{visitor}'. GET {PREFIX}/visitors lists who is.")


def _out(complaint: Complaint) -> ComplaintOut:
    return ComplaintOut(
        at=utc(complaint.at),
        channel=complaint.channel,
        campaign=complaint.campaign,
        offer=complaint.offer,
        words=complaint.words,
        source=complaint.source,
    )
