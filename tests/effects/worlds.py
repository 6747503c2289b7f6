"""The kinds of corner shop whose reports are held against the truth: what the offer does, to whom, and what comes of it later."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from nearcart_sim.core.economy.life import Purchase
from nearcart_sim.core.economy.occasions import DAY_S, Weeks, occasions
from nearcart_sim.core.economy.taste import Taste, taste_of
from nearcart_sim.core.economy.terms import Economy
from nearcart_sim.core.economy.truth import Effect, Lived, Rule, Truth, effect_of, live

from .shop import ABANDONED_S, REST_S

ZONE = ZoneInfo("Europe/Vienna")
OPENS = datetime(2026, 1, 12, 8, tzinfo=ZONE)
CAMPAIGN_DAYS, WINDOW_DAYS, LONG_DAYS = 14, 7, 28
ENDS = (OPENS + timedelta(days=CAMPAIGN_DAYS)).replace(hour=0)
OFFER = "hello"
RULE = Rule(OFFER, REST_S, needs_cart=True, cart_age_s=ABANDONED_S, until=ENDS.timestamp())
REFUNDED, REFUNDED_OF_CAUSED = 0.1, 0.5
"""Shares of purchases that are brought back; who was talked into one brings it back more often."""
REFUNDED_WITHIN_DAYS = 6


@dataclass(frozen=True, slots=True)
class World:
    """``odds``: what the offer multiplies odds of buying by, or each variant of it by its name. ``households``: two by two they share a
    loyalty number. ``refunds``: some of what is bought is brought back. ``pulled``: the share of what an offer caused that is only
    brought forward. ``after_days``: how long the shop goes on after the campaign."""

    name: str
    odds: Mapping[str, float]
    households: bool = False
    refunds: bool = False
    pulled: float = 0.0
    after_days: int = WINDOW_DAYS

    @property
    def variants(self) -> tuple[str, ...]:
        """None where everybody has the same offer."""
        return () if len(self.odds) == 1 else tuple(self.odds)

    @property
    def weeks(self) -> Weeks:
        return Weeks(OPENS.timestamp(), CAMPAIGN_DAYS + self.after_days)

    @property
    def told_at(self) -> float:
        """When the report is made, in Unix seconds: when everything that counts has happened."""
        rest = REFUNDED_WITHIN_DAYS if self.refunds else 0
        return self.weeks.starts_at + (self.weeks.days + 1 + rest) * DAY_S

    def economy(self) -> Economy:
        """The shoppers; the offer works less on those who come rarely, and less each time."""
        return Economy.model_validate(
            {
                "segments": {
                    "regulars": {"share": 3, "visits_a_week": 1.4, "buys": 0.25, "online_a_week": 1.6, "buys_online": 0.12},
                    "occasional": {"share": 2, "visits_a_week": 0.8, "buys": 0.15, "online_a_week": 1.2, "buys_online": 0.1},
                },
                "offers": {
                    name: {"odds": odds, "segments": {"occasional": {"odds": odds**0.8}}} for name, odds in self.odds.items()
                },
                "fatigue": {"within": "14d", "keeps": 0.6},
                "pull_forward": {"share": self.pulled, "within": "28d"},
            }
        )  # fmt: skip

    def units(self, tastes: Sequence[Taste]) -> Iterator[tuple[Taste, ...]]:
        """Who is counted as one."""
        size = 2 if self.households else 1
        return (tuple(tastes[first : first + size]) for first in range(0, len(tastes), size))

    def both_lives(self, taste: Taste, economy: Economy, offer: str) -> tuple[Lived, Lived]:
        """Without the offer, and with it or one variant of it."""
        times, rule = occasions(taste, self.weeks), replace(RULE, offer=offer)
        without, with_it = (live(taste, economy, times, rule, offered=each) for each in (False, True))
        return without, with_it

    def kept(self, taste: Taste, lived: Lived) -> Lived:
        """What she bought, less what she brought back."""
        if not self.refunds:
            return lived
        return replace(lived, purchases=tuple(_less(taste, each) for each in lived.purchases))


WORLDS = {
    world.name: world
    for world in (
        World("effect", {OFFER: 2.13}),
        World("none", {OFFER: 1.0}),
        World("variants", {"plain": 1.0, "warm": 3.0}),
        World("households", {OFFER: 2.13}, households=True),
        World("refunds", {OFFER: 2.13}, refunds=True),
        World("pulled", {OFFER: 2.13}, pulled=1.0, after_days=LONG_DAYS),
    )
}
"""In the first the true lift of buyers is 20 %; ``expected`` tells how near it is."""


@dataclass(frozen=True, slots=True)
class Refund:
    """In minor units, at a time in Unix seconds."""

    at: float
    amount: int


def refund_of(taste: Taste, purchase: Purchase) -> Refund | None:
    """What of it she brings back, all or half, on one of the next days; the same whatever else happens to her."""
    stream = taste.stream("refund", purchase.at)
    if stream.random() >= (REFUNDED_OF_CAUSED if purchase.caused else REFUNDED):
        return None
    amount = purchase.amount if stream.random() < 0.5 else purchase.amount // 2
    return Refund(purchase.at + stream.uniform(0.5, REFUNDED_WITHIN_DAYS - 1) * DAY_S, amount)


def _less(taste: Taste, purchase: Purchase) -> Purchase:
    back = refund_of(taste, purchase)
    return purchase if back is None else replace(purchase, amount=purchase.amount - back.amount)


def truth_of(world: World, unit: Sequence[Taste], lives: Iterable[tuple[Lived, Lived]]) -> Truth:
    """A household's both lives, or one shopper's: everybody's moments and purchases together, and of those what was kept."""
    pairs = [tuple(world.kept(taste, lived) for lived in both) for taste, both in zip(unit, lives, strict=True)]
    without, with_it = zip(*pairs, strict=True)
    return Truth(unit[0].shopper, unit[0].segment, _together(without), _together(with_it))


def _together(lives: Sequence[Lived]) -> Lived:
    moments = sorted(at for each in lives for at in each.moments)
    return Lived(tuple(moments), tuple(purchase for each in lives for purchase in each.purchases))


def expected(world: World, offer: str, people: int, seed: int = 0) -> tuple[Effect, Effect]:
    """The world's own effect of the offer, or of one variant, within 7 and 28 days: over so many shoppers, both outcomes of each known."""
    economy = world.economy()
    tastes = [taste_of(f"anybody-{number}", economy, seed) for number in range(people)]
    truths = [
        truth_of(world, unit, (world.both_lives(taste, economy, offer) for taste in unit))
        for unit in world.units(tastes)
    ]
    compared = [truth for truth in truths if truth.without.moments]
    return effect_of(compared, WINDOW_DAYS * DAY_S), effect_of(compared, LONG_DAYS * DAY_S)
