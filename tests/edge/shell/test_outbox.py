"""The outbox on a real disk."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from nearcart_contract.presence import Stamp
from nearcart_edge.core.batches import Held
from nearcart_edge.core.presence import PresenceEvent
from nearcart_edge.shell import outbox as outbox_module
from nearcart_edge.shell import transitions as transitions_module
from nearcart_edge.shell.clock import SystemClock
from nearcart_edge.shell.light_structlog import structlog
from nearcart_edge.shell.outbox import Outbox, Unnumbered
from nearcart_edge.shell.problems import Problems
from nearcart_edge.shell.transitions import Transitions

OLD, NEW, BOOT = UUID(int=1), UUID(int=2), UUID(int=3)


def entries(count: int, identity: str = "anna") -> list[Unnumbered]:
    return [
        Unnumbered(
            PresenceEvent("exit", identity, "door", float(at), -60, "silence"),
            Stamp(at=1.7e9 + at, monotonic=at, boot=BOOT),
        )
        for at in range(count)
    ]


def open_outbox(path: Path, epoch: UUID = NEW, max_mb: int = 1) -> Outbox:
    return Outbox(path, epoch, started=1.7e9, max_mb=max_mb)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "edge" / "outbox.sqlite"


def test_a_commit_reaches_the_card(path: Path) -> None:
    """A kill can't tell FULL from NORMAL; a power cut can: WAL with NORMAL loses what was committed last."""
    outbox = open_outbox(path)
    assert outbox._database.execute("PRAGMA synchronous").fetchone() == (2,)
    assert outbox._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_transitions_are_numbered_from_one_and_kept(path: Path) -> None:
    outbox = open_outbox(path)
    assert outbox.append(entries(2)) == 2
    assert outbox.append(entries(1, "ben")) == 1
    transitions = outbox.read(NEW, 0, 10)
    assert [(each.sequence, each.identity, each.kind, each.cause) for each in transitions] == [
        (1, "anna", "exit", "silence"),
        (2, "anna", "exit", "silence"),
        (3, "ben", "exit", "silence"),
    ]
    assert transitions[1].stamp == Stamp(at=1.7e9 + 1, monotonic=1, boot=BOOT)
    assert [each.sequence for each in outbox.read(NEW, 1, 2)] == [2]


def test_what_an_earlier_run_left_is_held_under_its_own_epoch(path: Path) -> None:
    earlier = open_outbox(path, OLD)
    earlier.append(entries(5))
    earlier.forget(OLD, 2)
    earlier.close()
    outbox = open_outbox(path, NEW)
    outbox.append(entries(1))
    assert outbox.held() == [Held(OLD, 3, 5), Held(NEW, 1, 1)]
    assert [each.sequence for each in outbox.read(OLD, 2, 5)] == [3, 4, 5]


def test_older_epochs_come_first_whatever_their_names(path: Path) -> None:
    for number in (9, 4, 7):
        outbox = open_outbox(path, UUID(int=number))
        outbox.append(entries(1))
        outbox.close()
    assert [held.epoch.int for held in open_outbox(path).held()] == [9, 4, 7]


def test_the_last_number_of_an_epoch_outlives_its_transitions(path: Path) -> None:
    outbox = open_outbox(path)
    outbox.append(entries(3))
    outbox.forget(NEW, 3)
    outbox.close()
    rows = sqlite3.connect(path).execute("SELECT epoch, last_sequence, started FROM epochs").fetchall()
    assert rows == [(str(NEW), 3, 1.7e9)]
    assert open_outbox(path).held() == []


def test_a_full_file_loses_nothing_says_so_and_recovers_with_the_next_ack(path: Path) -> None:
    outbox = open_outbox(path)
    stored = 0
    while outbox.problem is None:
        stored += outbox.append(entries(500))
        assert stored < 100_000, "max_page_count does not bound the file"
    assert "outbox.sqlite takes no more (database or disk is full)" in outbox.problem
    assert outbox.append(entries(10)) == 10
    assert [each.sequence for each in outbox.read(NEW, 0, stored + 10)] == list(range(1, stored + 11))
    outbox.forget(NEW, stored - 500)
    assert outbox.problem is None
    outbox.close()
    assert open_outbox(path).held() == [Held(NEW, stored - 499, stored + 10)]


def test_even_memory_has_an_end_and_what_is_lost_then_is_counted(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "MAX_IN_MEMORY", 100)
    outbox = open_outbox(path)
    outbox._database.execute("PRAGMA max_page_count = 8")
    assert sum(outbox.append(entries(50)) for _ in range(6)) < 300
    assert outbox.lost > 0
    assert outbox.problem is not None
    assert "transitions were lost" in outbox.problem
    transitions = outbox.read(NEW, 0, 1000)
    assert [each.sequence for each in transitions] == list(range(1, outbox.newest + 1)), "numbers have no gap"
    assert outbox.newest + outbox.lost == 300


