"""Weeks of the corner shop, shoppers straight into moments: what its report says, beside what is true."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from nearcart_contract.report_tables import HELD_OUT, OFFERED
from nearcart_contract.roster import IBeaconIdentity, Identity
from nearcart_measure.report.result import Report
from nearcart_sim.core.economy.life import LeftCart, Life, Purchase
from nearcart_sim.core.economy.occasions import DAY_S, Occasion, Weeks, occasions
from nearcart_sim.core.economy.orders import cart_event, order_event
from nearcart_sim.core.economy.taste import Taste, taste_of
from nearcart_sim.core.economy.terms import Economy
from nearcart_sim.core.economy.truth import Effect, Rule, Truth, effect_of, live, truths

from .shop import ABANDONED_S, REST_S, Shop, opened, write_files

ZONE = ZoneInfo("Europe/Vienna")
OPENS = datetime(2026, 1, 12, 8, tzinfo=ZONE)
CAMPAIGN_DAYS, WINDOW_DAYS = 14, 7
WINDOW_S = WINDOW_DAYS * DAY_S
WEEKS = Weeks(OPENS.timestamp(), CAMPAIGN_DAYS + WINDOW_DAYS)
ENDS = (OPENS + timedelta(days=CAMPAIGN_DAYS)).replace(hour=0)
RULE = Rule("hello", REST_S, needs_cart=True, cart_age_s=ABANDONED_S, until=ENDS.timestamp())
SHOPPERS = 320
LAYOUT = "scanners: {door: {x: 1, y: 1, zone: door}}"
ODDS = {0.2: 2.13, 0.0: 1.0}
"""True lift of buyers: what the offer does to odds for that. ``expected`` tells how near it is."""


def economy(odds: float) -> Economy:
    """The corner shop's shoppers; the offer works less on those who come rarely, and less each time."""
    return Economy.model_validate(
        {
            "segments": {
                "regulars": {"share": 3, "visits_a_week": 1.4, "buys": 0.25, "online_a_week": 1.6, "buys_online": 0.12},
                "occasional": {"share": 2, "visits_a_week": 0.8, "buys": 0.15, "online_a_week": 1.2, "buys_online": 0.1},
            },
            "offers": {"hello": {"odds": odds, "segments": {"occasional": {"odds": odds**0.8}}}},
            "fatigue": {"within": "14d", "keeps": 0.6},
        }
    )  # fmt: skip


def expected(odds: float, people: int, seed: int = 0) -> Effect:
    """The world's own effect: over so many shoppers, both outcomes of each known."""
    world = economy(odds)
    everybody = (taste_of(f"anybody-{number}", world, seed) for number in range(people))
    return effect_of(truths(everybody, world, WEEKS, RULE), WINDOW_S)


@dataclass(frozen=True, slots=True)
class Told:
    """One world: the effect on its own shoppers, its report, for how many of them the gateway did other than was to be expected, and by
    arm how many people and buyers there truly are."""

    seed: int
    truth: Effect
    report: Report
    astray: int
    arms: dict[str, tuple[int, int]]

    @property
    def counted_right(self) -> bool:
        """Whether the report has those people and buyers in each arm."""
        return {arm.arm: (arm.people, arm.buyers) for arm in self.report.arms} == self.arms

    def misses(self, lift: float) -> bool:
        """Whether the report's interval leaves the truth out. No interval is a miss, too."""
        figure = self.report.main_figure
        return figure is None or figure.fixed is None or not figure.fixed.low <= lift <= figure.fixed.high


