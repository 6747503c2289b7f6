"""One shopper's own habits, drawn from her segment's. Her chance is named after her, so that one more shopper changes nobody's."""

from dataclasses import dataclass
from math import exp, log

from nearcart_sim.core.chance import CounterStream, key_of
from nearcart_sim.core.days.people import Weighted
from nearcart_sim.core.economy.terms import Economy, Segment


@dataclass(frozen=True, slots=True)
class Taste:
    """``buys`` and ``buys_online``: her chance of buying at a visit, and of ordering a cart, with no offer."""

    shopper: str
    seed: int
    segment: str
    terms: Segment
    buys: float
    buys_online: float

    def stream(self, *names: object) -> CounterStream:
        """A stream of hers."""
        return CounterStream(key_of(self.seed, "economy", self.shopper, *names))


def taste_of(shopper: str, economy: Economy, seed: int) -> Taste:
    """Hers: the same whoever else there is, and whatever offers do."""
    stream = CounterStream(key_of(seed, "taste", shopper))
    segment = Weighted({name: each.share for name, each in economy.segments.items()}).drawn(stream)
    terms = economy.segments[segment]
    buys, online = (stream.gauss(0, terms.spread) for _ in range(2))
    return Taste(shopper, seed, segment, terms, with_odds(terms.buys, buys), with_odds(terms.buys_online, online))


def with_odds(chance: float, log_odds: float, adds: float = 0.0) -> float:
    """``chance`` with its odds multiplied by exp(``log_odds``), and ``adds`` added; rounded, so that every maths library agrees."""
    if 0 < chance < 1:
        chance = 1 / (1 + exp(log((1 - chance) / chance) - log_odds))
    return round(min(1.0, max(0.0, chance + adds)), 9)
