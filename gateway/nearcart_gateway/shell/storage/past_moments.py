"""Everything that happened from a time on, in the order it was decided: moments with and without decisions."""

import heapq
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

from nearcart_gateway.core.backtest.run import PastDecision, PastMoment
from nearcart_gateway.core.decision_inputs import read_moment, read_visitor
from nearcart_gateway.core.values import Moment, Visitor
from nearcart_gateway.shell.storage.decisions import COLUMNS, Row

_NUMBER_OF_COLUMNS = len(COLUMNS.split(","))
_MOMENT, _KIND, _VISITOR, _VISIT, _AT = 1, 2, 3, 4, 5
_KEY, _ZONE, _OUTCOME, _GATE, _OFFER, _REVISION, _CONSIDERED, _INPUTS = 0, 7, 8, 9, 11, 15, 16, 17

Stays = frozenset[tuple[str, float]]
"""(visit, since) of stays in a zone that lasted long enough."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be read: moments of ``kind`` in full; ``dwells``, zone to seconds, are told where nobody waited for them."""

    since: float
    kind: str
    dwells: Mapping[str, float]


def first_number(connection: sqlite3.Connection, since: float) -> int:
    """The first moment decided at or after a time (Unix seconds). Numbers follow the clock, so it is found by halves."""
    low, high = connection.execute(
        "SELECT coalesce(min(number), 0), coalesce(max(number), -1) + 1 FROM moments"
    ).fetchone()
    while low < high:
        middle = (low + high) // 2
        number, now = connection.execute(
            "SELECT number, now FROM moments WHERE number >= ? ORDER BY number LIMIT 1", (middle,)
        ).fetchone()
        low, high = (number + 1, high) if now < since else (low, middle)
    return int(low)


def count(connection: sqlite3.Connection, since: float) -> int:
    """About how many rows there are to go through."""
    moments = connection.execute("SELECT count(*) FROM moments WHERE number >= ?", (first_number(connection, since),))
    decided = connection.execute("SELECT count(*) FROM decisions WHERE at >= ?", (since,))
    return int(moments.fetchone()[0]) + int(decided.fetchone()[0])


def asked_again(connection: sqlite3.Connection, since: float) -> frozenset[str]:
    """Ids of the moments that had waited for quiet hours to end."""
    rows = connection.execute(
        "SELECT DISTINCT moment FROM decisions WHERE moment LIKE '%.waited%' AND at >= ?", (since,)
    )
    return frozenset(moment for (moment,) in rows)


def read(connection: sqlite3.Connection, wanted: Wanted) -> Iterator[PastMoment]:
    """All of it in order. A dwell that nobody waited for is made of the stay, where that lasted so long."""
    stays = _long_stays(connection, wanted) if wanted.dwells else frozenset()
    both = heapq.merge(_undecided(connection, wanted, stays), _decided(connection, wanted), key=lambda past: past.now)
    waiting: list[tuple[float, int, PastMoment]] = []
    for number, past in enumerate(both):
        while waiting and waiting[0][0] <= past.now:
            yield heapq.heappop(waiting)[2]
        yield past
        dwell = _dwell(past, wanted, stays) if stays and past.kind == "enter" else None
        if dwell is not None:
            heapq.heappush(waiting, (dwell.now, number, dwell))
    while waiting:
        yield heapq.heappop(waiting)[2]


def _undecided(connection: sqlite3.Connection, wanted: Wanted, stays: Stays) -> Iterator[PastMoment]:
    people = _People(connection)
    rows = connection.execute(
        "SELECT visitor, known_at, visit, name, kind, at, now, heard_at, zone, from_zone, probability, dwell_s, button, away_s,"
        " revision, clock_synchronised FROM moments WHERE number >= ? ORDER BY number",
        (first_number(connection, wanted.since),),
    )
    for (
        visitor,
        known_at,
        visit,
        name,
        kind,
        at,
        now,
        heard_at,
        zone,
        came,
        sure,
        dwell,
        button,
        away,
        revision,
        clock,
    ) in rows:
        past = PastMoment(visitor, kind, now, revision, clock_synchronised=bool(clock), visit=visit, zone=zone)
        if kind == wanted.kind or (stays and kind == "enter"):
            past.moment = Moment(
                f"{visit}.{name}", kind, visitor, visit, at, zone, came, dwell, sure, heard_at, (), button, away
            )
            past.person = people.of(visitor, known_at)
        yield past


