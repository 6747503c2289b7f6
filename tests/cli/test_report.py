"""``nearcart report`` over a store's own database: what a gateway wrote, from moments and orders to the answer."""

import json
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from nearcart.main import app
from nearcart_contract.cart import CancelledOrder, Order, Refund
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.hooks.event import OrderPlaced, OrderRefund, OrderUndone
from nearcart_gateway.core.orders import NOTHING_KNOWN
from nearcart_gateway.core.values import Moment, Visit, Visitor
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.load import load_engine
from nearcart_gateway.shell.offer_watch import OfferWatch
from nearcart_gateway.shell.people import erase_alone, merge_alone
from nearcart_gateway.shell.storage import orders, visitor_pages, visitors
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.storage.export import everything
from nearcart_gateway.shell.web.reports import Reports

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC).timestamp()
DAY = 86_400.0
STORE = """
store: corner
name: Corner Shop
time_zone: Europe/Vienna
currency: EUR
scanners: {door: {x: 1, y: 1, zone: door}}
"""
CAMPAIGN = "campaign: autumn\nname: Autumn carts\nhold_out_percent: 50\nexpected_visitors: 500\n"
OFFER = """
offer: hello
campaign: autumn
when: {moment: enter}
say: Hello
give: {kind: amount, amount: 2, currency: EUR}
limits: {per_visitor: {times: 1, period: 30d}}
"""


class Shop:
    """A folder with a database that a gateway wrote, without radio or broker."""

    def __init__(self, home: Path, people: int = 200) -> None:
        self.home, self.people = home, [f"v-{number:03}" for number in range(people)]
        for name, text in (("store", STORE), ("campaigns/autumn", CAMPAIGN), ("offers/hello", OFFER)):
            path = home / f"{name}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        with self.database() as connection:
            for name in self.people:
                visitor = Visitor(name, customer=f"c-{name}", consents=frozenset({"offers"}))
                visitors.add(connection, visitor, [], NOW - DAY)

    @contextmanager
    def database(self) -> Iterator[Any]:
        with closing(connect(self.home / "nearcart.sqlite")) as connection:
            connection.execute("PRAGMA synchronous=OFF")
            yield connection

    @contextmanager
    def gateway(self, now: float) -> Iterator[tuple[StoreEngine, Changes]]:
        store = load_yaml(self.home / "store.yaml", Store)
        with self.database() as connection:
            watch = OfferWatch(self.home, store, connection, StoreClock(now - datetime.now(UTC).timestamp()))
            engine, changes = load_engine(store, watch.compiled, connection, now), Changes()
            yield engine, changes
            commit(connection, changes, now)

    def everybody_comes(self, at: float = NOW) -> dict[str, str]:
        """Visitor to what was decided."""
        with self.gateway(at) as (engine, changes):
            for number, name in enumerate(self.people):
                moment_at = at + number
                changes.visits[f"{name}.{at:.0f}"] = Visit(
                    f"{name}.{at:.0f}", name, moment_at - 5, left_at=moment_at + 300
                )
                engine._decide(
                    Moment(f"{name}.{at:.0f}.enter", "enter", name, f"{name}.{at:.0f}", moment_at), moment_at, changes
                )
            return {decision.moment.visitor: decision.outcome for decision in changes.decisions}

    def order(self, name: str, at: float, total: str, number: str = "1", **more: Any) -> None:
        with self.gateway(at) as (engine, changes):
            items = ({"sku": "W-1", "quantity": 1, "unit_price": total.lstrip("-")},)
            order = Order.model_validate(
                {"id": f"{name}-{number}", "source": "web", "customer": f"c-{name}", "total": total, "items": items, "placed_at": datetime.fromtimestamp(at, UTC), **more}
            )  # fmt: skip
            with self.database() as reading:
                known = orders.read_known(reading, OrderPlaced(order), engine.whose(OrderPlaced(order)))
            engine.take_shop_change(OrderPlaced(order), known, at, changes)

    def run(self, *words: str) -> Any:
        return CliRunner().invoke(app, ["report", "autumn", *words, "--config", str(self.home / "store.yaml")])

    def told(self) -> dict[str, Any]:
        result = self.run("--json")
        assert result.exit_code == 0, result.output
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    def figure(self, name: str) -> dict[str, Any]:
        return next(each for each in self.told()["figures"] if each["name"] == name)


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, dict[str, str]]:
    """Everybody came once; two of three with the offer bought for 10, one of five of the others."""
    shop = Shop(tmp_path_factory.mktemp("sold"))
    outcomes = shop.everybody_comes()
    with shop.gateway(NOW + DAY) as (engine, changes):
        for number, name in enumerate(shop.people):
            if number % (3 if outcomes[name] == "sent" else 5) == 0 or (outcomes[name] == "sent" and number % 3 == 1):
                at = NOW + DAY + number
                order = Order(id=name, source="web", customer=f"c-{name}", total="10.00", placed_at=datetime.fromtimestamp(at, UTC))  # type: ignore[arg-type]  # fmt: skip
                engine.take_shop_change(OrderPlaced(order), NOTHING_KNOWN, at, changes)
    return shop, outcomes


