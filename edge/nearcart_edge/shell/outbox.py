"""The file that keeps transitions until the gateway has them on its disk.

Plain SQLite in WAL mode with ``synchronous=FULL``: a transition is numbered and on the card before anybody hears of it. The
file's size is bounded by ``max_page_count`` and not by the card, since on a full card even a DELETE fails and an ack could
free nothing. When the file takes no more, or none can be made, transitions go on from memory, and ``problem`` says so.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from pydantic import ValidationError

from nearcart_contract.presence import Stamp, Transition
from nearcart_edge.core.batches import Held
from nearcart_edge.core.presence import PresenceEvent
from nearcart_edge.shell.crash_points import crash_point

MAX_IN_MEMORY = 20_000
"""Transitions kept in memory while the file takes none (some 10 MB); past it new ones are lost, and counted."""

EPOCHS_REMEMBERED = 1000

_PAGE_BYTES = 4096
_SCHEMA = """
CREATE TABLE IF NOT EXISTS epochs (
    id INTEGER PRIMARY KEY, epoch TEXT NOT NULL UNIQUE, last_sequence INTEGER NOT NULL, started REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS transitions (
    epoch TEXT NOT NULL, sequence INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (epoch, sequence)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Unnumbered:
    """A transition that has no number yet."""

    event: PresenceEvent
    stamp: Stamp

    def numbered(self, sequence: int) -> Transition:
        event = self.event
        return Transition(
            sequence=sequence,
            kind=event.kind,
            identity=event.identity,
            scanner=event.scanner,
            stamp=self.stamp,
            rssi=event.rssi,
            cause=event.cause,
            button=event.button,
            press_number=event.number,
        )


class Outbox:
    """One agent's outbox, for one epoch and what earlier ones left. Every method but the properties may wait for the disk."""

    def __init__(self, path: Path, epoch: UUID, started: float, *, max_mb: int = 64) -> None:
        """``started``: Unix seconds of the agent's start. A damaged file is set aside; where no file can be made at ``path`` memory
        has to do for this run."""
        self.epoch = epoch
        self._path = path
        self._started = started
        self._max_pages = max_mb * 1024 * 1024 // _PAGE_BYTES
        self._last = 0
        self._memory: list[Transition] = []
        self._lost = 0
        self._risked = 0
        self._bytes_written = 0
        self._no_file: str | None = None
        self._set_aside: Path | None = None
        self._trouble: str | None = None
        self._database = self._open()

    @property
    def newest(self) -> int:
        """The last number given in this epoch."""
        return self._last

    @property
    def lost(self) -> int:
        """Transitions that neither the file nor memory could take."""
        return self._lost

    @property
    def at_risk(self) -> int:
        """Transitions that are in memory only now: a power cut would lose them."""
        return len(self._memory)

    @property
    def risked(self) -> int:
        """Transitions that were ever in memory only, for a time."""
        return self._risked

    @property
    def bytes_written(self) -> int | None:
        """What the file cost the card so far, as this process wrote it; none where the kernel does not say."""
        return self._bytes_written if _written_by_this_thread() is not None else None

    @property
    def problem(self) -> str | None:
        """What is wrong and how to mend it, in a sentence."""
        if self._lost:
            return f"the outbox {self._path.name} is full and transitions were lost: connect the gateway, raise outbox.max_mb"
        if self._no_file:
            return (
                f"the outbox {self._path} can't be opened ({self._no_file}), transitions wait in memory only until the agent starts again: "
                "make room on the card, or let this user write there"
            )
        if self._trouble:
            return (
                f"the outbox {self._path.name} takes no more ({self._trouble}), transitions wait in memory only: "
                "connect the gateway, raise outbox.max_mb, or make room on the card"
            )
        if self._set_aside:
            return f"the outbox file was damaged and set aside as {self._set_aside.name}: look at the card's health"
        return None

    def append(self, entries: Sequence[Unnumbered]) -> int:
        """Number and store transitions, in one transaction. Gives how many were kept, on disk or in memory."""
        room = MAX_IN_MEMORY - len(self._memory)
        kept = entries[:room]
        self._lost += len(entries) - len(kept)
        self._memory += [entry.numbered(self._last + offset) for offset, entry in enumerate(kept, 1)]
        self._last += len(kept)
        with self._counting_bytes():
            self._store_memory()
        self._risked += min(len(kept), len(self._memory))
        return len(kept)

    def held(self) -> list[Held]:
        """What earlier epochs left on disk, oldest epoch first."""
        rows = self._database.execute(
            "SELECT epoch, min(sequence), max(sequence) FROM transitions JOIN epochs USING (epoch) GROUP BY epoch ORDER BY id"
        )
        return [Held(UUID(epoch), oldest, newest) for epoch, oldest, newest in rows]

    def read(self, epoch: UUID, after: int, upto: int) -> tuple[Transition, ...]:
        """Transitions ``after + 1`` to ``upto`` of one epoch, in order, but for rows that a failing card made unreadable."""
        rows = self._database.execute(
            "SELECT body FROM transitions WHERE epoch = ? AND sequence > ? AND sequence <= ? ORDER BY sequence",
            (str(epoch), after, upto),
        )
        stored = [transition for (body,) in rows if (transition := _readable(body)) is not None]
        if epoch == self.epoch:
            stored += [each for each in self._memory if after < each.sequence <= upto]
        return tuple(stored)

    def forget(self, epoch: UUID, upto: int) -> None:
        """The gateway has everything of this epoch up to ``upto``."""
        if epoch == self.epoch:
            self._memory = [each for each in self._memory if each.sequence > upto]
        with self._counting_bytes():
            try:
                self._database.execute("DELETE FROM transitions WHERE epoch = ? AND sequence <= ?", (str(epoch), upto))
            except sqlite3.Error as error:
                # The rows stay and are sent again after a restart, when the gateway drops them as repeats.
                self._trouble = str(error)
                return
            self._store_memory()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _store_memory(self) -> None:
        if self._no_file:
            return
        if not self._memory:
            self._trouble = None
            return
        try:
            self._commit_memory()
        except sqlite3.Error as error:
            self._trouble = str(error)
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            return
        self._memory = []
        self._trouble = None

    def _commit_memory(self) -> None:
        epoch = str(self.epoch)
        self._database.execute("BEGIN IMMEDIATE")
        self._database.execute(
            "INSERT INTO epochs (epoch, last_sequence, started) VALUES (?, ?, ?) "
            "ON CONFLICT (epoch) DO UPDATE SET last_sequence = excluded.last_sequence",
            (epoch, self._last, self._started),
        )
        self._database.executemany(
            "INSERT INTO transitions (epoch, sequence, body) VALUES (?, ?, ?)",
            [(epoch, each.sequence, each.model_dump_json(exclude_none=True)) for each in self._memory],
        )
        crash_point("before_commit")
        self._database.execute("COMMIT")
        crash_point("after_commit")

    @contextmanager
    def _counting_bytes(self) -> Iterator[None]:
        before = _written_by_this_thread()
        try:
            yield
        finally:
            after = _written_by_this_thread()
            if before is not None and after is not None:
                self._bytes_written += after - before

    def _open(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return self._connect(self._path)
        except (OSError, sqlite3.OperationalError) as error:
            self._no_file = str(error)
        except sqlite3.DatabaseError:
            self._set_aside = _set_aside(self._path, self._started)
            return self._connect(self._path)
        return self._connect(":memory:")

    def _connect(self, path: Path | str) -> sqlite3.Connection:
        # The agent gives all disk work to one thread, which need not be the one that opened the file.
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
            database.execute("PRAGMA cache_size = -256")
            database.execute(f"PRAGMA max_page_count = {self._max_pages}")
            database.executescript(_SCHEMA)
            database.execute(
                "DELETE FROM epochs WHERE id <= (SELECT max(id) FROM epochs) - ? "
                "AND epoch NOT IN (SELECT epoch FROM transitions)",
                (EPOCHS_REMEMBERED,),
            )
        except sqlite3.Error:
            database.close()
            raise
        return database


def _readable(body: str) -> Transition | None:
    try:
        return Transition.model_validate_json(body)
    except ValidationError:
        return None


def _set_aside(path: Path, started: float) -> Path:
    aside = path.with_name(f"{path.name}.damaged-{int(started)}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return aside


def _written_by_this_thread() -> int | None:
    """Bytes that this thread gave to ``write`` (``wchar`` in proc(5)): the outbox has a thread of its own."""
    try:
        lines = Path("/proc/thread-self/io").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.partition(" ")[2]) for line in lines if line.startswith("wchar:")), None)
