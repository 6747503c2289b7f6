"""One moment in, one decision out: the offer that serves her best, or silence with its reason. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from nearcart_contract.offer_file import Give
from nearcart_gateway.core.cost import cost_of
from nearcart_gateway.core.decision_inputs import (
    RecordedLedger,
    WatchedLedger,
    read_cart,
    read_moment,
    read_visitor,
    write_inputs,
)
from nearcart_gateway.core.facts import NO_FACTS, Facts, RecordedFacts, WatchedFacts
from nearcart_gateway.core.ledger import LedgerReading
from nearcart_gateway.core.money import money
from nearcart_gateway.core.offers.assign import SLOTS, Shares
from nearcart_gateway.core.offers.compile import CompiledOffer, CompiledOffers
from nearcart_gateway.core.offers.gates.cart import effective_state
from nearcart_gateway.core.offers.gates.channel import choose_channel
from nearcart_gateway.core.offers.gates.gate import Gate, Situation, Stop
from nearcart_gateway.core.offers.gates.registry import CART_GATES, SHARED_GATES
from nearcart_gateway.core.offers.gates.span import rough
from nearcart_gateway.core.offers.index import skipped
from nearcart_gateway.core.say import SayError, Words
from nearcart_gateway.core.values import Considered, Decision, KnownCart, Moment, Visitor

_NOTHING = Decimal(0)

GHOSTS = ("hold_out", "store_hold_out")
"""The gates that make a ghost: all others let her pass, and she is held out for comparison."""

MADE = (None, *GHOSTS)
"""What an offer is stopped by that is made, or would have been."""

FRESH_CART_S = 60.0
"""A reason that hangs on a cart that was heard of longer ago than this tells its age."""

NOBODYS_CODE = "…"
"""In the place of a code that somebody who is held out would have had: it is given to somebody else."""


@dataclass(slots=True)
class _Verdict:
    """One offer that was looked at: what stopped it, or else what it would say, give and cost.

    Not frozen: there is one for every offer looked at, and a frozen one takes three times as long to make.
    """

    compiled: CompiledOffer
    gate: str | None = None
    stop: Stop | None = None
    language: str = ""
    text: str = ""
    slot: int | None = None
    variant: str | None = None
    cost: Decimal = _NOTHING
    give: Give | None = None

    def considered(self) -> Considered:
        stop = self.stop
        if stop is None:
            return Considered(self.compiled.offer.offer, self.gate)
        return Considered(self.compiled.offer.offer, self.gate, stop.observed, stop.required)


def decide(
    moment: Moment,
    visitor: Visitor | None,
    cart: KnownCart | None,
    offers: CompiledOffers,
    ledger: LedgerReading,
    facts: Facts = NO_FACTS,
    *,
    now: float,
    clock_synchronised: bool = True,
    taken: tuple[str, ...] = (),
    cart_age: bool = True,
) -> Decision | None:
    """Decide what follows a moment, or ``None`` when no offer waits for such a moment.

    ``now`` is Unix seconds. The caller counts what was sent, or would have been (a ghost), in the ledger afterwards. ``taken``
    are the channels that carry an offer of this moment already. ``cart_age`` is off for decisions from before reasons told it.
    """
    if not offers.awaits(moment) and not moment.waited:
        return None
    watched, noted = WatchedLedger(ledger), WatchedFacts(facts)
    situation = situation_of(moment, visitor, cart, offers, watched, noted, now, clock_synchronised)
    candidates = offers.for_moment(moment, visitor)
    if moment.waited:
        candidates = tuple(compiled for compiled in candidates if compiled.name in moment.waited)
    verdicts = tuple(_look_at(candidates, situation, offers, taken))
    inputs = write_inputs(
        moment,
        visitor,
        cart,
        watched.seen(),
        noted.seen(),
        now=now,
        clock_synchronised=clock_synchronised,
        revision=offers.revision,
        taken=taken,
        cart_age=cart_age,
    )
    winner = next((verdict for verdict in verdicts if verdict.gate in MADE), None)
    if winner is None:
        return _silence(situation, verdicts, inputs)
    return _speak(winner, situation, verdicts, offers, inputs)


def decide_all(
    moment: Moment,
    visitor: Visitor | None,
    cart: KnownCart | None,
    offers: CompiledOffers,
    ledger: LedgerReading,
    facts: Facts = NO_FACTS,
    *,
    now: float,
    clock_synchronised: bool = True,
    cart_age: bool = True,
) -> Iterator[Decision]:
    """Every decision of a moment: at most one offer a channel, or the one silence; nothing when no offer waits for it.

    The caller counts each in the ledger before it asks for the next, which is decided by what is counted then.
    """
    taken: tuple[str, ...] = ()
    while True:
        decision = decide(
            moment,
            visitor,
            cart,
            offers,
            ledger,
            facts,
            now=now,
            clock_synchronised=clock_synchronised,
            taken=taken,
            cart_age=cart_age,
        )
        if decision is None or (taken and decision.outcome == "withheld"):
            return
        yield decision
        if decision.channel is None:
            return
        taken = (*taken, decision.channel)
        if not _another(decision, taken, offers):
            return


def _another(decision: Decision, taken: tuple[str, ...], offers: CompiledOffers) -> bool:
    """Whether an offer that came second could leave through another channel."""
    behind = (offers[considered.offer].offer for considered in decision.considered if considered.gate == "outranked")
    return any(name not in taken for offer in behind for name in offer.through)


def redecide(inputs: Mapping[str, Any], offers: CompiledOffers) -> Decision | None:
    """The same decision again from what it saw; with other offers, what it would have been with them."""
    return decide(
        read_moment(inputs),
        read_visitor(inputs),
        read_cart(inputs),
        offers,
        RecordedLedger(inputs["ledger"]),
        RecordedFacts(inputs.get("facts", {})),
        now=inputs["now"],
        clock_synchronised=inputs["clock_synchronised"],
        taken=tuple(inputs.get("taken", ())),
        cart_age=bool(inputs.get("cart_age")),
    )


def explain(inputs: Mapping[str, Any], offers: CompiledOffers, name: str) -> Considered:
    """What stopped one offer at a moment that was decided, whether or not it was looked at then.

    ``inputs`` are the decision's. An offer that the index skipped is stopped by one of the gates that the index stands for.
    Raises ``KeyError`` when there is no such offer among ``offers``.
    """
    compiled = offers[name]
    moment, visitor = read_moment(inputs), read_visitor(inputs)
    skip = skipped(compiled.offer, offers.store, moment, visitor)
    if skip is not None:
        return Considered(name, *skip)
    if moment.waited and name not in moment.waited:
        return Considered(name, "moment", "end of quiet hours, for what had waited", compiled.offer.when.moment)
    decision = redecide(inputs, offers)
    assert decision is not None, "the index looks at this offer, so it waits for such a moment"
    return next(considered for considered in decision.considered if considered.offer == name)


def first_stop(
    name: str,
    moment: Moment,
    visitor: Visitor | None,
    cart: KnownCart | None,
    offers: CompiledOffers,
    ledger: LedgerReading,
    facts: Facts,
    *,
    now: float,
    clock_synchronised: bool,
) -> str | None:
    """The first of an offer's own gates that stops it at a moment that it waits for, as ``decide`` would ask them, and no more.

    ``None`` when they let it pass: what comes after them is then for ``decide`` to say.
    """
    if not any(compiled.name == name for compiled in offers.for_moment(moment, visitor)):
        return "segment"
    situation = situation_of(moment, visitor, cart, offers, ledger, facts, now, clock_synchronised)
    stopped = _ask_all(offers[name].gates, situation)
    return None if stopped is None else stopped[0]


def gone(moment: Moment, visitor: Visitor | None, offers: CompiledOffers, *, now: float) -> Decision:
    """The decision for who had left when the quiet hours ended that an offer had waited for."""
    stop = Stop("she had left when quiet hours ended", "gone", "still there")
    inputs = write_inputs(moment, visitor, None, {}, {}, now=now, clock_synchronised=True, revision=offers.revision)
    return Decision(
        key=_key(moment),
        moment=moment,
        outcome="withheld",
        reason=f"silent: {stop.sentence}",
        gate="gone",
        offer=moment.waited[0] if moment.waited else None,
        revision=offers.revision,
        considered=tuple(Considered(name, "gone", stop.observed, stop.required) for name in moment.waited),
        inputs=inputs,
    )


def situation_of(
    moment: Moment,
    visitor: Visitor | None,
    cart: KnownCart | None,
    offers: CompiledOffers,
    ledger: LedgerReading,
    facts: Facts,
    now: float,
    clock_synchronised: bool,
) -> Situation:
    """What the gates of every offer are asked about, as the moment finds it."""
    return Situation(
        moment=moment,
        visitor=visitor,
        cart=cart,
        cart_state=effective_state(cart, now, offers.store.abandoned_after, clock_synchronised),
        now=now,
        zone=offers.zone,
        clock_synchronised=clock_synchronised,
        ledger=ledger,
        facts=facts,
    )


def _look_at(
    candidates: tuple[CompiledOffer, ...], situation: Situation, offers: CompiledOffers, taken: tuple[str, ...]
) -> Iterator[_Verdict]:
    """Every offer with the first gate that stopped it. They come in order of rank, so the first to pass is the winner."""
    winner: CompiledOffer | None = None
    behind: dict[int, Stop] = {}
    hers = _ask_all(SHARED_GATES, situation) is None
    for compiled in candidates:
        verdict = _ask(compiled, compiled.own_gates if hers else compiled.gates, situation)
        if verdict is None and taken:
            verdict = _crowded_out(compiled, situation, offers, taken)
        if verdict is None and winner is not None:
            verdict = _Verdict(compiled, "outranked", _outranked(compiled, winner, behind))
        elif verdict is None:
            verdict = _make(compiled, situation, offers)
            if verdict.gate in MADE:
                winner = compiled
        yield verdict


def _ask(compiled: CompiledOffer, gates: tuple[tuple[str, Gate], ...], situation: Situation) -> _Verdict | None:
    stopped = _ask_all(gates, situation)
    return None if stopped is None else _Verdict(compiled, *stopped)


def _ask_all(gates: tuple[tuple[str, Gate], ...], situation: Situation) -> tuple[str, Stop] | None:
    """The first gate that stops it."""
    for name, gate in gates:
        stop = gate(situation)
        if stop is not None:
            return name, stop
    return None


def _make(compiled: CompiledOffer, situation: Situation, offers: CompiledOffers) -> _Verdict:
    """What an offer that nothing stopped so far would be to her: her variant, its cost, its text; and the hold-out."""
    visitor, experiment = situation.visitor, compiled.experiment
    assert visitor is not None, "the consent gate lets nobody unknown pass"
    slot = None if experiment is None else offers.slot_in(experiment, visitor)
    variant = None if experiment is None or slot is None else experiment.shares.variant(slot)
    if experiment is not None and slot is not None and not experiment.shares.takes_part(slot):
        return _Verdict(compiled, "no_part", _no_part(experiment.shares, slot), slot=slot)
    made = compiled.as_variant(variant)
    cost = cost_of(made.give, situation.cart, offers.store.currency)
    over = None if made.give is None else _over_budget(compiled, cost, situation, offers.store.currency)
    if over is not None:
        return _Verdict(compiled, *over, slot=slot, variant=variant)
    gate, stop = _held_out(compiled, slot, visitor, offers)
    give = made.give
    if give is not None and give.pool is not None:
        code = situation.facts.coupon(give.pool)
        if code is None:
            empty = Stop(f"no code is left in coupon pool {give.pool}", "0 left", "one left")
            return _Verdict(compiled, "coupon", empty, slot=slot, variant=variant)
        give = give.model_copy(update={"code": code if gate is None else NOBODYS_CODE})
    words = Words(visitor, situation.moment, situation.cart, give, offers.store)
    try:
        language, text = made.say.render(words)
    except SayError as error:
        return _Verdict(compiled, "template", Stop(error.message, "no text", "a text"), slot=slot, variant=variant)
    return _Verdict(compiled, gate, stop, language, text, slot, variant, cost or Decimal(0), give)


def _over_budget(
    compiled: CompiledOffer, cost: Decimal | None, situation: Situation, currency: str
) -> tuple[str, Stop] | None:
    """Whether the campaign can still pay for this one. A part of the budget is held from when an offer is sent."""
    ceiling, campaign = compiled.ceiling, compiled.offer.campaign
    if campaign is None or (ceiling.redemptions is None and ceiling.money is None):
        return None
    spent = situation.ledger.spent(campaign)
    if ceiling.redemptions is not None and spent.redemptions >= ceiling.redemptions:
        observed = f"{spent.redemptions} used or still to be used"
        return "budget_redemptions", Stop(
            "the campaign's budget is used up", observed, f"fewer than {ceiling.redemptions}"
        )
    if ceiling.money is None:
        return None
    if cost is None:
        return "budget_money", Stop("nobody can say what it would cost", "cost unknown", "a cost within the budget")
    if spent.money + cost <= ceiling.money:
        return None
    observed = f"{money(spent.money, currency)} used or still to be used, this one {money(cost, currency)}"
    return "budget_money", Stop(
        "the campaign's budget is used up", observed, f"at most {money(ceiling.money, currency)}"
    )


def _outranked(compiled: CompiledOffer, winner: CompiledOffer, behind: dict[int, Stop]) -> Stop:
    """Offers of one priority are behind the winner in the same words; ``behind`` keeps them."""
    own = compiled.offer.priority
    stop = behind.get(own)
    if stop is None:
        required = f"above {winner.name}, priority {winner.offer.priority}"
        stop = behind[own] = Stop(f"{winner.name} came first", f"priority {own}", required)
    return stop


def _crowded_out(
    compiled: CompiledOffer, situation: Situation, offers: CompiledOffers, taken: tuple[str, ...]
) -> _Verdict | None:
    """Its own channel carries another offer of this moment. It does not move to one that it would like less."""
    channel = choose_channel(compiled.offer.through, offers.store, situation.moment, situation.visitor)
    if channel not in taken:
        return None
    stop = Stop(f"{channel} carries another offer of this moment", f"through {channel}", f"not {', '.join(taken)}")
    return _Verdict(compiled, "outranked", stop)


def _no_part(shares: Shares, slot: int) -> Stop:
    """Slots that are kept for a share that may grow."""
    required = f"below {shares.held_out}, or {SLOTS - shares.offered} and above"
    return Stop("takes no part in the campaign yet", f"slot {slot}", f"slot {required}")


def _held_out(
    compiled: CompiledOffer, slot: int | None, visitor: Visitor, offers: CompiledOffers
) -> tuple[str | None, Stop | None]:
    """Who is held out of everything is in no campaign's hold-out: that is compared with those who may get other offers."""
    everything = offers.store_hold_out
    if everything is not None:
        drawn, held = offers.slot_in(everything, visitor), everything.shares.held_out
        if drawn < held:
            return "store_hold_out", Stop(
                "held out of every offer, for comparison", f"slot {drawn}", f"slot {held} or above"
            )
    experiment = compiled.experiment
    if experiment is None or slot is None or slot >= experiment.shares.held_out:
        return None, None
    why, required = (
        f"held out of campaign {compiled.offer.campaign}, for comparison",
        f"slot {experiment.shares.held_out} or above",
    )
    return "hold_out", Stop(why, f"slot {slot}", required)


