"""A gateway's engine over its own database on disk, fed by hand: presence and webhooks in, decisions out, and at the end its report."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from nearcart_contract.cart import CartUpdated, OrderCreated, OrderRefunded
from nearcart_contract.presence import PresenceBatch, Stamp, Transition
from nearcart_contract.roster import Identity
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.hooks.standard import change_of
from nearcart_gateway.core.values import Decision, Visitor
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.load import load_engine
from nearcart_gateway.shell.offer_watch import OfferWatch
from nearcart_gateway.shell.report.source import source_of
from nearcart_gateway.shell.storage import orders, visitors
from nearcart_gateway.shell.storage.commit import commit
from nearcart_gateway.shell.storage.database import connect
from nearcart_measure.report.reckon import reckon
from nearcart_measure.report.result import Report
from nearcart_measure.report.tables import load
from nearcart_sim.core.economy.orders import customer_of

_EPOCH = UUID("3d9f2f0e-7c0d-4a77-9b53-5d2f3a5b9e10")

STORE = """
store: corner
name: Corner Shop
time_zone: Europe/Vienna
currency: EUR
assignment_secret: corner-shop-of-seed-{seed:06}
"""
CAMPAIGN = """
campaign: carts
name: Carts left online
starts: {starts}
ends: {ends}
hold_out_percent: {hold_out_percent}
window: {window}
expected_visitors: 500
{variants}"""
OFFER = """
offer: hello
campaign: carts
when: {moment: enter}
cart: {state: abandoned}
say: Your cart is waiting, and here is the shelf.
limits: {per_visitor: {times: 1, period: 3d}}
"""
_VARIANTS = "variants: {{{each}}}\n"
REST_S = 3 * 86_400.0
"""As the offer's limit."""
ABANDONED_S = 1800.0
"""As store.yaml has it when nothing is said."""


def write_files(home: Path, seed: int, layout: str, variants: Sequence[str] = (), **terms: object) -> None:
    """The files of a store with one campaign and one offer; slots are drawn with ``seed``. ``layout``: scanners, and zones if it has any."""
    store = STORE.format(seed=seed) + layout
    tried, said = (
        _VARIANTS.format(each=", ".join(f"{name}: {{{what}}}" for name in variants)) if variants else ""
        for what in ("", "say: Come and see what is in your cart.")
    )
    campaign = CAMPAIGN.format(variants=tried, **terms)
    for name, text in (("store", store), ("campaigns/carts", campaign), ("offers/hello", OFFER + said)):
        path = home / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


@dataclass(frozen=True, slots=True)
class Person:
    """Who is enrolled; ``loyalty`` is her household's number."""

    name: str
    identities: tuple[Identity, ...]
    loyalty: str | None = None


class Shop:
    """One store from its first day to its report. Times are Unix seconds, in order."""

    def __init__(self, home: Path, people: Iterable[Person], now: float) -> None:
        self.store = load_yaml(home / "store.yaml", Store)
        self.connection = connect(home / "nearcart.sqlite")
        self.connection.execute("PRAGMA synchronous=OFF")
        for each in people:
            visitor = Visitor(
                each.name, customer=customer_of(each.name), consents=frozenset({"offers"}), loyalty=each.loyalty
            )
            visitors.add(self.connection, visitor, each.identities, now)
        clock = StoreClock(now - datetime.now(UTC).timestamp())
        watch = OfferWatch(home, self.store, self.connection, clock)
        assert not watch.problems, watch.problems
        self.engine: StoreEngine = load_engine(self.store, watch.compiled, self.connection, now)
        self.changes = Changes()
        self._door = next(iter(self.store.scanners))
        self._sequence = 0

    def enters(self, identity: str, at: float) -> Decision | None:
        """An edge says that she is there; what is decided about it."""
        self.engine.tick(at, self.changes)
        before = len(self.changes.decisions)
        self._say("enter", identity, at)
        return next(iter(self.changes.decisions[before:]), None)

    def leaves(self, identity: str, at: float) -> None:
        self._say("exit", identity, at)

    def hears(self, event: CartUpdated | OrderCreated | OrderRefunded) -> None:
        """A webhook's body, as the bytes that a shop sends."""
        read = type(event).model_validate_json(event.model_dump_json())
        change, at = change_of(read, read.data.source), read.timestamp.timestamp()
        known = orders.read_known(self.connection, change, self.engine.whose(change))
        self.engine.take_shop_change(change, known, at, self.changes)

    def keep(self, now: float, changes: Changes | None = None) -> None:
        """Everything so far onto the disk, or what somebody else had from the engine."""
        commit(self.connection, self.changes if changes is None else changes, now)
        if changes is None:
            self.changes = Changes()

    def report(self, now: float) -> Report:
        """The one that ``nearcart report`` would print."""
        source = source_of(self.connection, self.store, "carts", None, now)
        with closing(load(source)) as tables:
            return reckon(tables, source.terms)

    def _say(self, kind: str, identity: str, at: float) -> None:
        self._sequence += 1
        stamp = Stamp(at=at, monotonic=at, boot=_EPOCH)
        said = Transition.model_validate(
            {"sequence": self._sequence, "kind": kind, "identity": identity, "scanner": self._door, "stamp": stamp, "cause": "silence" if kind == "exit" else None}
        )  # fmt: skip
        after = self._sequence - 1
        batch = PresenceBatch(epoch=_EPOCH, after=after, oldest=after + 1, sent=stamp, transitions=(said,))
        edge = self.store.scanners[self._door].edge or self._door
        self.engine.take_batch(edge, batch, at, self.changes)


@contextmanager
def opened(home: Path, people: Iterable[Person], now: float) -> Iterator[Shop]:
    """A shop whose files are written."""
    shop = Shop(home, people, now)
    try:
        yield shop
    finally:
        shop.connection.close()
