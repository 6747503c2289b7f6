"""``nearcart offers preview``: an offer's file for a visitor of the store, or one that is made up, at a place and time.

Where the store has a database it is read and not changed: her facts, her cart, what she and everybody had been offered, her visits.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from pydantic import Field

from nearcart_contract.cart import Cart, CartItem
from nearcart_contract.duration import Duration
from nearcart_contract.limit import LONGEST_PERIOD
from nearcart_contract.names import Name, UserFile
from nearcart_contract.offer_file import Button, Offer
from nearcart_contract.problem import allowed_words
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.cart_book import CartBook
from nearcart_gateway.core.facts import StoreFacts
from nearcart_gateway.core.ledger import Ledger
from nearcart_gateway.core.offers.index import zones_of
from nearcart_gateway.core.preview import Preview, preview
from nearcart_gateway.core.values import KnownCart, Moment, Visitor
from nearcart_gateway.core.visit_history import VisitHistory
from nearcart_gateway.shell.storage import carts, coupons, ledger, revisions, visitors, visits
from nearcart_gateway.shell.storage.database import connect_reading
from nearcart_gateway.shell.store_lists import StoreLists
from nearcart_gateway.shell.tried_file import TriedFile

NOBODY = "none"
"""The visitor's name for one that is made up."""

_AWAY = timedelta(days=7)


class PreviewError(Exception):
    """The question can't be answered; the sentence says what to do."""


class MadeUpVisitor(UserFile):
    """A visitor who does not exist. She agreed to offers unless it says otherwise."""

    customer: str | None = "made-up"
    language: str = "en"
    segments: tuple[str, ...] = ()
    tier: str | None = None
    consents: tuple[str, ...] = ("offers",)
    refused: tuple[str, ...] = ()
    bought: Duration | None = Field(default=None, description="how long ago she last bought something")


class MadeUpCart(UserFile):
    """A cart that does not exist; ``changed`` and ``heard`` are how long ago."""

    items: tuple[CartItem, ...] = ()
    value: Decimal | None = None
    currency: str | None = None
    changed: Duration = timedelta(minutes=5)
    heard: Duration | None = None


class MadeUp(UserFile):
    """A YAML file for ``--with``: whatever it names stands in for what the store knows."""

    visitor: MadeUpVisitor | None = None
    cart: MadeUpCart | None = None
    probability: float = Field(default=1.0, ge=0, le=1)
    from_zone: Name | None = None
    press: Button | None = None
    away: Duration | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: for whom (``NOBODY``: made up), where, and when in Unix seconds."""

    visitor: str
    zone: str | None
    now: float
    made_up: MadeUp = field(default_factory=MadeUp)


@dataclass(frozen=True, slots=True)
class Previewed:
    """``now`` is Unix seconds; ``remembered``: the store's database was asked."""

    file: TriedFile
    moment: Moment
    visitor: Visitor
    preview: Preview
    remembered: bool


def read_made_up(path: Path) -> MadeUp:
    """Raises ``FileProblems``."""
    return load_yaml(path, MadeUp)


def preview_file(file: TriedFile, asked: Asked) -> Previewed:
    """Look at the offer. Raises ``PreviewError``, and ``FileProblems`` for a database of no known offers."""
    store = file.store
    if asked.zone is not None and asked.zone not in store.zone_names:
        raise PreviewError(f"found zone '{asked.zone}', {allowed_words(asked.zone, store.zone_names)}")
    with _memory(file, asked.now) as memory:
        visitor = _visitor(memory, asked)
        cart = _cart(memory, visitor, asked)
        moment = _moment(file.tried.offer, store, visitor.id, asked)
        found = preview(
            file.tried.offer.offer,
            file.tried.campaign,
            moment,
            visitor,
            cart,
            file.checked.compile(store, memory.salt),
            memory.ledger,
            memory.facts,
            now=asked.now,
        )
        return Previewed(file, moment, visitor, found, memory.connection is not None)


@dataclass(slots=True)
class _Memory:
    """What the store remembers; nothing where no gateway ever ran."""

    ledger: Ledger
    facts: StoreFacts
    salt: bytes = b""
    connection: sqlite3.Connection | None = None


