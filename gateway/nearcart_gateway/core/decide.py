"""One moment in, one decision out: the offer that serves her best, or silence with its reason. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nearcart_gateway.core.decision_inputs import (
    RecordedLedger,
    WatchedLedger,
    read_cart,
    read_moment,
    read_visitor,
    write_inputs,
)
from nearcart_gateway.core.ledger import LedgerReading
from nearcart_gateway.core.offers.compile import CompiledOffer, CompiledOffers
from nearcart_gateway.core.offers.gates.cart import effective_state
from nearcart_gateway.core.offers.gates.channel import choose_channel
from nearcart_gateway.core.offers.gates.gate import Situation, Stop
from nearcart_gateway.core.say import SayError, words_for
from nearcart_gateway.core.values import Considered, Decision, KnownCart, Moment, Visitor


@dataclass(frozen=True, slots=True)
class _Verdict:
    """One offer that was looked at: what stopped it, or else what it would say."""

    compiled: CompiledOffer
    gate: str | None = None
    stop: Stop | None = None
    language: str = ""
    text: str = ""

    def considered(self) -> Considered:
        observed, required = (self.stop.observed, self.stop.required) if self.stop else (None, None)
        return Considered(self.compiled.name, self.gate, observed, required)


def decide(
    moment: Moment,
    visitor: Visitor | None,
    cart: KnownCart | None,
    offers: CompiledOffers,
    ledger: LedgerReading,
    *,
    now: float,
    clock_synchronised: bool = True,
) -> Decision | None:
    """Decide what follows a moment, or ``None`` when no offer waits for such a moment.

    ``now`` is Unix seconds. The caller counts what was sent, or would have been (a ghost), in the ledger afterwards.
    """
    candidates = offers.for_moment(moment)
    if not candidates:
        return None
    watched = WatchedLedger(ledger)
    situation = Situation(
        moment=moment,
        visitor=visitor,
        cart=cart,
        cart_state=effective_state(cart, now, offers.store.abandoned_after, clock_synchronised),
        now=now,
        local=datetime.fromtimestamp(now, offers.zone),
        clock_synchronised=clock_synchronised,
        ledger=watched,
    )
    verdicts = tuple(_look_at(candidates, situation, offers))
    inputs = write_inputs(
        moment,
        visitor,
        cart,
        watched.seen(),
        now=now,
        clock_synchronised=clock_synchronised,
        revision=offers.revision,
    )
    winner = next((verdict for verdict in verdicts if verdict.gate in (None, "hold_out")), None)
    return _silence(moment, verdicts, inputs) if winner is None else _speak(winner, situation, verdicts, offers, inputs)


def redecide(inputs: Mapping[str, Any], offers: CompiledOffers) -> Decision | None:
    """The same decision again from what it saw; with other offers, what it would have been with them."""
    return decide(
        read_moment(inputs),
        read_visitor(inputs),
        read_cart(inputs),
        offers,
        RecordedLedger(inputs["ledger"]),
        now=inputs["now"],
        clock_synchronised=inputs["clock_synchronised"],
    )


def _look_at(candidates: tuple[CompiledOffer, ...], situation: Situation, offers: CompiledOffers) -> Iterator[_Verdict]:
    """Every offer with the first gate that stopped it. They come in order of rank, so the first to pass is the winner."""
    winner: CompiledOffer | None = None
    for compiled in candidates:
        verdict = _ask(compiled, situation, offers)
        if verdict.gate is not None:
            yield verdict
        elif winner is not None:
            yield _Verdict(compiled, "outranked", _outranked(compiled, winner))
        else:
            winner = compiled
            yield _held_out(verdict, situation, offers)


def _ask(compiled: CompiledOffer, situation: Situation, offers: CompiledOffers) -> _Verdict:
    for name, gate in compiled.gates:
        stop = gate(situation)
        if stop is not None:
            return _Verdict(compiled, name, stop)
    visitor = situation.visitor
    assert visitor is not None, "the consent gate lets nobody unknown pass"
    words = words_for(visitor, situation.moment, situation.cart, compiled.offer.give, offers.store)
    try:
        language, text = compiled.say.render(words)
    except SayError as error:
        return _Verdict(compiled, "template", Stop(error.message, "no text", "a text"))
    return _Verdict(compiled, language=language, text=text)


def _outranked(compiled: CompiledOffer, winner: CompiledOffer) -> Stop:
    own, other = compiled.offer.priority, winner.offer.priority
    observed = f"priority {own}"
    required = f"above {winner.name}, priority {other}"
    return Stop(f"{winner.name} came first", observed, required)


def _held_out(verdict: _Verdict, situation: Situation, offers: CompiledOffers) -> _Verdict:
    """Slots from 0 up are held out, so that a growing hold-out keeps those who were in it."""
    campaign, held = verdict.compiled.offer.campaign, verdict.compiled.held_out_slots
    if campaign is None or held == 0:
        return verdict
    slot = offers.slot(campaign, situation.moment.visitor)
    if slot >= held:
        return verdict
    stop = Stop(f"held out of campaign {campaign}, for comparison", f"slot {slot}", f"slot {held} or above")
    return _Verdict(verdict.compiled, "hold_out", stop, verdict.language, verdict.text)


def _speak(
    winner: _Verdict,
    situation: Situation,
    verdicts: tuple[_Verdict, ...],
    offers: CompiledOffers,
    inputs: dict[str, Any],
) -> Decision:
    """The winner's decision; a ghost is recorded exactly as the sent one would be."""
    offer, moment = winner.compiled.offer, situation.moment
    channel = choose_channel(offer.through, offers.store, moment)
    sentence = f"ghost: {winner.stop.sentence}" if winner.stop else f"sent: {offer.offer} through {channel}"
    return Decision(
        key=_key(moment),
        moment=moment,
        outcome="ghost" if winner.stop else "sent",
        reason=sentence,
        gate=winner.gate,
        offer=offer.offer,
        campaign=offer.campaign,
        channel=channel,
        text=winner.text,
        language=winner.language,
        benefit=offer.give,
        expires_at=situation.now + offer.expires_after.total_seconds(),
        revision=offers.revision,
        considered=tuple(verdict.considered() for verdict in verdicts),
        inputs=inputs,
    )


def _silence(moment: Moment, verdicts: tuple[_Verdict, ...], inputs: dict[str, Any]) -> Decision:
    """Why nothing is said: the reason of the highest offer, one that is switched off being nobody's reason."""
    told = next((verdict for verdict in verdicts if verdict.gate != "active"), verdicts[0])
    return Decision(
        key=_key(moment),
        moment=moment,
        outcome="withheld",
        reason=f"silent: {told.stop.sentence if told.stop else 'nothing to say'}",
        gate=told.gate,
        offer=told.compiled.name,
        campaign=told.compiled.offer.campaign,
        revision=inputs["revision"],
        considered=tuple(verdict.considered() for verdict in verdicts),
        inputs=inputs,
    )


def _key(moment: Moment) -> str:
    return f"{moment.id}:offer"
