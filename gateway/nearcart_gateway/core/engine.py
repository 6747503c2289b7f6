"""The store as one sans-IO machine: messages and time in, changes for one transaction out.

The service feeds it from MQTT, replay and backtests from files. After a failed commit it is thrown away and loaded again from
the database: what was not committed never happened.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from nearcart_contract.cart import CancelledOrder, Order
from nearcart_contract.edge_state import Birth, Death, Health
from nearcart_contract.presence import ExitCause, PresenceBatch
from nearcart_contract.samples import Samples
from nearcart_contract.store_file import Store
from nearcart_gateway.core.cart_book import CartBook
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.consequences import channels_after, offer_message, use_of
from nearcart_gateway.core.coupons import GivenCoupon
from nearcart_gateway.core.decide import decide_all, gone
from nearcart_gateway.core.deferrals import Deferrals, Deferred, asked_again, deferred_by
from nearcart_gateway.core.doorway import Doorway, doorway_of
from nearcart_gateway.core.edges import EdgeBook
from nearcart_gateway.core.email_customer import customers_of
from nearcart_gateway.core.facts import StoreFacts
from nearcart_gateway.core.hooks.event import CartChange, CartLink, Change, OrderPlaced, OrderUndone
from nearcart_gateway.core.ingest import Cursor, Ingest, TakenTransition
from nearcart_gateway.core.ledger import Ledger
from nearcart_gateway.core.locate import Locator
from nearcart_gateway.core.merging import merged
from nearcart_gateway.core.offers.compile import CompiledOffers
from nearcart_gateway.core.orders import (
    FRESH_S,
    Known,
    OrderRecord,
    Withdrawal,
    cancelled,
    offer_with_code,
    placed,
)
from nearcart_gateway.core.scanner_health.watch import ScannerWatch
from nearcart_gateway.core.spending import NotRedeemedError, Use
from nearcart_gateway.core.undecided import FactsWritten, Undecided
from nearcart_gateway.core.values import Decision, KnownCart, Moment, Visit, Visitor
from nearcart_gateway.core.visits import HEARD_RECENTLY_S, LINGER_S, Presence, Press, VisitChange, Visits

SWEEP_EVERY_S = 3600.0
LEAST_KEPT_S = 86_400.0
ASK_AGAIN_S = 1.0

TOLD_LATE_S = 30.0
"""An enter this old was kept by an edge without its gateway; the samples that would say where she stood are gone."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A visitor and the roster ids of what she carries."""

    visitor: Visitor
    identities: tuple[str, ...]

    @property
    def on_roster(self) -> bool:
        """Without any consent a device is a stranger, and edges are not told of it; staff are known by their contract."""
        return self.visitor.kind == "staff" or bool(self.visitor.consents)


@dataclass(slots=True)
class Memory:
    """What the database holds of the present: where an engine starts from."""

    enrolled: Iterable[Enrolled] = ()
    cursors: Iterable[Cursor] = ()
    presences: Iterable[Presence] = ()
    visits: Iterable[Visit] = ()
    history: Iterable[tuple[str, float, float]] = ()
    deferred: Iterable[Deferred] = ()
    decided_moments: Mapping[str, Iterable[str]] = field(default_factory=dict)


