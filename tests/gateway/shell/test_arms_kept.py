"""She keeps the arm of her first moment, whatever is learnt of her later; and no saved file moves anybody."""

from dataclasses import replace
from pathlib import Path

import pytest
import sqlite_utils

from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.changes import Changes, PeopleChange
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.offers.assign import slot_of
from nearcart_gateway.core.values import Decision, Moment, Visitor
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.load import load_engine
from nearcart_gateway.shell.offer_files import check_store_folder
from nearcart_gateway.shell.offer_watch import OfferWatch
from nearcart_gateway.shell.past_offers import PastOffers
from nearcart_gateway.shell.storage import revisions, visitor_pages, visitors
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.storage.first_slots import first_slots
from nearcart_gateway.shell.storage.schema import migrations
from nearcart_gateway.shell.why import why

NOW = 1_790_000_000.0
STORE = """
store: corner
name: Corner
time_zone: Europe/Vienna
currency: EUR
scanners: {door: {x: 1, y: 1, zone: door}}
"""
OFFER = "{offer: hello, campaign: autumn, when: {moment: enter}, say: Hello, through: [phone]}"


class Corner:
    """A store's folder and database; a gateway is started again for every step."""

    def __init__(self, home: Path) -> None:
        self.home, self.now = home, NOW
        self.store_file(STORE)
        self.write("offers/hello.yaml", OFFER)
        self.campaign("hold_out_percent: 50")
        self.connection = connect(home / "nearcart.sqlite")
        revisions.store_salt(self.connection)
        self.connection.execute("UPDATE meta SET value = ? WHERE key = 'salt'", (b"a store's own".hex(),))
        for name in ("anna", "bea", "otto"):
            visitors.add(self.connection, Visitor(name, consents=frozenset({"offers"})), [], NOW)

    def store_file(self, text: str) -> None:
        self.write("store.yaml", text)

    def campaign(self, more: str) -> None:
        self.write("campaigns/autumn.yaml", f"campaign: autumn\nname: Autumn\n{more}\n")

    def write(self, name: str, text: str) -> None:
        path = self.home / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def watch(self) -> OfferWatch:
        store = load_yaml(self.home / "store.yaml", Store)
        return OfferWatch(self.home, store, self.connection, StoreClock(0.0))

    def engine(self) -> StoreEngine:
        store = load_yaml(self.home / "store.yaml", Store)
        return load_engine(store, self.watch().compiled, self.connection, self.now)

    def moment(self, name: str, engine: StoreEngine | None = None, changes: Changes | None = None) -> Decision:
        self.now += 60.0
        engine, into = engine or self.engine(), Changes() if changes is None else changes
        moment = Moment(f"{name}.{self.now}", "enter", name, f"v-{name}", self.now)
        engine._decide(moment, self.now, into)
        decision = into.decisions[-1]
        if changes is None:
            commit(self.connection, into, self.now)
        return decision

    def merge(self, visitor: str, target: str, engine: StoreEngine, changes: Changes) -> None:
        changes.people.append(PeopleChange(visitor, target))
        engine.merge(visitor, target, first_slots(self.connection, (visitor, target)), self.now, changes)
        commit(self.connection, changes, self.now)


@pytest.fixture
def corner(tmp_path: Path) -> Corner:
    return Corner(tmp_path)


@pytest.mark.parametrize("first", ["anna", "bea"])
def test_two_who_are_one_keep_the_slot_of_whose_moment_was_first(corner: Corner, first: str) -> None:
    order = sorted(("anna", "bea"), key=lambda name: name != first)
    slots = {name: corner.moment(name).slot for name in order}
    assert slots["anna"] != slots["bea"]
    engine = corner.engine()
    corner.merge("anna", "bea", engine, Changes())
    assert engine.visitors["bea"].slots == corner.engine().visitors["bea"].slots != ()
    assert corner.moment("bea", engine).slot == slots[first]
    assert corner.moment("bea").slot == slots[first]
    told = why(corner.home / "store.yaml", "bea", None, None).told
    assert [each.replay for each in told] == ["same"] * 4


def test_a_moment_that_is_not_on_disk_yet_is_a_first_one_too(corner: Corner) -> None:
    engine, changes = corner.engine(), Changes()
    slot = corner.moment("anna", engine, changes).slot
    corner.merge("anna", "bea", engine, changes)
    assert corner.moment("bea", engine).slot == corner.moment("bea").slot == slot


