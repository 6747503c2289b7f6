"""Two visitors become one, in the database and in a running gateway: the same after a restart, whole or not at all."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from nearcart.main import app
from nearcart_contract.offer_file import Offer
from nearcart_contract.presence import PresenceBatch, Stamp, Transition
from nearcart_contract.store_file import Store
from nearcart_gateway.core.changes import Changes, PeopleChange
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.ledger import Count
from nearcart_gateway.core.offers.compile import compile_offers
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.load import load_engine
from nearcart_gateway.shell.people import merge_alone
from nearcart_gateway.shell.people_files import merge
from nearcart_gateway.shell.storage import visitors
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.storage.first_slots import first_slots
from nearcart_gateway.shell.why import why

Wait = Callable[..., Any]

NOW = 1_790_000_000.0
BEA = "f7826da6-4fa2-4e98-8024-bc5b71e0893e/1/2"
PEOPLE = ("anna", "bea", "cleo")
STORE = Store.model_validate(
    {
        "store": "corner",
        "name": "Corner",
        "time_zone": "Europe/Vienna",
        "currency": "EUR",
        "scanners": {name: {"x": 1, "y": 1, "zone": name} for name in ("door", "wine")},
    }
)
OFFERS = compile_offers(
    STORE,
    {},
    [
        Offer.model_validate(
            {"offer": "hello", "when": {"moment": "press"}, "say": "Hello", "through": ["phone"],
             "limits": {"per_visitor": {"times": 3, "period": "1h"}}}
        )
    ],
    "r1",
    b"salt",
)  # fmt: skip
HERS = Count.of("offer", "hello", 3600.0, hers=True)

steps = st.lists(
    st.tuples(
        st.sampled_from(["enter", "press", "press", "exit"]), st.sampled_from(PEOPLE), st.sampled_from(["door", "wine"])
    ),
    max_size=14,
)


class Corner:
    """A store's engine over a database, without a broker."""

    def __init__(self, path: Path) -> None:
        self.connection = connect(path)
        self.connection.execute("PRAGMA synchronous=OFF")
        self.now, self.sequence = NOW, {"door": 0, "wine": 0}
        for number, name in enumerate(PEOPLE):
            identity = visitors.parse_identity(
                {"id": f"t-{name}", "kind": "ibeacon", "uuid": str(UUID(int=7)), "major": 1, "minor": number}
            )
            visitors.add(self.connection, Visitor(name, consents=frozenset({"offers"})), [identity], NOW)
        self.engine = self.loaded()

    def loaded(self) -> StoreEngine:
        return load_engine(STORE, OFFERS, self.connection, self.now)

    def hears(self, kind: str, name: str, edge: str) -> None:
        self.now += 7.0
        self.sequence[edge] += 1
        more: dict[str, Any] = {"cause": "silence"} if kind == "exit" else {}
        stamp = Stamp(at=self.now, monotonic=self.now, boot=UUID(int=1))
        transition = Transition(
            sequence=self.sequence[edge], kind=kind, identity=f"t-{name}", scanner=edge, stamp=stamp, **more  # type: ignore[arg-type]
        )  # fmt: skip
        batch = PresenceBatch(
            epoch=UUID(int=3), after=self.sequence[edge] - 1, oldest=1, sent=stamp, transitions=(transition,)
        )
        changes = Changes()
        self.engine.take_batch(edge, batch, self.now, changes)
        self.engine.tick(self.now, changes)
        commit(self.connection, changes, self.now)

    def merge(self, visitor: str, target: str) -> None:
        changes = Changes(people=[PeopleChange(visitor, target)])
        self.engine.merge(visitor, target, first_slots(self.connection, (visitor, target)), self.now, changes)
        commit(self.connection, changes, self.now)

    def sees(self, engine: StoreEngine) -> list[object]:
        """What an engine knows of everybody; presences after a start wait to be heard again."""
        return [
            (
                engine.visitors.get(name),
                engine.ledger.count(HERS, name, self.now),
                engine.ledger.last(name),
                engine.visits.visit_of(name),
                engine.visits.history.count(name, 0.0),
                engine.visits.history.left_at(name),
                engine.visitor_of(f"t-{name}"),
                [(use.key, use.visitor) for use in engine.ledger.holds(name, self.now)],
            )
            for name in PEOPLE
        ]


