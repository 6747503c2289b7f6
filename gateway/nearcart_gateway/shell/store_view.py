"""The store as the console sees it: the engine's memory for what is now, the database for what was."""

import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from nearcart_contract.store_file import Store
from nearcart_gateway.core.edges import EdgeRecord
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.offers.gates.cart import effective_state
from nearcart_gateway.core.pseudonym import Pseudonyms, dot_id, visit_token
from nearcart_gateway.core.values import KnownCart, Visit, Visitor
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.link import Link
from nearcart_gateway.shell.offer_watch import OfferWatch
from nearcart_gateway.shell.sources.state import SourceStates
from nearcart_gateway.shell.storage import decisions, deliveries
from nearcart_gateway.shell.web.changes import ChangeBoard, Subscription
from nearcart_gateway.shell.web.floor_plan import floor_view
from nearcart_gateway.shell.web.views import (
    CartMark,
    DecisionDetail,
    DecisionView,
    EdgeView,
    FloorView,
    HealthView,
    PersonView,
)
from nearcart_gateway.shell.writer import Writer

_DECISIONS = (
    "SELECT d.number, d.key, d.at, d.visitor, d.zone, d.outcome, d.reason, d.offer, coalesce(l.channel, d.channel), d.text, l.state, d.kind,"
    " d.campaign, d.revision, json_extract(d.inputs, '$.moment.dwell_s') FROM decisions d LEFT JOIN deliveries l ON l.key = d.key"
)

_PAGE = _DECISIONS + " WHERE d.number < ? ORDER BY d.number DESC LIMIT ?"


_LAST = 10**16
"""Above the number of any decision."""


@dataclass(slots=True)
class GatewayView:
    """Implements ``StoreView``, and ``Present`` for the API. ``reading`` is a connection of its own, so that a page never waits for a commit."""

    store: Store
    writer: Writer
    link: Link
    offers: OfferWatch
    clock: StoreClock
    reading: sqlite3.Connection
    salt: bytes
    board: ChangeBoard
    started_at: float
    sources: SourceStates
    _pseudonyms: Pseudonyms = field(init=False)
    _floor: FloorView = field(init=False)

    def __post_init__(self) -> None:
        self._pseudonyms = Pseudonyms(self.salt, self.writer.engine.visitors)
        self._floor = floor_view(self.store)

    def floor(self) -> FloorView:
        return self._floor

    def people(self) -> tuple[PersonView, ...]:
        engine = self.writer.engine
        return tuple(self._person(engine, visit) for visit in engine.visits.open_visits())

    def decisions(self, limit: int, before: str | None) -> tuple[DecisionView, ...]:
        rows = self.reading.execute(_PAGE, (_LAST if before is None else _number(before), limit))
        return tuple(self._decision(row) for row in rows)

    def decision(self, key: str) -> DecisionDetail | None:
        row = self.reading.execute(_DECISIONS + " WHERE d.number = ?", (_number(key),)).fetchone()
        considered = None if row is None else decisions.read_considered(self.reading, row[1])
        if row is None or considered is None:
            return None
        return DecisionDetail(
            decision=self._decision(row),
            moment=row[11],
            considered=considered,
            campaign=row[12],
            revision=row[13],
            dwell=row[14],
            receipts=tuple(deliveries.read_receipts(self.reading, row[1])),
        )

    def edges(self) -> tuple[EdgeView, ...]:
        return tuple(_edge(record) for record in self.writer.engine.edges.all())

    def health(self) -> HealthView:
        problems = [problem for problem in (self.link.problem, self.writer.problem, *self.offers.problems) if problem]
        for record in self.writer.engine.edges.all():
            if not record.online:
                heard = "was never heard" if record.birth is None else "is away"
                problems.append(f"edge {record.name} {heard}: is it powered, and is `nearcart edge run` running there?")
        watch = self.writer.engine.scanner_watch
        problems += [trouble.sentence for trouble in watch.troubles] if watch is not None else []
        problems += self.sources.problems
        now = self.clock.now()
        return HealthView(
            state="degraded" if problems else "ok",
            now=now,
            uptime=now - self.started_at,
            broker="trouble" if self.link.problem else "ok",
            database="trouble" if self.writer.problem else "ok",
            offers="trouble" if self.offers.problems else "ok",
            offers_revision=self.writer.engine.offers.revision,
            problems=tuple(problems),
        )

    def subscribe(self) -> AbstractContextManager[Subscription]:
        return self.board.subscribe()

    def revision(self) -> str:
        """The revision of the offers in force."""
        return self.writer.engine.offers.revision

    def pseudonym(self, visitor: str) -> str:
        return self._pseudonyms.of(visitor)

    def visitors_called(self, pseudonym: str) -> tuple[str, ...]:
        for visitor in self.writer.engine.visitors:
            self._pseudonyms.of(visitor)
        return self._pseudonyms.called(pseudonym)

    def forget(self, visitor: str) -> None:
        """She was erased, or is another now."""
        self._pseudonyms.forget(visitor)
        self.board.notify("people", "decisions")

    def cart_of(self, visitor: Visitor) -> KnownCart | None:
        return self.writer.engine.cart_of(visitor)

    def visit_token(self, visit: str) -> str:
        return visit_token(self.salt, visit)

    def _person(self, engine: StoreEngine, visit: Visit) -> PersonView:
        position = engine.visits.position_of(visit.visitor)
        visitor = engine.visitors.get(visit.visitor)
        return PersonView(
            id=dot_id(self.salt, visit.visitor),
            pseudonym=self._pseudonyms.of(visit.visitor),
            x=position.x if position else None,
            y=position.y if position else None,
            error=position.error if position else None,
            zone=visit.zone,
            cart=self._cart(engine, visitor),
            staff=visitor is not None and visitor.kind == "staff",
            since=visit.zone_since or visit.entered_at,
        )

    def _cart(self, engine: StoreEngine, visitor: Visitor | None) -> CartMark:
        cart = engine.cart_of(visitor) if visitor else None
        return effective_state(cart, self.clock.now(), self.store.abandoned_after)

    def _decision(self, row: tuple[object, ...]) -> DecisionView:
        zone = self.store.zones.get(str(row[4])) if row[4] is not None else None
        zone_name = (zone.name if zone and zone.name else row[4]) if row[4] is not None else None
        return DecisionView(
            key=str(row[0]),
            at=row[2],  # type: ignore[arg-type]
            pseudonym=self._pseudonyms.of(str(row[3])),
            zone=zone_name,  # type: ignore[arg-type]
            outcome=row[5],  # type: ignore[arg-type]
            reason=row[6],  # type: ignore[arg-type]
            offer=row[7],  # type: ignore[arg-type]
            channel=row[8],  # type: ignore[arg-type]
            text=row[9],  # type: ignore[arg-type]
            delivery=row[10] if row[5] == "sent" else None,  # type: ignore[arg-type]
        )


def _number(key: str) -> int:
    """The number of a decision that the page names; one that no decision has for what is no number."""
    return int(key) if key.isdecimal() and len(key) < 16 else _LAST


def _edge(record: EdgeRecord) -> EdgeView:
    problem = record.health.problem if record.health else record.birth.problem if record.birth else None
    return EdgeView(
        name=record.name,
        online=record.online,
        last_heard_at=record.heard_at,
        spark=tuple(record.loudest),
        problem=problem,
        outbox_waiting=record.health.outbox_waiting if record.health else None,
        adverts_heard=record.health.adverts_heard if record.health else None,
        clock=record.birth.clock if record.birth else "unknown",
    )
