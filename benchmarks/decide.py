"""One decision: among how many offers, how long, and against two rule engines; and decided moments on disk. Prints one JSON object.

    python benchmarks/decide.py [--peers FOLDER] [--quick]

The peers are optional: zen-engine from PyPI (`pip install zen-engine`), and json-rules-engine from npm, run by node
(`npm install --prefix FOLDER json-rules-engine`). All get the same rules and facts in the same run. Times are medians in microseconds.

A rule: dwell of 20 s in a zone, consent, position at least 70 % sure, an abandoned cart of a least value. zen-engine is timed twice:
its compiled expression alone, which is the least it can do, and a decision graph with that expression, which is how it is used. Ours is
timed three times: these same seven conditions (moment, zone and dwell are the index's, the rest gates), all gates that such an offer
has (also staff, the moment's age, the currency, a channel that reaches her), and the decision with its text and all it saw.
"""

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from nearcart_contract.cart import Cart, CartItem
from nearcart_contract.offer_file import Offer
from nearcart_contract.presence import PresenceBatch, Stamp, Transition
from nearcart_contract.store_file import Store
from nearcart_gateway.core.cart_book import CartBook
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.decide import decide
from nearcart_gateway.core.engine import Enrolled, Memory, StoreEngine
from nearcart_gateway.core.ledger import Ledger
from nearcart_gateway.core.locate import MedianLocator
from nearcart_gateway.core.offers.compile import CompiledOffers, compile_offers
from nearcart_gateway.core.offers.gates.gate import Situation
from nearcart_gateway.core.values import KnownCart, Moment, Visitor
from nearcart_gateway.shell.garbage import set_aside_what_lives
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect

NOW = datetime(2026, 9, 30, 12, tzinfo=UTC).timestamp()
VISITORS = 100_000
COULD_MATCH = 30
CONDITIONS = ("consent", "probability", "cart_state", "cart_value")
"""The gates that ask what a rule's expression asks; the index asks the rest of it."""

BOOT, EPOCH = UUID(int=1), UUID(int=2)


def store_with(zones: int) -> Store:
    return Store.model_validate(
        {
            "store": "bench",
            "name": "Bench",
            "time_zone": "Europe/Vienna",
            "currency": "EUR",
            "zones": {f"zone-{number}": {} for number in range(zones)},
            "scanners": {"door": {"x": 1, "y": 1, "zone": "zone-0"}},
        }
    )


@dataclass(frozen=True)
class Rule:
    """One offer's conditions, as every engine gets them."""

    zone: str
    least_value: int

    def offer(self, name: str, limited: bool = True) -> Offer:
        """With ``limited`` also what the other engines don't know: how often she had it."""
        when = {"moment": "dwell", "zones": [self.zone], "dwell": "20s", "probability": 0.7}
        cart = {"state": "abandoned", "value_at_least": self.least_value}
        limits = {"per_visitor": {"times": 3, "period": "7d"}, "quiet_after_any": "10m"} if limited else {}
        return Offer.model_validate({"offer": name, "when": when, "cart": cart, "say": "Hello", "limits": limits})

    def expression(self) -> str:
        return (
            f"moment.kind == 'dwell' and moment.zone == '{self.zone}' and moment.dwell == 20 and contains(visitor.consents, 'offers')"
            f" and moment.probability >= 0.7 and cart.state == 'abandoned' and cart.value >= {self.least_value}"
        )

    def conditions(self) -> list[dict[str, Any]]:
        asked = [
            ("moment", "$.kind", "equal", "dwell"),
            ("moment", "$.zone", "equal", self.zone),
            ("moment", "$.dwell", "equal", 20),
            ("visitor", "$.consents", "contains", "offers"),
            ("moment", "$.probability", "greaterThanInclusive", 0.7),
            ("cart", "$.state", "equal", "abandoned"),
            ("cart", "$.value", "greaterThanInclusive", self.least_value),
        ]
        return [
            {"fact": fact, "path": path, "operator": operator, "value": value} for fact, path, operator, value in asked
        ]


