"""Weeks of the corner shop, shoppers straight into moments: what its report says, beside what is true."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from nearcart_contract.cart import OrderRefunded
from nearcart_contract.cart import Refund as RefundTold
from nearcart_contract.report_tables import HELD_OUT, OFFERED
from nearcart_contract.roster import IBeaconIdentity, Identity
from nearcart_measure.report.result import Figure, Report
from nearcart_sim.core.economy.life import LeftCart, Life, Purchase
from nearcart_sim.core.economy.occasions import DAY_S, Occasion, occasions
from nearcart_sim.core.economy.orders import cart_event, order_event
from nearcart_sim.core.economy.taste import Taste, taste_of
from nearcart_sim.core.economy.terms import Economy
from nearcart_sim.core.economy.truth import Effect, Lived, Truth, effect_of

from .shop import Person, Shop, opened, write_files
from .worlds import ENDS, OFFER, OPENS, WINDOW_DAYS, Refund, World, refund_of, truth_of

WINDOW_S = WINDOW_DAYS * DAY_S
SHOPPERS = 320
LAYOUT = "scanners: {door: {x: 1, y: 1, zone: door}}"


@dataclass(frozen=True, slots=True)
class Counted:
    """Of one arm: shoppers or households that had a moment, those who bought, and their money in minor units."""

    people: int = 0
    buyers: int = 0
    money: int = 0

    def with_(self, lived: Lived) -> "Counted":
        bought = lived.bought(WINDOW_S)
        return Counted(self.people + 1, self.buyers + bool(bought), self.money + sum(each.amount for each in bought))


@dataclass(frozen=True, slots=True)
class Told:
    """One world: its report, the effect on its own shoppers (none of several variants), for how many of them the gateway did other than
    was to be expected, and by arm who and what there truly is."""

    seed: int
    truth: Effect | None
    report: Report
    astray: int
    arms: dict[str, Counted]

    def figure(self, name: str) -> Figure | None:
        return next((figure for figure in self.report.figures if figure.name == name), None)

    @property
    def counted_right(self) -> bool:
        """Whether the report has those people and buyers in each arm, and their money to the cent."""
        told = {arm.arm: (arm.people, arm.buyers) for arm in self.report.arms}
        money, offered = self.figure("revenue"), [each for arm, each in self.arms.items() if arm != HELD_OUT]
        if money is None or money.held_out is None or money.offered is None:
            return False
        held_out = self.arms[HELD_OUT]
        pairs = (money.held_out, [held_out]), (money.offered, offered)
        return told == {arm: (each.people, each.buyers) for arm, each in self.arms.items()} and all(
            round(100 * mean * sum(each.people for each in arms), 3) == sum(each.money for each in arms)
            for mean, arms in pairs
        )


class Player:
    """Everybody's weeks, event by event, with what the shop's gateway says to each."""

    def __init__(self, shop: Shop, world: World, economy: Economy) -> None:
        self._shop, self._world, self._economy = shop, world, economy
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self.moments: dict[str, list[tuple[float, str | None]]] = {}
        """Shopper to times at which she had an offer, or would have had one, and its name or variant; none for a ghost."""
        self.bought: dict[str, list[Purchase]] = {}

    def plan(self, taste: Taste, times: tuple[Occasion, ...]) -> None:
        life = Life(taste, self._economy)
        self.moments[taste.shopper], self.bought[taste.shopper] = [], []
        for occasion in times:
            self._at(occasion.at, lambda occasion=occasion: self._takes(life, occasion))  # type: ignore[misc]

    def play(self) -> None:
        kept = self._world.weeks.starts_at
        while self._events:
            at, _, event = heapq.heappop(self._events)
            while at >= kept + DAY_S:
                kept += DAY_S
                self._shop.keep(kept)
            event()
        self._shop.engine.tick(kept + DAY_S, self._shop.changes)
        self._shop.keep(kept + DAY_S)

    def _takes(self, life: Life, occasion: Occasion) -> None:
        shopper = life.taste.shopper
        offer = self._offered(shopper, occasion) if occasion.kind == "visit" else None
        outcome = life.take(occasion, offer)
        if isinstance(outcome, LeftCart):
            self._shop.hears(cart_event(shopper, outcome, self._economy.currency, "web"))
        elif isinstance(outcome, Purchase):
            self._at(outcome.at, lambda: self._pays(life.taste, outcome))
        if occasion.kind == "visit":
            self._at(occasion.until, lambda: self._shop.leaves(shopper, occasion.until))

    def _offered(self, shopper: str, occasion: Occasion) -> str | None:
        decision = self._shop.enters(shopper, occasion.at)
        if decision is None or decision.outcome == "withheld":
            return None
        offer = (decision.variant or decision.offer) if decision.outcome == "sent" else None
        self.moments[shopper].append((occasion.at, offer))
        return offer

    def _pays(self, taste: Taste, purchase: Purchase) -> None:
        hers = self.bought[taste.shopper]
        hers.append(purchase)
        number, source = len(hers), "till" if purchase.in_store else "web"
        self._shop.hears(order_event(taste.shopper, number, purchase, self._economy.currency, source))
        back = refund_of(taste, purchase) if self._world.refunds else None
        if back is not None:
            event = _refund_event(f"{taste.shopper}-{number}", back, self._economy.currency, source)
            self._at(back.at, lambda: self._shop.hears(event))

    def _at(self, at: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._events, (at, next(self._order), event))


def _refund_event(order: str, back: Refund, currency: str, source: str) -> OrderRefunded:
    at = datetime.fromtimestamp(back.at, UTC)
    amount = Decimal(back.amount).scaleb(-2)
    told = RefundTold(id=f"{order}-back", source=source, order=order, amount=amount, currency=currency, refunded_at=at)
    return OrderRefunded(type="order.refunded", timestamp=at, data=told)


def play_weeks(seed: int, world: World, shoppers: int = SHOPPERS, folder: Path | None = None) -> Told:
    """One world from its first day to its report."""
    economy = world.economy()
    tastes = [taste_of(f"shopper-{number}", economy, seed) for number in range(shoppers)]
    with TemporaryDirectory(dir=folder) as home:
        last_day = ENDS - timedelta(days=1)
        write_files(
            Path(home), seed, LAYOUT, world.variants, starts=OPENS.date(), ends=last_day.date(),
            window=f"{WINDOW_DAYS}d", hold_out_percent=50,
        )  # fmt: skip
        with opened(Path(home), _people(world, tastes), world.weeks.starts_at - DAY_S) as shop:
            player = Player(shop, world, economy)
            for taste in tastes:
                player.plan(taste, occasions(taste, world.weeks))
            player.play()
            report = shop.report(world.told_at)
    units = [_Unit(player, world, economy, unit) for unit in world.units(tastes)]
    compared = [unit for unit in units if unit.had_a_moment]
    own = None if world.variants else effect_of((unit.truth for unit in compared), WINDOW_S)
    return Told(seed, own, report, sum(unit.astray for unit in units), _true_arms(compared))


class _Unit:
    """One who is counted, a shopper or a household: what was offered to her, both her lives, and whether all went as it should."""

    def __init__(self, player: Player, world: World, economy: Economy, members: Sequence[Taste]) -> None:
        offers = {offer for taste in members for _, offer in player.moments[taste.shopper]}
        self.offer = next(iter(offers), None)
        lives = [world.both_lives(taste, economy, self.offer or OFFER) for taste in members]
        lived = [with_it if self.offer else without for without, with_it in lives]
        self.truth: Truth = truth_of(world, members, lives)
        self.astray = len(offers) > 1 or not all(
            tuple(at for at, _ in player.moments[taste.shopper]) == each.moments
            and sorted(each.purchases, key=_at) == player.bought[taste.shopper]
            for taste, each in zip(members, lived, strict=True)
        )

    @property
    def had_a_moment(self) -> bool:
        return bool(self.truth.without.moments)

    @property
    def arm(self) -> str:
        if self.offer is None:
            return HELD_OUT
        return OFFERED if self.offer == OFFER else self.offer

    @property
    def lived(self) -> Lived:
        return self.truth.with_it if self.offer else self.truth.without


def _true_arms(units: Sequence[_Unit]) -> dict[str, Counted]:
    """By what each was offered, and what she buys then."""
    found: dict[str, Counted] = {}
    for unit in units:
        found[unit.arm] = found.get(unit.arm, Counted()).with_(unit.lived)
    return found


def _people(world: World, tastes: Sequence[Taste]) -> Iterator[Person]:
    numbers = count()
    for household, unit in enumerate(world.units(tastes)):
        loyalty = f"L-{household:06}" if world.households else None
        yield from (Person(taste.shopper, (_tag(next(numbers), taste.shopper),), loyalty) for taste in unit)


def _tag(number: int, shopper: str) -> Identity:
    return IBeaconIdentity(id=shopper, kind="ibeacon", uuid="8d847d20-0116-435f-9a21-2fa79a706d9e", major=number >> 8, minor=number & 255)  # type: ignore[arg-type]  # fmt: skip


def _at(purchase: Purchase) -> float:
    return purchase.at
