"""Nodes of Shopify's GraphQL API as the documents of its webhooks: one reader serves both.

Nothing is judged here: what is missing or of another kind is handed on, and the reader says what is wrong with it. A code's own
amount is not in the API, only the sum of all discounts, so that none is given.
"""

from typing import Any

from nearcart_gateway.core.asking.graphql import at


def order_document(node: object) -> dict[str, Any]:
    """An ``Order`` as ``orders/updated`` tells it."""
    order = _id(at(node, "id"))
    return {
        "id": order,
        "cart_token": at(node, "cartToken"),
        "currency": at(node, "currencyCode"),
        "customer": _customer(node),
        "email": at(node, "email"),
        "total_price": _amount(node, "totalPriceSet"),
        "discount_codes": [{"code": code} for code in _list(at(node, "discountCodes"))],
        "created_at": at(node, "createdAt"),
        "updated_at": at(node, "updatedAt"),
        "cancelled_at": at(node, "cancelledAt"),
        "line_items": _lines(node),
        "refunds": [_refund(refund, order) for refund in _list(at(node, "refunds"))],
    }


def checkout_document(node: object) -> dict[str, Any]:
    """An ``AbandonedCheckout`` as ``checkouts/update`` tells it."""
    return {
        "id": _id(at(node, "id")),
        "currency": at(node, "subtotalPriceSet", "shopMoney", "currencyCode"),
        "customer": _customer(node),
        "subtotal_price": _amount(node, "subtotalPriceSet"),
        "created_at": at(node, "createdAt"),
        "updated_at": at(node, "updatedAt"),
        "completed_at": at(node, "completedAt"),
        "line_items": _lines(node),
    }


def _customer(node: object) -> dict[str, Any] | None:
    customer = at(node, "customer")
    if customer is None:
        return None
    return {"id": _id(at(customer, "id")), "email": at(customer, "defaultEmailAddress", "emailAddress")}


def _lines(node: object) -> list[dict[str, Any]]:
    return [
        {
            "sku": at(line, "sku"),
            "product_id": _id(at(line, "product", "id")),
            "title": at(line, "title"),
            "vendor": at(line, "vendor") or at(line, "product", "vendor"),
            "quantity": at(line, "quantity"),
            "discounted_price": _amount(line, "discountedUnitPriceSet"),
        }
        for line in _list(at(node, "lineItems", "nodes"))
    ]


def _refund(refund: object, order: object) -> dict[str, Any]:
    paid = at(refund, "totalRefundedSet", "shopMoney")
    back = {"kind": "refund", "status": "success", "amount": at(paid, "amount"), "currency": at(paid, "currencyCode")}
    return {
        "id": _id(at(refund, "id")),
        "order_id": order,
        "created_at": at(refund, "createdAt"),
        "transactions": [] if paid is None else [back],
    }


def _amount(node: object, name: str) -> Any:
    return at(node, name, "shopMoney", "amount")


def _id(said: object) -> object:
    """``gid://shopify/Order/450789469`` as webhooks write it: 450789469."""
    return said.rpartition("/")[2].partition("?")[0] if isinstance(said, str) and said.startswith("gid://") else said


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