def test_it_says_in_a_sentence_whether_it_sold(sold: tuple[Shop, dict[str, str]]) -> None:
    shop, outcomes = sold
    result = shop.run()
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert re.match(r"Keep it: of (100|1,000) with the offer \d+ bought, of \1 without it \d+\. That is", lines[3]), (
        result.stdout
    )
    told = shop.told()
    arms = {arm["arm"]: arm["people"] for arm in told["arms"]}
    held = sum(outcome == "ghost" for outcome in outcomes.values())
    assert arms == {"hold-out": held, "offer": len(outcomes) - held}
    assert told["experiment"].startswith("autumn#1.")
    assert told["checks"][0]["sentence"].startswith(f"Of 200 who came {held} are held out")
    assert "v-0" not in result.stdout + json.dumps(told)


def test_html_and_csv(sold: tuple[Shop, dict[str, str]], tmp_path: Path) -> None:
    shop, _ = sold
    result = shop.run("--html", str(tmp_path / "report.html"), "--csv", str(tmp_path / "csv"))
    assert result.exit_code == 0, result.output
    page = (tmp_path / "report.html").read_text()
    assert '<p class="answer keep">Keep it:' in page
    assert "<svg" not in page or "<title" in page
    assert not re.search(r"(src|href)=", page), "it needs nothing else"
    figures = (tmp_path / "csv" / "figures.csv").read_text().splitlines()
    assert figures[0].startswith("name,what,unit,held_out,offered")
    assert "nan" not in "".join(figures).lower()


@pytest.mark.parametrize(("at", "answer"), [(NOW - DAY, "Nobody had the offer yet"), (NOW + 3 * DAY, "Keep it:")])
async def test_the_console_reckons_by_its_store_s_clock(
    sold: tuple[Shop, dict[str, str]], at: float, answer: str
) -> None:
    reports = Reports(sold[0].home / "store.yaml", lambda: ("autumn",), lambda: at)
    assert answer in (await reports.of("autumn")).page


def test_what_was_cancelled_paid_back_and_in_another_currency(tmp_path: Path) -> None:
    shop = Shop(tmp_path, people=40)
    outcomes = shop.everybody_comes()
    first, second, third = [name for name, outcome in outcomes.items() if outcome == "sent"][:3]
    ghosts = [name for name, outcome in outcomes.items() if outcome == "ghost"]
    heads = len(outcomes) - len(ghosts)
    shop.order(first, NOW + 600, "30.00")
    shop.order(first, NOW + 600, "30.00")  # the webhook comes twice
    shop.order(second, NOW + 600, "25.00")
    shop.order(third, NOW + 600, "99.00", currency="USD")
    shop.order(ghosts[0], NOW + 600, "7.00", cost="5")
    shop.order(ghosts[1], NOW - 600, "70.00")  # before: her past
    shop.order(ghosts[2], NOW + 600, "-3.00")
    assert shop.figure("revenue")["offered"] == pytest.approx(55 / heads)
    assert shop.figure("revenue")["held_out"] == pytest.approx((7 - 3) / len(ghosts))
    assert shop.figure("purchase")["held_out"] == pytest.approx(1 / len(ghosts))
    assert "One order in USD is left out: the store's currency is EUR." in shop.told()["notes"]
    with shop.gateway(NOW + DAY) as (engine, changes):
        refund = Refund(id="r", source="web", order=f"{first}-1", amount="10.50", refunded_at=datetime.fromtimestamp(NOW + 700, UTC))  # type: ignore[arg-type]  # fmt: skip
        engine.take_shop_change(OrderRefund(refund), NOTHING_KNOWN, NOW + 700, changes)
        undone = CancelledOrder(id=f"{second}-1", source="web", cancelled_at=datetime.fromtimestamp(NOW + 800, UTC))
        with shop.database() as reading:
            known = orders.read_known(reading, OrderUndone(undone))
        engine.take_shop_change(OrderUndone(undone), known, NOW + 800, changes)
    assert shop.figure("revenue")["offered"] == pytest.approx(19.5 / heads)
    assert "margin" not in {each["name"] for each in shop.told()["figures"]}