def _speak(
    winner: _Verdict,
    situation: Situation,
    verdicts: tuple[_Verdict, ...],
    offers: CompiledOffers,
    inputs: dict[str, Any],
) -> Decision:
    """The winner's decision; a ghost is recorded exactly as the sent one would be."""
    offer, moment = winner.compiled.offer, situation.moment
    channel = choose_channel(offer.through, offers.store, moment, situation.visitor)
    sentence = f"ghost: {winner.stop.sentence}" if winner.stop else f"sent: {offer.offer} through {channel}"
    if winner.compiled.hangs_on_cart:
        sentence += _cart_age(situation, inputs)
    return Decision(
        key=_key(moment, len(inputs.get("taken", ()))),
        moment=moment,
        outcome="ghost" if winner.stop else "sent",
        reason=sentence,
        gate=winner.gate,
        offer=offer.offer,
        campaign=offer.campaign,
        channel=channel,
        text=winner.text,
        language=winner.language,
        benefit=winner.give,
        expires_at=situation.now + offer.expires_after.total_seconds(),
        revision=offers.revision,
        considered=tuple(verdict.considered() for verdict in verdicts),
        inputs=inputs,
        slot=winner.slot,
        variant=winner.variant,
        experiment=None if winner.compiled.experiment is None else winner.compiled.experiment.id,
        cost=winner.cost,
    )


