"""Standard Webhooks (https://www.standardwebhooks.com, specification 1.0.0) with the contract's own events."""

from datetime import datetime

from standardwebhooks import Webhook

from nearcart_contract.cart import Cart, CartUpdated, Order, OrderCreated
from nearcart_sim.core.webhooks.request import HookRequest


def cart_updated(cart: Cart, secret: str, message_id: str, now: datetime) -> HookRequest:
    """``now`` is aware and the true time: receivers refuse old signatures. ``secret``: ``whsec_…``."""
    return _signed(CartUpdated(type="cart.updated", timestamp=now, data=cart), secret, message_id, now)


def order_created(order: Order, secret: str, message_id: str, now: datetime) -> HookRequest:
    return _signed(OrderCreated(type="order.created", timestamp=now, data=order), secret, message_id, now)


def _signed(event: CartUpdated | OrderCreated, secret: str, message_id: str, now: datetime) -> HookRequest:
    body = event.model_dump_json(exclude_none=True)
    signature = Webhook(secret).sign(message_id, now, body)
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    return HookRequest(body.encode(), headers)
