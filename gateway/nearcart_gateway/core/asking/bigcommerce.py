"""BigCommerce's API: one cart (v3), one order (v2), and orders changed since a time (v2).

https://developer.bigcommerce.com/docs/rest-management/carts and /orders. An empty list is answered with 204 and no body.
"""

from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from nearcart_contract.cart import Cart
from nearcart_contract.store_file import BigCommerceApi
from nearcart_gateway.core.asking.ask import Answer, Ask, Page, iso
from nearcart_gateway.core.asking.elements import elements
from nearcart_gateway.core.asking.newest import later
from nearcart_gateway.core.hooks.bigcommerce import CART, ORDER
from nearcart_gateway.core.hooks.event import CartChange, Fetch, News
from nearcart_gateway.core.hooks.fields import rfc_2822
from nearcart_gateway.core.hooks.platform import Payload

PER_PAGE = 250


class BigCommerceAsker:
    """Questions to one store."""

    lists: tuple[str, ...] = ("orders",)

    def __init__(self, source: str, api: BigCommerceApi) -> None:
        self._source = source
        self._base = api.url.rstrip("/")
        self._headers = {"X-Auth-Token": api.token.get_secret_value(), "Accept": "application/json"}

    def poll(self, name: str, since: datetime) -> Ask:
        return self._orders(since, 1)

    def page(self, name: str, ask: Ask, answer: Answer) -> Page:
        """Pages by number, lowest order first: one that changes meanwhile keeps its place."""
        if answer.status == 204:
            return Page()
        documents, newest = [], None
        for raw, parsed in elements(answer.body):
            documents.append(Payload(self._source, ORDER, raw))
            newest = later(newest, _iso(parsed.get("date_modified")))
        asked = parse_qs(urlsplit(ask.url).query)
        after = datetime.fromisoformat(asked["min_date_modified"][0])
        more = len(documents) == PER_PAGE
        return Page(tuple(documents), newest, self._orders(after, int(asked["page"][0]) + 1) if more else None)

    def fetch(self, wanted: Fetch) -> Ask:
        place = {CART: "v3/carts", ORDER: "v2/orders"}[wanted.kind]
        return Ask(f"{self._base}/{place}/{quote(wanted.id, safe='')}", self._headers)

    def fetched(self, wanted: Fetch, answer: Answer, now: float) -> Payload:
        return Payload(self._source, wanted.kind, answer.body)

    def gone(self, wanted: Fetch, now: float) -> tuple[News, ...]:
        """A cart that is not there any more holds nothing: an emptied one is deleted."""
        if wanted.kind != CART:
            return ()
        at = datetime.fromtimestamp(max(wanted.at, 0.0) or now, UTC)
        gone = Cart(id=wanted.id, source=self._source, state="empty", value=Decimal(0), updated_at=at)
        return (CartChange(gone),)

    def again_after(self, wanted: Fetch, news: tuple[News, ...], now: float) -> float | None:
        return None

    def _orders(self, since: datetime, page: int) -> Ask:
        asked = {"min_date_modified": iso(since), "sort": "id:asc", "limit": PER_PAGE, "page": page}
        return Ask(f"{self._base}/v2/orders?{urlencode(asked)}", self._headers)


def _iso(said: object) -> object:
    """RFC 2822 as ISO 8601; what is neither is passed over: its reader will say so."""
    try:
        at = rfc_2822(said)
    except ValueError:
        return None
    return at.isoformat() if isinstance(at, datetime) else at
