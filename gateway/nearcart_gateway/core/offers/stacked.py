"""The worst that offers held together can take off one cart: what a marketer sees only after the first such customer."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from nearcart_contract.offer_file import Give, Offer
from nearcart_contract.offer_message import AmountOff, PercentOff
from nearcart_gateway.core.money import money

TOO_MUCH = Decimal(50)
"""From this percentage on it is a warning."""

_EXAMPLE_CART = Decimal(100)
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class WorstDiscount:
    """``off`` a cart of ``cart``, in major units of the store's currency, by ``offers`` together."""

    cart: Decimal
    off: Decimal
    offers: tuple[str, ...]

    @property
    def percent(self) -> Decimal:
        """What is off, as a percentage of the cart."""
        return self.off * _HUNDRED / self.cart

    def sentence(self, currency: str) -> str:
        """For the author of the offers."""
        together = ", ".join(self.offers[:5]) + (f" and {len(self.offers) - 5} more" if len(self.offers) > 5 else "")
        return (
            f"held together, offers take {money(self.off, currency)} off a cart of {money(self.cart, currency)}"
            f" ({self.percent:.0f} %): {together}"
        )


def worst_discount(offers: Iterable[Offer]) -> WorstDiscount | None:
    """The greatest share off, each offer counted once and as if it applied to all of the cart; ``None`` below two offers.

    Tried are carts as small as each offer allows. Offers of one group count once, one that comes alone does not count.
    """
    giving = [offer for offer in offers if offer.active and offer.stacks and _gives(offer)]
    carts = {offer.cart.value_at_least or _EXAMPLE_CART for offer in giving}
    found = [worst for cart in sorted(carts) if (worst := _at(cart, giving)) is not None]
    return max(found, key=lambda worst: worst.percent, default=None)


def _at(cart: Decimal, giving: list[Offer]) -> WorstDiscount | None:
    best: dict[str, tuple[Decimal, str]] = {}
    for offer in giving:
        rule = offer.cart
        if (rule.value_at_least or 0) > cart or (rule.value_at_most is not None and rule.value_at_most < cart):
            continue
        off = max(_off(give, cart) for give in _gives(offer))
        group = f"group {offer.stack_group}" if offer.stack_group else offer.offer
        if off > best.get(group, (Decimal(0), ""))[0]:
            best[group] = (off, offer.offer)
    if len(best) < 2:
        return None
    off = min(cart, sum((each for each, _ in best.values()), Decimal(0)))
    return WorstDiscount(cart, off, tuple(sorted(name for _, name in best.values())))


def _gives(offer: Offer) -> list[Give]:
    gives = [offer.give, *(variant.give for variant in offer.variants.values())]
    return [give for give in gives if isinstance(give, PercentOff | AmountOff)]


def _off(give: Give, cart: Decimal) -> Decimal:
    if isinstance(give, PercentOff):
        part = cart * give.percent / _HUNDRED
        return part if give.maximum is None else min(part, give.maximum)
    return give.amount if isinstance(give, AmountOff) else Decimal(0)