def versionless(seen: list[Any]) -> list[Any]:
    """A version is the database's word; the engine hears of it with the next look."""
    return [(None if row[0] is None else {**vars_of(row[0]), "version": 0}, *row[1:]) for row in seen]


def vars_of(visitor: Visitor) -> dict[str, object]:
    return {name: getattr(visitor, name) for name in Visitor.__dataclass_fields__}


@given(
    before=steps,
    after=steps,
    merges=st.lists(st.sampled_from([("anna", "bea"), ("cleo", "bea"), ("bea", "anna")]), min_size=1, max_size=2),
)
@settings(max_examples=60, deadline=None)
def test_memory_after_merging_is_what_a_restart_would_load(
    tmp_path_factory: pytest.TempPathFactory, before: Any, after: Any, merges: list[tuple[str, str]]
) -> None:
    corner = Corner(tmp_path_factory.mktemp("corner") / "nearcart.sqlite")
    with closing(corner.connection):
        for step in before:
            corner.hears(*step)
        for visitor, target in merges:
            if not {visitor, target} <= set(corner.engine.visitors):
                continue
            counts = [corner.engine.ledger.count(HERS, name, corner.now) for name in (visitor, target)]
            corner.merge(visitor, target)
            assert corner.engine.ledger.count(HERS, target, corner.now) == sum(counts)
            assert versionless(corner.sees(corner.engine)) == versionless(corner.sees(corner.loaded()))
        for step in after:
            corner.hears(*step)
        assert versionless(corner.sees(corner.engine)) == versionless(corner.sees(corner.loaded()))
        most = corner.connection.execute(
            "SELECT visitor, max(n) FROM (SELECT visitor, count(*) AS n FROM ledger GROUP BY visitor)"
        ).fetchone()
        assert corner.connection.execute("PRAGMA foreign_key_check").fetchall() == []
        gone = set(PEOPLE) - set(corner.engine.visitors)
        for table in (
            "visits",
            "decisions",
            "ledger",
            "presences",
            "identities",
            "consents",
            "transitions",
            "deliveries",
            "deferred",
        ):
            names = {row[0] for row in corner.connection.execute(f"SELECT DISTINCT visitor FROM {table}")}
            assert not names & gone, table
        assert most is not None


def test_without_a_gateway_the_command_does_it_alone(tmp_path: Path) -> None:
    corner = Corner(tmp_path / "nearcart.sqlite")
    with closing(corner.connection):
        for step in (
            ("enter", "anna", "door"),
            ("press", "anna", "door"),
            ("enter", "bea", "wine"),
            ("press", "bea", "wine"),
        ):
            corner.hears(*step)
        merge_alone(corner.connection, STORE, "anna", "bea", corner.now)
        engine = corner.loaded()
        assert engine.ledger.count(HERS, "bea", corner.now) == 2
        assert [visit.visitor for visit in engine.visits.open_visits()] == ["bea"]
        ended = corner.connection.execute(
            "SELECT visitor, exit_reason FROM visits WHERE left_at IS NOT NULL"
        ).fetchall()
        assert ended == [("bea", "handover")]