class StoreEngine:
    """One store's state of the present."""

    def __init__(self, store: Store, locator: Locator, offers: CompiledOffers, carts: CartBook, ledger: Ledger) -> None:
        self.store = store
        self.offers = offers
        self.carts = carts
        self.ledger = ledger
        self.edges = EdgeBook(store.edges())
        self.visitors: dict[str, Visitor] = {}
        self._doorway: Doorway | None = doorway_of(store)
        linger_s = (lambda _visitor: LINGER_S) if self._doorway is None else self._doorway.linger_s
        self.visits = Visits(store.store, lambda zone: self.offers.dwells(zone), linger_s=linger_s)
        self.facts = StoreFacts(self.visits.history)
        self.clock_synchronised = True
        self.scanner_watch: ScannerWatch | None = None
        self._of_customer: dict[str, tuple[str, ...]] = {}
        self._locator = locator
        self._ingest = Ingest()
        self._decided: dict[str, set[str]] = {}
        self._deferrals = Deferrals()
        self._facts_written = FactsWritten()
        self._sweep_at = 0.0

    def load(self, memory: Memory, now: float) -> None:
        """Take up where the database says we were."""
        self.enrol(memory.enrolled)
        self._ingest.load(memory.cursors)
        self.visits.history.load(row for row in memory.history if row[0] in self.visitors)
        self.visits.load(memory.visits, memory.presences, now)
        if self._doorway is not None:
            self._doorway.take_in(visit.visitor for visit in memory.visits)
        self._deferrals.load(memory.deferred)
        self._decided = {visit: set(moments) for visit, moments in memory.decided_moments.items()}

    def enrol(self, enrolled: Iterable[Enrolled]) -> None:
        """Everybody who is known, in place of who was known before."""
        everybody = list(enrolled)
        self.visitors = {entry.visitor.id: entry.visitor for entry in everybody}
        self._of_customer = by_customer(self.visitors.values())
        self.visits.history.keep_only(self.visitors)
        self._facts_written.renew(self.visitors)
        self._ingest.identities = {
            identity: entry.visitor.id for entry in everybody if entry.on_roster for identity in entry.identities
        }

    def cart_of(self, visitor: Visitor) -> KnownCart | None:
        """Her newest cart: of her account in a shop, or of her e-mail address where she has none."""
        found = [self.carts.cart_of(customer) for customer in customers_of(visitor)]
        return max((cart for cart in found if cart), key=lambda known: known.cart.updated_at, default=None)

    def visitor_of(self, identity: str) -> str | None:
        """Who carries the identity with this roster id, if anybody on the roster does."""
        return self._ingest.identities.get(identity)

    def take_batch(self, edge: str, batch: PresenceBatch, received_at: float, changes: Changes) -> None:
        """Transitions of an edge of this store."""
        record = self.edges[edge]
        record.spoke(received_at)
        taken = self._ingest.take(edge, batch, received_at)
        changes.acks[edge, batch.epoch.hex] = taken.ack
        if taken.missing:
            changes.counted["transitions_missing"] += taken.missing
        if taken.cursor is not None:
            changes.cursors[edge, batch.epoch.hex] = taken.cursor
        for transition in taken.transitions:
            if transition.visitor is not None:  # a stranger leaves no trace
                changes.transitions.append(transition)
            self._settle(self._apply(transition), received_at, changes)

    def take_samples(self, edge: str, samples: Samples, received_at: float, changes: Changes) -> None:
        """Packets between transitions; they move people and are not kept."""
        record = self.edges[edge]
        record.spoke(received_at)
        sent_at = self._ingest.hear(edge, samples.sent, received_at)
        identities, locator = self._ingest.identities, self._locator
        looking = self.scanner_watch if self.scanner_watch is not None and self.scanner_watch.looking else None
        doorway = self._doorway
        for sample in samples.samples:
            visitor = identities.get(sample.identity)
            if visitor is None:
                continue
            newest = sent_at - sample.packets[-1][0] / 1000
            opens = True
            if doorway is not None:
                doorway.hear(visitor, sample.scanner, newest, sample.packets[-1][1])
                opens = doorway.admits(visitor)
            self._settle(self.visits.hear(visitor, edge, sample.scanner, newest, opens=opens), received_at, changes)
            for age_ms, rssi in sample.packets:
                locator.hear(visitor, sample.scanner, sent_at - age_ms / 1000, rssi)
            record.hear(newest, sample.packets[-1][1])
            if looking is not None:
                looking.hear(visitor, sample.scanner, sample.packets[-1][1])

    def take_state(self, edge: str, state: Birth | Death, now: float, changes: Changes) -> None:
        """An edge's birth or death. A birth is to be answered with its roster and acks."""
        self.edges.state(edge, state, now)
        if isinstance(state, Birth):
            changes.births[edge] = state
            changes.acks[edge, state.epoch.hex] = self._ingest.ack(edge, state.epoch)
            self._settle(self.visits.edge_started(edge, state.epoch, now), now, changes)
        elif not self.edges[edge].online:
            self._settle(self.visits.edge_lost(edge, now), now, changes)

    def take_health(self, edge: str, health: Health, now: float) -> None:
        record = self.edges[edge]
        record.spoke(now)
        record.health = health

    def look_for_silent_edges(self, now: float, changes: Changes) -> None:
        """An edge that says nothing any more is a dead one, whatever its broker knows. Call it every few seconds."""
        for edge in self.edges.fall_silent(now):
            self._settle(self.visits.edge_lost(edge, now), now, changes)

    def tick(self, now: float, changes: Changes) -> None:
        """Let time pass: positions of everybody heard, dwells, visits that end. Call it a few times a second."""
        doorway = self._doorway
        for position in self._locator.locate(now):
            changes.positions.append(position)
            if doorway is not None:
                position = doorway.locate(position)
            self._settle(self.visits.move(position), now, changes)
        if doorway is not None:
            self._cross(doorway, now, changes)
        self._settle(self.visits.tick(now), now, changes)
        for deferred in self._deferrals.due(now):
            self._ask_again(deferred, now, changes)
        if self.ledger.sweeping or now >= self._sweep_at:
            self._sweep(now)
        if self.scanner_watch is not None and self.scanner_watch.due(now):
            self.scanner_watch.tick(now, self._alive_scanners())

    def whose(self, change: Change) -> tuple[str, ...]:
        """The visitors that an order may be of; nobody for any other change."""
        if not isinstance(change, OrderPlaced):
            return ()
        return self._whose(change.order.customer, change.visitor)

    def take_shop_change(self, change: Change, known: Known, now: float, changes: Changes) -> None:
        """A cart, an order, or what became of one. ``known`` is what the database has that an order touches."""
        if isinstance(change, CartChange | CartLink):
            changes.cart_records += self.carts.apply(change, now)
        elif isinstance(change, OrderPlaced):
            self._order_placed(change, known, now, changes)
        elif isinstance(change, OrderUndone):
            self._order_undone(change.cancelled, known, now, changes)
        else:
            changes.refunds.append(change)

    def redeem(
        self,
        use: Use,
        now: float,
        changes: Changes,
        money: Decimal | None = None,
        order: str | None = None,
        *,
        again: bool = False,
    ) -> Use:
        """An offer was used at the till, in an order if that is known. ``use`` is the database's row; saying it again changes nothing.

        ``money`` is what it came to, in the store's currency. ``again``: also one that was given back, as a shop's order says that
        it was used all the same. Raises ``NotRedeemedError``; nothing is changed then.
        """
        spending = self.ledger.spending
        before = spending.use(use.key)
        redeemed = spending.redeem(use, now, self.offers.ceiling(use.campaign), money, order, again=again)
        if redeemed is not before:
            changes.settled.append(redeemed)
        return redeemed

    def give_back(self, use: Use, now: float, changes: Changes) -> Use:
        """A redemption or its order was cancelled, or an offer withdrawn: its budget is free again. Idempotent."""
        before = self.ledger.spending.use(use.key)
        back = self.ledger.spending.give_back(use, now)
        if back is not before and back != use:
            changes.settled.append(back)
        return back

    def order_cancelled(self, order: str, uses: Iterable[Use], now: float, changes: Changes) -> None:
        """An order was cancelled: what went into it is given back. ``uses`` are the database's rows of that order."""
        known = {use.key: use for use in uses} | {use.key: use for use in self.ledger.spending.of_order(order)}
        for use in known.values():
            self.give_back(use, now, changes)

    def _order_placed(self, change: OrderPlaced, known: Known, now: float, changes: Changes) -> None:
        """A purchase: its cart is done with, codes shown are used, and what was offered for the cart is taken back."""
        order = change.order
        changes.cart_records += self.carts.apply(change, now)
        whose = self._whose(order.customer, (known.record.visitor if known.record else None) or change.visitor)
        before = changes.orders.get((order.source, order.id), known.record)
        record = placed(before, order, whose[0] if len(whose) == 1 else change.visitor, now)
        if record != before:
            changes.orders[order.source, order.id] = record
        if record.state != "placed":
            return
        self._use_codes(record, order, known.with_codes, whose, now, changes)
        for visitor in whose:
            self._bought(visitor, record, now, changes)

    def _order_undone(self, undone: CancelledOrder, known: Known, now: float, changes: Changes) -> None:
        before = changes.orders.get((undone.source, undone.id), known.record)
        record = cancelled(before, undone, now)
        if record == before:
            return
        changes.orders[undone.source, undone.id] = record
        self.order_cancelled(record.key, known.of_order, now, changes)

    def _whose(self, customer: str | None, visitor: str | None) -> tuple[str, ...]:
        """The visitors an order may be of: who is named, or all who have its customer's id."""
        if visitor is not None:
            return (visitor,) if visitor in self.visitors else ()
        return self._of_customer.get(customer, ()) if customer is not None else ()

    def _use_codes(
        self,
        record: OrderRecord,
        order: Order,
        with_codes: Iterable[Use],
        whose: tuple[str, ...],
        now: float,
        changes: Changes,
    ) -> None:
        """Codes on an order redeem the offers that gave them; one that is no offer's here, or spent, is only counted."""
        candidates = [self.ledger.spending.use(use.key) or use for use in with_codes]
        for coupon in order.coupons:
            candidates = [self.ledger.spending.use(use.key) or use for use in candidates]
            use = offer_with_code(coupon.code, candidates, whose, record.key)
            if use is None:
                changes.counted["codes_not_ours"] += 1
                continue
            same_money = order.currency in (None, self.store.currency)
            try:
                self.redeem(use, now, changes, coupon.amount if same_money else None, record.key, again=True)
            except NotRedeemedError:
                changes.counted["codes_not_redeemed"] += 1

    def _bought(self, visitor: str, record: OrderRecord, now: float, changes: Changes) -> None:
        """She bought: known at once, and an offer on her phone that hangs on the cart is of no use any more."""
        at = record.placed_at
        known = self.visitors[visitor]
        if at is not None and at > (known.last_purchase_at or float("-inf")):
            self.visitors[visitor] = replace(known, last_purchase_at=at)
        if at is None or now - at > FRESH_S:
            return
        for use in self.ledger.spending.open_of(visitor, now):
            if self.offers.hangs_on_cart(use.offer):
                changes.settled.append(self.ledger.spending.withdraw(use, now))
                if use.state == "ghost":
                    continue
                changes.withdrawals[use.key] = Withdrawal(use.key, visitor, "the cart was bought", now, use.expires_at)

    def forget(self, visitor: str, customers: Iterable[str], changes: Changes) -> None:
        """Everything of a visitor is to be erased: here at once, and in the database with this transaction.

        ``customers`` are her ids in the online shop, where they are nobody else's.
        """
        self.visitors.pop(visitor, None)
        self._of_customer = by_customer(self.visitors.values())
        identities = self._ingest.identities
        self._ingest.identities = {identity: owner for identity, owner in identities.items() if owner != visitor}
        visit = self.visits.visit_of(visitor)
        if visit is not None:
            self._decided.pop(visit.id, None)
        self.visits.forget(visitor)
        self._forget_where(visitor)
        self.ledger.forget(visitor)
        self._deferrals.forget(visitor)
        self._facts_written.forget(visitor)
        changes.undecided = [row for row in changes.undecided if row.moment.visitor != visitor]
        for customer in customers:
            self.carts.forget(customer)
        for decision in changes.decisions:
            if decision.moment.visitor == visitor:
                changes.offers.pop(decision.key, None)

    def merge(self, visitor: str, target: str, slots: Mapping[str, int], now: float, changes: Changes) -> None:
        """Two visitors are one person, from now on and looking back. ``slots`` are the database's, of the first moments of both."""
        one, other = self.visitors.pop(visitor, None), self.visitors.get(target)
        if one is not None and other is not None:
            fresh = {
                decision.experiment: decision.slot
                for decision in reversed(changes.decisions)
                if decision.experiment and decision.slot is not None and decision.moment.visitor in (visitor, target)
            }
            self.visitors[target] = merged(one, other, {**fresh, **slots})
        self._of_customer = by_customer(self.visitors.values())
        identities = self._ingest.identities
        self._ingest.identities = {
            identity: target if owner == visitor else owner for identity, owner in identities.items()
        }
        self._settle(self.visits.merge(visitor, target, now), now, changes)
        self._forget_where(visitor)
        if self._doorway is not None and self.visits.visit_of(target) is not None:
            self._doorway.take_in((target,))
        self.ledger.merge(visitor, target)
        self._deferrals.merge(visitor, target)
        self._facts_written.forget(visitor)

    def shift(self, seconds: float, changes: Changes) -> None:
        """The clock was stepped by ``seconds``: everything in memory moves along, nothing fires and nothing is lost."""
        self._ingest.shift(seconds)
        self._locator.shift(seconds)
        if self._doorway is not None:
            self._doorway.shift(seconds)
        self.edges.shift(seconds)
        self._settle(self.visits.shift(seconds), 0.0, changes)

    def _alive_scanners(self) -> frozenset[str]:
        """The scanners whose edge is there."""
        online = {record.name for record in self.edges.all() if record.online}
        return frozenset(name for edge, names in self.store.edges().items() if edge in online for name in names)

    def _lost_scanners(self) -> frozenset[str]:
        """Those that were there and are known to hear nothing now: by their edge's death or silence, or by their neighbours."""
        lost = {record.name for record in self.edges.all() if record.epoch is not None and not record.online}
        names = {name for edge, names in self.store.edges().items() if edge in lost for name in names}
        if self.scanner_watch is not None:
            names |= {trouble.scanner for trouble in self.scanner_watch.troubles if trouble.kind == "dead"}
        return frozenset(names)

    def _cross(self, doorway: Doorway, now: float, changes: Changes) -> None:
        """Visits that begin and end at the door."""
        doorway.blind = not doorway.scanners.isdisjoint(self._lost_scanners())
        for crossing in doorway.tick(now):
            crosses = self.visits.come_in if crossing.inside else self.visits.go_out
            self._settle(crosses(crossing.visitor, crossing.at), now, changes)

    def _opens(self, transition: TakenTransition, visitor: str) -> bool:
        """Whether an enter is a visit at once, as it is in every store without a door."""
        if self._doorway is None:
            return True
        if transition.rssi is not None:
            self._doorway.hear(visitor, transition.scanner, transition.at, transition.rssi)
        if transition.received_at - transition.at > TOLD_LATE_S or self._doorway.admits(visitor):
            self._doorway.take_in((visitor,))
            return True
        return False

    def _forget_where(self, visitor: str) -> None:
        """Her visit is over, or she was never here; where the next one is open already she is inside."""
        self._locator.forget(visitor)
        if self._doorway is not None:
            self._doorway.forget(visitor)
            if self.visits.visit_of(visitor) is not None:
                self._doorway.take_in((visitor,))

    def _apply(self, transition: TakenTransition) -> list[VisitChange]:
        visitor, edge, epoch = transition.visitor, transition.edge, transition.epoch
        if visitor is None:
            return []
        if transition.kind == "exit":
            cause: ExitCause = "scanner_lost" if transition.cause == "scanner_lost" else "silence"
            return self.visits.exit(visitor, edge, transition.scanner, epoch, cause, transition.at)
        if transition.rssi is not None:
            self._locator.hear(visitor, transition.scanner, transition.at, transition.rssi)
        if transition.kind == "press":
            press = Press(transition.at, edge, epoch, transition.button, transition.press_number)
            return self.visits.press(visitor, press, transition.sequence)
        opens = self._opens(transition, visitor)
        return self.visits.enter(
            visitor, edge, transition.scanner, epoch, transition.sequence, transition.at, opens=opens
        )

    def _settle(self, visit_changes: Iterable[VisitChange], now: float, changes: Changes) -> None:
        """Sort what the visits said into rows, and decide each moment."""
        closed: list[str] = []
        for change in visit_changes:
            if isinstance(change, Visit):
                changes.visits[change.id] = change
                if change.left_at is not None:
                    self._forget_where(change.visitor)
                    closed.append(change.id)
            elif isinstance(change, Moment):
                self._decide(change, now, changes)
            else:
                changes.presences.append(change)
        for visit in closed:
            self._decided.pop(visit, None)

    def _decide(self, moment: Moment, now: float, changes: Changes) -> None:
        changes.counted["moments"] += 1
        decided = self._decided.setdefault(moment.visit, set())
        if moment.id in decided:
            return
        visitor = self.visitors.get(moment.visitor)
        cart = self.cart_of(visitor) if visitor else None
        for decision in decide_all(
            moment,
            visitor,
            cart,
            self.offers,
            self.ledger,
            self.facts,
            now=now,
            clock_synchronised=self.clock_synchronised,
        ):
            decided.add(moment.id)
            self._keep(decision, now, changes)
        if visitor is not None and moment.id not in decided:
            known_at, facts = self._facts_written.of(visitor, now)
            undecided = Undecided(moment, known_at, facts, now, self.clock_synchronised, self.offers.revision)
            changes.undecided.append(undecided)

    def _keep(self, decision: Decision, now: float, changes: Changes) -> None:
        """A decision with what it counts, what it leaves to be asked again, and what leaves because of it."""
        changes.decisions.append(decision)
        deferred = deferred_by(decision)
        if deferred is not None:
            for older in self._deferrals.take_over(deferred):
                self._wait_less(older, changes)
            self._deferrals.add(deferred, deferred.ask_at)
            changes.deferred[decision.moment.id] = deferred
        if decision.outcome != "withheld" and decision.offer is not None:
            use = use_of(decision, self.offers[decision.offer].offer)
            self.ledger.add(use.visitor, use.offer, use.campaign, use.at)
            self.ledger.spending.put(use)
            changes.uses[use.key] = use
        benefit = decision.benefit
        if decision.outcome == "sent" and benefit is not None and benefit.pool and benefit.code:
            self.facts.coupons.give(benefit.pool, benefit.code)
            changes.coupons[decision.key] = GivenCoupon(benefit.pool, benefit.code, decision.key)
        if decision.outcome == "sent":
            changes.offers[decision.key] = offer_message(decision, self.store, now)
            changes.through[decision.key] = channels_after(decision, self.offers)

    def _wait_less(self, older: Deferred, changes: Changes) -> None:
        """Offers of an older moment wait at a newer one now: she is not told the same twice when quiet hours end."""
        if older.moment.waited:
            changes.deferred[older.moment.id] = older
        else:
            changes.deferred.pop(older.moment.id, None)
            changes.asked_again.append(older.moment.id)

    def _ask_again(self, deferred: Deferred, now: float, changes: Changes) -> None:
        """Quiet hours ended. Who is there but was not heard just now is waited for as long as her visit lasts."""
        waited = deferred.moment
        visit, heard_at = self.visits.visit_of(waited.visitor), self.visits.heard_at(waited.visitor)
        there = visit is not None and visit.id == waited.visit and waited.zone in (None, visit.zone)
        if there and now - heard_at > HEARD_RECENTLY_S:
            self._deferrals.add(deferred, now + ASK_AGAIN_S)
            return
        changes.asked_again.append(waited.id)
        moment = asked_again(deferred, now, heard_at or None, self.visits.position_of(waited.visitor))
        if there:
            self._decide(moment, now, changes)
        else:
            self._keep(gone(moment, self.visitors.get(waited.visitor), self.offers, now=now), now, changes)

    def _sweep(self, now: float) -> None:
        """Let go of old counts, once an hour and a part in each tick; never by a clock that may be wrong."""
        if self.clock_synchronised:
            self.ledger.sweep(keep_counts_from(self.offers, now))
        if not self.ledger.sweeping:
            self._sweep_at = now + SWEEP_EVERY_S


def by_customer(visitors: Iterable[Visitor]) -> dict[str, tuple[str, ...]]:
    """Who has which customer id in a shop: often one, sometimes a household."""
    found: dict[str, tuple[str, ...]] = {}
    for visitor in visitors:
        for customer in customers_of(visitor):
            found[customer] = (*found.get(customer, ()), visitor.id)
    return found


def keep_counts_from(offers: CompiledOffers, now: float) -> float:
    """How far back counts are kept: as the longest period in force, and a little for moments that are heard of late."""
    return now - max(offers.longest_period().total_seconds(), LEAST_KEPT_S) - SWEEP_EVERY_S
