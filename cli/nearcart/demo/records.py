"""What the gateway's database and the edges' outboxes hold, read without disturbing them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from nearcart_gateway.shell.storage.database import connect_reading


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit as the gateway has it, in Unix seconds of the shop's clock."""

    visitor: str
    entered_at: float
    left_at: float | None
    zone: str | None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision, with what became of its offer; times in Unix seconds of the shop's clock."""

    number: int
    key: str
    visitor: str
    at: float
    heard_at: float | None
    zone: str | None
    outcome: str
    gate: str | None
    reason: str
    offer: str | None
    channel: str | None
    text: str | None
    published_at: float | None


@dataclass(frozen=True, slots=True)
class Stream:
    """The numbered transitions of one edge and one of its epochs."""

    edge: str
    epoch: UUID


class Records:
    """A view of one gateway's database; each question is answered from the newest commit."""

    def __init__(self, database: Path) -> None:
        self._connection = connect_reading(database)

    def close(self) -> None:
        self._connection.close()

    def visits(self) -> list[VisitRow]:
        rows = self._connection.execute("SELECT visitor, entered_at, left_at, zone FROM visits ORDER BY entered_at")
        return [VisitRow(*row) for row in rows]

    def open_visits(self) -> list[VisitRow]:
        rows = self._connection.execute("SELECT visitor, entered_at, left_at, zone FROM visits WHERE left_at IS NULL")
        return [VisitRow(*row) for row in rows]

    def visit_count(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM visits").fetchone()[0])

    def decisions(self, after: int = 0) -> list[DecisionRow]:
        """Decisions numbered above ``after``, oldest first."""
        rows = self._connection.execute(
            "SELECT d.number, d.key, d.visitor, d.at, d.heard_at, d.zone, d.outcome, d.gate, d.reason, d.offer, d.channel,"
            " d.text, p.published_at FROM decisions d LEFT JOIN deliveries p ON p.key = d.key WHERE d.number > ?"
            " ORDER BY d.number",
            (after,),
        )
        return [DecisionRow(*row) for row in rows]

    def sequences(self) -> dict[Stream, list[int]]:
        """Every transition's number, by edge and epoch."""
        numbers: dict[Stream, list[int]] = {}
        for edge, epoch, sequence in self._connection.execute("SELECT edge, epoch, sequence FROM transitions"):
            numbers.setdefault(Stream(edge, UUID(epoch)), []).append(sequence)
        return numbers

    def settled(self) -> bool:
        """Whether nobody is there and no offer is on its way."""
        row = self._connection.execute(
            "SELECT (SELECT count(*) FROM presences) + (SELECT count(*) FROM visits WHERE left_at IS NULL)"
            " + (SELECT count(*) FROM deliveries WHERE state = 'waiting')"
        ).fetchone()
        return bool(row[0] == 0)


@contextmanager
def reading(database: Path) -> Iterator[Records]:
    """A view for the length of a block."""
    records = Records(database)
    try:
        yield records
    finally:
        records.close()


def given_numbers(edge: str, outbox: Path) -> dict[Stream, int]:
    """Epoch to the last number that an edge gave in it; empty where it never had anything to say."""
    if not outbox.exists():
        return {}
    with closing(sqlite3.connect(f"file:{outbox}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT epoch, last_sequence FROM epochs").fetchall()
    return {Stream(edge, UUID(epoch)): last for epoch, last in rows}
