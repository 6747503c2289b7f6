"""An offer looked at in one situation: every gate with what it saw and what it takes, what is decided, and every text. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nearcart_contract.campaign_file import Campaign
from nearcart_contract.store_file import Store
from nearcart_gateway.core.decide import NOBODYS_CODE, decide, situation_of
from nearcart_gateway.core.decision_inputs import WatchedLedger
from nearcart_gateway.core.facts import Facts, WatchedFacts
from nearcart_gateway.core.ledger import LedgerReading
from nearcart_gateway.core.offers.compile import CompiledOffer, CompiledOffers, CompiledVariant
from nearcart_gateway.core.offers.gates.gate import Situation
from nearcart_gateway.core.offers.gates.shown import asked_for, observed_by
from nearcart_gateway.core.offers.index import skipped
from nearcart_gateway.core.offers.longest import SHOWN
from nearcart_gateway.core.say import SayError, Words
from nearcart_gateway.core.values import Decision, KnownCart, Moment, Visitor


@dataclass(frozen=True, slots=True)
class Asked:
    """One gate: what it saw and what it takes; ``sentence`` says why it stopped the offer."""

    gate: str
    passed: bool
    observed: str
    required: str
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A text in one language through one channel; ``shows`` is how many characters that shows at a glance, if limited.

    ``problem`` says why it could not be made in this situation.
    """

    variant: str | None
    language: str
    channel: str
    text: str
    shows: int | None
    problem: str = ""

    @property
    def fits(self) -> bool:
        return self.shows is None or len(self.text) <= self.shows


@dataclass(frozen=True, slots=True)
class Preview:
    """``decision`` is the engine's for the whole moment, ``None`` where no offer waits for it."""

    asked: tuple[Asked, ...]
    decision: Decision | None
    texts: tuple[Text, ...]


def preview(
    name: str,
    campaign: Campaign | None,
    moment: Moment,
    visitor: Visitor | None,
    cart: KnownCart | None,
    offers: CompiledOffers,
    ledger: LedgerReading,
    facts: Facts,
    *,
    now: float,
) -> Preview:
    """Look at one offer among those of its store. ``now`` is Unix seconds. Raises ``KeyError`` for no such offer."""
    compiled = offers[name]
    situation = situation_of(moment, visitor, cart, offers, ledger, facts, now, clock_synchronised=True)
    decision = decide(moment, visitor, cart, offers, ledger, facts, now=now)
    asked = (*_index(compiled, situation, offers.store), *_gates(compiled, campaign, situation, offers.store))
    texts = tuple(_texts(compiled, situation, offers.store))
    return Preview((*asked, *_last(name, asked, decision)), decision, texts)


def _index(compiled: CompiledOffer, situation: Situation, store: Store) -> Iterator[Asked]:
    """What is asked before anything else: is it waited for at all, and is she in a segment that it is for?"""
    skip = skipped(compiled.offer, store, situation.moment, situation.visitor)
    if skip is not None:
        gate, observed, required = skip
        yield Asked(gate, False, observed, required, "the offer does not wait for this")
    elif compiled.offer.who.segments:
        hers = situation.visitor.segments if situation.visitor else frozenset()
        yield Asked("segment", True, ", ".join(sorted(hers)), f"who.segments: {', '.join(compiled.offer.who.segments)}")


def _gates(compiled: CompiledOffer, campaign: Campaign | None, situation: Situation, store: Store) -> Iterator[Asked]:
    for name, gate in compiled.gates:
        ledger, facts = WatchedLedger(situation.ledger), WatchedFacts(situation.facts)
        stop = gate(replace(situation, ledger=ledger, facts=facts))
        if stop is not None:
            yield Asked(name, False, stop.observed or "", stop.required or "", stop.sentence)
        else:
            required = asked_for(name, compiled.offer, campaign, store)
            yield Asked(name, True, observed_by(name, situation, store, ledger.seen(), facts.seen()), required)


def _last(name: str, asked: tuple[Asked, ...], decision: Decision | None) -> Iterator[Asked]:
    """What is asked of an offer that every gate let pass: who goes first, the budget, a code, the text, the hold-out."""
    if decision is None or not all(gate.passed for gate in asked):
        return
    for considered in decision.considered:
        if considered.offer == name and considered.gate is not None:
            yield Asked(considered.gate, False, considered.observed or "", considered.required or "")


def _texts(compiled: CompiledOffer, situation: Situation, store: Store) -> Iterator[Text]:
    """Every text, as it would be said to her if she read that language."""
    visitor = situation.visitor or Visitor(situation.moment.visitor)
    plain: tuple[str | None, ...] = (None,)
    for variant in (*plain, *compiled.variants):
        made = compiled.as_variant(variant)
        give = made.give
        if give is not None and give.pool is not None:
            code = situation.facts.coupon(give.pool) or NOBODYS_CODE
            give = give.model_copy(update={"code": code})
        for language, _ in made.say.texts:
            words = Words(replace(visitor, language=language), situation.moment, situation.cart, give, store)
            text, problem = _said(made, words)
            for channel in compiled.offer.through:
                known = store.channels.get(channel)
                yield Text(variant, language, channel, text, SHOWN.get(known.kind) if known else None, problem)


def _said(made: CompiledVariant, words: Words) -> tuple[str, str]:
    """The text, or why there is none here."""
    for variable in ("cart", "zone", "give"):
        if variable in made.say.uses and words.of(variable) is None:
            return "", f"it speaks of a {variable}, and there is none"
    try:
        return made.say.render(words)[1], ""
    except SayError as error:
        return "", error.message