async def test_a_running_gateway_takes_a_merge_at_once(shop: Any, wait_until: Wait) -> None:
    shop.write(
        "offers/hello.yaml",
        'offer: hello\nwhen: {moment: enter}\nsay: "Hello."\nthrough: [phone]\nlimits: {per_visitor: {times: 1, period: 1d}}\n',
    )
    anna = shop.enrol("anna", consents=["offers", "measurement"])
    bea = shop.enrol("bea", BEA, customer="c-bea")
    door, wine = shop.edges["door"], shop.edges["wine"]
    await shop.start()
    await door.born()
    await wait_until(lambda: door.rosters)
    await door.batch(door.transition("enter", anna))
    await wait_until(lambda: shop.rows("SELECT 1 FROM deliveries WHERE state = 'sent'"))
    await asyncio.to_thread(merge, shop.config, "anna", "bea")
    assert shop.rows("SELECT id, consents FROM visitors") == [("bea", '["offers"]')]
    assert shop.rows("SELECT DISTINCT visitor FROM decisions") == [("bea",)]
    await wine.batch(wine.transition("enter", bea))
    await wait_until(lambda: wine.committed == 1)
    assert shop.rows("SELECT visitor, left_at FROM visits") == [("bea", None)]
    await door.batch(door.transition("exit", anna))
    await wine.batch(wine.transition("exit", bea))
    await wait_until(lambda: shop.rows("SELECT 1 FROM visits WHERE left_at IS NOT NULL"))
    await door.batch(door.transition("enter", anna))
    await wait_until(lambda: len(shop.rows("SELECT 1 FROM decisions WHERE kind = 'enter'")) == 2)
    last = shop.rows("SELECT visitor, outcome, gate FROM decisions ORDER BY number DESC LIMIT 1")
    assert last == [("bea", "withheld", "per_visitor_limit")]
    told = why(shop.config, "bea").told
    assert [each.replay for each in told] == ["same", "same"]


async def test_what_waits_for_who_ends_is_not_sent(shop: Any, wait_until: Wait) -> None:
    shop.write(
        "store.yaml",
        shop.config.read_text()
        + '  crm: {kind: webhook, url: "http://127.0.0.1:1/", secret: whsec_dGVzdC1zZWNyZXQtb2YtdGhlLXRlc3QtcnVuIQ==}\n',
    )
    shop.write("offers/hello.yaml", 'offer: hello\nwhen: {moment: enter}\nsay: "Hello."\nthrough: [crm]\n')
    anna = shop.enrol("anna")
    shop.enrol("bea", BEA)
    door = shop.edges["door"]
    await shop.start()
    await door.batch(door.transition("enter", anna))
    await wait_until(lambda: shop.rows("SELECT 1 FROM deliveries WHERE attempts > 0"))
    await asyncio.to_thread(merge, shop.config, "anna", "bea")
    await wait_until(lambda: shop.rows("SELECT visitor, state FROM deliveries") == [("bea", "withdrawn")])
    await asyncio.sleep(3.0)  # longer than the pauses between its attempts
    assert shop.rows("SELECT visitor, state FROM deliveries") == [("bea", "withdrawn")]


def test_killed_in_the_middle_of_a_merge_nothing_or_all_of_it_happened(tmp_path: Path) -> None:
    config = tmp_path / "store.yaml"
    config.write_text(STORE.model_dump_json(exclude_defaults=True))
    corner = Corner(tmp_path / "nearcart.sqlite")
    corner.hears("enter", "anna", "door")
    corner.hears("press", "anna", "door")
    corner.connection.close()
    command = [sys.executable, "-m", "nearcart", "visitors", "merge", "anna", "into", "bea", "--config", str(config)]
    killed = subprocess.run(
        command, env={**os.environ, "NEARCART_CRASH_AT": "in_merge"}, capture_output=True, timeout=60
    )
    assert killed.returncode == -signal.SIGKILL
    with closing(connect(tmp_path / "nearcart.sqlite")) as connection:
        assert connection.execute("SELECT DISTINCT visitor FROM ledger").fetchall() == [("anna",)]
    again = subprocess.run(command, capture_output=True, timeout=60, check=True, text=True)
    assert again.stdout == "anna is bea now. Her consents: offers.\n"
    with closing(connect(tmp_path / "nearcart.sqlite")) as connection:
        assert connection.execute("SELECT DISTINCT visitor FROM ledger").fetchall() == [("bea",)]


def test_two_customers_are_refused_with_what_to_do(shop: Any) -> None:
    shop.enrol("anna", customer="7")
    shop.enrol("bea", BEA, customer="8")
    result = CliRunner().invoke(app, ["visitors", "merge", "anna", "into", "bea", "--config", str(shop.config)])
    assert (result.exit_code, result.output) == (
        1,
        "both are linked by customer (7 and 8): first `nearcart visitors unlink … --customer` the one that ends\n",
    )
    unknown = CliRunner().invoke(app, ["visitors", "merge", "nobody", "into", "bea", "--config", str(shop.config)])
    assert "nobody is enrolled as 'nobody'" in unknown.output