def test_a_loyalty_number_moves_only_who_had_no_moment(corner: Corner) -> None:
    slot = corner.moment("anna").slot
    for name in ("anna", "otto"):
        visitor_pages.change(corner.connection, name, lambda found: replace(found, loyalty="L-7"), None, corner.now)
    assert corner.moment("anna").slot == slot
    household = slot_of("autumn", "household\0L-7", b"a store's own")
    assert corner.moment("otto").slot == household != slot


def test_a_file_that_would_move_visitors_stays_out_of_force_and_says_what_to_write(corner: Corner) -> None:
    before = corner.watch().compiled.revision
    corner.campaign("hold_out_percent: 40")
    watch = corner.watch()
    assert watch.compiled.revision == before
    [problem] = watch.problems
    assert "campaigns/autumn.yaml:3:19  hold_out_percent: fell from 50" in problem
    assert "would get the offer; write 'experiment: 2' to begin a new one" in problem
    corner.campaign("hold_out_percent: 40\nexperiment: 2")
    watch = corner.watch()
    assert (watch.problems, watch.compiled.revision != before) == ((), True)
    second = corner.moment("anna")
    assert second.experiment is not None
    assert second.experiment.startswith("autumn#2.")
    assert second.slot == slot_of("autumn#2", "anna", b"a store's own")


def test_stores_of_a_chain_draw_alike_and_the_secret_is_in_no_file_but_store_yaml(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    one, other = Corner(tmp_path / "one"), Corner(tmp_path / "other")
    other.connection.execute("UPDATE meta SET value = ? WHERE key = 'salt'", (b"another's".hex(),))
    assert one.moment("anna").slot != other.moment("anna").slot
    alone = one.moment("anna").experiment
    for corner in (one, other):
        corner.store_file(f"{STORE}assignment_secret: everybody-knows-this\n")
    decisions = [corner.moment("anna") for corner in (one, other)]
    assert decisions[0].slot == decisions[1].slot
    assert decisions[0].experiment == decisions[1].experiment != alone, "another secret draws anew"
    for corner in (one, other):
        assert PastOffers(load_yaml(corner.home / "store.yaml", Store), corner.connection).salt != b""
        kept = "\n".join(corner.connection.iterdump())
        assert "everybody-knows-this" not in kept


@pytest.mark.parametrize("first", ["anna", "bea"])
def test_two_who_are_one_stay_in_or_out_of_the_hold_out_of_everything(corner: Corner, first: str) -> None:
    corner.store_file(f"{STORE}hold_out: {{percent: 50, experiment: 4}}\n")
    order = sorted(("anna", "bea"), key=lambda name: name != first)
    gates = {name: corner.moment(name).gate for name in order}
    assert sum(gate == "store_hold_out" for gate in gates.values()) == 1, "one of the two is held out"
    engine = corner.engine()
    corner.merge("anna", "bea", engine, Changes())
    for found in (engine, None):
        assert (corner.moment("bea", found).gate == "store_hold_out") == (gates[first] == "store_hold_out")


def test_offers_check_tells_it_before_a_gateway_does(corner: Corner) -> None:
    assert check_store_folder(corner.home).problems == ()
    corner.watch()
    corner.campaign("hold_out_percent: 40")
    [problem] = check_store_folder(corner.home).problems
    assert "write 'experiment: 2' to begin a new one" in str(problem)


def test_an_older_database_goes_on_with_the_same_experiment(tmp_path: Path) -> None:
    old = sqlite_utils.Database(tmp_path / "nearcart.sqlite")
    migrations.apply(old, stop_before="experiments")
    old.conn.execute("INSERT INTO meta VALUES ('salt', ?)", (b"a store's own".hex(),))
    old.conn.execute(
        "INSERT INTO decisions (key, moment, kind, visitor, visit, at, outcome, reason, campaign, considered, inputs, slot)"
        " VALUES ('k', 'm', 'enter', 'anna', 'v', 1.0, 'sent', '', 'autumn', '[]', '{}', 7)"
    )
    sums = "INSERT INTO report_sums VALUES ('autumn', 'offer', '2026-09-01', 'purchase', 1, 1, 1, '1', '1', '1', '1', 2, 4, '2', '0', '0', '0')"
    old.conn.execute(sums)
    old.conn.commit()
    old.conn.close()
    corner = Corner(tmp_path)
    experiment = corner.moment("bea").experiment
    assert [*corner.connection.execute("SELECT experiment FROM decisions")] == [(experiment,), (experiment,)]
    assert [*corner.connection.execute("SELECT experiment, campaign, d_sum FROM report_sums")] == [
        (experiment, "autumn", 2)
    ]
