"""Customers without an account: known by the keyed hash of an e-mail address, or a household by its loyalty number."""

from nearcart_gateway.core.values import Visitor


def by_email(hashed: str) -> str:
    """The customer id of whoever has this hash of an e-mail address (``core.email_hash``)."""
    return f"email:{hashed}"


def by_loyalty(number: str) -> str:
    """The customer id of a household that bought with this number: it is nobody's alone, so not in ``customers_of``."""
    return f"loyalty:{number}"


def customers_of(visitor: Visitor) -> tuple[str, ...]:
    """The customer ids by which carts and orders are hers."""
    account = () if visitor.customer is None else (visitor.customer,)
    return account if visitor.email_hash is None else (*account, by_email(visitor.email_hash))
