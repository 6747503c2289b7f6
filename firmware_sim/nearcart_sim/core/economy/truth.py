"""What a campaign truly causes in a world: everybody's life played twice, with its offers and without, and compared."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nearcart_sim.core.economy.life import Life, Purchase
from nearcart_sim.core.economy.occasions import Occasion, Weeks, occasions
from nearcart_sim.core.economy.taste import Taste
from nearcart_sim.core.economy.terms import Economy


@dataclass(frozen=True, slots=True)
class Rule:
    """When a campaign's offer is made: at a visit before ``until`` (Unix seconds), unless there was one in the ``rest_s`` before; with
    ``needs_cart``, only to who left a cart online at least ``cart_age_s`` ago and bought nothing since. Seconds."""

    offer: str
    rest_s: float
    needs_cart: bool = False
    cart_age_s: float = 0.0
    until: float = float("inf")

    def makes_it(self, life: Life, occasion: Occasion, last: float | None) -> bool:
        """Whether it is made at this visit. ``last``: when it was made before."""
        if occasion.at >= self.until or (last is not None and occasion.at - last < self.rest_s):
            return False
        return not self.needs_cart or (life.cart is not None and occasion.at - life.cart.at >= self.cart_age_s)


@dataclass(frozen=True, slots=True)
class Lived:
    """One shopper's time: when the offer was made to her, or would have been, and what she bought."""

    moments: tuple[float, ...]
    purchases: tuple[Purchase, ...]

    def bought(self, window_s: float) -> tuple[Purchase, ...]:
        """What she bought in the window from her first moment on."""
        first = self.moments[0]
        return tuple(each for each in self.purchases if first <= each.at < first + window_s)


def live(taste: Taste, economy: Economy, times: Iterable[Occasion], rule: Rule, *, offered: bool) -> Lived:
    """Her life under a campaign; not ``offered``: as one held out of it, for whom its moments pass in silence."""
    life = Life(taste, economy)
    moments: list[float] = []
    purchases: list[Purchase] = []
    for occasion in times:
        made = occasion.kind == "visit" and rule.makes_it(life, occasion, moments[-1] if moments else None)
        if made:
            moments.append(occasion.at)
        outcome = life.take(occasion, rule.offer if made and offered else None)
        if isinstance(outcome, Purchase):
            purchases.append(outcome)
    return Lived(tuple(moments), tuple(purchases))


@dataclass(frozen=True, slots=True)
class Truth:
    """One shopper's both lives under a campaign: who had no moment is not in it."""

    shopper: str
    segment: str
    without: Lived
    with_it: Lived


def truths(tastes: Iterable[Taste], economy: Economy, weeks: Weeks, rule: Rule) -> Iterator[Truth]:
    """Of everybody who had a moment: up to the first one both lives are the same."""
    for taste in tastes:
        times = occasions(taste, weeks)
        without = live(taste, economy, times, rule, offered=False)
        if without.moments:
            yield Truth(taste.shopper, taste.segment, without, live(taste, economy, times, rule, offered=True))


@dataclass(frozen=True, slots=True)
class Effect:
    """What it came to, within the window after first moments. ``money``: minor units, of all of them together."""

    visitors: int
    buyers_without: int
    buyers_with: int
    money_without: int
    money_with: int

    @property
    def lift(self) -> float | None:
        """More buyers, relative; none where nobody would have bought."""
        return self.buyers_with / self.buyers_without - 1 if self.buyers_without else None

    @property
    def money_lift(self) -> float | None:
        return self.money_with / self.money_without - 1 if self.money_without else None


def effect_of(found: Iterable[Truth], window_s: float) -> Effect:
    """The true effect, as a report defines it: over everybody, from first moments on, both outcomes of each known."""
    visitors = buyers_without = buyers_with = money_without = money_with = 0
    for truth in found:
        without, with_it = truth.without.bought(window_s), truth.with_it.bought(window_s)
        visitors += 1
        buyers_without, buyers_with = buyers_without + bool(without), buyers_with + bool(with_it)
        money_without += sum(each.amount for each in without)
        money_with += sum(each.amount for each in with_it)
    return Effect(visitors, buyers_without, buyers_with, money_without, money_with)