FACTS = {
    "moment": {"kind": "dwell", "zone": "zone-0", "dwell": 20, "probability": 0.9},
    "visitor": {"consents": ["offers"]},
    "cart": {"state": "abandoned", "value": 42.5},
}
VISITOR = Visitor("v-7", customer="c-7", consents=frozenset({"offers"}))
MOMENT = Moment(
    "bench.v.1.dwell.20", "dwell", "v-7", "bench.v", NOW - 0.1, zone="zone-0", dwell_s=20.0, probability=0.9
)
ITEM = CartItem(sku="W-1", title="Zweigelt", categories=("wine",), quantity=2, unit_price=Decimal("21.25"))
CART = KnownCart(
    Cart(id="k", source="web", customer="c-7", items=(ITEM,), updated_at=datetime.fromtimestamp(NOW - 7200, UTC)), 1, NOW - 7200
)  # fmt: skip


def rules(count: int) -> list[Rule]:
    """Thirty in every zone; those of ``zone-0`` could match, and two in three of them do."""
    return [Rule(f"zone-{number // COULD_MATCH}", 15 + number % COULD_MATCH) for number in range(count)]


def compiled(chosen: list[Rule]) -> CompiledOffers:
    store = store_with(len(chosen) // COULD_MATCH + 1)
    return compile_offers(store, {}, [rule.offer(f"offer-{n}") for n, rule in enumerate(chosen)], "bench", b"salt")


def full_ledger() -> Ledger:
    """A hundred thousand visitors who had something in the last week."""
    ledger = Ledger()
    ledger.load((f"v-{n}", f"offer-{n % 50}", "autumn", NOW - 3600 - n) for n in range(VISITORS))
    return ledger


def timed(act: Callable[[], object], times: int) -> tuple[float, float]:
    """Median and 99th percentile, microseconds."""
    act()
    took = []
    for _ in range(times):
        began = time.perf_counter_ns()
        act()
        took.append((time.perf_counter_ns() - began) / 1000)
    took.sort()
    return round(statistics.median(took), 2), round(took[int(len(took) * 0.99)], 2)


def each(act: Callable[[], object], times: int) -> float:
    """Median microseconds of something so short that asking for the time would be a part of it: of a hundred in a row."""

    def hundred() -> None:
        for _ in range(100):
            act()

    return round(timed(hundred, max(50, times // 20))[0] / 100, 3)


def among(count: int, ledger: Ledger, times: int) -> dict[str, Any]:
    offers = compiled(rules(count))
    decision = decide(MOMENT, VISITOR, CART, offers, ledger, now=NOW)
    assert decision is not None and decision.outcome == "sent" and len(decision.considered) == COULD_MATCH
    set_aside_what_lives()  # as the gateway does
    p50, p99 = timed(lambda: decide(MOMENT, VISITOR, CART, offers, ledger, now=NOW), times)
    return {"offers": count, "could_match": COULD_MATCH, "visitors": VISITORS, "p50_us": p50, "p99_us": p99}


def ours(count: int, times: int) -> dict[str, float]:
    """The conditions and the gates of one offer; the whole decision among ``count``, with its text and all it saw."""
    ledger, offers = Ledger(), compiled(rules(count))
    alone = compile_offers(store_with(1), {}, [rules(1)[0].offer("bare", limited=False)], "bench", b"salt")
    bare = alone["bare"]
    situation = Situation(MOMENT, VISITOR, CART, "abandoned", NOW, offers.zone, True, ledger)

    same = tuple(gate for name, gate in bare.gates if name in CONDITIONS)
    assert len(same) == len(CONDITIONS)

    def conditions() -> bool:
        if bare not in alone.for_moment(MOMENT, VISITOR):
            return False
        for gate in same:  # noqa: SIM110 (as a decision asks them)
            if gate(situation) is not None:
                return False
        return True

    def gates() -> bool:
        for _, gate in bare.gates:  # noqa: SIM110 (as a decision asks them)
            if gate(situation) is not None:
                return False
        return True

    assert conditions() and gates()
    return {
        "one_rule_us": each(conditions, times),
        "all_gates_us": each(gates, times),
        "one_decision_us": timed(lambda: decide(MOMENT, VISITOR, CART, alone, ledger, now=NOW), times)[0],
        "all_us": timed(lambda: decide(MOMENT, VISITOR, CART, offers, ledger, now=NOW), times)[0],
    }


def zen_engine(chosen: list[Rule], times: int) -> dict[str, float] | str:
    try:
        import zen
    except ImportError:
        return "not installed: pip install zen-engine"
    expressions = [zen.compile_expression(rule.expression()) for rule in chosen]
    assert sum(bool(expression.evaluate(FACTS)) for expression in expressions) == firing(chosen)
    decision = zen.ZenEngine().create_decision(json.dumps(_graph(chosen[0])))
    assert decision.evaluate(FACTS)["result"] == {"fires": True}

    def every() -> int:
        return sum(bool(expression.evaluate(FACTS)) for expression in expressions)

    return {
        "one_expression_us": each(lambda: expressions[0].evaluate(FACTS), times),
        "one_decision_us": timed(lambda: decision.evaluate(FACTS), times // 4)[0],
        "all_us": timed(every, max(20, times // 50))[0],
    }


def _graph(rule: Rule) -> dict[str, Any]:
    asked = {"expressions": [{"id": "e", "key": "fires", "value": rule.expression()}]}
    nodes = [
        {"id": "i", "type": "inputNode", "name": "in"},
        {"id": "x", "type": "expressionNode", "name": "rule", "content": asked},
        {"id": "o", "type": "outputNode", "name": "out"},
    ]
    edges = [
        {"id": "a", "sourceId": "i", "targetId": "x", "type": "edge"},
        {"id": "b", "sourceId": "x", "targetId": "o", "type": "edge"},
    ]
    return {"nodes": nodes, "edges": edges}


def json_rules_engine(chosen: list[Rule], times: int, folder: Path) -> dict[str, float] | str:
    node = shutil.which("node")
    if node is None or not (folder / "node_modules" / "json-rules-engine").is_dir():
        return f"not there: needs node, and npm install --prefix {folder} json-rules-engine"
    script = Path(__file__).parent / "peers" / "json_rules.mjs"
    asked = {"facts": FACTS, "rules": [rule.conditions() for rule in chosen], "runs": times}
    run = subprocess.run(
        [node, script], input=json.dumps(asked), capture_output=True, text=True, check=True, cwd=folder
    )
    found = json.loads(run.stdout)
    assert found["firing"] == firing(chosen)
    return {"one_rule_us": round(found["one_us"], 2), "all_us": round(found["all_us"], 1)}


def firing(chosen: list[Rule]) -> int:
    return sum(rule.zone == "zone-0" and rule.least_value <= 42.5 for rule in chosen)


def durable(moments: int) -> dict[str, Any]:
    """Presses of 2,000 visitors in groups of 500, thirty offers waiting for each; a group is one commit (synchronous=FULL)."""
    store = store_with(1)
    rows = [
        {"offer": f"offer-{n}", "when": {"moment": "press"}, "say": "Hello", "priority": n,
         "limits": {"per_visitor": {"times": 1 + n % 3, "period": "7d"}}}
        for n in range(COULD_MATCH)
    ]  # fmt: skip
    offers = compile_offers(store, {}, [Offer.model_validate(row) for row in rows], "bench", b"salt")
    people = [f"v-{number}" for number in range(2000)]
    with tempfile.TemporaryDirectory() as folder:
        connection = connect(Path(folder) / "store.sqlite")
        engine = StoreEngine(store, MedianLocator(store, store.locate), offers, CartBook(), Ledger())
        agreed = frozenset({"offers"})
        engine.load(Memory([Enrolled(Visitor(name, consents=agreed), (f"t-{name}",)) for name in people]), NOW)
        sequence = press(engine, connection, 0, [("enter", name) for name in people])
        began, cpu = time.perf_counter(), time.process_time()
        for turn in range(0, moments, 500):
            sequence = press(
                engine, connection, sequence, [("press", people[n % 2000]) for n in range(turn, turn + 500)]
            )
        took, used = time.perf_counter() - began, time.process_time() - cpu
        outcomes = dict(connection.execute("SELECT outcome, count(*) FROM decisions GROUP BY outcome"))
        connection.close()
    assert sum(outcomes.values()) == moments
    return {
        "moments": moments,
        "offers_looked_at_each": COULD_MATCH,
        "outcomes": outcomes,
        "moments_per_s": round(moments / took),
        "moments_per_cpu_s": round(moments / used),
        "cpu_share": round(used / took, 2),
    }


def press(engine: StoreEngine, connection: sqlite3.Connection, sequence: int, heard: list[tuple[str, str]]) -> int:
    """One group: transitions in batches of 500, applied and committed."""
    changes = Changes()
    for first in range(0, len(heard), 500):
        rows = heard[first : first + 500]
        stamp = Stamp(at=NOW, monotonic=NOW, boot=BOOT)
        transitions = tuple(
            Transition(sequence=sequence + n, kind=kind, identity=f"t-{name}", scanner="door", stamp=stamp)  # type: ignore[arg-type]
            for n, (kind, name) in enumerate(rows, 1)
        )
        batch = PresenceBatch(epoch=EPOCH, after=sequence, oldest=1, sent=stamp, transitions=transitions)
        engine.take_batch("door", batch, NOW, changes)
        sequence += len(rows)
    commit(connection, changes, NOW)
    return sequence


def run(folder: Path, quick: bool) -> dict[str, Any]:
    times = 500 if quick else 5000
    ledger = full_ledger()
    ten, hundred = among(10_000, ledger, times), among(10_000 if quick else 100_000, ledger, times)
    thousand = rules(1000)
    own, zen, node = ours(1000, times), zen_engine(thousand, times), json_rules_engine(thousand, times, folder)
    found: dict[str, Any] = {
        "among_10_000": ten,
        "among_100_000": hundred,
        "ratio_100_000_to_10_000": round(hundred["p50_us"] / ten["p50_us"], 2),
        "nearcart_1000_rules": own,
        "zen_engine_1000_rules": zen,
        "json_rules_engine_1000_rules": node,
        "durable": durable(2000 if quick else 20_000),
    }
    if isinstance(zen, dict):
        found["times_faster_than_zen_engine"] = {
            "one_rule_to_its_expression": round(zen["one_expression_us"] / own["one_rule_us"], 1),
            "all_gates_to_its_expression": round(zen["one_expression_us"] / own["all_gates_us"], 1),
            "one_rule_to_its_decision": round(zen["one_decision_us"] / own["one_rule_us"], 1),
            "one_decision_to_its_decision": round(zen["one_decision_us"] / own["one_decision_us"], 1),
            "1000_rules": round(zen["all_us"] / own["all_us"], 1),
        }
    if isinstance(node, dict):
        found["times_faster_than_json_rules_engine"] = {
            "one_rule": round(node["one_rule_us"] / own["one_rule_us"], 1),
            "1000_rules": round(node["all_us"] / own["all_us"], 1),
        }
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peers", type=Path, default=Path("build/peers"), help="where npm put json-rules-engine")
    parser.add_argument("--quick", action="store_true", help="fewer turns, and 10,000 offers in place of 100,000")
    given = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(json.dumps(run(given.peers.absolute(), given.quick), indent=2))
