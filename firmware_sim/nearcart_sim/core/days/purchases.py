"""What everybody of a scenario's day would buy at her visit: with no offer, and with each offer whose effect the scenario knows."""

import json
from collections.abc import Iterator, Sequence

from nearcart_sim.core.days.people import Carrier
from nearcart_sim.core.days.play import Play
from nearcart_sim.core.economy.life import LeftCart, Life, Purchase
from nearcart_sim.core.economy.occasions import WEEK_S, Occasion
from nearcart_sim.core.economy.taste import Taste, taste_of
from nearcart_sim.core.economy.truth import Effect


class VisitOutcome:
    """One visit of one shopper. ``before``: the cart that she filled online in the week before it, left or ordered."""

    def __init__(self, play: Play, carrier: Carrier) -> None:
        self.carrier = carrier
        self._economy = play.scenario.economy
        self.taste = taste_of(carrier.name, self._economy, play.seed)
        self.occasion = _occasion(play, carrier)
        self._cart_at = _cart_at(self.taste, self.occasion.at)
        self.before = self._fills(Life(self.taste, self._economy))

    @property
    def currency(self) -> str:
        return self._economy.currency

    @property
    def cart(self) -> LeftCart | None:
        """What she left."""
        return self.before if isinstance(self.before, LeftCart) else None

    def buys(self, offer: str | None) -> Purchase | None:
        """What she buys in the store if this offer, or none, reaches her."""
        life = Life(self.taste, self._economy)
        self._fills(life)
        return life.visit(self.occasion, offer)

    def _fills(self, life: Life) -> LeftCart | Purchase | None:
        if self._cart_at is None:
            return None
        return life.online(Occasion("online", 0, self._cart_at, self._cart_at))


def outcomes(play: Play) -> list[VisitOutcome]:
    """Of everybody but the staff, in order of arrival."""
    shoppers = (carrier for carrier in play.carriers if carrier.role != "staff")
    ordered = sorted(shoppers, key=lambda carrier: (carrier.track.begins, carrier.name))
    return [VisitOutcome(play, carrier) for carrier in ordered]


def purchase_lines(play: Play) -> Iterator[str]:
    """``{"shopper", "segment", "enrolled", "entered_at", "left_at", "cart", "ordered", "without", "with"}`` a visit, then a line an offer
    with what it truly causes among those enrolled, were it made to all of them. Amounts are minor units, and null where she buys nothing."""
    found, offers = outcomes(play), tuple(play.scenario.economy.offers)
    for each in found:
        yield _line(_row(each, offers))
    for offer in offers:
        yield _line({"offer": offer, **_told(effect_on([each for each in found if each.carrier.enrolled], offer))})


def effect_on(found: Sequence[VisitOutcome], offer: str) -> Effect:
    """The true effect of an offer on these visits."""
    without, with_it = ([bought for each in found if (bought := each.buys(made))] for made in (None, offer))
    return Effect(
        len(found),
        len(without),
        len(with_it),
        sum(each.amount for each in without),
        sum(each.amount for each in with_it),
    )


def _occasion(play: Play, carrier: Carrier) -> Occasion:
    begins, ends = (round((play.starts_at_us + at) / 1e6, 3) for at in (carrier.track.begins, carrier.track.ends))
    return Occasion("visit", 0, begins, ends)


def _cart_at(taste: Taste, entered_at: float) -> float | None:
    """When she last filled a cart, if that was in the week before."""
    if not taste.terms.online_a_week:
        return None
    before = taste.stream("before").expovariate(taste.terms.online_a_week / WEEK_S)
    return round(entered_at - before, 3) if before < WEEK_S else None


def _row(outcome: VisitOutcome, offers: Sequence[str]) -> dict[str, object]:
    return {
        "shopper": outcome.carrier.name,
        "segment": outcome.taste.segment,
        "enrolled": outcome.carrier.enrolled,
        "entered_at": outcome.occasion.at,
        "left_at": outcome.occasion.until,
        "cart": _online(outcome.cart),
        "ordered": _online(None if outcome.cart else outcome.before),
        "without": _amount(outcome.buys(None)),
        "with": {offer: _amount(outcome.buys(offer)) for offer in offers},
    }


def _online(cart: LeftCart | Purchase | None) -> dict[str, object] | None:
    return None if cart is None else {"at": cart.at, "amount": cart.amount}


def _amount(purchase: Purchase | None) -> int | None:
    return None if purchase is None else purchase.amount


def _told(effect: Effect) -> dict[str, object]:
    lift, money_lift = effect.lift, effect.money_lift
    return {
        "visitors": effect.visitors,
        "buyers_without": effect.buyers_without,
        "buyers_with": effect.buyers_with,
        "lift": None if lift is None else round(lift, 6),
        "money_without": effect.money_without,
        "money_with": effect.money_with,
        "money_lift": None if money_lift is None else round(money_lift, 6),
    }


def _line(row: dict[str, object]) -> str:
    return json.dumps(row, separators=(",", ":"))