@contextmanager
def no_room_for(path: Path) -> Iterator[None]:
    """The kernel lets no file of this process grow: every write past its end fails (EFBIG), as on a card that fails."""
    largest = max(file.stat().st_size for file in path.parent.iterdir())
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_fails_is_said_transitions_go_on_and_what_was_at_risk_is_counted(path: Path) -> None:
    outbox = open_outbox(path)
    outbox.append(entries(3))
    assert (outbox.at_risk, outbox.risked, outbox.problem) == (0, 0, None)
    with no_room_for(path):
        assert outbox.append(entries(500)) == 500
        assert outbox.append(entries(7)) == 7
        assert (outbox.at_risk, outbox.risked) == (507, 507)
        assert outbox.problem is not None
        assert "takes no more" in outbox.problem
        assert [each.sequence for each in outbox.read(NEW, 0, 1000)] == list(range(1, 511))
    outbox.append(entries(1))
    assert (outbox.at_risk, outbox.risked, outbox.lost, outbox.problem) == (0, 507, 0, None)
    outbox.close()
    assert open_outbox(path).held() == [Held(NEW, 1, 511)]


def test_where_no_file_can_be_made_memory_has_to_do(tmp_path: Path) -> None:
    (tmp_path / "edge").write_text("a file where a folder should be")
    outbox = open_outbox(tmp_path / "edge" / "outbox.sqlite")
    assert "can't be opened" in (outbox.problem or "")
    assert outbox.append(entries(5)) == 5
    assert (outbox.at_risk, outbox.risked, outbox.held()) == (5, 5, [])
    outbox.forget(NEW, 2)
    assert [each.sequence for each in outbox.read(NEW, 0, 10)] == [3, 4, 5]
    assert outbox.at_risk == 3
    outbox.close()


def test_what_is_written_to_the_card_is_counted(path: Path) -> None:
    """Threads are told apart by the kernel: what others write is not the outbox's."""
    outbox = open_outbox(path)
    assert outbox.bytes_written == 0
    outbox.append(entries(1))
    one = outbox.bytes_written
    path.with_name("other").write_bytes(bytes(1_000_000))
    outbox.forget(NEW, 0)
    assert one is not None
    assert 4096 <= one <= 40_000, "some pages, for a commit"
    assert outbox.bytes_written is not None
    assert outbox.bytes_written < one + 100_000
    for _ in range(10):
        outbox.append(entries(100))
    assert outbox.bytes_written > 10 * 100 * 100


def test_a_damaged_file_is_set_aside_and_the_edge_goes_on(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"\x00not a database at all" * 500)
    outbox = open_outbox(path)
    assert outbox.append(entries(1)) == 1
    assert outbox.problem == (
        "the outbox file was damaged and set aside as outbox.sqlite.damaged-1700000000: look at the card's health"
    )
    assert path.with_name("outbox.sqlite.damaged-1700000000").read_bytes().startswith(b"\x00not")


def test_a_row_that_the_card_spoiled_is_left_out(path: Path) -> None:
    outbox = open_outbox(path)
    outbox.append(entries(3))
    sqlite3.connect(path, isolation_level=None).execute("UPDATE transitions SET body = 'x' WHERE sequence = 2")
    assert [each.sequence for each in outbox.read(NEW, 0, 3)] == [1, 3]


def test_only_so_many_epochs_are_remembered(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "EPOCHS_REMEMBERED", 3)
    for number in range(1, 8):
        outbox = open_outbox(path, UUID(int=number))
        outbox.append(entries(1))
        if number != 1:
            outbox.forget(UUID(int=number), 1)
        outbox.close()
    open_outbox(path, NEW)
    epochs = [UUID(row[0]).int for row in sqlite3.connect(path).execute("SELECT epoch FROM epochs ORDER BY id")]
    assert epochs == [1, 5, 6, 7], "one that still holds a transition is never forgotten"


def test_the_address_of_a_visitor_s_device_is_not_stored(path: Path) -> None:
    outbox = open_outbox(path)
    event = PresenceEvent("enter", "anna", "door", 1.0, -60, address="C4:64:E3:00:00:01")
    outbox.append([Unnumbered(event, Stamp(at=1.0, monotonic=1.0, boot=BOOT))])
    outbox.close()
    for file in path.parent.iterdir():
        assert b"C4:64:E3" not in file.read_bytes()


async def test_what_a_disk_that_hangs_leaves_no_room_for_is_counted_as_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transitions_module, "MAX_PENDING", 10)
    log = structlog.wrap_logger(structlog.PrintLogger(), processors=[structlog.testing.LogCapture()])
    transitions = Transitions(open_outbox(path), SystemClock(), Problems(log), log)
    transitions.record([entry.event for entry in entries(14)])
    assert (transitions.waiting, transitions.state.at_risk, transitions.state.lost) == (10, 10, 4)
    await transitions.close()
    assert transitions.state.at_risk == 0