class Player:
    """Everybody's weeks, event by event, with what the shop's gateway says to each."""

    def __init__(self, shop: Shop, world: Economy) -> None:
        self._shop, self._world = shop, world
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self.moments: dict[str, list[tuple[float, bool]]] = {}
        """Shopper to times at which she had the offer, or would have had it, and whether she had."""
        self.bought: dict[str, list[Purchase]] = {}

    def plan(self, taste: Taste, times: tuple[Occasion, ...]) -> None:
        life = Life(taste, self._world)
        self.moments[taste.shopper], self.bought[taste.shopper] = [], []
        for occasion in times:
            self._at(occasion.at, lambda occasion=occasion: self._takes(life, occasion))  # type: ignore[misc]

    def play(self) -> None:
        kept = WEEKS.starts_at
        while self._events:
            at, _, event = heapq.heappop(self._events)
            while at >= kept + DAY_S:
                kept += DAY_S
                self._shop.keep(kept)
            event()
        self._shop.engine.tick(kept + DAY_S, self._shop.changes)
        self._shop.keep(kept + DAY_S)

    def was_offered(self, shopper: str) -> bool:
        return any(sent for _, sent in self.moments[shopper])

    def _takes(self, life: Life, occasion: Occasion) -> None:
        shopper = life.taste.shopper
        offer = self._offered(shopper, occasion) if occasion.kind == "visit" else None
        outcome = life.take(occasion, offer)
        if isinstance(outcome, LeftCart):
            self._shop.hears(cart_event(shopper, outcome, self._world.currency, "web"))
        elif isinstance(outcome, Purchase):
            self._at(outcome.at, lambda: self._pays(shopper, outcome))
        if occasion.kind == "visit":
            self._at(occasion.until, lambda: self._shop.leaves(shopper, occasion.until))

    def _offered(self, shopper: str, occasion: Occasion) -> str | None:
        decision = self._shop.enters(shopper, occasion.at)
        if decision is None or decision.outcome == "withheld":
            return None
        sent = decision.outcome == "sent"
        self.moments[shopper].append((occasion.at, sent))
        return decision.offer if sent else None

    def _pays(self, shopper: str, purchase: Purchase) -> None:
        hers = self.bought[shopper]
        hers.append(purchase)
        source = "till" if purchase.in_store else "web"
        self._shop.hears(order_event(shopper, len(hers), purchase, self._world.currency, source))

    def _at(self, at: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._events, (at, next(self._order), event))


def play_weeks(seed: int, odds: float, shoppers: int = SHOPPERS, folder: Path | None = None) -> Told:
    """One world from its first day to its report."""
    world = economy(odds)
    tastes = [taste_of(f"shopper-{number}", world, seed) for number in range(shoppers)]
    times = {taste.shopper: occasions(taste, WEEKS) for taste in tastes}
    with TemporaryDirectory(dir=folder) as home:
        last_day = ENDS - timedelta(days=1)
        write_files(
            Path(home), seed, LAYOUT, starts=OPENS.date(), ends=last_day.date(), window=f"{WINDOW_DAYS}d",
            hold_out_percent=50,
        )  # fmt: skip
        people = ((taste.shopper, (_tag(number, taste.shopper),)) for number, taste in enumerate(tastes))
        with opened(Path(home), people, WEEKS.starts_at - DAY_S) as shop:
            player = Player(shop, world)
            for taste in tastes:
                player.plan(taste, times[taste.shopper])
            player.play()
            report = shop.report(WEEKS.starts_at + (WEEKS.days + 1) * DAY_S)
    both = [both_lives(taste, world, times[taste.shopper]) for taste in tastes]
    astray = sum(not as_expected(player, each) for each in both)
    compared = [each for each in both if each.without.moments]
    return Told(seed, effect_of(compared, WINDOW_S), report, astray, true_arms(player, compared))


def true_arms(player: Player, compared: list[Truth]) -> dict[str, tuple[int, int]]:
    """Arm to (people, buyers), by what each was offered and what she buys then."""
    found = {HELD_OUT: (0, 0), OFFERED: (0, 0)}
    for each in compared:
        offered = player.was_offered(each.shopper)
        arm, lived = (OFFERED, each.with_it) if offered else (HELD_OUT, each.without)
        people, buyers = found[arm]
        found[arm] = people + 1, buyers + bool(lived.bought(WINDOW_S))
    return found


def both_lives(taste: Taste, world: Economy, times: tuple[Occasion, ...]) -> Truth:
    without, with_it = (live(taste, world, times, RULE, offered=each) for each in (False, True))
    return Truth(taste.shopper, taste.segment, without, with_it)


def as_expected(player: Player, truth: Truth) -> bool:
    """Whether she had her moments when she should have, all in one arm, and bought what she buys then."""
    moments, offered = player.moments[truth.shopper], player.was_offered(truth.shopper)
    lived = truth.with_it if offered else truth.without
    return (
        tuple(at for at, _ in moments) == lived.moments
        and all(sent == offered for _, sent in moments)
        and sorted(lived.purchases, key=_at) == player.bought[truth.shopper]
    )


def _tag(number: int, shopper: str) -> Identity:
    return IBeaconIdentity(id=shopper, kind="ibeacon", uuid="8d847d20-0116-435f-9a21-2fa79a706d9e", major=number >> 8, minor=number & 255)  # type: ignore[arg-type]  # fmt: skip


def _at(purchase: Purchase) -> float:
    return purchase.at
