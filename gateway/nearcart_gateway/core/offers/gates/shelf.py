"""What the shelf of this store says of the items in her cart: is one here, and does it cost less?

Asked for are the items that the offer's SKUs, brands or categories name; where it names none, any of the cart.
"""

from collections.abc import Iterator

from nearcart_contract.cart import Cart, CartItem
from nearcart_contract.offer_file import CartRule
from nearcart_gateway.core.money import money
from nearcart_gateway.core.offers.gates.gate import Gate, Situation, Stop, Terms


def in_stock(terms: Terms) -> Gate | None:
    """Whether one of the items asked for is on the shelf."""
    rule = terms.offer.cart
    if not rule.in_stock:
        return None

    def gate(situation: Situation) -> Stop | None:
        wanted = [] if situation.cart is None else list(meant(situation.cart.cart, rule))
        for item in wanted:
            there = situation.facts.shelf(item.sku or "")
            if there is not None and there.quantity > 0:
                return None
        return Stop("nothing that is meant is on the shelf here", f"0 of {len(wanted)} in stock", "one in stock here")

    return gate


def price_dropped(terms: Terms) -> Gate | None:
    """Whether one of the items asked for costs less on the shelf than in the cart, by a share of the cart's price."""
    rule, unit = terms.offer.cart, terms.store.currency
    least = rule.price_dropped_percent
    if least is None:
        return None
    required = f"at least {least.normalize():f} % less than in the cart"

    def gate(situation: Situation) -> Stop | None:
        observed = "no price of it known here"
        for item in meant(situation.cart.cart, rule) if situation.cart else ():
            there = situation.facts.shelf(item.sku or "")
            if there is None or there.price is None or item.unit_price == 0:
                continue
            if (item.unit_price - there.price) * 100 >= least * item.unit_price:
                return None
            observed = f"{money(there.price, unit)} here, {money(item.unit_price, unit)} in the cart"
        return Stop("no price dropped that far since it was put in the cart", observed, required)

    return gate


def meant(cart: Cart, rule: CartRule) -> Iterator[CartItem]:
    """The items that the rule names by SKU, brand or category, or else all; only those that have a SKU."""
    skus = frozenset(rule.skus)
    brands = frozenset(map(str.casefold, rule.brands))
    categories = frozenset(map(str.casefold, rule.categories))
    named = skus or brands or categories
    for item in cart.items:
        hit = item.sku in skus or (item.brand or "").casefold() in brands
        if item.sku and (not named or hit or any(word.casefold() in categories for word in item.categories)):
            yield item
