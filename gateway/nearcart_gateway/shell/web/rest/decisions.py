"""Decisions and visits: what happened, newest first."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Query

from nearcart_gateway.core.values import Visit
from nearcart_gateway.shell.storage import decision_pages, deliveries, visit_pages
from nearcart_gateway.shell.storage.decision_pages import DecisionRecord, Wanted
from nearcart_gateway.shell.web.beside import PREFIX
from nearcart_gateway.shell.web.rest.callers import Caller, DecisionReader, VisitReader
from nearcart_gateway.shell.web.rest.models import (
    ConsideredOut,
    DecisionDetailOut,
    DecisionOut,
    Page,
    ReceiptOut,
    VisitOut,
    utc,
    utc_or_none,
)
from nearcart_gateway.shell.web.rest.parts import ApiParts, Parts
from nearcart_gateway.shell.web.rest.problems import ProblemError, declared
from nearcart_gateway.shell.web.rest.requests import DecisionId, DecisionQuery, VisitQuery

routes = APIRouter(prefix=PREFIX, tags=["decisions"])


@routes.get("/decisions", summary="Decisions, newest first", responses=declared())
async def list_decisions(
    parts: Parts, caller: DecisionReader, query: Annotated[DecisionQuery, Query()]
) -> Page[DecisionOut]:
    wanted = Wanted(
        visitors=_visitors(parts, caller, query),
        offer=query.offer,
        campaign=query.campaign,
        outcome=query.outcome,
        since=query.since.timestamp() if query.since else None,
        until=query.until.timestamp() if query.until else None,
    )
    found = await parts.database.read(
        lambda connection: decision_pages.page(connection, wanted, query.cursor, query.limit + 1)
    )
    shown = found[: query.limit]
    return Page[DecisionOut](
        items=[DecisionOut(**_decision(parts, caller, record)) for record in shown],
        next=str(shown[-1].number) if len(found) > query.limit else None,
    )


@routes.get("/decisions/{decision}", summary="One decision with every offer it looked at", responses=declared(404))
async def show_decision(parts: Parts, caller: DecisionReader, decision: DecisionId) -> DecisionDetailOut:
    found = await parts.database.read(lambda connection: decision_pages.one(connection, decision))
    if found is None:
        raise ProblemError(404, f"There is no decision {decision}; it may be older than what the store keeps.")
    record, considered, dwell = found
    receipts = await parts.database.read(lambda connection: deliveries.read_receipts(connection, record.key))
    return DecisionDetailOut(
        **_decision(parts, caller, record),
        considered=[
            ConsideredOut(offer=looked.offer, gate=looked.gate, observed=looked.observed, required=looked.required)
            for looked in considered
        ],
        receipts=[
            ReceiptOut(channel=note.channel, state=note.state, at=utc(note.at), detail=note.detail) for note in receipts
        ],
        dwell_s=dwell,
        key=record.key if caller.sees_ids else None,
    )


@routes.get("/visits", summary="Visits, the latest arrival first", responses=declared())
async def list_visits(parts: Parts, caller: VisitReader, query: Annotated[VisitQuery, Query()]) -> Page[VisitOut]:
    chosen = _visitors(parts, caller, query)
    after = _Mark(query.cursor) if query.cursor else None
    found = await parts.database.read(
        lambda connection: _page(
            parts,
            visit_pages.latest(
                connection, visitors=chosen, present=query.present, not_after=after.entered_at if after else None
            ),
            after,
            query.limit + 1,
        )
    )
    shown = found[: query.limit]
    return Page[VisitOut](
        items=[_visit(parts, caller, visit) for visit in shown],
        next=_mark(parts, shown[-1]) if len(found) > query.limit else None,
    )


class _Mark:
    """Where a page ended: the arrival of its last visit, and which of those that came at that time it was."""

    def __init__(self, cursor: str) -> None:
        at, _, self.token = cursor.rpartition("-")
        self.entered_at = float(at)


def _mark(parts: ApiParts, visit: Visit) -> str:
    return f"{visit.entered_at:.9f}-{parts.present.visit_token(visit.id)}"


def _page(parts: ApiParts, visits: Iterable[Visit], after: _Mark | None, limit: int) -> list[Visit]:
    found: list[Visit] = []
    seen_before = after is not None
    for visit in visits:
        if seen_before and after is not None and visit.entered_at == after.entered_at:
            seen_before = parts.present.visit_token(visit.id) != after.token
            continue
        found.append(visit)
        if len(found) == limit:
            break
    return found


def _visitors(parts: ApiParts, caller: Caller, query: DecisionQuery | VisitQuery) -> tuple[str, ...] | None:
    """Whom a question is about, or ``None`` for everybody. Raises ``ProblemError`` 403 for who may not see ids."""
    if query.visitor is not None:
        if not caller.sees_ids:
            raise ProblemError(403, f"The role {caller.role} goes by pseudonyms: ask with ?pseudonym=amber+fox.")
        named = (query.visitor,)
        return named if query.pseudonym in (None, parts.present.pseudonym(query.visitor)) else ()
    return None if query.pseudonym is None else parts.present.visitors_called(query.pseudonym)


def _decision(parts: ApiParts, caller: Caller, record: DecisionRecord) -> dict[str, object]:
    return {
        "id": record.number,
        "at": utc(record.at),
        "visitor": parts.ref(record.visitor, caller),
        "moment": record.kind,
        "zone": record.zone,
        "outcome": record.outcome,
        "gate": record.gate,
        "reason": record.reason,
        "offer": record.offer,
        "campaign": record.campaign,
        "channel": record.channel,
        "text": record.text,
        "revision": record.revision,
        "delivery": record.delivery,
    }


def _visit(parts: ApiParts, caller: Caller, visit: Visit) -> VisitOut:
    return VisitOut(
        id=parts.present.visit_token(visit.id),
        visitor=parts.ref(visit.visitor, caller),
        entered_at=utc(visit.entered_at),
        left_at=utc_or_none(visit.left_at),
        zone=visit.zone,
        zone_since=utc_or_none(visit.zone_since),
        exit_reason=visit.exit_reason,
    )
