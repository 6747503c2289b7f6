"""What a webhook says once it is verified, and what may be wrong with one."""

from dataclasses import dataclass, field

from pydantic import ValidationError

from nearcart_contract.cart import CancelledOrder, Cart, Order, Refund

_SHOWN = 3


class BadSignatureError(Exception):
    """Not signed by who knows the secret, or too long ago: answer 401. Never holds the secret or a signature."""


class UnreadableError(Exception):
    """Signed, but not what its kind of event should be: answer 422 and set the payload aside."""


class IgnoredError(Exception):
    """Signed, but about something that concerns no cart: answer 200."""


@dataclass(frozen=True, slots=True)
class CartChange:
    """A cart as it now is. ``email`` is a guest's, who has no customer id: nothing but its keyed hash is ever compared or kept."""

    cart: Cart
    email: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """A purchase: its cart is never offered again. ``visitor`` is whose, where a till knows her by her tag; ``email`` a guest's."""

    order: Order
    visitor: str | None = None
    email: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class OrderUndone:
    """A purchase that was cancelled: what it used is given back."""

    cancelled: CancelledOrder


@dataclass(frozen=True, slots=True)
class OrderRefund:
    """Money given back for a purchase."""

    refund: Refund


@dataclass(frozen=True, slots=True)
class CartLink:
    """Whose a nameless cart is. ``at`` is when the platform knew, Unix seconds: the newest word counts."""

    source: str
    token: str
    customer: str
    at: float


@dataclass(frozen=True, slots=True)
class Fetch:
    """The platform named a thing without saying what it is: it is to be fetched.

    ``at`` is when it changed, Unix seconds: what was fetched after that will do. ``credential`` is what opens it, where the
    source's own token does not.
    """

    source: str
    kind: str
    id: str
    at: float = 0.0
    credential: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CustomerNamed:
    """A customer of the shop and her e-mail address, of which nothing but the keyed hash is ever compared or kept."""

    source: str
    customer: str
    email: str = field(repr=False)


Change = CartChange | OrderPlaced | OrderUndone | OrderRefund | CartLink
News = Change | Fetch | CustomerNamed


@dataclass(frozen=True, slots=True)
class HookEvent:
    """One verified webhook. A second one with the same ``dedup_key`` from the same source is a repeat and changes nothing."""

    dedup_key: str
    changes: tuple[News, ...]


def unreadable(error: ValidationError) -> UnreadableError:
    """The first mistakes of a payload as a sentence: fields and what is expected, never the values."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    told = [
        f"{'.'.join(str(part) for part in detail['loc']) or 'body'}: {detail['msg']}" for detail in details[:_SHOWN]
    ]
    more = f"; and {len(details) - _SHOWN} more" if len(details) > _SHOWN else ""
    return UnreadableError("; ".join(told) + more)
