"""The store as it truly is: who is where, and every packet that a scanner receives, in order of time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

from nearcart_contract.advertisement import Advertisement
from nearcart_contract.store_file import Layout
from nearcart_sim.core.floor import Floor, Spot
from nearcart_sim.core.radio import Link, RadioModel
from nearcart_sim.core.randomness import Streams
from nearcart_sim.core.shopper import TAG_HEIGHT_M, ShopperKind, Visit
from nearcart_sim.core.tag import AdvertisingEvent


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet as one scanner received it, and who sent it. ``advertisement.at`` is Unix seconds."""

    shopper: str
    advertisement: Advertisement


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where somebody truly is. Metres."""

    shopper: str
    kind: ShopperKind
    address: str
    x: float
    y: float
    zone: str | None


@dataclass(frozen=True, slots=True)
class TrueVisit:
    """One stay in the store as it was. Unix seconds; ``left_at`` is ``None`` while she is still inside."""

    shopper: str
    kind: ShopperKind
    number: int
    entered_at: float
    left_at: float | None


class _OnAir:
    """A visit whose tag is on air: its events, and its link to every scanner."""

    __slots__ = ("events", "links", "visit")

    def __init__(self, visit: Visit, events: Iterator[AdvertisingEvent], links: Mapping[str, Link]) -> None:
        self.visit = visit
        self.events = events
        self.links = links


class World:
    """Plays visits. Times of its methods are seconds since the beginning; packets and visits carry Unix seconds.

    The same streams give the same packets, and a visit more changes no packet of the others.
    """

    def __init__(
        self,
        layout: Layout,
        streams: Streams,
        visits: Iterable[Visit] = (),
        *,
        radio: RadioModel | None = None,
        starts_at: float = 0.0,
    ) -> None:
        """``starts_at``: Unix time of the beginning."""
        self.floor = Floor(layout)
        self.starts_at = starts_at
        self._layout = layout
        self._streams = streams
        self._radio = radio or RadioModel()
        self._queue: list[tuple[float, str, AdvertisingEvent, _OnAir]] = []
        self._visits: dict[str, Visit] = {}
        for visit in visits:
            self.add(visit)

    def add(self, visit: Visit) -> None:
        """One more visit. Raises ``ValueError`` when the shopper has one of this number already."""
        if visit.name in self._visits:
            raise ValueError(f"shopper '{visit.shopper.id}' has a visit number {visit.number} already")
        self._visits[visit.name] = visit
        tag = visit.shopper.tag
        events = tag.advertise(visit.route.entered_at, self._streams(f"tag/{visit.name}"))
        self._queue_next(_OnAir(visit, events, self._links(visit)))

    def advance(self, until: float) -> Iterator[Packet]:
        """Every packet received before ``until`` and not given yet."""
        while self._queue and self._queue[0][0] < until:
            at, _, event, on_air = heappop(self._queue)
            spot = on_air.visit.route.spot_at(at)
            if spot is None:
                continue
            yield from self._received(event, on_air, spot)
            self._queue_next(on_air)

    def truth(self, at: float) -> list[Whereabouts]:
        """Everybody who is inside."""
        return [where for visit in self._visits.values() if (where := self._where(visit, at)) is not None]

    def visits(self, until: float) -> list[TrueVisit]:
        """The stays that began before ``until``."""
        return [self._true_visit(visit, until) for visit in self._visits.values() if visit.route.entered_at < until]

    def _links(self, visit: Visit) -> dict[str, Link]:
        return {
            name: Link(self._radio, (scanner.x, scanner.y, scanner.z), self._streams(f"radio/{visit.name}/{name}"))
            for name, scanner in self._layout.scanners.items()
        }

    def _queue_next(self, on_air: _OnAir) -> None:
        event = next(on_air.events)
        if event.at <= on_air.visit.route.left_at:
            heappush(self._queue, (event.at, on_air.visit.name, event, on_air))

    def _received(self, event: AdvertisingEvent, on_air: _OnAir, spot: Spot) -> Iterator[Packet]:
        shopper = on_air.visit.shopper
        for scanner, link in on_air.links.items():
            rssi = link.receive(shopper.tag.measured_power, (*spot, TAG_HEIGHT_M))
            if rssi is None:
                continue
            yield Packet(
                shopper.id,
                Advertisement(
                    self.starts_at + event.at,
                    scanner,
                    shopper.tag.address,
                    rssi,
                    event.payload.manufacturer_data,
                    event.payload.service_data,
                    event.payload.service_uuids,
                ),
            )

    def _where(self, visit: Visit, at: float) -> Whereabouts | None:
        spot = visit.route.spot_at(at)
        if spot is None:
            return None
        shopper = visit.shopper
        return Whereabouts(shopper.id, shopper.kind, shopper.tag.address, *spot, self.floor.zone_at(spot))

    def _true_visit(self, visit: Visit, until: float) -> TrueVisit:
        left = visit.route.left_at
        return TrueVisit(
            visit.shopper.id,
            visit.shopper.kind,
            visit.number,
            self.starts_at + visit.route.entered_at,
            self.starts_at + left if left <= until else None,
        )