def _cart_age(situation: Situation, inputs: dict[str, Any]) -> str:
    """How old is what is known of her cart: with the internet gone the last that was heard of it goes on serving."""
    if situation.cart is None or situation.cart_state == "none" or "cart_age" not in inputs:
        return ""
    age = situation.now - situation.cart.received_at
    return f"; the cart was last heard of {rough(age)} ago" if age > FRESH_CART_S else ""


def _silence(situation: Situation, verdicts: tuple[_Verdict, ...], inputs: dict[str, Any]) -> Decision:
    """Why nothing is said: the reason of the highest offer, one that is switched off being nobody's reason."""
    moment = situation.moment
    if not verdicts:
        return _nobodys(moment, inputs)
    told = next((verdict for verdict in verdicts if verdict.gate != "active"), verdicts[0])
    age = _cart_age(situation, inputs) if told.gate in CART_GATES else ""
    waiting = {v.compiled.name: v.stop.again_at for v in verdicts if v.stop is not None and v.stop.again_at is not None}
    return Decision(
        key=_key(moment),
        moment=moment,
        outcome="withheld",
        reason=f"silent: {told.stop.sentence if told.stop else 'nothing to say'}{age}",
        gate=told.gate,
        offer=told.compiled.name,
        campaign=told.compiled.offer.campaign,
        revision=inputs["revision"],
        considered=tuple(verdict.considered() for verdict in verdicts),
        inputs=inputs,
        again_at=min(waiting.values(), default=None),
        waiting=tuple(waiting),
    )


def _nobodys(moment: Moment, inputs: dict[str, Any]) -> Decision:
    """Offers wait for such a moment, and the index skipped them all."""
    gate, why = "segment", "no offer that waits here is for her"
    if moment.waited:
        gate, why = "active", "what had waited for the end of quiet hours is not in force any more"
    return Decision(
        key=_key(moment),
        moment=moment,
        outcome="withheld",
        reason=f"silent: {why}",
        gate=gate,
        revision=inputs["revision"],
        inputs=inputs,
    )


def _key(moment: Moment, before: int = 0) -> str:
    """``before``: how many offers of this moment there are already, each through another channel."""
    return f"{moment.id}:offer" if not before else f"{moment.id}:offer:{before + 1}"
