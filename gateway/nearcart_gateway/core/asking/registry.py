"""Which file asks which platform: one line each."""

from collections.abc import Callable
from typing import Any

from nearcart_contract.store_file import Source
from nearcart_gateway.core.asking.ask import Asker
from nearcart_gateway.core.asking.bigcommerce import BigCommerceAsker
from nearcart_gateway.core.asking.shopify import shopify_asker
from nearcart_gateway.core.asking.woocommerce import WooCommerceAsker

_ASKERS: dict[str, Callable[[str, Any], Asker]] = {
    "shopify": shopify_asker,
    "woocommerce": WooCommerceAsker,
    "bigcommerce": BigCommerceAsker,
}


def asker_of(name: str, source: Source) -> Asker | None:
    """Who asks this source's API; ``None`` where store.yaml names none."""
    api = getattr(source, "api", None)
    return None if api is None else _ASKERS[source.platform](name, api)
