"""Runs an offer over what was, moment by moment in the order they were decided, and adds up what would have been. Pure."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from nearcart_gateway.core.backtest.past_facts import PastFacts
from nearcart_gateway.core.backtest.trial import Trial, Tried
from nearcart_gateway.core.backtest.twin_ledger import TwinLedger
from nearcart_gateway.core.backtest.waiting import Waiting, has_waited
from nearcart_gateway.core.consequences import use_of
from nearcart_gateway.core.decide import decide_all, first_stop, gone
from nearcart_gateway.core.decision_inputs import read_cart, read_moment, read_visitor
from nearcart_gateway.core.deferrals import deferred_by
from nearcart_gateway.core.email_customer import customers_of
from nearcart_gateway.core.offers.compile import CompiledOffers
from nearcart_gateway.core.offers.index import trigger_of
from nearcart_gateway.core.spending import Use
from nearcart_gateway.core.values import Decision, KnownCart, Moment, Visitor

_OF_EVERYBODY = ('"spent":', '"offer:', '"campaign:', '"store:')
"""How questions about everybody begin in a decision's inputs; those about one visitor begin with ``"visitor:``."""

_NOTHING_SEEN: dict[str, dict[str, Any]] = {"ledger": {}, "facts": {}}

Same = Callable[[Decision, "PastDecision"], bool]
"""Whether a decision made again is the one that was kept, byte for byte."""


@dataclass(frozen=True, slots=True)
class PastDecision:
    """A decision as it was kept; ``row`` is for whoever compares."""

    key: str
    outcome: str
    offer: str | None
    gate: str | None
    considered: str
    inputs: str
    row: tuple[object, ...]


@dataclass(slots=True)
class PastMoment:
    """A moment with what was decided: nothing where no offer waited for it. ``moment`` is read when it is needed.

    ``visit`` and ``zone`` are its own. ``derived``: it was never told, as nobody waited for such a dwell, and is made of the stay.
    """

    visitor: str
    kind: str
    now: float
    revision: str
    decisions: tuple[PastDecision, ...] = ()
    moment: Moment | None = None
    person: Visitor | None = None
    clock_synchronised: bool = True
    derived: bool = False
    visit: str = ""
    zone: str | None = None


@dataclass(slots=True)
class Found:
    """What would have been. ``gates`` counts, of the moments the offer waited for, those that each gate stopped.

    ``deferred`` counts those that quiet hours made wait; what became of one when it was asked again is counted as of any other.
    """

    moments: int = 0
    visitors: set[str] = field(default_factory=set)
    awaited: int = 0
    deferred: int = 0
    sent: int = 0
    ghosts: int = 0
    reached: set[str] = field(default_factory=set)
    gates: Counter[str] = field(default_factory=Counter)
    displaced: Counter[str] = field(default_factory=Counter)
    gained: Counter[str] = field(default_factory=Counter)
    cost: Decimal = Decimal(0)
    compared: int = 0
    reproduced: int = 0
    different: list[str] = field(default_factory=list)
    unreadable: int = 0
    derived: int = 0


