"""An engine with everything that the database holds of the present."""

import sqlite3

from nearcart_contract.limit import LONGEST_PERIOD
from nearcart_contract.radio_file import Radio
from nearcart_contract.store_file import Store
from nearcart_gateway.core.cart_book import CartBook
from nearcart_gateway.core.engine import Memory, StoreEngine, keep_counts_from
from nearcart_gateway.core.ledger import Ledger
from nearcart_gateway.core.locators import locator_of
from nearcart_gateway.core.offers.compile import CompiledOffers
from nearcart_gateway.shell.enrolment import as_enrolled
from nearcart_gateway.shell.storage import carts, coupons, decisions, deferrals, ledger, presence, visitors, visits


def load_engine(
    store: Store, offers: CompiledOffers, connection: sqlite3.Connection, now: float, radio: Radio | None = None
) -> StoreEngine:
    """Make the engine of a store that starts, or starts over. Raises ``sqlite3.Error``."""
    book = CartBook()
    book.load(carts.read_records(connection))
    keep_from = keep_counts_from(offers, now)
    counts = Ledger(keep_from)
    counts.load(ledger.read_counted(connection, keep_from))
    counts.spending.load(ledger.read_uses(connection, now), now)
    engine = StoreEngine(store, locator_of(store, store.locate, radio), offers, book, counts)
    engine.facts.coupons.load(coupons.read_given(connection))
    open_visits = visits.read_open_visits(connection)
    memory = Memory(
        enrolled=[as_enrolled(visitor) for visitor in visitors.everybody(connection)],
        cursors=presence.read_cursors(connection),
        presences=presence.read_presences(connection),
        visits=open_visits,
        history=visits.read_ended(connection, now - LONGEST_PERIOD.total_seconds()),
        deferred=deferrals.read_deferred(connection),
        decided_moments=decisions.read_decided_moments(connection, [visit.id for visit in open_visits]),
    )
    engine.load(memory, now)
    return engine


def reach_back(engine: StoreEngine, connection: sqlite3.Connection, now: float) -> None:
    """Load the counts that offers in force look back for and the engine let go of. Raises ``sqlite3.Error``."""
    wanted, known = keep_counts_from(engine.offers, now), engine.ledger.keep_from
    if wanted < known:
        engine.ledger.reach_back(ledger.read_counted(connection, wanted, known), wanted)