def test_staff_and_who_tries_things_out_and_who_opted_out_are_counted_nowhere(tmp_path: Path) -> None:
    shop = Shop(tmp_path, people=40)
    outcomes = shop.everybody_comes()
    before = shop.told()
    with shop.database() as connection:
        for name, changed in (("v-000", {"kind": "test"}), ("v-001", {"kind": "staff"})):
            visitor_pages.change(connection, name, lambda found, changed=changed: replace(found, **changed), None, NOW)  # type: ignore[misc]
        visitor_pages.change(connection, "v-002", lambda found: replace(found, consents=frozenset()), None, NOW + DAY)
    after = shop.told()
    arms = [{arm["arm"]: arm["people"] for arm in told["arms"]} for told in (before, after)]
    lost = {"hold-out": 0, "offer": 0}
    for name in ("v-000", "v-001", "v-002"):
        lost["hold-out" if outcomes[name] == "ghost" else "offer"] += 1
    assert {arm: arms[0][arm] - arms[1][arm] for arm in lost} == lost
    assert "Not counted: 1 of staff, 1 who try things out, 1 without consent to offers." in after["notes"]
    assert after["opt_outs"] == {"hold-out" if outcomes["v-002"] == "ghost" else "offer": 1}


def test_a_household_is_one_and_two_who_are_one_too(tmp_path: Path) -> None:
    shop = Shop(tmp_path, people=40)
    outcomes = shop.everybody_comes()
    ghost = next(name for name, outcome in outcomes.items() if outcome == "ghost")
    sent = next(name for name, outcome in outcomes.items() if outcome == "sent")
    same = [name for name, outcome in outcomes.items() if outcome == "sent"][5:7]
    people = {arm["arm"]: arm["people"] for arm in shop.told()["arms"]}
    with shop.database() as connection:
        for name in same:
            visitor_pages.change(connection, name, lambda found: replace(found, loyalty="L-1"), None, NOW)
        visitor_pages.change(connection, ghost, lambda found: replace(found, customer=None), None, NOW)
        merge_alone(connection, load_yaml(shop.home / "store.yaml", Store), ghost, sent, NOW + DAY)
    told = shop.told()
    first = "hold-out" if ghost < sent else "offer"
    assert told["conflicts"] == {first: 1}
    expected = {**people, "offer": people["offer"] - 1}
    expected["hold-out" if first == "offer" else "offer"] -= 1
    assert {arm["arm"]: arm["people"] for arm in told["arms"]} == expected


def test_what_a_household_buys_with_its_number_is_its_own(tmp_path: Path) -> None:
    shop = Shop(tmp_path, people=40)
    outcomes = shop.everybody_comes()
    one, other = [name for name, outcome in outcomes.items() if outcome == "sent"][:2]
    with shop.database() as connection:
        for name in (one, other):
            visitor_pages.change(connection, name, lambda found: replace(found, loyalty="L-1"), None, NOW)
    shop.order("household", NOW + 600, "9.00", customer="loyalty:L-1")
    heads = sum(outcome == "sent" for outcome in outcomes.values()) - 1
    assert shop.figure("revenue")["offered"] == pytest.approx(9 / heads)
    config = shop.home / "store.yaml"
    for name, left in ((one, [("loyalty:L-1",)]), (other, [])):
        with shop.database() as connection:
            assert ("loyalty:L-1" in json.dumps(everything(connection, name)["orders"])) is True
            erase_alone(connection, shop.home / "nearcart.sqlite", load_yaml(config, Store), name, NOW + DAY)
            assert connection.execute("SELECT customer FROM orders").fetchall() == left, (
                "the last of them takes it along"
            )