@contextmanager
def _memory(file: TriedFile, now: float) -> Iterator[_Memory]:
    path = file.config.parent / file.store.database
    memory = _Memory(Ledger(), StoreFacts(VisitHistory()))
    lists = StoreLists(file.config.parent, file.store)
    connection = None
    if path.exists():
        connection = connect_reading(path)
    try:
        if connection is not None:
            memory = _remembered(connection, now)
        memory.facts.on_shelf = {} if lists.shelf is None else lists.shelf.held
        for pool, held in lists.pools.items():
            memory.facts.coupons.fill(pool, held.held)
        yield memory
    except sqlite3.Error as error:
        raise PreviewError(f"database {path} can't be read ({error}); a gateway of this version mends it") from error
    finally:
        if connection is not None:
            connection.close()


def _remembered(connection: sqlite3.Connection, now: float) -> _Memory:
    history, counts = VisitHistory(), Ledger()
    since = now - LONGEST_PERIOD.total_seconds()
    history.load(row for row in visits.read_ended(connection, since) if row[2] <= now)
    counts.load(ledger.read_counted(connection, since, now))
    counts.spending.load((use for use in ledger.read_uses(connection, now) if use.at <= now), now)
    facts = StoreFacts(history)
    facts.coupons.load(coupons.read_given(connection))
    return _Memory(counts, facts, revisions.read_assignment_salt(connection), connection)


def _visitor(memory: _Memory, asked: Asked) -> Visitor:
    made_up = asked.made_up.visitor
    if asked.visitor != NOBODY:
        if memory.connection is None:
            raise PreviewError(f"there is no database yet, so nobody is '{asked.visitor}': --visitor none makes one up")
        try:
            known = visitors.show(memory.connection, asked.visitor).visitor
        except visitors.UnknownVisitorError as error:
            raise PreviewError(f"{error}; --visitor none makes one up") from error
        return known if made_up is None else _as_made_up(known, made_up, asked.now)
    return _as_made_up(Visitor("made-up"), made_up or MadeUpVisitor(), asked.now)


def _as_made_up(visitor: Visitor, made_up: MadeUpVisitor, now: float) -> Visitor:
    return replace(
        visitor,
        customer=made_up.customer,
        language=made_up.language,
        segments=frozenset(made_up.segments),
        tier=made_up.tier,
        consents=frozenset(made_up.consents),
        refused=frozenset(made_up.refused),
        last_purchase_at=None if made_up.bought is None else now - made_up.bought.total_seconds(),
    )


def _cart(memory: _Memory, visitor: Visitor, asked: Asked) -> KnownCart | None:
    made_up = asked.made_up.cart
    if made_up is not None:
        changed = asked.now - made_up.changed.total_seconds()
        heard = changed if made_up.heard is None else asked.now - made_up.heard.total_seconds()
        cart = Cart.model_validate(
            {
                "id": "made-up",
                "customer": visitor.customer,
                "items": made_up.items,
                "value": made_up.value,
                "currency": made_up.currency,
                "updated_at": datetime.fromtimestamp(changed, UTC),
            }
        )
        return KnownCart(cart, 1, heard)
    if memory.connection is None or visitor.customer is None:
        return None
    book = CartBook()
    book.load(carts.read_records(memory.connection))
    return book.cart_of(visitor.customer)


def _moment(offer: Offer, store: Store, visitor: str, asked: Asked) -> Moment:
    """The moment that the offer waits for, in the zone that is asked about, or else the first of its own."""
    when, made_up = offer.when, asked.made_up
    wanted = zones_of(when, store)
    zone = asked.zone or next(iter(wanted), None)
    if zone is None and when.moment in ("dwell", "move"):
        zone = store.zone_names[0]
    moment = Moment(
        id="preview",
        kind=when.moment,
        visitor=visitor,
        visit="preview",
        at=asked.now,
        zone=zone,
        probability=made_up.probability,
        heard_at=asked.now,
    )
    if when.moment == "dwell" and when.dwell is not None:
        return replace(moment, dwell_s=when.dwell.total_seconds())
    if when.moment == "move":
        return replace(moment, from_zone=made_up.from_zone or next(iter(when.from_zones), None))
    if when.moment == "exit":
        return replace(moment, zone=None, from_zone=zone)
    if when.moment == "return":
        usual = _AWAY if when.away is None else when.away.at_least or when.away.at_most or _AWAY
        return replace(moment, zone=None, away_s=(made_up.away or usual).total_seconds())
    if when.moment == "press":
        return replace(moment, button=made_up.press or next(iter(when.press), "press"))
    return moment if wanted or asked.zone else replace(moment, zone=None)