def _decided(connection: sqlite3.Connection, wanted: Wanted) -> Iterator[PastMoment]:
    rows = connection.execute(
        f"SELECT {COLUMNS}, json_extract(inputs, '$.now') FROM decisions WHERE at >= ? ORDER BY number",  # noqa: S608
        (wanted.since,),
    )
    for _, group in groupby(rows, key=lambda row: row[_MOMENT]):
        decided = tuple(group)
        first = decided[0]
        yield PastMoment(
            visitor=first[_VISITOR],
            kind=first[_KIND],
            now=first[_NUMBER_OF_COLUMNS],
            revision=first[_REVISION],
            decisions=tuple(_decision(row) for row in decided),
            visit=first[_VISIT],
            zone=first[_ZONE],
        )


def _decision(row: Row) -> PastDecision:
    key, outcome, offer, gate = row[_KEY], row[_OUTCOME], row[_OFFER], row[_GATE]
    return PastDecision(
        key=str(key),
        outcome=str(outcome),
        offer=None if offer is None else str(offer),
        gate=None if gate is None else str(gate),
        considered=str(row[_CONSIDERED]),
        inputs=str(row[_INPUTS]),
        row=row[:_NUMBER_OF_COLUMNS],
    )


def _long_stays(connection: sqlite3.Connection, wanted: Wanted) -> Stays:
    """Stays in the zones that are asked about, from one zone's enter to the next or to the end of the visit."""
    rows = connection.execute(
        "WITH entered AS (SELECT visit, at, zone FROM moments WHERE number >= :first AND kind = 'enter' AND zone IS NOT NULL"
        " UNION SELECT visit, at, zone FROM decisions WHERE at >= :since AND kind = 'enter' AND zone IS NOT NULL),"
        " stays AS (SELECT visit, at, zone, lead(at) OVER (PARTITION BY visit ORDER BY at) AS until FROM entered)"
        " SELECT stays.visit, stays.at FROM stays JOIN json_each(:dwells) AS dwell ON dwell.key = stays.zone"
        " LEFT JOIN visits ON visits.id = stays.visit"
        " WHERE coalesce(stays.until, visits.left_at, stays.at) - stays.at >= dwell.value",
        {
            "first": first_number(connection, wanted.since),
            "since": wanted.since,
            "dwells": json.dumps(dict(wanted.dwells)),
        },
    )
    return frozenset((visit, at) for visit, at in rows)


def _dwell(past: PastMoment, wanted: Wanted, stays: Stays) -> PastMoment | None:
    """The dwell of a stay that begins here, if it lasted so long."""
    moment, person, clock = past.moment, past.person, past.clock_synchronised
    if past.decisions:
        row = past.decisions[0].row
        if (row[_VISIT], row[_AT]) not in stays:
            return None
        saw = json.loads(past.decisions[0].inputs)
        moment, person, clock = read_moment(saw), read_visitor(saw), saw["clock_synchronised"]
    if moment is None or moment.zone is None or (moment.visit, moment.at) not in stays:
        return None
    dwell_s = wanted.dwells[moment.zone]
    at = moment.at + dwell_s
    stay = moment.id[len(moment.visit) + 1 :].partition(".")[0]
    dwelt = replace(
        moment,
        id=f"{moment.visit}.{stay}.dwell.{dwell_s:g}",
        kind="dwell",
        at=at,
        heard_at=at,
        from_zone=None,
        dwell_s=dwell_s,
    )
    dwell = PastMoment(past.visitor, "dwell", at, past.revision, (), dwelt, person, clock, derived=True)
    dwell.visit, dwell.zone = moment.visit, moment.zone
    return dwell


class _People:
    """What was known of a visitor from a time on."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.of = lru_cache(maxsize=50_000)(self._look_up)

    def _look_up(self, visitor: str, known_at: float) -> Visitor | None:
        row = self._connection.execute(
            "SELECT document FROM moment_visitors WHERE visitor = ? AND known_at = ?", (visitor, known_at)
        ).fetchone()
        return None if row is None else read_visitor({"visitor": json.loads(row[0])})
