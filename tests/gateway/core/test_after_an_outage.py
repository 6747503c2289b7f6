"""An edge was without its gateway: what it sends then changes who was here, and says nothing to anybody about moments long past."""

from uuid import UUID

import pytest

from nearcart_contract.offer_file import Offer
from nearcart_contract.presence import PresenceBatch, Stamp, Transition
from nearcart_contract.store_file import Store
from nearcart_gateway.core.cart_book import CartBook
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.engine import Enrolled, StoreEngine
from nearcart_gateway.core.ledger import Ledger
from nearcart_gateway.core.locators import locator_of
from nearcart_gateway.core.offers.compile import compile_offers
from nearcart_gateway.core.offers.gates.standing import MAX_AGE_S
from nearcart_gateway.core.values import Decision, Visitor

NOW, EPOCH, BOOT = 1_790_000_000.0, UUID(int=1), UUID(int=2)
VISITORS = 20


class World:
    """One edge, twenty visitors, an offer for whoever comes in."""

    def __init__(self) -> None:
        store = Store.model_validate(
            {
                "store": "shop", "name": "Shop", "time_zone": "UTC", "currency": "EUR",
                "scanners": {"door": {"x": 0, "y": 0, "zone": "door"}},
            }
        )  # fmt: skip
        offers = compile_offers(
            store,
            {},
            [Offer.model_validate({"offer": "hello", "when": {"moment": "enter"}, "say": "Hello."})],
            "r1",
            b"s",
        )
        self.engine = StoreEngine(store, locator_of(store, store.locate, None), offers, CartBook(), Ledger())
        self.engine.enrol(
            Enrolled(Visitor(f"v-{n}", consents=frozenset({"offers"})), (f"t-{n}",)) for n in range(VISITORS)
        )
        self.sequence = 0

    def told(self, *events: tuple[str, int, float], received: float = NOW) -> list[Decision]:
        """(kind, visitor, seconds ago) of each, in one batch that is received now."""
        after, rows, clock = self.sequence, [], 100_000 + received - NOW
        for kind, visitor, ago in events:
            self.sequence += 1
            stamp = Stamp(at=received - ago, monotonic=clock - ago, boot=BOOT)
            cause = "silence" if kind == "exit" else None
            rows.append(
                Transition(
                    sequence=self.sequence, kind=kind, identity=f"t-{visitor}", scanner="door", stamp=stamp, cause=cause
                )  # type: ignore[arg-type]
            )  # fmt: skip
        changes = Changes()
        sent = Stamp(at=received, monotonic=clock, boot=BOOT)
        batch = PresenceBatch(epoch=EPOCH, after=after, oldest=after + 1, sent=sent, transitions=tuple(rows))
        self.engine.take_batch("door", batch, received, changes)
        return changes.decisions


def test_ten_thousand_buffered_events_fire_no_offer_and_the_live_one_after_them_does() -> None:
    world = World()
    decisions: list[Decision] = []
    pairs = 5000
    for start in range(0, pairs, 200):
        events = []
        for number in range(start, start + 200):
            ago = 86_400.0 - number * 17
            events += [("enter", number % VISITORS, ago), ("exit", number % VISITORS, ago - 10)]
        decisions += world.told(*events)
    assert world.sequence == 2 * pairs
    assert decisions, "they are moments, and were asked about"
    assert {decision.outcome for decision in decisions} == {"withheld"}
    world.engine.tick(NOW + 20, Changes())
    live = world.told(("enter", 7, 0.2), received=NOW + 30)
    assert [decision.outcome for decision in live] == ["sent"]


@pytest.mark.parametrize(
    ("ago", "outcome"), [(MAX_AGE_S - 1, "sent"), (MAX_AGE_S + 1, "withheld"), (3600.0, "withheld")]
)
def test_a_minute_is_what_an_offer_may_be_late(ago: float, outcome: str) -> None:
    (decision,) = World().told(("enter", 1, ago))
    assert (decision.outcome, decision.moment.at) == (outcome, pytest.approx(NOW - ago))
    if outcome == "withheld":
        assert "late" in decision.reason
