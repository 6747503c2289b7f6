"""A customer without an account: known by the keyed hash of her e-mail address alone."""

from nearcart_gateway.core.values import Visitor


def by_email(hashed: str) -> str:
    """The customer id of whoever has this hash of an e-mail address (``core.email_hash``)."""
    return f"email:{hashed}"


def customers_of(visitor: Visitor) -> tuple[str, ...]:
    """The customer ids by which carts and orders are hers."""
    account = () if visitor.customer is None else (visitor.customer,)
    return account if visitor.email_hash is None else (*account, by_email(visitor.email_hash))
