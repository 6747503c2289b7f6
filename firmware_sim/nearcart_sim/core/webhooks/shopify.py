"""Shopify's webhooks (https://shopify.dev/docs/api/webhooks), as far as nearcart reads them.

As in the real ones, a cart names neither customer nor currency, and categories are in none of them.
"""

import base64
import hashlib
import hmac
import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from nearcart_contract.cart import Cart, CartItem, Order
from nearcart_sim.core.webhooks.request import HookRequest

_SHOP = "corner-shop.myshopify.com"


def carts_update(cart: Cart, secret: str, event_id: str) -> HookRequest:
    """The cart alone, known by its token."""
    token = cart.token or cart.id
    row = {
        "id": token,
        "token": token,
        "line_items": [_line(item) for item in cart.items],
        "note": "",
        "updated_at": _time(cart.updated_at),
        "created_at": _time(cart.created_at or cart.updated_at),
    }
    return _signed("carts/update", row, secret, event_id)


def checkouts_update(cart: Cart, secret: str, event_id: str) -> HookRequest:
    """The checkout made of the cart: what tells whose it is, and in which currency."""
    row = {
        "id": number(f"checkout {cart.id}"),
        "token": hashlib.md5(cart.id.encode(), usedforsecurity=False).hexdigest(),
        "cart_token": cart.token or cart.id,
        "currency": cart.currency,
        "customer": _customer(cart.customer),
        "line_items": [_line(item) for item in cart.items],
        "subtotal_price": str(cart.total),
        "total_price": str(cart.total),
        "created_at": _time(cart.created_at or cart.updated_at),
        "updated_at": _time(cart.updated_at),
        "completed_at": _time(cart.updated_at) if cart.state == "ordered" else None,
    }
    return _signed("checkouts/update", row, secret, event_id)


def orders_create(order: Order, secret: str, event_id: str) -> HookRequest:
    """A purchase."""
    row = {
        "id": number(f"order {order.id}"),
        "name": f"#{order.id}",
        "cart_token": order.cart_token,
        "currency": order.currency,
        "customer": _customer(order.customer),
        "line_items": [_line(item) for item in order.items],
        "total_price": str(order.total),
        "created_at": _time(order.placed_at),
        "updated_at": _time(order.placed_at),
    }
    return _signed("orders/create", row, secret, event_id)


def number(text: str) -> int:
    """Shopify's ids are numbers: always the same one for a text."""
    return 5_000_000_000_000 + zlib.crc32(text.encode())


def _line(item: CartItem) -> dict[str, Any]:
    product = item.product or item.sku or item.title or ""
    return {
        "id": number(f"line {product}"),
        "product_id": number(f"product {product}"),
        "variant_id": number(f"variant {product}"),
        "sku": item.sku or "",
        "title": item.title or "",
        "vendor": item.brand or "",
        "quantity": item.quantity,
        "price": str(item.unit_price),
    }


def _customer(customer: str | None) -> dict[str, Any] | None:
    if customer is None:
        return None
    return {"id": int(customer) if customer.isdigit() else number(f"customer {customer}")}


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _signed(topic: str, row: Mapping[str, Any], secret: str, event_id: str) -> HookRequest:
    body = json.dumps(row, separators=(",", ":")).encode()
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    headers = {
        "content-type": "application/json",
        "x-shopify-topic": topic,
        "x-shopify-hmac-sha256": signature,
        "x-shopify-shop-domain": _SHOP,
        "x-shopify-api-version": "2026-01",
        "x-shopify-event-id": event_id,
        "x-shopify-webhook-id": f"{event_id}-1",
    }
    return HookRequest(body, headers)
