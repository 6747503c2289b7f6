"""Limits and budgets on a real database, under redelivery, crashes, failed commits, cancelled orders and changed offers.

Edges resend what was not acknowledged, in whatever pieces; the gateway dies before or after a commit. Whatever happens, the rows
of the database never show one offer more than a limit allows, one decided twice, or one to somebody who had not agreed.
"""

import sqlite3
import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.offer_file import Offer
from nearcart_contract.presence import PresenceBatch, Stamp, Transition
from nearcart_contract.samples import Sample, Samples
from nearcart_contract.store_file import Store
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.offers.compile import CompiledOffers, compile_offers
from nearcart_gateway.core.spending import NotRedeemedError
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.enrolment import as_enrolled
from nearcart_gateway.shell.load import load_engine, reach_back
from nearcart_gateway.shell.storage import ledger, visitors
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect

PEOPLE = ("anna", "bea", "cleo")
HELD_OUT = "dora"
BOOT = UUID(int=1)
AGREED = frozenset({"offers"})
STORE = Store.model_validate(
    {
        "store": "corner",
        "name": "Corner",
        "time_zone": "Europe/Vienna",
        "currency": "EUR",
        "scanners": {"door": {"x": 1, "y": 1, "zone": "door"}, "wine": {"x": 5, "y": 1, "zone": "wine"}},
        "limits": {"per_store": {"times": 9, "period": "10m"}},
    }
)
CAMPAIGN = Campaign.model_validate(
    {
        "campaign": "autumn",
        "name": "Autumn",
        "limits": {"per_campaign": {"times": 4, "period": "5m"}, "per_visitor": {"times": 2, "period": "3m"}},
        "budget": {"redemptions": 3, "money": {"amount": "10.00", "currency": "EUR"}},
        "hold_out_percent": 20,
    }
)
WHEN = {"moment": "press"}


def offers(revision: str, wine_times: int, wine_period: str) -> CompiledOffers:
    limits = {"per_visitor": {"times": wine_times, "period": wine_period}, "per_offer": {"times": 3, "period": "2m"}}
    rows: list[dict[str, Any]] = [
        {"offer": "wine", "priority": 2, "campaign": "autumn", "limits": limits, "expires_after": "4m",
         "give": {"kind": "amount", "amount": "4.50", "currency": "EUR"}},
        {"offer": "bread", "campaign": "autumn", "limits": {"quiet_after_any": "5s"}, "expires_after": "30s", "stacks": False,
         "give": {"kind": "amount", "amount": "1.50", "currency": "EUR"}},
        {"offer": "news", "priority": -1, "limits": {"per_visitor": {"times": 3, "period": "1m"}}},
    ]  # fmt: skip
    parsed = [Offer.model_validate({"when": WHEN, "say": "Hello", "through": ["phone"], **row}) for row in rows]
    return compile_offers(STORE, {"autumn": CAMPAIGN}, parsed, revision, b"salt")


STRICT, LONG = offers("strict", 1, "1m"), offers("long", 2, "1h")


class Edge:
    """Numbers what it hears and forgets only what was acknowledged."""

    def __init__(self, name: str) -> None:
        self.name, self.epoch = name, UUID(int=len(name))
        self.waiting: list[Transition] = []
        self.committed = 0
        self.sequence = 0

    def hears(self, kind: str, visitor: str, now: float) -> None:
        self.sequence += 1
        more: dict[str, Any] = {"cause": "silence"} if kind == "exit" else {}
        stamp = Stamp(at=now, monotonic=now, boot=BOOT)
        self.waiting.append(
            Transition(
                sequence=self.sequence, kind=kind, identity=f"t-{visitor}", scanner=self.name, stamp=stamp, **more
            )  # type: ignore[arg-type]
        )

    def batch(self, now: float, first: int, count: int) -> PresenceBatch | None:
        """Some of what it ever sent and was not acknowledged, the same again or not."""
        chosen = tuple(self.waiting[first : first + count])
        if not chosen:
            return None
        sent = Stamp(at=now, monotonic=now, boot=BOOT)
        oldest = self.waiting[0].sequence
        return PresenceBatch(
            epoch=self.epoch, after=chosen[0].sequence - 1, oldest=oldest, sent=sent, transitions=chosen
        )

    @property
    def unacknowledged(self) -> int:
        """Where in ``waiting`` the first stands that the gateway has not acknowledged."""
        return sum(transition.sequence <= self.committed for transition in self.waiting)

    def acknowledged(self, committed: int) -> None:
        self.committed = max(self.committed, committed)


