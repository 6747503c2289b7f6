"""An engine with everything that the database holds of the present."""

import sqlite3

from nearcart_contract.store_file import Store
from nearcart_gateway.core.cart_book import CartBook
from nearcart_gateway.core.engine import Memory, StoreEngine
from nearcart_gateway.core.ledger import Ledger
from nearcart_gateway.core.locate import MedianLocator
from nearcart_gateway.core.offers.compile import CompiledOffers
from nearcart_gateway.shell.enrolment import as_enrolled
from nearcart_gateway.shell.storage import carts, decisions, presence, visitors, visits

LEDGER_S = 400 * 86_400.0
"""How far back caps can count: a year and some."""


def load_engine(store: Store, offers: CompiledOffers, connection: sqlite3.Connection, now: float) -> StoreEngine:
    """Make the engine of a store that starts, or starts over. Raises ``sqlite3.Error``."""
    book = CartBook()
    book.load(carts.read_records(connection))
    ledger = Ledger()
    for visitor, offer, campaign, at in decisions.read_counted(connection, now - LEDGER_S):
        ledger.add(visitor, offer, campaign, at)
    engine = StoreEngine(store, MedianLocator(store, store.locate), offers, book, ledger)
    open_visits = visits.read_open_visits(connection)
    memory = Memory(
        enrolled=[as_enrolled(visitor) for visitor in visitors.everybody(connection)],
        cursors=presence.read_cursors(connection),
        presences=presence.read_presences(connection),
        visits=open_visits,
        decided_moments=decisions.read_decided_moments(connection, [visit.id for visit in open_visits]),
    )
    engine.load(memory, now)
    return engine
