"""A simulated day through the cores of edges and gateway, without sockets, and the visits that the gateway found beside the true ones."""

from collections.abc import Iterable
from dataclasses import dataclass

from nearcart.replay import Replay
from nearcart_contract.advertisement import Advertisement
from nearcart_contract.store_file import Locate, Store
from nearcart_gateway.core.cart_book import CartBook
from nearcart_gateway.core.engine import Enrolled, StoreEngine
from nearcart_gateway.core.ledger import Ledger
from nearcart_gateway.core.locators import locator_of
from nearcart_gateway.core.offers.compile import compile_offers
from nearcart_gateway.core.values import Visit, Visitor
from nearcart_sim.core.days.play import Play

Span = tuple[float, float | None]
"""Entered and left, Unix seconds."""


@dataclass(frozen=True)
class Compared:
    """``missed``: true visits that the gateway did not find; ``extra``: found ones that were none; how late they were entered and
    left in seconds, each sorted."""

    true: int
    found: int
    missed: list[str]
    extra: list[str]
    late_in: list[float]
    late_out: list[float]


def found_visits(play: Play, adverts: Iterable[Advertisement]) -> dict[str, list[Visit]]:
    """Visits of everybody enrolled, as a gateway finds them."""
    layout = play.layout
    store = Store(
        store="sim", name="Sim", time_zone="UTC", currency="EUR", floor=layout.floor, zones=layout.zones,
        scanners=layout.scanners, locate=Locate(method="median"),
    )  # fmt: skip
    locator = locator_of(store, store.locate, None, lag=0.0)
    engine = StoreEngine(store, locator, compile_offers(store, {}, (), "none"), CartBook(), Ledger())
    identities = play.roster()
    engine.enrol(Enrolled(Visitor(i.id, consents=frozenset({"measurement"})), (i.id,)) for i in identities)
    visits: dict[str, Visit] = {}
    for step in Replay(engine, identities).run(adverts):
        visits.update(step.changes.visits)
    by_visitor: dict[str, list[Visit]] = {}
    for visit in visits.values():
        by_visitor.setdefault(visit.visitor, []).append(visit)
    return by_visitor


def compared(play: Play, found: dict[str, list[Visit]], *, shortest_s: float = 0.0) -> Compared:
    """The true visits of everybody enrolled who stayed for ``shortest_s`` or longer, beside those that were found."""
    begins = play.starts_at_us / 1e6
    true = {
        carrier.name: (begins + max(0, carrier.track.begins) / 1e6, begins + carrier.track.ends / 1e6)
        for carrier in play.carriers
        if carrier.enrolled and (carrier.track.ends - carrier.track.begins) / 1e6 >= shortest_s
    }
    matched = {name: found[name][0] for name in true if name in found}
    ended = begins + play.seconds
    return Compared(
        len(true),
        sum(map(len, found.values())),
        sorted(set(true) - set(found)),
        sorted(visit.id for visits in found.values() for visit in visits[1:]),
        sorted(visit.entered_at - true[name][0] for name, visit in matched.items()),
        sorted(
            visit.left_at - true[name][1] for name, visit in matched.items() if visit.left_at and true[name][1] < ended
        ),
    )
