"""What is asked of Shopify's GraphQL Admin API, as of version 2026-10.

A question may cost 1,000 points at most, reckoned before it is answered: an object costs one, a list as many times as it may
hold. These stay below.
"""

from string import Template

ORDERS = "orders"
CHECKOUTS = "abandonedCheckouts"

CART_TOKEN_SINCE = "2026-07"  # noqa: S105
"""The first version in which an order names its cart; before it only her other carts were known to be bought, by her customer id."""

_LINE = "{ sku title quantity product { id vendor } discountedUnitPriceSet { shopMoney { amount } } }"

_ORDERS = Template(
    """query Orders($$changed: String!, $$after: String) {
  orders(first: 10, after: $$after, query: $$changed, sortKey: UPDATED_AT) {
    nodes {
      id createdAt updatedAt cancelledAt currencyCode email discountCodes $cart_token
      customer { id defaultEmailAddress { emailAddress } }
      totalPriceSet { shopMoney { amount } }
      lineItems(first: 20) { nodes { sku title quantity vendor discountedUnitPriceSet { shopMoney { amount } } } }
      refunds(first: 10) { id createdAt totalRefundedSet { shopMoney { amount currencyCode } } }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""
)

_CHECKOUT = "id createdAt updatedAt completedAt customer { id defaultEmailAddress { emailAddress } } subtotalPriceSet { shopMoney { amount currencyCode } }"

CHECKOUTS_QUERY = f"""query Checkouts($changed: String!, $after: String) {{
  abandonedCheckouts(first: 10, after: $after, query: $changed) {{
    nodes {{ {_CHECKOUT} lineItems(first: 20) {{ nodes {_LINE} pageInfo {{ hasNextPage }} }} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}"""

CHECKOUT_QUERY = f"""query Checkout($id: ID!) {{
  node(id: $id) {{ ... on AbandonedCheckout {{ {_CHECKOUT} lineItems(first: 200) {{ nodes {_LINE} }} }} }}
}}"""


def orders_query(version: str) -> str:
    """For a version of the API, such as 2026-10."""
    return _ORDERS.substitute(cart_token="cartToken" if version >= CART_TOKEN_SINCE else "")
