"""Visitors: who is enrolled, with what, and what they agreed to."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Response
from pydantic import TypeAdapter

from nearcart_contract.roster import Identity
from nearcart_gateway.core.consents import ConsentChange
from nearcart_gateway.core.email_hash import email_hash
from nearcart_gateway.core.offers.gates.cart import effective_state
from nearcart_gateway.core.values import KnownCart, Visitor
from nearcart_gateway.shell.people import NotMergedError
from nearcart_gateway.shell.storage import consents, export, visitor_pages, visitors
from nearcart_gateway.shell.storage.email_salt import email_salt
from nearcart_gateway.shell.storage.visitor_pages import ChangedMeanwhileError, UnknownIdentityError, VisitorRecord
from nearcart_gateway.shell.storage.visitors import UnknownVisitorError, VisitorExistsError
from nearcart_gateway.shell.web.beside import PREFIX
from nearcart_gateway.shell.web.rest.callers import CartReader, ConsentWriter, Enroller, Eraser, VisitorReader
from nearcart_gateway.shell.web.rest.models import (
    CartItemOut,
    CartOut,
    CartsOut,
    ConsentOut,
    ConsentsOut,
    ExportOut,
    IdentityOut,
    Page,
    VisitorOut,
    utc,
)
from nearcart_gateway.shell.web.rest.parts import ApiParts, Parts
from nearcart_gateway.shell.web.rest.problems import ProblemError, declared
from nearcart_gateway.shell.web.rest.requests import (
    Carried,
    Consents,
    ConsentSaid,
    IdentityId,
    IfMatch,
    Merge,
    NewVisitor,
    Request,
    VisitorChange,
    VisitorId,
    VisitorQuery,
)
from nearcart_gateway.shell.writer import NotCommittedError

T = TypeVar("T")

_IDENTITY: TypeAdapter[Identity] = TypeAdapter(Identity)
_ETAG: dict[str, Any] = {"ETag": {"description": "the version, for If-Match", "schema": {"type": "string"}}}
_MADE: dict[str, Any] = {"Location": {"description": "where she is", "schema": {"type": "string"}}, **_ETAG}
_WITH_ETAG: dict[int | str, dict[str, Any]] = {200: {"headers": _ETAG}}

_TAKEN_AWAY = frozenset({"customer", "tier", "loyalty"})
"""What ``null`` takes away."""

routes = APIRouter(prefix=PREFIX, tags=["visitors"])


@routes.get("/visitors", summary="Who is enrolled, by their ids", responses=declared())
async def list_visitors(
    parts: Parts, _caller: VisitorReader, query: Annotated[VisitorQuery, Query()]
) -> Page[VisitorOut]:
    found = await parts.database.read(
        lambda connection: visitor_pages.page(connection, query.cursor or "", query.limit + 1)
    )
    shown = found[: query.limit]
    more = shown[-1].visitor.id if len(found) > query.limit else None
    return Page[VisitorOut](items=[_out(parts, record) for record in shown], next=more)


@routes.post(
    "/visitors",
    status_code=201,
    summary="Enrol a visitor; sent again with the same content it changes nothing and answers 200",
    responses={
        **declared(409),
        200: {"model": VisitorOut, "headers": _ETAG, "description": "enrolled already, just so"},
        201: {"headers": _MADE},
    },
)
async def add_visitor(parts: Parts, _caller: Enroller, body: NewVisitor, response: Response) -> VisitorOut:
    carried = tuple(_identity(carried) for carried in body.identities)
    visitor = Visitor(
        body.id,
        body.kind,
        body.customer,
        body.language,
        frozenset(body.consents),
        segments=frozenset(body.segments),
        tier=body.tier,
        loyalty=body.loyalty,
        email_hash=await _hashed(parts, body.email),
    )
    try:
        await parts.database.write(lambda connection: visitors.add(connection, visitor, carried, parts.now()))
    except VisitorExistsError as error:
        record = await _same(parts, visitor, carried)
        if record is None:
            raise ProblemError(409, f"{_sentence(error)} Nothing was changed.") from error
        response.status_code = 200
        return _answer(parts, record, response)
    response.headers["Location"] = f"{PREFIX}/visitors/{visitor.id}"
    return _answer(parts, await _known(parts, visitor.id), response)


@routes.get("/visitors/{visitor}", summary="One visitor", responses={**declared(404), **_WITH_ETAG})
async def show_visitor(parts: Parts, _caller: VisitorReader, visitor: VisitorId, response: Response) -> VisitorOut:
    return _answer(parts, await _known(parts, visitor), response)


@routes.patch(
    "/visitors/{visitor}",
    summary="Change what is known of her: kind, customer id, language, segments, tier, loyalty number, e-mail",
    responses={**declared(404, 412), **_WITH_ETAG},
)
async def change_visitor(
    parts: Parts,
    _caller: Enroller,
    visitor: VisitorId,
    body: VisitorChange,
    response: Response,
    if_match: IfMatch = None,
) -> VisitorOut:
    wanted = {
        name: getattr(body, name)
        for name in body.model_fields_set - {"email", "segments"}
        if getattr(body, name) is not None or name in _TAKEN_AWAY
    }
    if body.segments is not None:
        wanted["segments"] = frozenset(body.segments)
    if "email" in body.model_fields_set:
        wanted["email_hash"] = await _hashed(parts, body.email)
    record = await _changed(parts, visitor, if_match, lambda found: replace(found, **wanted))
    return _answer(parts, record, response)


@routes.put(
    "/visitors/{visitor}/consents",
    summary="What she agrees to from now on; no longer agreeing takes effect within a second",
    responses={**declared(404, 412), **_WITH_ETAG},
)
async def set_consents(
    parts: Parts,
    _caller: ConsentWriter,
    visitor: VisitorId,
    body: Consents,
    response: Response,
    if_match: IfMatch = None,
) -> VisitorOut:
    wanted = frozenset(body.consents)
    record = await _changed(parts, visitor, if_match, lambda found: replace(found, consents=wanted))
    return _answer(parts, record, response)


@routes.get(
    "/visitors/{visitor}/consents",
    summary="All she ever agreed to and took back, with the text's version and the time",
    responses=declared(404),
)
async def list_consents(parts: Parts, _caller: VisitorReader, visitor: VisitorId) -> ConsentsOut:
    record = await _known(parts, visitor)
    said = await parts.database.read(lambda connection: consents.history(connection, visitor))
    return ConsentsOut(
        consents=sorted(record.visitor.consents),
        refused=sorted(record.visitor.refused),
        items=[
            ConsentOut(
                at=utc(change.at),
                purpose=change.purpose,
                channel=change.channel,
                given=change.given,
                text_version=change.text_version,
                source=change.source,
            )
            for change in said
        ],
    )


@routes.post(
    "/visitors/{visitor}/consents",
    status_code=201,
    summary="Take down that she gave or took back a consent; a no takes effect within a second",
    responses={**declared(404), 201: {"headers": _ETAG}},
)
async def note_consent(
    parts: Parts, _caller: ConsentWriter, visitor: VisitorId, body: ConsentSaid, response: Response
) -> VisitorOut:
    change = ConsentChange(body.purpose, body.given, parts.now(), body.channel, body.text_version, body.source)
    record = await _write(parts, lambda connection: visitor_pages.consent(connection, visitor, change))
    return _answer(parts, record, response)


@routes.delete(
    "/visitors/{visitor}",
    status_code=204,
    summary="Erase everything that is kept of a visitor (GDPR, Art. 17), as `nearcart visitors erase` does",
    responses=declared(404, 412),
)
async def erase_visitor(parts: Parts, _caller: Eraser, visitor: VisitorId, if_match: IfMatch = None) -> Response:
    version = _version(if_match)
    if version is not None:
        await _read_at(parts, visitor, version)
    try:
        await parts.people.erase(visitor)
    except UnknownVisitorError as error:
        raise _nobody(error) from error
    except NotCommittedError as error:
        raise ProblemError(503, "The database is busy. Try again.", headers={"Retry-After": "5"}) from error
    return Response(status_code=204)


@routes.delete(
    "/visitors/{visitor}/enrolment",
    status_code=204,
    summary="Take a visitor and what she carries off the list, as `nearcart visitors remove` does; her past stays",
    responses=declared(404, 412),
)
async def remove_visitor(parts: Parts, _caller: Enroller, visitor: VisitorId, if_match: IfMatch = None) -> Response:
    version = _version(if_match)
    await _write(parts, lambda connection: visitor_pages.remove(connection, visitor, version, parts.now()))
    return Response(status_code=204)


@routes.post(
    "/visitors/{visitor}/merge",
    summary="Merge a visitor into another who is the same person; of two words about consent the narrower counts",
    responses={**declared(404, 409), **_WITH_ETAG},
)
async def merge_visitor(
    parts: Parts, _caller: Eraser, visitor: VisitorId, body: Merge, response: Response
) -> VisitorOut:
    try:
        await parts.people.merge(visitor, body.into)
    except UnknownVisitorError as error:
        await _known(parts, visitor)  # else it is ``into`` that nobody is enrolled as
        raise ProblemError(409, f"{_sentence(error)} Nothing was changed.") from error
    except NotMergedError as error:
        raise ProblemError(409, f"{_sentence(error)} Nothing was changed.") from error
    except NotCommittedError as error:
        raise ProblemError(503, "The database is busy. Try again.", headers={"Retry-After": "5"}) from error
    return _answer(parts, await _known(parts, body.into), response)


@routes.get(
    "/visitors/{visitor}/export",
    summary="Everything that is kept of a visitor, by table (GDPR, Art. 15); times in Unix seconds, keys left out",
    responses=declared(404),
)
async def export_visitor(parts: Parts, _caller: Eraser, visitor: VisitorId) -> ExportOut:
    try:
        found = await parts.database.read(lambda connection: export.everything(connection, visitor))
    except UnknownVisitorError as error:
        raise _nobody(error) from error
    return ExportOut(tables=export.without_keys(found))


@routes.get("/visitors/{visitor}/identities", summary="What she carries; keys are never shown", responses=declared(404))
async def list_identities(parts: Parts, _caller: VisitorReader, visitor: VisitorId) -> Page[IdentityOut]:
    record = await _known(parts, visitor)
    return Page[IdentityOut](items=[_identity_out(identity) for identity in record.identities])


@routes.post(
    "/visitors/{visitor}/identities",
    status_code=201,
    summary="Let her carry one thing more; one that she carries already changes nothing",
    responses={**declared(404, 409, 412), 201: {"headers": _ETAG}},
)
async def add_identity(
    parts: Parts, _caller: Enroller, visitor: VisitorId, body: Carried, response: Response, if_match: IfMatch = None
) -> VisitorOut:
    identity, version = _identity(body), _version(if_match)
    record = await _write(
        parts, lambda connection: visitor_pages.carry(connection, visitor, identity, version, parts.now())
    )
    return _answer(parts, record, response)


@routes.delete(
    "/visitors/{visitor}/identities/{identity}",
    summary="Let her carry one thing less",
    responses={**declared(404, 412), **_WITH_ETAG},
)
async def remove_identity(
    parts: Parts,
    _caller: Enroller,
    visitor: VisitorId,
    identity: IdentityId,
    response: Response,
    if_match: IfMatch = None,
) -> VisitorOut:
    version = _version(if_match)
    record = await _write(
        parts, lambda connection: visitor_pages.lay_down(connection, visitor, identity, version, parts.now())
    )
    return _answer(parts, record, response)


@routes.get("/visitors/{visitor}/carts", summary="Her online cart, if she has one", responses=declared(404))
async def list_carts(parts: Parts, _caller: CartReader, visitor: VisitorId) -> CartsOut:
    cart = parts.present.cart_of((await _known(parts, visitor)).visitor)
    return CartsOut(items=[] if cart is None else [_cart_out(parts, cart)])


async def _known(parts: ApiParts, visitor: str) -> VisitorRecord:
    try:
        return await parts.database.read(lambda connection: visitor_pages.one(connection, visitor))
    except UnknownVisitorError as error:
        raise _nobody(error) from error


async def _read_at(parts: ApiParts, visitor: str, version: int) -> None:
    """Raises ``ProblemError`` 412 when she is at another version."""
    found = (await _known(parts, visitor)).visitor.version
    if found != version:
        raise ProblemError(
            412, f"Visitor '{visitor}' is at version {found}, not {version}. Read her again, and change that."
        )


async def _changed(
    parts: ApiParts, visitor: str, if_match: str | None, changed: Callable[[Visitor], Visitor]
) -> VisitorRecord:
    version = _version(if_match)
    return await _write(
        parts, lambda connection: visitor_pages.change(connection, visitor, changed, version, parts.now())
    )


async def _write(parts: ApiParts, change: Callable[[sqlite3.Connection], T]) -> T:
    """A change, with what the storage refuses told as problems."""
    try:
        return await parts.database.write(change)
    except UnknownVisitorError as error:
        raise _nobody(error) from error
    except UnknownIdentityError as error:
        raise ProblemError(404, f"{_sentence(error)} GET …/identities lists what she carries.") from error
    except ChangedMeanwhileError as error:
        raise ProblemError(412, f"{_sentence(error)} Read her again, and change that.") from error
    except VisitorExistsError as error:
        raise ProblemError(409, f"{_sentence(error)} Nothing was changed.") from error


async def _same(parts: ApiParts, visitor: Visitor, carried: Sequence[Identity]) -> VisitorRecord | None:
    """The visitor as enrolled, if a repeated request is what enrolled her: everything is as it says."""
    try:
        record = await _known(parts, visitor.id)
    except ProblemError:
        return None
    proofs = {visitors.proof(identity) for identity in carried}
    known = {visitors.proof(identity) for identity in record.identities}
    return record if _told(record.visitor) == _told(visitor) and proofs == known else None


def _told(visitor: Visitor) -> tuple[object, ...]:
    """What a request to enrol says of a visitor."""
    links = visitor.customer, visitor.loyalty, visitor.email_hash
    return visitor.kind, *links, visitor.language, visitor.consents, visitor.segments, visitor.tier


def _answer(parts: ApiParts, record: VisitorRecord, response: Response) -> VisitorOut:
    response.headers["ETag"] = f'"{record.visitor.version}"'
    return _out(parts, record)


def _out(parts: ApiParts, record: VisitorRecord) -> VisitorOut:
    visitor = record.visitor
    return VisitorOut(
        id=visitor.id,
        pseudonym=parts.present.pseudonym(visitor.id),
        kind=visitor.kind,
        customer=visitor.customer,
        language=visitor.language,
        consents=sorted(visitor.consents),
        refused=sorted(visitor.refused),
        segments=sorted(visitor.segments),
        tier=visitor.tier,
        loyalty=visitor.loyalty,
        by_email=visitor.email_hash is not None,
        last_purchase_at=None if visitor.last_purchase_at is None else utc(visitor.last_purchase_at),
        version=visitor.version,
        identities=[_identity_out(identity) for identity in record.identities],
        created_at=utc(record.created_at),
        updated_at=utc(record.updated_at),
    )


def _identity_out(identity: Identity) -> IdentityOut:
    return IdentityOut.model_validate(identity.model_dump(exclude=set(identity.SECRETS)))


def _cart_out(parts: ApiParts, known: KnownCart) -> CartOut:
    cart = known.cart
    return CartOut(
        id=cart.id,
        source=cart.source,
        state=effective_state(known, parts.now(), parts.store.abandoned_after),
        currency=cart.currency or parts.store.currency,
        total=str(cart.total),
        items=[
            CartItemOut(
                sku=item.sku,
                product=item.product,
                title=item.title,
                categories=list(item.categories),
                brand=item.brand,
                quantity=item.quantity,
                unit_price=str(item.unit_price),
            )
            for item in cart.items
        ],
        updated_at=cart.updated_at,
        age_s=max(0.0, parts.now() - known.received_at),
    )


async def _hashed(parts: ApiParts, address: str | None) -> str | None:
    """What is kept of an e-mail address."""
    if address is None:
        return None
    return email_hash(address, await parts.database.write(email_salt))


def _identity(carried: Request) -> Identity:
    """An identity for the roster; its id is random, so that what is on the air names nobody."""
    return visitors.parse_identity(carried.model_dump())


def _version(if_match: str | None) -> int | None:
    return None if if_match is None else int(if_match.strip('"'))


def _nobody(error: Exception) -> ProblemError:
    return ProblemError(404, f"{_sentence(error)} GET /api/v1/visitors lists who is.")


def _sentence(error: Exception) -> str:
    text = str(error).partition(";")[0]
    return f"{text[0].upper()}{text[1:]}."
