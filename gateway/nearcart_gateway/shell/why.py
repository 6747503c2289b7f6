"""Why did she get it, or not? Each decision as it was, decided again from what it saw; without one, what came before.

Reads the store's database and changes nothing in it.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.decide import explain, gone, redecide
from nearcart_gateway.core.decision_inputs import read_moment, read_visitor
from nearcart_gateway.core.offers.compile import CompiledOffers
from nearcart_gateway.core.values import Considered, Decision
from nearcart_gateway.shell.past_offers import PastOffers
from nearcart_gateway.shell.storage import decisions
from nearcart_gateway.shell.storage.database import reading
from nearcart_gateway.shell.storage.decisions import Row
from nearcart_gateway.shell.why_not import Asked, before_any_decision

MOST = 20
"""Decisions told at once."""

AROUND_S = 15 * 60.0
"""A question about a time is about this long before and after it."""

Replay = Literal["same", "different", "revision unknown"]


@dataclass(frozen=True, slots=True)
class Told:
    """One decision. ``at`` in Unix seconds; ``replay``: what deciding it again from its inputs and its revision gave."""

    key: str
    at: float
    moment: str
    zone: str | None
    outcome: str
    reason: str
    offer: str | None
    channel: str | None
    text: str | None
    revision: str | None
    considered: tuple[Considered, ...]
    replay: Replay


@dataclass(frozen=True, slots=True)
class Answer:
    """``told``: the decisions asked for, oldest first. ``before``: where there are none, sentences on what stopped her earlier."""

    visitor: str
    store: Store
    told: tuple[Told, ...]
    before: tuple[str, ...] = ()


def why(config: Path, visitor: str, at: float | None = None, offer: str | None = None) -> Answer:
    """Answer for one visitor: around ``at`` (Unix seconds), else her newest decisions; ``offer`` alone when it is named.

    Raises ``DatabaseError`` and ``FileProblems``.
    """
    store = load_yaml(config, Store)
    with reading(config.parent / store.database) as connection:
        since, until = (0.0, 9e12) if at is None else (at - AROUND_S, at + AROUND_S)
        rows = decisions.read_rows(connection, visitor, since, until, MOST)
        past = PastOffers(store, connection)
        told = tuple(_told(row, past, offer) for row in rows)
        return Answer(
            visitor,
            store,
            told,
            () if told else before_any_decision(connection, past, store, Asked(visitor, since, until, offer)),
        )


def _told(row: Row, past: PastOffers, offer: str | None) -> Told:
    (
        key,
        _,
        kind,
        _,
        _,
        at,
        _,
        zone,
        outcome,
        gate,
        reason,
        named,
        _,
        channel,
        text,
        revision,
        considered,
        inputs,
        *_,
    ) = row
    saw = json.loads(str(inputs))
    offers = past.of(None if revision is None else str(revision))
    looked_at = tuple(Considered(**entry) for entry in json.loads(str(considered)))
    if offer is not None:
        looked_at = tuple(each for each in looked_at if each.offer == offer) or _skipped(saw, offers, offer)
    return Told(
        key=str(key),
        at=float(str(at)),
        moment=str(kind),
        zone=None if zone is None else str(zone),
        outcome=str(outcome),
        reason=str(reason),
        offer=None if named is None else str(named),
        channel=None if channel is None else str(channel),
        text=None if text is None else str(text),
        revision=None if revision is None else str(revision),
        considered=looked_at,
        replay="revision unknown" if offers is None else _replay(row, gate == "gone", saw, offers),
    )


def _replay(row: Row, left: bool, saw: dict[str, Any], offers: CompiledOffers) -> Replay:
    again: Decision | None = redecide(saw, offers)
    if left:
        now = float(str(saw["now"]))
        again = gone(read_moment(saw), read_visitor(saw), offers, now=now)
    return "same" if again is not None and decisions.row_of(again) == decisions.as_decided(row, saw) else "different"


def _skipped(saw: dict[str, object], offers: CompiledOffers | None, offer: str) -> tuple[Considered, ...]:
    """An offer that was not looked at: what would have stopped it, by the same inputs."""
    if offers is None:
        return ()
    try:
        return (explain(saw, offers, offer),)
    except KeyError:
        return (Considered(offer, "no_such_offer", f"not in revision {offers.revision}", "in force then"),)
