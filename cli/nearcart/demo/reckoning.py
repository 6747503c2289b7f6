"""Lost and doubled, counted against the truth: what edges numbered, who really was there, what phones really got."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nearcart.demo.records import DecisionRow, Stream, VisitRow

NOTICED_AFTER_S = 10.0
"""A stay this long must have become a visit; a shorter one may have gone unheard."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A true stay of somebody whom the edges know; Unix seconds on the same clock as the visits it is compared with."""

    visitor: str
    entered_at: float
    left_at: float


@dataclass(frozen=True, slots=True)
class Limit:
    """An offer's limit for one visitor: at most ``times`` in any ``period_s`` seconds."""

    times: int
    period_s: float


@dataclass(frozen=True, slots=True)
class Balance:
    """How many were lost and how many were there twice, of one kind of thing."""

    lost: int = 0
    duplicates: int = 0


def transitions(given: Mapping[Stream, int], applied: Mapping[Stream, Sequence[int]]) -> Balance:
    """Every number from 1 to the last that an edge gave is applied exactly once, and no other."""
    lost = sum(len(set(range(1, last + 1)) - set(applied.get(stream, ()))) for stream, last in given.items())
    extra = 0
    for stream, numbers in applied.items():
        counted = Counter(numbers)
        extra += sum(count - 1 for count in counted.values())
        extra += sum(1 for number in counted if number > given.get(stream, 0))
    return Balance(lost, extra)


def visits(stays: Iterable[Stay], rows: Sequence[VisitRow]) -> Balance:
    """Every true stay that lasted has one visit that overlaps it, and no stay has two."""
    lost = duplicates = 0
    for stay in stays:
        overlapping = [row for row in rows if row.visitor == stay.visitor and _overlap(stay, row)]
        lost += not overlapping and stay.left_at - stay.entered_at >= NOTICED_AFTER_S
        duplicates += max(0, len(overlapping) - 1)
    return Balance(lost, duplicates)


def offers(decisions: Sequence[DecisionRow], received: Mapping[str, int], limits: Mapping[str, Limit]) -> Balance:
    """Every sent decision reached a phone or a screen, nothing else did, and nobody got an offer past its limit.

    ``received``: idempotency key to how many messages carried it; a repeat with the same key is not a second offer.
    """
    sent = [decision for decision in decisions if decision.outcome == "sent"]
    keys = {decision.key for decision in sent}
    lost = sum(1 for key in keys if key not in received)
    unasked = sum(1 for key in received if key not in keys)
    return Balance(lost, unasked + _past_limits(sent, limits))


def _overlap(stay: Stay, row: VisitRow) -> bool:
    return row.entered_at <= stay.left_at and (row.left_at is None or row.left_at >= stay.entered_at)


def _past_limits(sent: Sequence[DecisionRow], limits: Mapping[str, Limit]) -> int:
    times: dict[tuple[str, str], list[float]] = {}
    past = 0
    for decision in sent:
        limit = limits.get(decision.offer or "")
        if limit is None:
            continue
        earlier = times.setdefault((decision.visitor, decision.offer or ""), [])
        past += sum(1 for at in earlier if decision.at - at < limit.period_s) >= limit.times
        earlier.append(decision.at)
    return past