class CountsAreExact(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.connection = connect(Path(self.folder.name) / "store.sqlite")
        self.connection.execute("PRAGMA synchronous=OFF")
        self.now = 1_790_000_000.0
        self.edges = [Edge("door"), Edge("wine")]
        self.agreed = dict.fromkeys((*PEOPLE, HELD_OUT), True)
        self.offers = STRICT
        for name in self.agreed:
            self.enrol(name)
        self.load()
        for edge in self.edges:
            for name in self.agreed:
                edge.hears("enter", name, self.now)
        self.deliver(self.edges[0], 0, 10)
        self.deliver(self.edges[1], 0, 10)
        self.commit()

    def teardown(self) -> None:
        if hasattr(self, "connection"):
            self.connection.close()
            self.folder.cleanup()

    def enrol(self, name: str) -> None:
        visitor = Visitor(name, consents=AGREED if self.agreed[name] else frozenset({"measurement"}))
        number = sorted(self.agreed).index(name)
        identity = visitors.parse_identity(
            {"id": f"t-{name}", "kind": "ibeacon", "uuid": str(UUID(int=7)), "major": 1, "minor": number}
        )
        visitors.add(self.connection, visitor, [identity], self.now)

    def load(self) -> None:
        self.engine = load_engine(STORE, self.offers, self.connection, self.now)
        self.changes = Changes()
        for edge in self.edges:
            sent = Stamp(at=self.now, monotonic=self.now, boot=BOOT)
            heard = tuple(Sample(identity=f"t-{name}", scanner=edge.name, packets=((0, -60),)) for name in self.agreed)
            self.engine.take_samples(edge.name, Samples(sent=sent, samples=heard), self.now, self.changes)

    def deliver(self, edge: Edge, first: int, count: int) -> None:
        batch = edge.batch(self.now, first, count)
        if batch is not None:
            self.engine.take_batch(edge.name, batch, self.now, self.changes)

    @rule(visitor=st.sampled_from((*PEOPLE, HELD_OUT)), edge=st.integers(0, 1), times=st.integers(1, 3))
    def press(self, visitor: str, edge: int, times: int) -> None:
        for _ in range(times):
            self.edges[edge].hears("press", visitor, self.now)

    @rule(
        pressing=st.lists(st.sampled_from((*PEOPLE, HELD_OUT)), min_size=1, max_size=6),
        seconds=st.sampled_from([0.0, 6.0, 30.0]),
    )
    def an_ordinary_minute(self, pressing: list[str], seconds: float) -> None:
        for visitor in pressing:
            self.now += seconds
            self.edges[0].hears("press", visitor, self.now)
            self.deliver(self.edges[0], self.edges[0].unacknowledged, 500)
        self.commit()

    @rule(edge=st.integers(0, 1), first=st.integers(0, 20), count=st.integers(1, 30))
    def send(self, edge: int, first: int, count: int) -> None:
        self.deliver(self.edges[edge], first, count)

    @rule(edge=st.integers(0, 1))
    def send_all(self, edge: int) -> None:
        self.deliver(self.edges[edge], 0, 500)

    @rule(seconds=st.sampled_from([0.5, 4.0, 20.0, 59.0, 61.0, 130.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.engine.tick(self.now, self.changes)

    @rule()
    def commit(self) -> None:
        changes, self.changes = self.changes, Changes()
        commit(self.connection, changes, self.now)
        if changes.counted["decisions_repeated"]:
            self.load()
        for (name, _), ack in changes.acks.items():
            next(edge for edge in self.edges if edge.name == name).acknowledged(ack.committed)

    @rule()
    def die_before_the_commit(self) -> None:
        self.load()

    @rule()
    def die_after_the_commit(self) -> None:
        commit(self.connection, self.changes, self.now)
        self.load()

    @rule()
    def a_commit_fails(self) -> None:
        self.connection.execute(
            "CREATE TEMP TRIGGER full BEFORE INSERT ON main.visits BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
        try:
            commit(self.connection, self.changes, self.now)
        except sqlite3.Error:
            self.load()
        else:
            self.changes = Changes()
        finally:
            self.connection.execute("DROP TRIGGER full")

    @precondition(lambda self: not self.changes)
    @rule(long=st.booleans())
    def change_the_offers(self, long: bool) -> None:
        self.offers = LONG if long else STRICT
        self.engine.offers = self.offers
        reach_back(self.engine, self.connection, self.now)

    @precondition(lambda self: not self.changes)
    @rule(visitor=st.sampled_from(PEOPLE))
    def change_her_mind(self, visitor: str) -> None:
        self.agreed[visitor] = not self.agreed[visitor]
        visitors.remove(self.connection, visitor, self.now)
        self.enrol(visitor)
        self.engine.enrol([as_enrolled(each) for each in visitors.everybody(self.connection)])

    @rule(data=st.data(), cents=st.none() | st.integers(1, 600))
    def use(self, data: st.DataObject, cents: int | None) -> None:
        row = self.a_row(data)
        if row is not None:
            money = None if cents is None else Decimal(cents) / 100
            try:
                self.engine.redeem(row, self.now, self.changes, money, f"order-{row.key[-1]}")
            except NotRedeemedError:
                return

    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        row = self.a_row(data)
        if row is not None:
            self.engine.give_back(row, self.now, self.changes)

    @rule(digit=st.integers(0, 9))
    def cancel_an_order(self, digit: int) -> None:
        rows = ledger.read_uses_of_order(self.connection, f"order-{digit}")
        self.engine.order_cancelled(f"order-{digit}", rows, self.now, self.changes)

    def a_row(self, data: st.DataObject) -> Any:
        keys = [row[0] for row in self.connection.execute("SELECT key FROM ledger WHERE gives ORDER BY number")]
        return ledger.read_use(self.connection, data.draw(st.sampled_from(keys))) if keys else None

    @invariant()
    def no_limit_is_exceeded_by_one(self) -> None:
        if not hasattr(self, "connection"):
            return
        rows = self.connection.execute(
            "SELECT visitor, offer, campaign, at, revision FROM decisions WHERE outcome IN ('sent', 'ghost')"
        ).fetchall()
        assert most(rows, 120, lambda row: row[1] == "wine") <= 3
        assert most(rows, 300, lambda row: row[2] == "autumn") <= 4
        assert most(rows, 600, lambda row: True) <= 9
        for name in self.agreed:
            assert most(rows, 180, lambda row, name=name: row[0] == name and row[2] == "autumn") <= 2
            assert most(rows, 60, lambda row, name=name: row[0] == name and row[1] == "news") <= 3
            strict = [row for row in rows if row[0] == name and row[1] == "wine" and row[4] == "strict"]
            assert most(strict, 60, lambda row: True) <= 1

    @invariant()
    def no_budget_is_exceeded(self) -> None:
        if not hasattr(self, "connection"):
            return
        rows = self.connection.execute(
            "SELECT money FROM ledger WHERE gives AND campaign = 'autumn' AND (state = 'redeemed' OR (state = 'held' AND expires_at > ?))",
            (self.now,),
        ).fetchall()
        assert len(rows) <= 3
        assert sum((Decimal(row[0]) for row in rows), Decimal(0)) <= Decimal("10.00")

    @invariant()
    def nobody_is_told_twice_or_against_her_will(self) -> None:
        if not hasattr(self, "connection"):
            return
        read = self.connection.execute
        moments = Counter(row[0] for row in read("SELECT moment FROM decisions"))
        assert all(count == 1 for count in moments.values())
        against = "outcome != 'withheld' AND NOT EXISTS (SELECT 1 FROM json_each(inputs, '$.visitor.consents') WHERE value = 'offers')"
        assert read(f"SELECT count(*) FROM decisions WHERE {against}").fetchone() == (0,)
        unlike = "SELECT count(*) FROM decisions d LEFT JOIN ledger l ON l.key = d.key WHERE (d.outcome = 'withheld') != (l.key IS NULL)"
        assert read(unlike).fetchone() == (0,)
        assert read(
            "SELECT count(*) FROM deliveries WHERE key NOT IN (SELECT key FROM ledger WHERE state != 'ghost')"
        ).fetchone() == (0,)


def most(rows: list[Any], seconds: float, wanted: Any) -> int:
    """The most rows in any window of a period, wherever it begins."""
    times = sorted(row[3] for row in rows if wanted(row))
    return max((sum(begin <= at < begin + seconds for at in times) for begin in times), default=0)


TestCountsAreExact = CountsAreExact.TestCase
TestCountsAreExact.settings = settings(deadline=None, max_examples=120, stateful_step_count=50)
