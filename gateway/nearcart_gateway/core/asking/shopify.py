"""Shopify's Admin API in GraphQL (https://shopify.dev/docs/api/admin-graphql): orders and abandoned checkouts changed since a time.

Carts are in no list of the API, and an abandoned checkout does not name its cart: it is a cart of its own, joined to her by its
customer. A list holds the first articles of a checkout; one that has more is fetched by itself.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from nearcart_contract.store_file import ShopifyApi
from nearcart_gateway.core.asking.ask import Answer, Ask, Asker, Page, ShopAnswerError, iso
from nearcart_gateway.core.asking.graphql import at, read_graphql
from nearcart_gateway.core.asking.newest import later
from nearcart_gateway.core.asking.shopify_documents import checkout_document, order_document
from nearcart_gateway.core.asking.shopify_queries import (
    CHECKOUT_QUERY,
    CHECKOUTS,
    CHECKOUTS_QUERY,
    ORDERS,
    orders_query,
)
from nearcart_gateway.core.asking.shopify_rest import ShopifyRestAsker
from nearcart_gateway.core.hooks.event import Fetch, News
from nearcart_gateway.core.hooks.platform import Payload

_MAY_BE_DENIED = frozenset({"email", "defaultEmailAddress", "product"})
"""Her address and an article's brand: what else is known goes on being of use."""

_LISTS = {ORDERS: ("orders/updated", order_document), CHECKOUTS: ("checkouts/update", checkout_document)}
"""By the name of the query's field: the webhook whose document is made of each, so that one reader serves both."""


def shopify_asker(source: str, api: ShopifyApi) -> Asker:
    """As store.yaml says."""
    return ShopifyAsker(source, api) if api.kind == "graphql" else ShopifyRestAsker(source, api)


class ShopifyAsker:
    """Questions to one shop."""

    lists: tuple[str, ...] = tuple(_LISTS)

    def __init__(self, source: str, api: ShopifyApi) -> None:
        self._source = source
        self._url = f"{api.url.rstrip('/')}/admin/api/{api.version}/graphql.json"
        self._headers = {
            "X-Shopify-Access-Token": api.token.get_secret_value(),
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        self._queries = {ORDERS: orders_query(api.version), CHECKOUTS: CHECKOUTS_QUERY}

    def poll(self, name: str, since: datetime) -> Ask:
        return self._ask(self._queries[name], {"changed": f"updated_at:>='{iso(since)}'", "after": None})

    def page(self, name: str, ask: Ask, answer: Answer) -> Page:
        """Pages by cursor. One that came too soon for the shop is asked for again."""
        read = read_graphql(answer.body, _MAY_BE_DENIED)
        if read.throttled:
            return Page(after=ask, rest_s=read.rest_s)
        nodes = at(read.data, name, "nodes")
        if not isinstance(nodes, list):
            raise ShopAnswerError(f"the answer is no list of {name}")
        newest: datetime | None = None
        in_order = name == ORDERS  # as was asked for: if it is not so, the poll ends with the last page as any other
        documents, wanted = [], []
        for node in nodes:
            changed = later(None, at(node, "updatedAt"))
            in_order = in_order and changed is not None and (newest is None or changed >= newest)
            newest = later(newest, at(node, "updatedAt"))
            if name == CHECKOUTS and at(node, "lineItems", "pageInfo", "hasNextPage") is True:
                wanted.append(self._long_one(node))
            else:
                documents.append(self._payload(name, node))
        after = self._next(name, ask, read.data)
        return Page(tuple(documents), newest, after, tuple(wanted), read.rest_s, in_order)

    def fetch(self, wanted: Fetch) -> Ask:
        return self._ask(CHECKOUT_QUERY, {"id": wanted.id})

    def fetched(self, wanted: Fetch, answer: Answer, now: float) -> Payload | None:
        read = read_graphql(answer.body, _MAY_BE_DENIED)
        if read.throttled:
            raise ShopAnswerError("the shop asks for more patience")
        node = read.data.get("node")
        return None if node is None else self._payload(CHECKOUTS, node)

    def gone(self, wanted: Fetch, now: float) -> tuple[News, ...]:
        return ()

    def again_after(self, wanted: Fetch, news: tuple[News, ...], now: float) -> float | None:
        return None

    def _ask(self, query: str, variables: Mapping[str, Any]) -> Ask:
        return Ask(self._url, self._headers, json.dumps({"query": query, "variables": variables}).encode())

    def _next(self, name: str, ask: Ask, data: Mapping[str, Any]) -> Ask | None:
        cursor = at(data, name, "pageInfo", "endCursor")
        if at(data, name, "pageInfo", "hasNextPage") is not True:
            return None
        if not isinstance(cursor, str):
            raise ShopAnswerError("there is a next page, and no cursor that leads to it")
        asked = json.loads(ask.body or b"{}")
        return self._ask(asked["query"], {**asked["variables"], "after": cursor})

    def _payload(self, name: str, node: object) -> Payload:
        kind, document_of = _LISTS[name]
        text = json.dumps(document_of(node), default=str, ensure_ascii=False, separators=(",", ":"))
        return Payload(self._source, kind, text.encode())

    def _long_one(self, node: object) -> Fetch:
        changed = later(None, at(node, "updatedAt")) or datetime.fromtimestamp(0, UTC)
        return Fetch(self._source, "checkout", str(at(node, "id")), changed.timestamp())
