"""Shopify's Admin API in REST (https://shopify.dev/docs/api/admin-rest), which is legacy: for a token that GraphQL refuses.

Orders and abandoned checkouts changed since a time. Carts are in no list of the API.
"""

from datetime import datetime
from urllib.parse import urlencode, urlsplit

from nearcart_contract.store_file import ShopifyApi
from nearcart_gateway.core.asking.ask import Answer, Ask, Page, ShopAnswerError, iso
from nearcart_gateway.core.asking.elements import elements
from nearcart_gateway.core.asking.link_header import next_url
from nearcart_gateway.core.asking.newest import later
from nearcart_gateway.core.hooks.event import Fetch, News
from nearcart_gateway.core.hooks.platform import Payload

PER_PAGE = 250
_KINDS = {"orders": "orders/updated", "checkouts": "checkouts/update"}


class ShopifyRestAsker:
    """Questions to one shop."""

    lists: tuple[str, ...] = tuple(_KINDS)

    def __init__(self, source: str, api: ShopifyApi) -> None:
        self._source = source
        self._base = f"{api.url.rstrip('/')}/admin/api/{api.version}"
        self._headers = {"X-Shopify-Access-Token": api.token.get_secret_value(), "Accept": "application/json"}

    def poll(self, name: str, since: datetime) -> Ask:
        asked = {"updated_at_min": iso(since), "limit": str(PER_PAGE)}
        if name == "orders":
            asked["status"] = "any"  # by default those that are open
        return Ask(f"{self._base}/{name}.json?{urlencode(asked)}", self._headers)

    def page(self, name: str, ask: Ask, answer: Answer) -> Page:
        """The next page is where the ``Link`` header says, on the same host: the token goes nowhere else."""
        documents, newest = [], None
        for raw, parsed in elements(answer.body, name):
            documents.append(Payload(self._source, _KINDS[name], raw))
            newest = later(newest, parsed.get("updated_at"))
        url = next_url(answer.headers.get("link"))
        if url is not None and urlsplit(url)[:2] != urlsplit(ask.url)[:2]:
            raise ShopAnswerError("the next page is said to be on another host")
        return Page(tuple(documents), newest, None if url is None else Ask(url, self._headers))

    def fetch(self, wanted: Fetch) -> Ask:
        raise NotImplementedError("Shopify's webhooks carry what they tell of")

    def fetched(self, wanted: Fetch, answer: Answer, now: float) -> Payload | None:
        raise NotImplementedError("Shopify's webhooks carry what they tell of")

    def gone(self, wanted: Fetch, now: float) -> tuple[News, ...]:
        return ()

    def again_after(self, wanted: Fetch, news: tuple[News, ...], now: float) -> float | None:
        return None
