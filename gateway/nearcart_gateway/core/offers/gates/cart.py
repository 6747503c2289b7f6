"""What her online cart must be."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal

from nearcart_contract.cart import Cart
from nearcart_contract.duration import format_duration
from nearcart_gateway.core.money import money
from nearcart_gateway.core.offers.gates.gate import EffectiveState, Gate, Situation, Stop, Terms
from nearcart_gateway.core.offers.gates.span import in_span, rough, span_words
from nearcart_gateway.core.offers.where import asks_for_money
from nearcart_gateway.core.values import KnownCart

_SAID: dict[EffectiveState, str] = {
    "open": "the cart is still open",
    "abandoned": "the cart is abandoned",
    "none": "no cart",
}
_WORDS_SHOWN = 5


def effective_state(
    known: KnownCart | None, now: float, abandoned_after: timedelta, clock_synchronised: bool = True
) -> EffectiveState:
    """A cart's state at ``now`` (Unix seconds). An open one unchanged for ``abandoned_after`` is abandoned.

    The platform's clock may run ahead of ours, so a change is never later than its arrival; with our own clock unknown only
    the time since the arrival is known.
    """
    if known is None or known.cart.state in ("ordered", "empty"):
        return "none"
    if known.cart.state == "abandoned":
        return "abandoned"
    left_alone = left_alone_s(known, now, clock_synchronised)
    return "abandoned" if left_alone >= abandoned_after.total_seconds() else "open"


def left_alone_s(known: KnownCart, now: float, clock_synchronised: bool) -> float:
    """Seconds since the cart changed, as far as a clock that may be wrong can tell."""
    changed_at = known.received_at
    if clock_synchronised:
        changed_at = min(changed_at, known.cart.updated_at.timestamp())
    return now - changed_at


def state(terms: Terms) -> Gate | None:
    """Open, abandoned or none."""
    wanted = terms.offer.cart.state
    if wanted == "any":
        return None

    def gate(situation: Situation) -> Stop | None:
        found = situation.cart_state
        if found == wanted:
            return None
        needs = "" if wanted == "none" or found == "none" else f", not {wanted}"
        return Stop(_SAID[found] + needs, found, wanted)

    return gate


def abandoned_for(terms: Terms) -> Gate | None:
    """How long it has been left alone, both bounds included."""
    span = terms.offer.cart.abandoned_for
    if span is None:
        return None
    required = f"abandoned for {span_words(span)}"

    def gate(situation: Situation) -> Stop | None:
        cart = situation.cart
        if cart is None or situation.cart_state != "abandoned":
            return Stop(_SAID[situation.cart_state], situation.cart_state, required)
        alone = left_alone_s(cart, situation.now, situation.clock_synchronised)
        if in_span(alone, span):
            return None
        return Stop(f"the cart is abandoned for {rough(alone)}, needs {span_words(span)}", rough(alone), required)

    return gate


def known_within(terms: Terms) -> Gate | None:
    """How old what we know of the cart may be: with the internet gone it grows old."""
    longest = terms.offer.cart.known_within
    if longest is None:
        return None
    required = f"heard of at most {format_duration(longest)} ago"

    def gate(situation: Situation) -> Stop | None:
        if situation.cart is None:
            return Stop("no cart", "none", required)
        age = situation.now - situation.cart.received_at
        if age <= longest.total_seconds():
            return None
        return Stop(f"the shop last told us of this cart {rough(age)} ago", f"{rough(age)} ago", required)

    return gate


def currency(terms: Terms) -> Gate | None:
    """A value is never compared across currencies; a cart that names none is in the store's."""
    rule, own, where = terms.offer.cart, terms.store.currency, terms.offer.where
    compared = (rule.value_at_least, rule.value_at_most, rule.price_dropped_percent)
    if all(amount is None for amount in compared) and not (where is not None and asks_for_money(where)):
        return None

    def gate(situation: Situation) -> Stop | None:
        found = situation.cart.cart.currency if situation.cart else None
        if found is None or found == own:
            return None
        return Stop(f"the cart is in {found}, the store sells in {own}", found, own)

    return gate


def value(terms: Terms) -> Gate | None:
    """The cart's total, both bounds included."""
    least, most, unit = terms.offer.cart.value_at_least, terms.offer.cart.value_at_most, terms.store.currency
    if least is None and most is None:
        return None

    def gate(situation: Situation) -> Stop | None:
        total = situation.cart.cart.total if situation.cart else Decimal(0)
        if least is not None and total < least:
            needed = f"at least {money(least, unit)}"
        elif most is not None and total > most:
            needed = f"at most {money(most, unit)}"
        else:
            return None
        return Stop(f"the cart is worth {money(total, unit)}, needs {needed}", money(total, unit), needed)

    return gate


def items(terms: Terms) -> Gate | None:
    """Pieces in the cart, quantities counted, both bounds included."""
    least, most = terms.offer.cart.items_at_least, terms.offer.cart.items_at_most
    if least is None and most is None:
        return None

    def gate(situation: Situation) -> Stop | None:
        pieces = sum(item.quantity for item in situation.cart.cart.items) if situation.cart else 0
        if least is not None and pieces < least:
            return Stop(f"the cart holds {pieces} of {least} items", str(pieces), f"at least {least}")
        if most is not None and pieces > most:
            return Stop(f"the cart holds {pieces} items, at most {most} are meant", str(pieces), f"at most {most}")
        return None

    return gate


def category(terms: Terms) -> Gate | None:
    """An item of one of these categories, upper and lower case being alike."""

    def of_cart(cart: Cart) -> Iterable[str]:
        return (word for item in cart.items for word in item.categories)

    return _holds("category", terms.offer.cart.categories, of_cart, str.casefold)


def brand(terms: Terms) -> Gate | None:
    """An item of one of these brands, upper and lower case being alike."""

    def of_cart(cart: Cart) -> Iterable[str]:
        return (item.brand for item in cart.items if item.brand)

    return _holds("brand", terms.offer.cart.brands, of_cart, str.casefold)


def sku(terms: Terms) -> Gate | None:
    """One of these SKUs, to the letter."""

    def of_cart(cart: Cart) -> Iterable[str]:
        return (item.sku for item in cart.items if item.sku)

    return _holds("SKU", terms.offer.cart.skus, of_cart, str)


def _holds(
    what: str, wanted: tuple[str, ...], of_cart: Callable[[Cart], Iterable[str]], alike: Callable[[str], str]
) -> Gate | None:
    if not wanted:
        return None
    accepted = frozenset(alike(word) for word in wanted)
    required = f"{what} {_some(wanted, ' or ')}"

    def gate(situation: Situation) -> Stop | None:
        found = tuple(dict.fromkeys(of_cart(situation.cart.cart))) if situation.cart else ()
        if any(alike(word) in accepted for word in found):
            return None
        return Stop(f"nothing of {required} in the cart", _some(found, ", ") or "none", required)

    return gate


def _some(words: tuple[str, ...], between: str) -> str:
    more = f"{between}{len(words) - _WORDS_SHOWN} more" if len(words) > _WORDS_SHOWN else ""
    return between.join(words[:_WORDS_SHOWN]) + more
