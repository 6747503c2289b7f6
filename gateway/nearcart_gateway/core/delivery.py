"""The way of one offer, from the outbox to whoever gets it: a state machine without IO. Times are Unix seconds.

``waiting`` (queued; between two attempts too) → ``sent`` (the channel took it) → ``delivered`` → ``seen`` (receipts say so), or it
ends as ``failed``, ``expired``, ``withdrawn``, ``skipped`` (there was no way to her) or ``unknown`` (it may have arrived). While a
channel without idempotency key is at it, it is ``sending``.

A channel that fails for good, or that leads nowhere, hands over to the next in the offer's order of preference, with the same
decision and key. It does so only while it is certain that nothing left through it: ``maybe`` says that something may have.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from nearcart_contract.offer_message import OfferMessage
from nearcart_gateway.core.changes import Delivery, DeliveryState, Receipt

BACK_OFF_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)

AFTER_VISIT_S = 60.0
"""Nothing leaves later than this after the visit ended."""

PATIENCE = 5
"""Attempts through one channel while another could take over: 8.5 seconds of waiting."""

LONGEST_WAIT_S = 60.0
"""Whoever asks for more (``Retry-After``) loses the offer to a channel that could take over."""

LOOK_AGAIN_S = 1.0

OPEN: frozenset[DeliveryState] = frozenset({"waiting", "sending"})
"""What may still leave."""

_REACHED: tuple[DeliveryState, ...] = ("sent", "delivered", "seen")
"""Each says more than the one before it."""


@dataclass(frozen=True, slots=True)
class No:
    """Why a channel may not be used for her now. ``withdrawn``: it is her own no; ``skipped``: there is no way to her."""

    state: Literal["withdrawn", "skipped"]
    reason: str


Ask = Callable[[str], No | None]
"""What stands in the way of a channel, by its name in store.yaml."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The channel has it. ``delivered`` when its answer says that whom it is for has it."""

    state: Literal["sent", "delivered"] = "sent"


@dataclass(frozen=True, slots=True)
class NotTaken:
    """It did not get through. ``final``: trying again is no use; ``skipped``: it leads nowhere, which is no failure.

    ``maybe``: something may have arrived all the same, as after a timeout. ``broker``: the store's broker is away. ``wait_s``:
    it asks not to be tried again for so many seconds.
    """

    problem: str
    final: bool = False
    skipped: bool = False
    maybe: bool = False
    broker: bool = False
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Unsure:
    """It may have arrived, nobody can say, and the channel carries no key: it is not sent again."""

    problem: str


Outcome = Taken | NotTaken | Unsure


@dataclass(frozen=True, slots=True)
class Step:
    """What became of a delivery, and what is to be written down of it. ``send``: it is to be attempted now."""

    delivery: Delivery
    receipts: tuple[Receipt, ...] = ()
    send: bool = False


def leaves_before(delivery: Delivery) -> float:
    """When it is too late: its own expiry, or a minute after her visit ended."""
    if delivery.left_at is None:
        return delivery.expires_at
    return min(delivery.expires_at, delivery.left_at + AFTER_VISIT_S)


def before_attempt(delivery: Delivery, now: float, ask: Ask, heard_at: float = 0.0) -> Step:
    """Whether it may leave now. ``heard_at`` is when she was last heard in this visit, 0 when not since the gateway's start.

    A visit can't have ended before she was last heard. While that is longer ago than a minute and nobody has said that she left,
    she may be gone for longer than that (the gateway may have been down): it waits until she is heard, or her exit is.
    """
    if now >= leaves_before(delivery):
        return _end(delivery, "expired", delivery.error or _too_late(delivery), now)
    no = ask(delivery.channel)
    if no is not None:
        return _hand_over(delivery, no.state, no.reason, now, ask)
    decided = delivery.created_at if delivery.heard_at is None else delivery.heard_at
    if delivery.left_at is None and now > max(heard_at, decided) + AFTER_VISIT_S:
        return Step(replace(delivery, next_at=now + LOOK_AGAIN_S))
    return Step(delivery, send=True)


def after_attempt(delivery: Delivery, outcome: Outcome, now: float, ask: Ask) -> Step:
    """What an attempt came to. ``delivery`` is as it is known now: it may have been settled meanwhile."""
    attempts = delivery.attempts + 1
    tried = replace(delivery, attempts=attempts)
    if isinstance(outcome, Taken):
        return _reached(replace(tried, error=None), outcome.state, now)
    if delivery.state not in OPEN:
        return Step(tried)
    if isinstance(outcome, Unsure):
        return _end(tried, "unknown", outcome.problem, now)
    tried = replace(tried, state="waiting", maybe=tried.maybe or outcome.maybe, error=outcome.problem)
    next_at = now + max(outcome.wait_s, BACK_OFF_S[min(attempts, len(BACK_OFF_S)) - 1])
    out_of_patience = attempts >= PATIENCE or next_at >= min(leaves_before(tried), now + LONGEST_WAIT_S)
    if outcome.final or (out_of_patience and not tried.maybe and any(ask(name) is None for name in tried.through)):
        return _hand_over(tried, "skipped" if outcome.skipped else "failed", outcome.problem, now, ask)
    return Step(replace(tried, next_at=next_at))


