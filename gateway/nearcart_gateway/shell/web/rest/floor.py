"""The store now: floor, zones, people, edges, health, and the same as live events. All by pseudonym."""

from typing import Any

from fastapi import APIRouter, Response

from nearcart_gateway.core.roles import PERMISSIONS, may
from nearcart_gateway.shell.web.beside import PREFIX
from nearcart_gateway.shell.web.rest.callers import FloorViewer
from nearcart_gateway.shell.web.rest.models import (
    EdgeOut,
    EdgesOut,
    HealthOut,
    KeyOut,
    PeopleOut,
    PersonOut,
    ZoneOut,
    ZonesOut,
    utc,
    utc_or_none,
)
from nearcart_gateway.shell.web.rest.parts import Parts
from nearcart_gateway.shell.web.rest.problems import declared
from nearcart_gateway.shell.web.views import FloorView

routes = APIRouter(prefix=PREFIX, tags=["store"])

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "server-sent events floor, health, people, decisions, edges, clock; each one's data is JSON as the console reads it",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@routes.get("/key", summary="What this key may do", responses=declared())
async def show_key(caller: FloorViewer) -> KeyOut:
    key = caller.key
    return KeyOut(
        role=caller.role,
        name=key.name if key else None,
        expires_at=utc_or_none(key.expires_at) if key else None,
        permissions=[permission for permission in PERMISSIONS if may(caller.role, permission)],
    )


@routes.get("/floor", summary="The floor plan; lengths in metres, y down", responses=declared())
async def show_floor(parts: Parts, _caller: FloorViewer) -> FloorView:
    return parts.view.floor()


@routes.get("/zones", summary="The zones of the store", responses=declared())
async def list_zones(parts: Parts, _caller: FloorViewer) -> ZonesOut:
    store = parts.store
    return ZonesOut(
        items=[
            ZoneOut(
                id=name,
                name=(zone.name if zone else None) or name,
                tags=list(zone.tags) if zone else [],
                scanners=[scanner for scanner, placed in store.scanners.items() if placed.zone == name],
            )
            for name, zone in ((name, store.zones.get(name)) for name in store.zone_names)
        ]
    )


@routes.get("/people", summary="Who is where now", responses=declared())
async def list_people(parts: Parts, _caller: FloorViewer) -> PeopleOut:
    return PeopleOut(
        items=[
            PersonOut(
                id=person.id,
                pseudonym=person.pseudonym,
                zone=person.zone,
                since=utc(person.since),
                x=person.x,
                y=person.y,
                error=person.error,
                cart=person.cart,
                staff=person.staff,
            )
            for person in parts.view.people()
        ]
    )


@routes.get("/edges", summary="The edges and how they are", responses=declared())
async def list_edges(parts: Parts, _caller: FloorViewer) -> EdgesOut:
    return EdgesOut(
        items=[
            EdgeOut(
                name=edge.name,
                online=edge.online,
                last_heard_at=utc_or_none(edge.last_heard_at),
                problem=edge.problem,
                outbox_waiting=edge.outbox_waiting,
                adverts_heard=edge.adverts_heard,
                clock=edge.clock,
            )
            for edge in parts.view.edges()
        ]
    )


@routes.get("/health", summary="The gateway and what is wrong", responses=declared())
async def show_health(parts: Parts, _caller: FloorViewer) -> HealthOut:
    health = parts.view.health()
    return HealthOut(
        state=health.state,
        now=utc(health.now),
        uptime_s=health.uptime,
        broker=health.broker,
        database=health.database,
        offers=health.offers,
        offers_revision=health.offers_revision,
        problems=list(health.problems),
    )


@routes.get(
    "/events",
    summary="Everything above, live",
    response_class=Response,
    responses={**declared(), **_STREAM},
)
async def stream_events(parts: Parts, caller: FloorViewer) -> Response:
    key = caller.key
    return parts.live.response(lambda: key is None or parts.keys.is_valid(key.id, parts.now()))
