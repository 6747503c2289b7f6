"""WooCommerce's REST API (orders changed since a time) and its Store API (the cart of one session, by its token).

https://woocommerce.github.io/woocommerce-rest-api-docs and https://developer.woocommerce.com/docs/apis/store-api.
"""

import base64
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urlsplit

from nearcart_contract.store_file import WooCommerceApi
from nearcart_gateway.core.asking.ask import Answer, Ask, Page, iso
from nearcart_gateway.core.asking.elements import elements
from nearcart_gateway.core.asking.newest import later
from nearcart_gateway.core.hooks import woocommerce
from nearcart_gateway.core.hooks.event import CartChange, Fetch, News
from nearcart_gateway.core.hooks.platform import Payload

PER_PAGE = 100
CART_EVERY_S = 300.0
SESSION_S = 48 * 3600.0
"""A session of the Store API is over two days after it began, unless the shop says otherwise."""


class WooCommerceAsker:
    """Questions to one shop."""

    lists: tuple[str, ...] = ("orders",)

    def __init__(self, source: str, api: WooCommerceApi) -> None:
        self._source = source
        self._base = api.url.rstrip("/")
        pair = f"{api.key.get_secret_value()}:{api.key_secret.get_secret_value()}"
        self._headers = {
            "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
            "Accept": "application/json",
        }

    def poll(self, name: str, since: datetime) -> Ask:
        return self._orders(since, 1)

    def page(self, name: str, ask: Ask, answer: Answer) -> Page:
        """Pages by number, oldest order first: one that changes meanwhile keeps its place."""
        documents, newest = [], None
        for raw, parsed in elements(answer.body):
            documents.append(Payload(self._source, "order.updated", raw))
            said = parsed.get("date_modified_gmt")
            newest = later(newest, f"{said}+00:00" if isinstance(said, str) else None)
        asked = parse_qs(urlsplit(ask.url).query)
        number, pages = int(asked["page"][0]), answer.headers.get("x-wp-totalpages", "")
        more = number < int(pages) if pages.isdecimal() and len(pages) < 10 else len(documents) == PER_PAGE
        after = datetime.fromisoformat(asked["modified_after"][0])
        return Page(tuple(documents), newest, self._orders(after, number + 1) if more else None)

    def fetch(self, wanted: Fetch) -> Ask:
        """The token alone opens a cart: a key is neither needed nor sent."""
        headers = {"Cart-Token": wanted.credential or "", "Accept": "application/json"}
        return Ask(f"{self._base}/wp-json/wc/store/v1/cart", headers)

    def fetched(self, wanted: Fetch, answer: Answer, now: float) -> Payload:
        at = datetime.fromtimestamp(now, UTC).isoformat()
        return Payload(self._source, woocommerce.STORE_CART, woocommerce.store_cart(wanted.id, at, answer.body))

    def gone(self, wanted: Fetch, now: float) -> tuple[News, ...]:
        return ()

    def again_after(self, wanted: Fetch, news: tuple[News, ...], now: float) -> float | None:
        """A cart that holds something is looked at again, as nothing tells of its changes, until its session is over."""
        holds = any(isinstance(change, CartChange) and change.cart.state == "open" for change in news)
        return CART_EVERY_S if holds and now < wanted.at + SESSION_S else None

    def _orders(self, since: datetime, page: int) -> Ask:
        asked = {
            "modified_after": iso(since),
            "dates_are_gmt": "true",
            "orderby": "date",
            "order": "asc",
            "per_page": PER_PAGE,
            "page": page,
        }
        return Ask(f"{self._base}/wp-json/wc/v3/orders?{urlencode(asked)}", self._headers)
