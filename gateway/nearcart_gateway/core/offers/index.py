"""Which offers a moment could trigger, found by trigger, zone and segment: cost follows what could match, not what there is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from nearcart_contract.offer_file import Offer, When
from nearcart_contract.store_file import Store
from nearcart_gateway.core.values import Moment, Visitor

Trigger = tuple[str, str | None, float | None]
"""Moment kind, zone and dwell threshold in seconds."""

Skipped = tuple[str, str, str]
"""Gate, observed, required: why the index skips an offer."""

_REMEMBERED = 1024
"""Sets of segments whose offers a bucket remembers in order."""


class Ranked(Protocol):
    """An offer with its place in the order of winning: lower goes first."""

    @property
    def offer(self) -> Offer: ...

    @property
    def rank(self) -> int: ...


R = TypeVar("R", bound=Ranked)


@dataclass(slots=True)
class _Bucket(Generic[R]):
    """The offers of one trigger: those for anybody, and those for a segment."""

    anybody: tuple[R, ...] = ()
    by_segment: dict[str, tuple[R, ...]] = field(default_factory=dict)
    _merged: dict[frozenset[str], tuple[R, ...]] = field(default_factory=dict)

    def of(self, segments: frozenset[str]) -> tuple[R, ...]:
        """Of a bucket that has offers for segments."""
        hers = segments.intersection(self.by_segment)
        found = self._merged.get(hers)
        if found is None:
            found = self._merge(hers)
            if len(self._merged) < _REMEMBERED:
                self._merged[hers] = found
        return found

    def _merge(self, segments: frozenset[str]) -> tuple[R, ...]:
        every = {offer.rank: offer for segment in segments for offer in self.by_segment[segment]}
        every.update((offer.rank, offer) for offer in self.anybody)
        return tuple(every[rank] for rank in sorted(every))


class OfferIndex(Generic[R]):
    """An index over offers that are in order of rank."""

    def __init__(self, store: Store, offers: Iterable[R]) -> None:
        self._store = store
        self._buckets: dict[Trigger, _Bucket[R]] = {}
        gathered: dict[Trigger, dict[str | None, list[R]]] = {}
        for offer in offers:
            for trigger in triggers_of(offer.offer.when, store):
                for segment in wanted_segments(offer.offer) or (None,):
                    gathered.setdefault(trigger, {}).setdefault(segment, []).append(offer)
        for trigger, found in gathered.items():
            anybody = tuple(found.pop(None, ()))
            by_segment = {segment: tuple(those) for segment, those in found.items() if segment is not None}
            self._buckets[trigger] = _Bucket(anybody, by_segment)

    def awaits(self, moment: Moment) -> bool:
        """Whether any offer waits for such a moment, for whomever."""
        return trigger_of(moment) in self._buckets

    def find(self, moment: Moment, visitor: Visitor | None = None) -> tuple[R, ...]:
        """The offers that this moment of hers could trigger, the one that would win first."""
        kind = moment.kind  # ``trigger_of``, without the call: this is asked for every moment
        bucket = self._buckets.get((kind, moment.from_zone if kind == "exit" else moment.zone, moment.dwell_s))
        if bucket is None:
            return ()
        return bucket.of(segments_of(visitor)) if bucket.by_segment else bucket.anybody

    def triggers(self) -> Iterator[Trigger]:
        yield from self._buckets


def wanted_segments(offer: Offer) -> tuple[str, ...]:
    """The segments that an offer is for, one of which is enough; empty: for anybody."""
    return offer.who.segments


def segments_of(visitor: Visitor | None) -> frozenset[str]:
    """The segments that she is in."""
    return frozenset() if visitor is None else visitor.segments


def trigger_of(moment: Moment) -> Trigger:
    """What an offer has to wait for to be looked at. An exit is in the zone she left from."""
    return moment.kind, moment.from_zone if moment.kind == "exit" else moment.zone, moment.dwell_s


def zones_of(when: When, store: Store) -> tuple[str, ...]:
    """The zones an offer waits in, by name and by tag; empty where it names neither."""
    if not when.zone_tags:
        return tuple(dict.fromkeys(when.zones))
    tagged = (name for name, zone in store.zones.items() if set(zone.tags) & set(when.zone_tags))
    return tuple(dict.fromkeys([*when.zones, *tagged]))


def triggers_of(when: When, store: Store) -> tuple[Trigger, ...]:
    """Everything an offer waits for."""
    dwell = when.dwell.total_seconds() if when.dwell is not None else None
    if when.zones or when.zone_tags:
        return tuple((when.moment, zone, dwell) for zone in zones_of(when, store))
    if when.moment == "enter":
        return (("enter", None, None),)
    return tuple((when.moment, zone, dwell) for zone in (*store.zone_names, None))


def skipped(offer: Offer, store: Store, moment: Moment, visitor: Visitor | None) -> Skipped | None:
    """Why the index does not look at an offer at this moment of hers, or ``None`` when it does."""
    for ask in (_moment, _zone, _dwell):
        stopped = ask(offer.when, store, moment)
        if stopped is not None:
            return stopped
    wanted, hers = wanted_segments(offer), segments_of(visitor)
    if not wanted or hers & set(wanted):
        return None
    return "segment", _listing(sorted(hers), "no segment"), _listing(wanted, "")


def _moment(when: When, _store: Store, moment: Moment) -> Skipped | None:
    if when.moment == moment.kind:
        return None
    return "moment", moment.kind, when.moment


def _zone(when: When, store: Store, moment: Moment) -> Skipped | None:
    zone = trigger_of(moment)[1]
    named = zones_of(when, store)
    if when.zones or when.zone_tags:
        if zone in named:
            return None
        required = _listing(named, "a zone with one of these tags: " + ", ".join(when.zone_tags))
        return "zone", zone or "no zone", required
    if when.moment == "enter" and zone is not None:
        return "zone", zone, "the store's door"
    return None


def _dwell(when: When, _store: Store, moment: Moment) -> Skipped | None:
    if when.dwell is None or when.dwell.total_seconds() == moment.dwell_s:
        return None
    required = f"{when.dwell.total_seconds():g} s"
    return "dwell", f"{moment.dwell_s or 0:g} s", required


def _listing(words: Iterable[str], none: str) -> str:
    return ", ".join(words) or none