def after_restart(delivery: Delivery, now: float) -> Step:
    """What waited when the gateway stopped: an attempt may have been under way that nobody wrote down the end of."""
    if delivery.state == "sending":
        problem = "the gateway stopped while it was being sent; it may have arrived, so it is not sent again"
        return _end(delivery, "unknown", problem, now)
    return Step(replace(delivery, maybe=True))


def receipt(delivery: Delivery, state: Literal["delivered", "seen"], at: float) -> Step:
    """Whoever got it says so: true whatever we thought, and said twice it changes nothing. What was taken back stays so."""
    return _reached(delivery, state, at)


def latest(written: Delivery, known: Delivery | None) -> Delivery:
    """Of two words about one delivery the one that says more: a receipt may have come while ``written`` waited for the disk."""
    if known is None or known.state not in _REACHED or written.state == "withdrawn":
        return written
    if written.state in _REACHED and _REACHED.index(written.state) >= _REACHED.index(known.state):
        return written
    return known


def visit_ended(delivery: Delivery, left_at: float) -> Delivery:
    return replace(delivery, left_at=left_at)


def shifted(delivery: Delivery, seconds: float) -> Delivery:
    """The clock was stepped: what waits waits as long as it would have."""
    times = {name: getattr(delivery, name) for name in ("created_at", "next_at", "expires_at", "heard_at", "left_at")}
    return replace(delivery, **{name: at + seconds for name, at in times.items() if at is not None})


def moment_of(key: str) -> str:
    """The moment that a decision's key is made of: decisions of one moment share it."""
    return key.partition(":offer")[0]


def may_have_arrived(delivery: Delivery) -> bool:
    """Whether somebody may have it: then a withdrawal has to be told."""
    return delivery.maybe or delivery.state in ("sending", "unknown", *_REACHED)


def withdraw(delivery: Delivery, reason: str, now: float) -> Step:
    """It is taken back; ``maybe`` then says whether somebody has to be told. Said twice, or of what certainly arrived nowhere, it
    changes nothing."""
    nowhere = delivery.state in ("failed", "skipped") or (delivery.state == "expired" and not delivery.maybe)
    if nowhere or delivery.state == "withdrawn":
        return Step(delivery)
    return _end(replace(delivery, maybe=may_have_arrived(delivery)), "withdrawn", reason, now)


def addressed(body: str, visitor: str | None) -> str:
    """An offer's JSON as another channel sends it: with her id, or naming nobody."""
    message = OfferMessage.model_validate_json(body)
    return message.model_copy(update={"visitor": visitor}).model_dump_json(exclude_none=True)


def _reached(delivery: Delivery, state: DeliveryState, at: float) -> Step:
    note = Receipt(delivery.key, delivery.channel, state, at)
    before = _REACHED.index(delivery.state) if delivery.state in _REACHED else -1
    if delivery.state == "withdrawn" or _REACHED.index(state) <= before:
        return Step(delivery, (note,))
    first = at if delivery.published_at is None else delivery.published_at
    return Step(replace(delivery, state=state, published_at=first, error=None), (note,))


def _hand_over(
    delivery: Delivery, state: Literal["failed", "withdrawn", "skipped"], reason: str, now: float, ask: Ask
) -> Step:
    """To the next channel that leads to her; where there is none, or something may have left, this is the end of it."""
    if delivery.maybe:
        return _end(delivery, "withdrawn" if state == "withdrawn" else "unknown", reason, now)
    notes = [Receipt(delivery.key, delivery.channel, state, now, reason)]
    failed = delivery.failed or state == "failed"
    for number, name in enumerate(delivery.through):
        no = ask(name)
        if no is None:
            rest = delivery.through[number + 1 :]
            moved = replace(
                delivery, channel=name, through=rest, state="waiting", attempts=0, next_at=now, failed=failed
            )
            return Step(replace(moved, error=reason), tuple(notes))
        notes.append(Receipt(delivery.key, name, "skipped", now, no.reason))
    end: DeliveryState = "failed" if failed else state
    return Step(replace(delivery, state=end, through=(), failed=failed, error=reason), tuple(notes))


def _end(delivery: Delivery, state: DeliveryState, reason: str, now: float) -> Step:
    return Step(
        replace(delivery, state=state, error=reason), (Receipt(delivery.key, delivery.channel, state, now, reason),)
    )


def _too_late(delivery: Delivery) -> str:
    if delivery.left_at is not None and delivery.left_at + AFTER_VISIT_S < delivery.expires_at:
        return f"she had left {AFTER_VISIT_S:.0f} seconds before it could leave"
    return "it expired before it could leave"