def test_who_is_erased_stays_a_number(tmp_path: Path) -> None:
    shop = Shop(tmp_path, people=60)
    outcomes = shop.everybody_comes()
    buyers = [name for name in shop.people if outcomes[name] == "sent"][:4]
    for name in buyers:
        shop.order(name, NOW + 600, "12.34")
    before = shop.figure("revenue")["offered"], shop.figure("purchase")["offered"]
    with shop.database() as connection:
        erase_alone(connection, shop.home / "nearcart.sqlite", load_yaml(shop.home / "store.yaml", Store), buyers[0], NOW + DAY)  # fmt: skip
    assert (shop.figure("revenue")["offered"], shop.figure("purchase")["offered"]) == pytest.approx(before)
    assert any("Erased since: 1 with the offer." in note for note in shop.told()["notes"])
    shop.order(buyers[0], NOW + 2 * DAY, "99.00", "2")  # the shop knows nothing of it, and sends her next one
    assert (shop.figure("revenue")["offered"], shop.figure("purchase")["offered"]) == pytest.approx(before)


def test_what_can_not_be_reported_is_a_sentence(tmp_path: Path) -> None:
    shop = Shop(tmp_path, people=3)
    with shop.gateway(NOW):
        pass
    assert (
        shop.run().output
        == "nobody had an offer of campaign autumn yet, or would have had one: there is nothing to compare\n"
    )
    result = CliRunner().invoke(app, ["report", "autmn", "--config", str(tmp_path / "store.yaml")])
    assert (result.exit_code, "autumn" in result.output) == (1, True)
    shop.everybody_comes()
    assert shop.run("--experiment", "7").output.startswith("campaign autumn has no experiment 7")
    assert shop.run().exit_code == 0


def test_an_export_says_the_same_names_nobody_and_is_asked_in_sql(
    sold: tuple[Shop, dict[str, str]], tmp_path: Path
) -> None:
    shop, outcomes = sold
    config = ("--config", str(shop.home / "store.yaml"))
    result = CliRunner().invoke(app, ["export", str(tmp_path / "out"), *config])
    assert result.exit_code == 0, result.output
    told, again = shop.told(), json.loads(shop.run("--json", "--from", str(tmp_path / "out")).stdout)
    assert again == told
    query = "SELECT sent, count(*) AS times FROM exposures GROUP BY sent ORDER BY sent"
    asked = CliRunner().invoke(app, ["sql", str(tmp_path / "out"), query, "--json"])
    sent = sum(outcome == "sent" for outcome in outcomes.values())
    assert [json.loads(line) for line in asked.stdout.splitlines()] == [
        {"sent": False, "times": 200 - sent},
        {"sent": True, "times": sent},
    ]
    dictionary = (tmp_path / "out" / "dictionary.md").read_text()
    assert "| at_time | time | her first visit since the experiment began |" in dictionary
    csv = CliRunner().invoke(app, ["export", str(tmp_path / "csv"), "--format", "csv", *config])
    assert csv.exit_code == 0, csv.output
    written = "".join(path.read_text() for path in (tmp_path / "csv").iterdir())
    assert "v-00" not in written
    assert (
        (tmp_path / "csv" / "order_lines.csv").read_text().startswith("unit,purchase,at_time,in_store,first,sku,amount")
    )


def test_a_mistake_in_sql_and_a_folder_without_an_export_are_sentences(
    sold: tuple[Shop, dict[str, str]], tmp_path: Path
) -> None:
    shop, _ = sold
    result = CliRunner().invoke(app, ["sql", str(tmp_path), "SELECT 1"])
    assert result.output == f"{tmp_path} holds no export in Parquet: `nearcart export {tmp_path}` writes one\n"
    CliRunner().invoke(app, ["export", str(tmp_path), "--config", str(shop.home / "store.yaml")])
    wrong = CliRunner().invoke(app, ["sql", str(tmp_path), "SELECT nothing FROM exposures"])
    assert (wrong.exit_code, "nothing" in wrong.output) == (1, True)
    assert shop.run("--from", str(tmp_path), "--experiment", "9").exit_code == 1


