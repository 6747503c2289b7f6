"""An offer that waits for quiet hours to end: kept on disk, and decided then for who is still there."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from nearcart_contract.offer_file import Offer
from nearcart_contract.presence import PresenceBatch, Stamp, Transition
from nearcart_contract.samples import Sample, Samples
from nearcart_contract.store_file import Store
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.decide import redecide
from nearcart_gateway.core.offers.compile import compile_offers
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.load import load_engine
from nearcart_gateway.shell.storage import visitors
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect

EARLY = datetime(2026, 9, 30, 8, 59, tzinfo=ZoneInfo("Europe/Vienna")).timestamp()
NINE = EARLY + 60
BOOT, EPOCH = UUID(int=1), UUID(int=2)


class Corner:
    """A store before it opens its mouth, over a real database."""

    def __init__(self, folder: Path, *offers: dict[str, Any], **store: Any) -> None:
        quiet = {"start": "21:00", "end": "09:00", "then": "defer"}
        fields = {"store": "corner", "name": "Corner", "time_zone": "Europe/Vienna", "currency": "EUR"}
        scanners = {"door": {"x": 1, "y": 1, "zone": "door"}}
        self.store = Store.model_validate({**fields, "scanners": scanners, "quiet_hours": quiet, **store})
        rows = offers or ({"offer": "hello"},)
        parsed = [Offer.model_validate({"when": {"moment": "enter"}, "say": "Hello", **row}) for row in rows]
        self.offers = compile_offers(self.store, {}, parsed, "r1", b"salt")
        self.connection = connect(folder / "store.sqlite")
        identity = visitors.parse_identity(
            {"id": "t-anna", "kind": "ibeacon", "uuid": str(UUID(int=7)), "major": 1, "minor": 1}
        )
        visitors.add(self.connection, Visitor("anna", consents=frozenset({"offers"})), [identity], EARLY)
        self.sequence = 0
        self.start(EARLY)

    def start(self, now: float) -> None:
        """Start, or start again after a crash: what was not committed is lost."""
        self.engine = load_engine(self.store, self.offers, self.connection, now)

    def step(self, now: float, *, commits: bool = True, **heard: Any) -> Changes:
        """A tick at ``now``, with a transition or a sample before it, and its commit."""
        changes = Changes()
        scanner = heard.pop("scanner", "door")
        stamp = Stamp(at=now, monotonic=now, boot=BOOT)
        if "kind" in heard:
            self.sequence += 1
            transition = Transition(sequence=self.sequence, identity="t-anna", scanner=scanner, stamp=stamp, **heard)
            batch = PresenceBatch(epoch=EPOCH, after=self.sequence - 1, oldest=1, sent=stamp, transitions=(transition,))
            self.engine.take_batch(scanner, batch, now, changes)
        if heard.get("sample"):
            sample = Sample(identity="t-anna", scanner=scanner, packets=((0, -60),))
            self.engine.take_samples(scanner, Samples(sent=stamp, samples=(sample,)), now, changes)
        self.engine.tick(now, changes)
        if commits:
            commit(self.connection, changes, now)
        return changes

    def decisions(self) -> list[tuple[Any, ...]]:
        query = "SELECT outcome, gate, reason FROM decisions ORDER BY number"
        return self.connection.execute(query).fetchall()

    def waiting(self) -> int:
        return int(self.connection.execute("SELECT count(*) FROM deferred").fetchone()[0])


QUIET = ("withheld", "quiet_hours", "silent: quiet hours until 09:00, asked again then")
SENT = ("sent", None, "sent: hello through phone")
GONE = ("withheld", "gone", "silent: she had left when quiet hours ended")


def test_who_is_still_there_gets_it_when_quiet_hours_end(tmp_path: Path) -> None:
    corner = Corner(tmp_path)
    corner.step(EARLY, kind="enter")
    assert (corner.decisions(), corner.waiting()) == ([QUIET], 1)
    corner.step(NINE - 0.1, sample=True)
    assert corner.decisions() == [QUIET]
    changes = corner.step(NINE, sample=True)
    assert (corner.decisions(), corner.waiting()) == ([QUIET, SENT], 0)
    (decision,) = changes.decisions
    assert decision.key.endswith(".waited1:offer")
    assert redecide(decision.inputs, corner.offers) == decision
    corner.step(NINE + 1, sample=True)
    assert len(corner.decisions()) == 2


def test_who_has_left_does_not_and_it_is_said(tmp_path: Path) -> None:
    corner = Corner(tmp_path)
    corner.step(EARLY, kind="enter")
    corner.step(EARLY + 10, kind="exit", cause="silence")
    corner.step(EARLY + 20)
    corner.step(NINE)
    assert (corner.decisions(), corner.waiting()) == ([QUIET, GONE], 0)


def test_who_was_not_heard_just_now_is_waited_for(tmp_path: Path) -> None:
    corner = Corner(tmp_path)
    corner.step(EARLY, kind="enter")
    corner.step(NINE)
    corner.step(NINE + 1)
    assert (corner.decisions(), corner.waiting()) == ([QUIET], 1)
    corner.step(NINE + 30, sample=True)
    assert corner.decisions() == [QUIET, SENT]


TWO_ZONES = {name: {"x": x, "y": 1, "zone": name} for name, x in (("door", 1), ("wine", 9))}
AT_THE_DOOR = {"offer": "hello", "when": {"moment": "enter", "zones": ["door"]}}


@pytest.mark.parametrize("comes_back", [False, True])
def test_who_stands_elsewhere_by_then_does_not_get_it_unless_she_comes_back(tmp_path: Path, comes_back: bool) -> None:
    corner = Corner(tmp_path, AT_THE_DOOR, scanners=TWO_ZONES)
    corner.step(EARLY, kind="enter")
    corner.step(EARLY + 1, sample=True)
    assert (corner.decisions(), corner.waiting()) == ([QUIET], 1)
    for second in range(10, 59):
        corner.step(EARLY + second, sample=True, scanner="door" if comes_back and second > 35 else "wine")
    [visit] = corner.engine.visits.open_visits()
    assert visit.zone == ("door" if comes_back else "wine")
    corner.step(NINE, sample=True, scanner=str(visit.zone))
    hers = [row for row in corner.decisions() if row != QUIET]
    assert hers == [SENT if comes_back else GONE]
    assert corner.waiting() == 0


def test_an_offer_that_waits_twice_is_made_once_also_through_a_crash(tmp_path: Path) -> None:
    """She came in twice in quiet hours: one moment too many would tell her the same twice in one second."""
    corner = Corner(tmp_path, AT_THE_DOOR, {"offer": "other", "when": {"moment": "enter"}}, scanners=TWO_ZONES)
    corner.step(EARLY, kind="enter")
    for second in range(1, 59):
        corner.step(EARLY + second, sample=True, scanner="door" if second < 10 or second > 35 else "wine")
    assert corner.waiting() == 2, "one for the door, as it is now, and one for the store"
    corner.start(EARLY + 59)
    corner.step(NINE, sample=True)
    made = corner.connection.execute("SELECT offer FROM decisions WHERE outcome = 'sent' ORDER BY offer").fetchall()
    assert made == [("hello",), ("other",)]
    assert corner.waiting() == 0


@pytest.mark.parametrize("dies_at", [EARLY + 1, NINE + 300])
def test_it_waits_through_a_crash(tmp_path: Path, dies_at: float) -> None:
    corner = Corner(tmp_path)
    corner.step(EARLY, kind="enter")
    corner.step(dies_at, sample=True, commits=False)
    corner.start(dies_at)
    assert (corner.decisions(), corner.waiting()) == ([QUIET], 1)
    corner.step(max(NINE, dies_at) + 1, sample=True)
    assert (corner.decisions(), corner.waiting()) == ([QUIET, SENT], 0)


def test_it_is_decided_by_what_holds_then(tmp_path: Path) -> None:
    corner = Corner(tmp_path, {"offer": "hello"}, {"offer": "other", "active": False})
    corner.step(EARLY, kind="enter")
    corner.engine.visitors["anna"] = Visitor("anna")
    corner.step(NINE, sample=True)
    assert corner.decisions()[1] == ("withheld", "consent", "silent: no consent to offers")


def test_what_is_not_in_force_any_more_is_not_made(tmp_path: Path) -> None:
    corner = Corner(tmp_path)
    corner.step(EARLY, kind="enter")
    corner.engine.offers = compile_offers(corner.store, {}, (), "r2", b"salt")
    corner.step(NINE, sample=True)
    assert corner.decisions()[1][1:] == (
        "active",
        "silent: what had waited for the end of quiet hours is not in force any more",
    )


def test_only_what_waited_is_asked_again(tmp_path: Path) -> None:
    """An offer that something else stopped at the moment has had its answer."""
    late = {"start": "21:00", "end": "09:00", "then": "defer"}
    waits = {"offer": "hello", "limits": {"quiet_hours": late}}
    corner = Corner(tmp_path, waits, {"offer": "rich", "priority": 9, "cart": {"state": "open"}}, quiet_hours=None)
    corner.step(EARLY, kind="enter")
    changes = corner.step(NINE, sample=True)
    assert [considered.offer for considered in changes.decisions[0].considered] == ["hello"]


def test_an_offers_own_hours_wait_beside_the_stores(tmp_path: Path) -> None:
    own = {"start": "08:00", "end": "09:30", "then": "defer"}
    corner = Corner(tmp_path, {"offer": "hello", "limits": {"quiet_hours": own}})
    corner.step(EARLY, kind="enter")
    corner.step(NINE, sample=True)
    assert corner.decisions()[1] == ("withheld", "quiet_hours", "silent: quiet hours until 09:30, asked again then")
    corner.step(NINE + 1800, sample=True)
    assert [row[0] for row in corner.decisions()] == ["withheld", "withheld", "sent"]


def test_what_is_dropped_is_not_asked_again(tmp_path: Path) -> None:
    corner = Corner(tmp_path, quiet_hours={"start": "21:00", "end": "09:00"})
    corner.step(EARLY, kind="enter")
    corner.step(NINE, sample=True)
    assert (len(corner.decisions()), corner.waiting()) == (1, 0)


def test_a_moment_keeps_what_waited(tmp_path: Path) -> None:
    corner = Corner(tmp_path)
    changes = corner.step(EARLY, kind="enter")
    (deferred,) = changes.deferred.values()
    assert deferred.ask_at == NINE
    assert deferred.moment == replace(changes.decisions[0].moment, waited=("hello",))
