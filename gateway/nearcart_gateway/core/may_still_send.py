"""The last question before an offer leaves: may it still? She may have said no, or be forgotten, since it was decided."""

from nearcart_gateway.core.offers.gates.standing import PURPOSE
from nearcart_gateway.core.values import Visitor


def may_still_send(visitor: Visitor | None, channel: str) -> str | None:
    """``None`` when an offer to her may leave through this channel now; else a sentence that says why not.

    ``visitor`` is as known at this moment, ``None`` for somebody who is not known any more.
    """
    if visitor is None:
        return "she is not enrolled any more"
    if not visitor.consents_to(PURPOSE, channel):
        return f"she took back her consent to {PURPOSE} through '{channel}'"
    return None