def complains(shop: Shop, name: str, at: float, *words: str) -> str:
    told = datetime.fromtimestamp(at, UTC).isoformat()
    command = ["visitors", "complaint", name, *words, "--at", told, "--config", str(shop.home / "store.yaml")]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    return result.output


def guard(told: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in told["guards"] if each["name"] == name)
    return found


@pytest.fixture
def earlier(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of this machine may be before the world's."""
    monkeypatch.setattr("time.time", lambda: NOW + 9 * DAY)


@pytest.mark.usefixtures("earlier")
def test_complaints_and_consents_taken_back_are_told_by_arm_whatever_she_does_then(tmp_path: Path) -> None:
    """Who complains is likely to take back her consent, and then to have herself erased: she is counted all the while."""
    shop = Shop(tmp_path, people=60)
    outcomes = shop.everybody_comes()
    sent = [name for name, outcome in outcomes.items() if outcome == "sent"]
    heads, ghosts = len(sent), len(outcomes) - len(sent)
    assert "Written down.\n" in complains(shop, sent[0], NOW + DAY, "too many", "--offer", "hello")
    complains(shop, sent[0], NOW + 2 * DAY)
    complains(shop, sent[1], NOW - DAY)  # before her moment
    complains(shop, sent[2], NOW + 8 * DAY)  # after the window
    told = shop.told()
    assert (guard(told, "complaint")["held_out"], guard(told, "complaint")["offered"]) == (0, 1 / heads)
    assert told["engagement"]["complained_of"] == 1
    with shop.database() as connection:
        visitor_pages.change(
            connection, sent[0], lambda found: replace(found, consents=frozenset()), None, NOW + 3 * DAY
        )
    told = shop.told()
    assert {arm["arm"]: arm["people"] for arm in told["arms"]} == {"hold-out": ghosts, "offer": heads - 1}
    assert guard(told, "opt_out")["offered"] == guard(told, "complaint")["offered"] == 1 / heads
    with shop.database() as connection:
        erase_alone(connection, shop.home / "nearcart.sqlite", load_yaml(shop.home / "store.yaml", Store), sent[0], NOW + 4 * DAY)  # fmt: skip
        assert connection.execute("SELECT count(*) FROM complaints WHERE words IS NOT NULL").fetchone() == (0,)
    told = shop.told()
    assert guard(told, "opt_out")["offered"] == guard(told, "complaint")["offered"] == 1 / heads
    assert {arm["arm"]: arm["people"] for arm in told["arms"]} == {"hold-out": ghosts, "offer": heads - 1}
    export(shop, tmp_path / "out")
    assert json.loads(shop.run("--json", "--from", str(tmp_path / "out")).stdout) == told
    assert "too many" not in "".join(path.read_text("latin1") for path in (tmp_path / "out").iterdir())


def export(shop: Shop, folder: Path, *words: str) -> None:
    result = CliRunner().invoke(app, ["export", str(folder), *words, "--config", str(shop.home / "store.yaml")])
    assert result.exit_code == 0, result.output


@pytest.mark.usefixtures("earlier")
def test_a_household_is_counted_while_one_of_them_is(tmp_path: Path) -> None:
    shop = Shop(tmp_path, people=60)
    with shop.database() as connection:
        for name in ("v-000", "v-001"):
            visitor_pages.change(connection, name, lambda found: replace(found, loyalty="L-1"), None, NOW - DAY)
    outcomes = shop.everybody_comes()
    arm = "held_out" if outcomes["v-000"] == "ghost" else "offered"
    heads = sum((outcome == outcomes["v-000"]) for outcome in outcomes.values()) - 1
    for name in ("v-000", "v-001"):
        complains(shop, name, NOW + DAY)
        with shop.database() as connection:
            visitor_pages.change(connection, name, lambda found: replace(found, consents=frozenset()), None, NOW + 2 * DAY)  # fmt: skip
        told = shop.told()
        assert guard(told, "opt_out")[arm] == guard(told, "complaint")[arm] == 1 / heads, name


@pytest.mark.usefixtures("earlier")
@pytest.mark.parametrize("first", ["v-000", "v-001"])
def test_one_of_a_household_is_erased_and_the_household_is_one_all_the_while(tmp_path: Path, first: str) -> None:
    shop = Shop(tmp_path, people=60)
    with shop.database() as connection:
        for name in ("v-000", "v-001"):
            visitor_pages.change(connection, name, lambda found: replace(found, loyalty="L-1"), None, NOW - DAY)
    shop.everybody_comes()
    shop.order("v-000", NOW + 600, "30.00")
    shop.order("v-001", NOW + DAY, "12.00")
    shop.order("household", NOW + DAY, "9.00", customer="loyalty:L-1")
    before = shop.told()
    other = "v-001" if first == "v-000" else "v-000"
    for name in (first, other):
        with shop.database() as connection:
            erase_alone(connection, tmp_path / "nearcart.sqlite", load_yaml(tmp_path / "store.yaml", Store), name, NOW + 3 * DAY)  # fmt: skip
        told = shop.told()
        assert [(arm["arm"], arm["people"], arm["buyers"]) for arm in told["arms"]] == [
            (arm["arm"], arm["people"], arm["buyers"]) for arm in before["arms"]
        ]
        for figure in ("purchase", "revenue"):
            was, now = (next(each for each in report["figures"] if each["name"] == figure) for report in (before, told))
            assert (now["held_out"], now["offered"]) == pytest.approx((was["held_out"], was["offered"])), (name, figure)


@pytest.mark.usefixtures("earlier")
def test_an_export_says_of_the_erased_what_the_store_s_report_does(tmp_path: Path) -> None:
    """With a cap and a window that the file had at the launch, and has no more."""
    terms = "cap_per_visitor: 50\nwindow: 2d\n"
    shop = Shop(tmp_path, people=60)
    (tmp_path / "campaigns" / "autumn.yaml").write_text(CAMPAIGN + terms)
    outcomes = shop.everybody_comes()
    (tmp_path / "campaigns" / "autumn.yaml").write_text(CAMPAIGN)
    sent = [name for name, outcome in outcomes.items() if outcome == "sent"]
    for number, name in enumerate(sent[:8]):
        shop.order(name, NOW + 600, "900.00" if number == 0 else "12.34")
        shop.order(name, NOW + 3 * DAY, "7.00", "2")
    before = shop.told()
    [money] = [each for each in before["figures"] if each["name"] == "revenue"]
    assert money["offered"] == pytest.approx((50 + 7 * 12.34) / len(sent)), (
        "as it was launched, whatever the file says now"
    )
    with shop.database() as connection:
        for name in sent[:2]:
            erase_alone(connection, tmp_path / "nearcart.sqlite", load_yaml(tmp_path / "store.yaml", Store), name, NOW + 4 * DAY)  # fmt: skip
    told = shop.told()
    for name in ("purchase", "revenue"):
        was, now = (next(each for each in report["figures"] if each["name"] == name) for report in (before, told))
        assert now["offered"] == pytest.approx(was["offered"]), name
    assert told["evenings"] == before["evenings"]
    export(shop, tmp_path / "out")
    assert json.loads(shop.run("--json", "--from", str(tmp_path / "out")).stdout) == told


def test_an_export_of_several_campaigns_tells_each_its_own(tmp_path: Path) -> None:
    """Withheld is counted by campaign, and an older experiment of it is another."""
    shop = Shop(tmp_path, people=40)
    spring = CAMPAIGN.replace("autumn", "spring").replace("Autumn", "Spring")
    (tmp_path / "campaigns" / "spring.yaml").write_text(spring)
    (tmp_path / "offers" / "spring.yaml").write_text(OFFER.replace("hello", "spring").replace("autumn", "spring").replace("moment: enter", "moment: exit"))  # fmt: skip
    shop.everybody_comes()
    shop.everybody_comes(NOW + DAY)  # all have had it: withheld
    (tmp_path / "campaigns" / "autumn.yaml").write_text(CAMPAIGN + "experiment: 2\n")
    shop.everybody_comes(NOW + 40 * DAY)
    export(shop, tmp_path / "out")
    for words in ((), ("--experiment", "1")):
        told, again = (json.loads(shop.run("--json", *words, *more).stdout) for more in ((), ("--from", str(tmp_path / "out"))))  # fmt: skip
        assert told["withheld"] == again["withheld"], words
        assert told == {**again, "until": told["until"]}
