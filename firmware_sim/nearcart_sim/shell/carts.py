"""Posts carts and orders to a store's gateway as its shop platforms would, until it has taken them."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from uuid import uuid4

import httpx
import structlog

from nearcart_contract.cart import Cart, Order
from nearcart_contract.store_file import ShopifySource, Source, StandardSource
from nearcart_sim.core.webhooks import shopify, standard
from nearcart_sim.core.webhooks.request import HookRequest

log = structlog.get_logger(__name__)

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 5.0
_REFUSED = range(400, 500)
"""The gateway will not take it however often it is sent; only 408 and 429 ask for patience."""
_PATIENCE = (408, 429)

_Make = Callable[[], HookRequest]


class HookRefusedError(RuntimeError):
    """The gateway refused a webhook for good; the message has its words."""


class CartSender:
    """One shop's sender. ``async with``, then ``send_cart`` and ``send_order``; both return when the gateway has it."""

    def __init__(
        self, base_url: str, sources: Mapping[str, Source], *, now: Callable[[], datetime] | None = None
    ) -> None:
        """``base_url``: ``http://127.0.0.1:8080``; ``sources``: those of store.yaml. ``now``: the true time, aware."""
        self._sources = sources
        self._now = now or (lambda: datetime.now(UTC))
        self._client = httpx.AsyncClient(base_url=base_url, timeout=10.0, trust_env=False)
        self.sent = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def send_cart(self, cart: Cart) -> None:
        """Send to the source that the cart names; Shopify's cart is followed by the checkout that tells whose it is.

        Raises ``KeyError`` for a source that the store does not have, and ``HookRefusedError``.
        """
        match self._sources[cart.source]:
            case StandardSource() as source:
                secret, message_id = source.secret.get_secret_value(), f"msg_{uuid4().hex}"
                await self._send(cart.source, lambda: standard.cart_updated(cart, secret, message_id, self._now()))
            case ShopifySource() as source:
                secret = source.secret.get_secret_value()
                for make in (shopify.carts_update, shopify.checkouts_update):
                    request = make(cart, secret, str(uuid4()))
                    await self._send(cart.source, _always(request))

    async def send_order(self, order: Order) -> None:
        """Send a purchase to the source that it names. Raises as ``send_cart``."""
        match self._sources[order.source]:
            case StandardSource() as source:
                secret, message_id = source.secret.get_secret_value(), f"msg_{uuid4().hex}"
                await self._send(order.source, lambda: standard.order_created(order, secret, message_id, self._now()))
            case ShopifySource() as source:
                request = shopify.orders_create(order, source.secret.get_secret_value(), str(uuid4()))
                await self._send(order.source, _always(request))

    async def _send(self, source: str, make: _Make) -> None:
        """Until 2xx. ``make`` is asked anew each time: a Standard Webhooks signature grows old."""
        pause = _FIRST_PAUSE_S
        while not await self._accepted(source, make()):
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)
        self.sent += 1

    async def _accepted(self, source: str, request: HookRequest) -> bool:
        try:
            answer = await self._client.post(f"/hooks/{source}", content=request.body, headers=dict(request.headers))
        except httpx.TransportError as error:
            log.info("hook_not_delivered", source=source, problem=type(error).__name__)
            return False
        if answer.status_code in _REFUSED and answer.status_code not in _PATIENCE:
            raise HookRefusedError(
                f"the gateway refused a webhook of '{source}': {answer.status_code} {answer.text[:200]}"
            )
        return answer.is_success


def _always(request: HookRequest) -> _Make:
    return lambda: request
