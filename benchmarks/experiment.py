"""What an experiment adds to a decision: decided, counted and committed as a gateway does, with and without one. Prints JSON.

Both decide the same moments of the same visitors in turns, 500 moments in a transaction. With an experiment half have another variant; one in a hundred
is held out of the campaign, and one of everything: so few, because a ghost sends nothing and costs less. Times are processor
microseconds a decision, the best of all rounds; the ratio is the median of the pairs'.
"""

import argparse
import json
import statistics
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.offer_file import Offer
from nearcart_contract.store_file import Store
from nearcart_gateway.core.cart_book import CartBook
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.engine import Enrolled, Memory, StoreEngine
from nearcart_gateway.core.ledger import Ledger
from nearcart_gateway.core.locate import MedianLocator
from nearcart_gateway.core.offers.compile import compile_offers
from nearcart_gateway.core.values import Moment, Visitor
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect

NOW = datetime(2026, 9, 30, 12, tzinfo=UTC).timestamp()
BATCH = 500
STORE: dict[str, Any] = {
    "store": "bench",
    "name": "Bench",
    "time_zone": "Europe/Vienna",
    "currency": "EUR",
    "scanners": {"door": {"x": 1, "y": 1, "zone": "door"}},
}
EXPERIMENT: dict[str, Any] = {"hold_out_percent": 1, "variants": {"long": {}, "short": {}}}


class Gateway:
    """An engine over a database, with its experiment or without."""

    def __init__(self, path: Path, *, experiment: bool) -> None:
        store = Store.model_validate({**STORE, **({"hold_out": {"percent": 1}} if experiment else {})})
        campaign = Campaign.model_validate(
            {"campaign": "autumn", "name": "Autumn", **(EXPERIMENT if experiment else {})}
        )
        offer = {
            "offer": "hello",
            "when": {"moment": "enter"},
            "say": "Hello",
            "limits": {"per_visitor": {"times": 9, "period": "1d"}},
        }
        if experiment:
            offer = {**offer, "campaign": "autumn", "variants": {"long": {"say": "Hello to you"}}}
        offers = compile_offers(store, {"autumn": campaign}, [Offer.model_validate(offer)], "r1", b"salt")
        self.engine = StoreEngine(store, MedianLocator(store, store.locate), offers, CartBook(), Ledger())
        people = (Visitor(f"v-{number}", consents=frozenset({"offers"})) for number in range(BATCH))
        self.engine.load(Memory(enrolled=(Enrolled(visitor, ()) for visitor in people)), NOW)
        self.connection = connect(path)
        self.connection.execute("PRAGMA synchronous=OFF")

    def round(self, number: int) -> float:
        """Processor microseconds a decision of one transaction."""
        now, changes = NOW + number * 3600, Changes()
        begun = time.process_time()
        for person in range(BATCH):
            name = f"v-{person}"
            self.engine._decide(Moment(f"{name}.{number}", "enter", name, f"{name}.{number}", now), now, changes)
        commit(self.connection, changes, now)
        return (time.process_time() - begun) / BATCH * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        plain, tried = (
            Gateway(Path(folder) / f"{name}.sqlite", experiment=name == "tried") for name in ("plain", "tried")
        )
        with closing(plain.connection), closing(tried.connection):
            pairs = [(plain.round(number), tried.round(number)) for number in range(rounds)]
    without, with_one = (min(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    print(json.dumps({"without_us": round(without, 1), "with_us": round(with_one, 1), "ratio": round(ratio, 3)}))


if __name__ == "__main__":
    main()
