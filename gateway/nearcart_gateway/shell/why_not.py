"""Why nothing was decided about a visitor: the first thing that stopped her before any decision, and what is known beside it."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from nearcart_contract.store_file import Store
from nearcart_gateway.core.decision_inputs import read_visitor
from nearcart_gateway.core.offers.compile import CompiledOffers
from nearcart_gateway.core.offers.index import skipped
from nearcart_gateway.core.values import Moment
from nearcart_gateway.core.visits import HEARD_RECENTLY_S
from nearcart_gateway.shell.past_offers import PastOffers

_EVER = 9e12
"""Unix seconds that never come."""

_HAPPENED = {
    "enter": "entered {zone}",
    "move": "went on to {zone}",
    "press": "pressed her button",
    "exit": "left",
    "return": "came back after a while",
    "dwell": "stood in {zone}",
}
_TOLD = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """About whom, from when to when in Unix seconds, and about which offer, if about one."""

    visitor: str
    since: float
    until: float
    offer: str | None = None


@dataclass(frozen=True, slots=True)
class _Visit:
    id: str
    entered_at: float
    left_at: float | None
    zone: str | None


@dataclass(frozen=True, slots=True)
class _Stay:
    zone: str
    seconds: float
    revision: str


def before_any_decision(
    connection: sqlite3.Connection, past: PastOffers, store: Store, asked: Asked
) -> tuple[str, ...]:
    """Sentences, the first being what stopped her."""
    stopped = _unknown(connection, store, asked)
    if stopped is not None:
        return (stopped,)
    visit = _visit(connection, asked)
    if visit is None:
        return tuple(_not_heard(connection, store, asked))
    told = _nothing_waited(connection, past, store, visit)
    return (*told, *(() if asked.offer is None else _about(asked.offer, connection, past, store, visit)))


def _unknown(connection: sqlite3.Connection, store: Store, asked: Asked) -> str | None:
    """A stranger, somebody who agreed to nothing, or who carries nothing: now, or at the time that is asked about."""
    row = connection.execute(
        "SELECT kind, consents, created_at FROM visitors WHERE id = ?", (asked.visitor,)
    ).fetchone()
    if row is None:
        return f"nobody is enrolled as '{asked.visitor}': to the store she is a stranger, and strangers leave no trace"
    kind, consents, created_at = row
    if kind != "staff" and not json.loads(consents):
        return "she agreed to nothing, so no edge looks for her"
    if created_at > asked.until:
        return f"she was a stranger then: she was enrolled at {_when(created_at, store)}"
    agreed_at = connection.execute(
        "SELECT min(at) FROM consents WHERE visitor = ? AND given", (asked.visitor,)
    ).fetchone()[0]
    if kind != "staff" and agreed_at is not None and agreed_at > asked.until:
        return (
            f"she had agreed to nothing then, so no edge looked for her: she first agreed at {_when(agreed_at, store)}"
        )
    if connection.execute("SELECT 1 FROM identities WHERE visitor = ?", (asked.visitor,)).fetchone() is None:
        return "she is enrolled with nothing that an edge could hear"
    return None


def _visit(connection: sqlite3.Connection, asked: Asked) -> _Visit | None:
    row = connection.execute(
        "SELECT id, entered_at, left_at, zone FROM visits WHERE visitor = ? AND entered_at <= ? AND coalesce(left_at, ?) >= ?"
        " ORDER BY entered_at DESC LIMIT 1",
        (asked.visitor, asked.until, _EVER, asked.since),
    ).fetchone()
    return None if row is None else _Visit(*row)


def _not_heard(connection: sqlite3.Connection, store: Store, asked: Asked) -> Iterator[str]:
    yield "no edge heard what she carries: she was not here, or her tag is silent or its battery empty"
    times = "SELECT max(entered_at), max(left_at) FROM visits WHERE visitor = ? AND entered_at {} ?"
    last = connection.execute(times.format("<="), (asked.visitor, asked.until)).fetchone()
    if last[0] is not None:
        yield f"she was last heard on a visit that began at {_when(last[0], store)}"
    later = connection.execute(
        "SELECT min(entered_at) FROM visits WHERE visitor = ? AND entered_at > ?", (asked.visitor, asked.until)
    ).fetchone()
    if later[0] is not None:
        yield f"she was next heard at {_when(later[0], store)}"


def _nothing_waited(connection: sqlite3.Connection, past: PastOffers, store: Store, visit: _Visit) -> Iterator[str]:
    """She was here: what happened, where the locator had her, and how long she stood there."""
    yield "she was here, and no offer waits for what happened then"
    happened = list(_happened(connection, store, visit))
    if happened:
        yield "she " + ", ".join(happened)
    stays = list(_stays(connection, visit))
    if not stays and visit.zone is None:
        yield "the locator was never sure of a zone, so that no offer that waits in one could be looked at"
        return
    offers = past.in_force()
    if offers is None or not len(offers):
        yield "there are no offers in force"
        return
    yield from _dwells(stays or [_Stay(visit.zone or "", 0.0, offers.revision)], past, offers, store)


def _happened(connection: sqlite3.Connection, store: Store, visit: _Visit) -> Iterator[str]:
    rows = connection.execute(
        "SELECT kind, zone, at, probability FROM moments WHERE visit = ? AND visitor = (SELECT visitor FROM visits WHERE id = ?)"
        " ORDER BY number",
        (visit.id, visit.id),
    ).fetchall()
    for kind, zone, at, sure in rows[:_TOLD]:
        words = _HAPPENED[kind].format(zone=_place(zone, store)) if zone or kind != "enter" else "came in"
        doubt = f", {sure:.0%} sure" if zone and sure < 1 else ""
        yield f"{words} at {datetime.fromtimestamp(at, store.zone_info):%H:%M:%S}{doubt}"
    if len(rows) > _TOLD:
        yield f"and {len(rows) - _TOLD} things more"


def _stays(connection: sqlite3.Connection, visit: _Visit) -> Iterator[_Stay]:
    """Her longest stay in each zone, from the moments that nobody waited for."""
    rows = connection.execute(
        "WITH entered AS (SELECT zone, at, lead(at) OVER (ORDER BY at) AS until, revision FROM moments"
        " WHERE visit = ?1 AND visitor = (SELECT visitor FROM visits WHERE id = ?1) AND kind = 'enter' AND zone IS NOT NULL)"
        " SELECT zone, max(coalesce(until, ?2, at) - at), revision FROM entered GROUP BY zone",
        (visit.id, visit.left_at),
    )
    return (_Stay(*row) for row in rows)


def _dwells(stays: list[_Stay], past: PastOffers, in_force: CompiledOffers, store: Store) -> Iterator[str]:
    for stay in stays:
        offers = past.of(stay.revision) or in_force
        place, dwells = _place(stay.zone, store), offers.dwells(stay.zone)
        if not dwells:
            yield f"no offer in force waits for a dwell in {place}"
        elif stay.seconds < min(dwells):
            stood = (
                f"she stood in {place} for {stay.seconds:.0f} s"
                if stay.seconds
                else f"she stood in {place} too shortly"
            )
            yield f"{stood}; the shortest dwell that an offer waits for there is {min(dwells):g} s"
        else:
            yield (
                f"she was in {place} for {stay.seconds:.0f} s, but was not heard within {HEARD_RECENTLY_S:g} s when the dwell of"
                f" {min(dwells):g} s was due: silence is not standing still"
            )


def _about(offer: str, connection: sqlite3.Connection, past: PastOffers, store: Store, visit: _Visit) -> Iterator[str]:
    """What one offer waited for instead, at each thing that happened."""
    rows = connection.execute(
        "SELECT m.visitor, m.visit, m.name, m.kind, m.at, m.zone, m.from_zone, m.dwell_s, m.revision, v.document FROM moments m"
        " JOIN moment_visitors v ON v.visitor = m.visitor AND v.known_at = m.known_at"
        " WHERE m.visit = ?1 AND m.visitor = (SELECT visitor FROM visits WHERE id = ?1) ORDER BY m.number LIMIT ?2",
        (visit.id, _TOLD),
    ).fetchall()
    for visitor, visit_id, name, kind, at, zone, came_from, dwell_s, revision, document in rows:
        offers = past.of(revision)
        if offers is None:
            continue
        try:
            compiled = offers[offer]
        except KeyError:
            yield f"{offer} was not in force then"
            return
        moment = Moment(f"{visit_id}.{name}", kind, visitor, visit_id, at, zone, came_from, dwell_s)
        skip = skipped(compiled.offer, offers.store, moment, read_visitor({"visitor": json.loads(document)}))
        if skip is not None:
            when = f"{datetime.fromtimestamp(at, store.zone_info):%H:%M:%S}"
            yield f"{offer} at {when}: {skip[0]} was {skip[1]}, it waits for {skip[2]}"


def _place(zone: str | None, store: Store) -> str:
    known = store.zones.get(zone or "")
    return (known.name if known else None) or zone or "the store"


def _when(at: float, store: Store) -> str:
    return f"{datetime.fromtimestamp(at, store.zone_info):%Y-%m-%d %H:%M}"
