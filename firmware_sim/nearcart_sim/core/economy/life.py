"""What one shopper buys as time goes on. What she is offered changes it, her luck does not: each occasion's draws are the same
with an offer and without, so that what she would have bought otherwise is known, and not guessed."""

from dataclasses import dataclass
from math import exp, log

from nearcart_contract.report_tables import minor_digits
from nearcart_sim.core.economy.occasions import Occasion
from nearcart_sim.core.economy.taste import Taste, with_odds
from nearcart_sim.core.economy.terms import Economy, Response


@dataclass(frozen=True, slots=True)
class Purchase:
    """One purchase. ``caused``: she would not have made it then, had nothing ever been offered to her. ``amount``: minor units."""

    at: float
    in_store: bool
    amount: int
    caused: bool


@dataclass(frozen=True, slots=True)
class LeftCart:
    """A cart that she filled online and did not order. ``amount``: minor units."""

    at: float
    number: int
    amount: int


@dataclass(frozen=True, slots=True)
class _Had:
    """An offer that she had: what is left of its effect after those before it."""

    at: float
    until: float
    response: Response
    strength: float


@dataclass(frozen=True, slots=True)
class _Draw:
    """The luck of one occasion."""

    buys: float
    amount: int
    pulled: float


class Life:
    """One shopper's, occasion by occasion in order of time. ``cart`` is what she left online and has not bought since."""

    __slots__ = ("_economy", "_had", "_owes_until", "cart", "taste")

    def __init__(self, taste: Taste, economy: Economy) -> None:
        self.taste = taste
        self.cart: LeftCart | None = None
        self._economy = economy
        self._had: list[_Had] = []
        self._owes_until = float("-inf")

    def take(self, occasion: Occasion, offer: str | None) -> Purchase | LeftCart | None:
        """Any occasion; offers reach her in the store only."""
        return self.online(occasion) if occasion.kind == "online" else self.visit(occasion, offer)

    def visit(self, occasion: Occasion, offer: str | None) -> Purchase | None:
        """She is in the store, and ``offer`` reaches her there. What she buys, she buys as she leaves."""
        if offer is not None:
            self._offered(offer, occasion)
        return self._bought(occasion, self.taste.buys, in_store=True)

    def online(self, occasion: Occasion) -> Purchase | LeftCart:
        """She fills a cart: she orders it, or leaves it."""
        bought = self._bought(occasion, self.taste.buys_online, in_store=False)
        if bought is None:
            self.cart = LeftCart(occasion.at, occasion.number, self._draw(occasion).amount)
            return self.cart
        return bought

    def _bought(self, occasion: Occasion, chance: float, *, in_store: bool) -> Purchase | None:
        draw = self._draw(occasion)
        log_odds, adds, basket = self._effect(occasion.at)
        if draw.buys >= with_odds(chance, log_odds, adds):
            return None
        if occasion.at <= self._owes_until:
            self._owes_until = float("-inf")
            return None
        caused, pulled = draw.buys >= chance, self._economy.pull_forward
        if caused and draw.pulled < pulled.share:
            self._owes_until = occasion.at + pulled.within.total_seconds()
        self.cart = None
        return Purchase(occasion.until, in_store, max(1, round(draw.amount * basket)), caused)

    def _offered(self, offer: str, occasion: Occasion) -> None:
        effect = self._economy.offers.get(offer)
        if effect is None:
            return
        fatigue = self._economy.fatigue
        since = occasion.at - fatigue.within.total_seconds()
        before = sum(1 for had in self._had if had.at >= since)
        until = occasion.at + effect.lasts.total_seconds()
        self._had.append(_Had(occasion.at, until, effect.on(self.taste.segment), fatigue.keeps**before))

    def _effect(self, at: float) -> tuple[float, float, float]:
        """(logarithm of odds, added chance, factor of the basket) of every offer that still has one."""
        log_odds = adds = log_basket = 0.0
        for had in self._had:
            if had.until >= at:
                log_odds += log(had.response.odds) * had.strength
                adds += had.response.adds * had.strength
                log_basket += log(had.response.basket) * had.strength
        return log_odds, adds, round(exp(log_basket), 9)

    def _draw(self, occasion: Occasion) -> _Draw:
        stream, basket = self.taste.stream(occasion.kind, occasion.number), self.taste.terms.basket
        buys, pulled = stream.random(), stream.random()
        amount = float(basket.median) * exp(round(stream.gauss(0, basket.sigma), 9))
        return _Draw(buys, max(1, round(amount * 10 ** minor_digits(self._economy.currency))), pulled)