class Run:
    """Takes moments in order. ``cart_of`` says what her cart was by now; ``uses`` are the ledger's rows by decision."""

    def __init__(
        self,
        tried: Tried,
        trial_of: Callable[[str], Trial | None],
        ledger: TwinLedger,
        facts: PastFacts,
        cart_of: Callable[[str, float], KnownCart | None],
        uses: Mapping[str, Use],
        same: Same,
        waiting: Waiting,
    ) -> None:
        self.found = Found()
        self._name = tried.offer.offer
        self._kind = tried.offer.when.moment
        self._trial_of = trial_of
        self._ledger = ledger
        self._facts = facts
        self._cart_of = cart_of
        self._uses = uses
        self._same = same
        self._waiting = waiting
        self._revision: str | None = None
        self._looked_at = f'"offer":{json.dumps(self._name, ensure_ascii=False)}'
        self._touched: set[str] = set()

    def take(self, past: PastMoment) -> None:
        """The next moment."""
        self.ask_again(past.now)
        self._revision = past.revision
        self._waiting.moved(past.visit, past.kind, past.zone)
        if past.derived:
            self.found.derived += 1
        else:
            self.found.moments += 1
        self.found.visitors.add(past.visitor)
        trial = self._trial_of(past.revision)
        if trial is None:
            self.found.unreadable += 1
            self._as_it_was(past)
        elif past.decisions:
            self._again(past, trial)
        elif past.moment is not None and self._waits_for(past.moment, past.derived, trial):
            self._anew(past.moment, past, trial)

    def ask_again(self, now: float) -> None:
        """Those whose quiet hours have ended by then, as the revision in force decides."""
        for asked in self._waiting.due(now):
            trial = None if self._revision is None else self._trial_of(self._revision)
            if trial is None:
                self.found.unreadable += 1
            elif not asked.there:
                self.found.gates["gone"] += 1
            else:
                visitor, cart = asked.visitor, self._cart_now(asked.visitor, asked.at)
                saw = {**_NOTHING_SEEN, "now": asked.at, "clock_synchronised": asked.clock_synchronised}
                made, _ = self._decide(asked.moment, visitor, cart, [saw], trial)
                clock = asked.clock_synchronised
                self._add_up(asked.moment, visitor, made, (), awaited=True, clock_synchronised=clock)

    def _waits_for(self, moment: Moment, derived: bool, trial: Trial) -> bool:
        """A dwell is made for every revision alike; where it was told then, it is a moment of its own."""
        return trigger_of(moment) in trial.triggers and (not derived or moment.zone in trial.unheard)

    def _again(self, past: PastMoment, trial: Trial) -> None:
        """A moment that was decided: as it was, unless the tried offer or what it changed may have a say."""
        first = past.decisions[0]
        named = self._looked_at in first.considered
        if not (named or self._may_differ(past, trial)):
            self._as_it_was(past)
            return
        if first.gate == "gone":
            self._left(past, trial, named)
            return
        inputs = [json.loads(decision.inputs) for decision in past.decisions]
        moment, visitor = self._waiting.joined(read_moment(inputs[0])), read_visitor(inputs[0])
        cart = read_cart(inputs[0])
        if (
            not trial.same
            and self._others_unmoved(past)
            and self._stopped_alone(moment, visitor, cart, inputs[0], trial)
        ):
            self._as_it_was(past)
            return
        made, differs = self._decide(moment, visitor, cart, inputs, trial)
        if named and trial.same and not differs:
            self._compare(made, past.decisions)
        waits = self._waits_at(moment, trial)
        clock = inputs[0]["clock_synchronised"]
        self._add_up(moment, visitor, made, past.decisions, waits, may_wait=not trial.same, clock_synchronised=clock)

    def _others_unmoved(self, past: PastMoment) -> bool:
        """Whether nobody but the tried offer itself could make a difference here: it did not win then, and nothing changed."""
        won = any(decision.offer == self._name and decision.outcome != "withheld" for decision in past.decisions)
        return not won and not self._changed_for(past)

    def _stopped_alone(
        self, moment: Moment, visitor: Visitor | None, cart: KnownCart | None, saw: dict[str, Any], trial: Trial
    ) -> bool:
        """Whether a gate of the tried offer's own stops it, so that the others need not be asked; told in the funnel then."""
        if not self._waits_at(moment, trial):
            return True
        self._ask_for(saw, trial, exact=False)
        gate = first_stop(
            self._name,
            moment,
            visitor,
            cart,
            trial.alone,
            self._ledger,
            self._facts,
            now=saw["now"],
            clock_synchronised=saw["clock_synchronised"],
        )
        if gate is None or (gate == "quiet_hours" and trial.defers):
            return False
        self._stopped(moment, gate)
        return True

    def _stopped(self, moment: Moment, gate: str) -> None:
        """In the funnel, each moment once, however often it is asked again."""
        self.found.awaited += not has_waited(moment)
        self.found.gates[gate] += 1

    def _waits_at(self, moment: Moment, trial: Trial) -> bool:
        return trigger_of(moment) in trial.triggers and (not moment.waited or self._name in moment.waited)

    def _may_differ(self, past: PastMoment, trial: Trial) -> bool:
        """Cheaply, from the text: whether she, or what everybody together had, may be another than then."""
        if past.kind == self._kind and not trial.same:
            return True
        return self._changed_for(past)

    def _changed_for(self, past: PastMoment) -> bool:
        if not self._touched:
            return False
        return past.visitor in self._touched or any(word in past.decisions[0].inputs for word in _OF_EVERYBODY)

    def _anew(self, moment: Moment, past: PastMoment, trial: Trial) -> None:
        """A moment that nobody waited for."""
        visitor = past.person
        cart = self._cart_now(visitor, past.now)
        facts = {"ledger": {}, "now": past.now, "clock_synchronised": past.clock_synchronised}
        if self._stopped_alone(moment, visitor, cart, facts, trial):
            return
        made, _ = self._decide(moment, visitor, cart, [facts], trial)
        self._add_up(moment, visitor, made, (), awaited=True, clock_synchronised=past.clock_synchronised)

    def _cart_now(self, visitor: Visitor | None, now: float) -> KnownCart | None:
        """As the engine finds it: of her account, or of her e-mail address."""
        found = [self._cart_of(customer, now) for customer in customers_of(visitor)] if visitor else []
        return max((cart for cart in found if cart), key=lambda known: known.cart.updated_at, default=None)

    def _decide(
        self,
        moment: Moment,
        visitor: Visitor | None,
        cart: KnownCart | None,
        inputs: list[dict[str, Any]],
        trial: Trial,
    ) -> tuple[list[Decision], bool]:
        """The engine's own decisions, and whether the ledger had another answer for any of them than then."""
        differs = False
        made: list[Decision] = []
        self._ask_for(inputs[0], trial, exact=trial.same)
        for decision in self._asked(moment, visitor, cart, inputs[0], trial.offers):
            differs = differs or self._ledger.differs
            made.append(decision)
            self._count(decision, trial)
            known = len(made) < len(inputs)
            if decision.channel is None or not (known or self._touched or not trial.same):
                break  # the engine asked once more and said nothing, by answers that it did not keep
            self._ask_for(
                inputs[len(made)] if known else {**inputs[0], **_NOTHING_SEEN}, trial, exact=trial.same and known
            )
        return made, differs

    def _ask_for(self, saw: dict[str, Any], trial: Trial, *, exact: bool) -> None:
        """The next questions of gates are about a decision that saw this."""
        self._ledger.ask_for(saw["ledger"], saw["now"], exact=exact, alike=not self._touched)
        self._facts.ask_for(saw.get("facts", {}))

    def _asked(
        self,
        moment: Moment,
        visitor: Visitor | None,
        cart: KnownCart | None,
        saw: dict[str, Any],
        offers: CompiledOffers,
    ) -> Iterator[Decision]:
        now, synchronised, cart_age = saw["now"], saw["clock_synchronised"], bool(saw.get("cart_age"))
        return decide_all(
            moment,
            visitor,
            cart,
            offers,
            self._ledger,
            self._facts,
            now=now,
            clock_synchronised=synchronised,
            cart_age=cart_age,
        )

    def _count(self, decision: Decision, trial: Trial) -> None:
        """In the ledger of what would have been."""
        if decision.outcome == "withheld" or decision.offer is None:
            return
        use = use_of(decision, trial.offers[decision.offer].offer)
        then = self._uses.get(decision.key)
        same = then is not None and then.offer == use.offer and (trial.same or use.offer != self._name)
        self._ledger.add_would(_as_it_became(then) if then is not None and same else use)
        if not same:
            self._touched.add(use.visitor or "")
        benefit = decision.benefit
        if decision.outcome == "sent" and not same and benefit is not None and benefit.pool:
            self._facts.give(benefit.pool)

    def _add_up(
        self,
        moment: Moment,
        visitor: Visitor | None,
        made: list[Decision],
        then: tuple[PastDecision, ...],
        awaited: bool,
        *,
        may_wait: bool = True,
        clock_synchronised: bool = True,
    ) -> None:
        """``may_wait``: what waits for quiet hours to end was not asked again then, or not with the tried offer."""
        for past in then:
            use = self._uses.get(past.key)
            if use is not None:
                self._ledger.add_was(_as_it_became(use))
        was = [past.offer for past in then if past.offer is not None and past.outcome != "withheld"]
        would = [decision.offer for decision in made if decision.offer is not None and decision.outcome != "withheld"]
        if was != would:
            self._touched.add(moment.visitor)
            self._compare_names(Counter(was), Counter(would))
        deferred = deferred_by(made[0]) if made else None
        waits = deferred is not None and self._name in deferred.moment.waited
        if deferred is not None and may_wait:
            self._waiting.add(deferred, visitor, clock_synchronised)
        if awaited:
            self._funnel(moment, made, waits)

    def _compare_names(self, was: Counter[str], would: Counter[str]) -> None:
        for names, into in ((was - would, self.found.displaced), (would - was, self.found.gained)):
            names.pop(self._name, None)
            into.update(names)

    def _funnel(self, moment: Moment, made: list[Decision], waits: bool) -> None:
        found = self.found
        if waits:
            found.awaited += not has_waited(moment)
            found.deferred += not has_waited(moment)
            return
        own = next(
            (decision for decision in made if decision.offer == self._name and decision.outcome != "withheld"), None
        )
        if own is None:
            looked = [entry for decision in made for entry in decision.considered if entry.offer == self._name]
            self._stopped(moment, (looked[0].gate if looked else None) or "segment")
            return
        found.awaited += not has_waited(moment)
        if own.outcome == "ghost":
            found.ghosts += 1
            found.gates[own.gate or "hold_out"] += 1
            return
        found.reached.add(moment.visitor)
        found.sent += 1
        found.cost += own.cost

    def _compare(self, made: list[Decision], then: tuple[PastDecision, ...]) -> None:
        """A live offer's decisions come out as they were kept."""
        found = self.found
        found.compared += len(then)
        for number, past in enumerate(then):
            if number < len(made) and self._same(made[number], past):
                found.reproduced += 1
            elif len(found.different) < 10:
                found.different.append(past.key)

    def _left(self, past: PastMoment, trial: Trial, named: bool) -> None:
        """She had left when quiet hours ended: nothing but that was decided."""
        saw = json.loads(past.decisions[0].inputs)
        moment = self._waiting.joined(read_moment(saw))
        again = gone(moment, read_visitor(saw), trial.offers, now=saw["now"])
        if named and trial.same:
            self._compare([again], past.decisions)
        if self._name in moment.waited:
            self._stopped(moment, "gone")

    def offered(self, use: Use) -> None:
        """An offer that no stored moment tells of: to somebody who was erased since."""
        self._ledger.add_both((use.visitor, use.offer, use.campaign, use.at), _as_it_became(use))

    def _as_it_was(self, past: PastMoment) -> None:
        for decision in past.decisions:
            use = self._uses.get(decision.key)
            if use is not None:
                became = _as_it_became(use)
                self._ledger.add_both((use.visitor, use.offer, use.campaign, use.at), became)


def _as_it_became(use: Use) -> Use:
    """What was given back held its part of the budget until then."""
    if use.state != "given_back":
        return use
    until = use.expires_at if use.settled_at is None else min(use.settled_at, use.expires_at)
    return replace(use, state="held", expires_at=until)
