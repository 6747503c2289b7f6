"""Draws up a finished demo's summary: the database and the outboxes against the truth."""

from nearcart.demo import reckoning
from nearcart.demo.reckoning import Limit, Stay
from nearcart.demo.records import Stream, given_numbers, reading
from nearcart.demo.stage import Stage
from nearcart.demo.summary import Summary
from nearcart_contract.offer_file import Offer
from nearcart_contract.yaml_file import load_yaml


def draw_up(stage: Stage, began: float) -> Summary:
    """``began``: when the command was started, on the monotonic clock. The stage's gateway and edges have stopped."""
    with reading(stage.folder.database) as records:
        visits, decisions, applied = records.visits(), records.decisions(), records.sequences()
    received = {key: len(offers) for key, offers in stage.phones.by_key().items()}
    first = min((offer.received_at for offer in stage.phones.received), default=None)
    return Summary(
        adverts_sent=stage.shop.adverts_sent,
        adverts_heard=stage.watch.adverts_heard,
        events=sum(len(numbers) for numbers in applied.values()),
        visits=len(visits),
        decisions=decisions,
        offers_delivered=len(received),
        first_offer_s=None if first is None else first - began,
        edges=len(stage.edges),
        broker=stage.broker.kind,
        balances={
            "transitions": reckoning.transitions(_given(stage), applied),
            "visits": reckoning.visits(_stays(stage), visits),
            "offers": reckoning.offers(decisions, received, _limits(stage)),
        },
        restarts=stage.processes.restarts | ({"broker": stage.broker.restarts} if stage.broker.restarts else {}),
    )


def _given(stage: Stage) -> dict[Stream, int]:
    given: dict[Stream, int] = {}
    for edge in stage.edges:
        given |= given_numbers(edge, stage.folder.outbox(edge))
    return given


def _stays(stage: Stage) -> list[Stay]:
    """The true stays of those whom the edges know, on the shop's clock."""
    offset = stage.clock_offset
    return [
        Stay(visit.shopper, visit.entered_at + offset, visit.left_at + offset)
        for visit in stage.shop.visits()
        if visit.shopper in stage.enrolled and visit.left_at is not None
    ]


def _limits(stage: Stage) -> dict[str, Limit]:
    limits: dict[str, Limit] = {}
    for file in stage.folder.path.glob("offers/*.yaml"):
        offer = load_yaml(file, Offer)
        if offer.limits.per_visitor:
            limit = offer.limits.per_visitor
            limits[offer.offer] = Limit(limit.times, limit.period.total_seconds())
    return limits
