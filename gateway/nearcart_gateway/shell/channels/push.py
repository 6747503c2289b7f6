"""Web push (RFC 8030) to the browsers in which she asked for it: her phone tells her though it is in her pocket."""

import asyncio
from typing import TYPE_CHECKING, Literal

import structlog

from nearcart_contract.channel_file import PushChannel
from nearcart_contract.offer_message import OfferMessage, OfferWithdrawn
from nearcart_contract.store_file import Store
from nearcart_gateway.core.changes import Delivery
from nearcart_gateway.core.push_message import offer_name, over, push_message
from nearcart_gateway.core.push_services import push_origin
from nearcart_gateway.shell.channels.base import ChannelDelivery, NotDeliveredError, SkippedError
from nearcart_gateway.shell.channels.retry_after import wait_from_now
from nearcart_gateway.shell.light_imports import load_lightly
from nearcart_gateway.shell.own_pages import OwnPages
from nearcart_gateway.shell.storage import own_pages
from nearcart_gateway.shell.storage.own_pages import PushSubscription

load_lightly("httpx")
import httpx  # noqa: E402

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

log = structlog.get_logger(__name__)

TIMEOUT_S = 10.0

Fate = Literal["taken", "unsure", "later", "refused", "gone"]
"""``unsure``: no answer, so it may have been taken; ``later``: it may work when tried again; ``gone``: the browser takes no pushes
any more, so it is forgotten."""

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class PushDelivery(ChannelDelivery):
    """Sent is what a push service took for one of her browsers at least. A repeat has the same topic, so it takes the
    place of what has not reached her yet, and the same name, so that her browser shows it in the same place."""

    def __init__(self, store: Store, channel: PushChannel, pages: OwnPages) -> None:
        self._store_name = store.name
        self._channel = channel
        self._pages = pages
        self._key: ec.EllipticCurvePrivateKey | None = None
        self._client = httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False)

    async def deliver(self, delivery: Delivery) -> None:
        await self._push(delivery, push_message(OfferMessage.model_validate_json(delivery.body), self._store_name))

    async def withdraw(self, delivery: Delivery, message: OfferWithdrawn) -> bool:
        """With the offer's topic and name: it takes its place at the push service, and on her screen."""
        offer = OfferMessage.model_validate_json(delivery.body)
        await self._push(delivery, push_message(over(offer), self._store_name))
        return True

    async def _push(self, delivery: Delivery, message: bytes) -> None:
        browsers = await self._pages.ask(lambda connection: own_pages.browsers_of(connection, delivery.visitor))
        if self._key is None:
            self._key = await self._pages.ask(own_pages.push_key)
        key = self._key
        answers = await asyncio.gather(*(self._send(browser, message, delivery, key) for browser in browsers))
        fates = [fate for fate, _ in answers]
        for browser, fate in zip(browsers, fates, strict=True):
            if fate == "gone":
                await self._forget(delivery.visitor, browser.endpoint)
        if "taken" in fates:
            return
        if "unsure" in fates or "later" in fates:
            wait_s = min(wait for fate, wait in answers if fate in ("unsure", "later"))
            raise NotDeliveredError("no push service took it", maybe="unsure" in fates, wait_s=wait_s)
        if "refused" in fates:
            raise NotDeliveredError("the push service refused it", final=True)
        raise SkippedError("no browser of hers takes pushes")

    async def close(self) -> None:
        await self._client.aclose()

    async def _send(
        self, browser: PushSubscription, message: bytes, delivery: Delivery, key: "ec.EllipticCurvePrivateKey"
    ) -> tuple[Fate, float]:
        """What became of it with one browser, and for how many seconds its push service asks to be left alone."""
        from nearcart_gateway.shell.channels.push_encryption import authorization, encrypted

        origin = push_origin(browser.endpoint, self._channel.services)
        if origin is None:
            return "gone", 0.0  # it was allowed when she subscribed
        now = self._pages.now()
        headers = {
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(max(0, int(delivery.expires_at - now))),
            "urgency": "high",
            "topic": offer_name(delivery.key),
            "authorization": authorization(key, origin, self._channel.contact, now),
        }
        try:
            answer = await self._client.post(browser.endpoint, content=encrypted(message, browser), headers=headers)
        except httpx.HTTPError as error:
            log.warning("push_not_sent", service=origin, problem=type(error).__name__)
            return "later" if isinstance(error, _NEVER_LEFT) else "unsure", 0.0
        if not answer.is_success:
            log.warning("push_not_taken", service=origin, status=answer.status_code)
        return _fate(answer.status_code), wait_from_now(answer.headers)

    async def _forget(self, visitor: str, endpoint: str) -> None:
        await self._pages.ask(lambda connection: own_pages.unsubscribe(connection, visitor, endpoint))


def _fate(status: int) -> Fate:
    """What a push service's answer means (RFC 8030, sections 5 and 7.3)."""
    if 200 <= status < 300:
        return "taken"
    if status in (404, 410):
        return "gone"
    return "refused" if 400 <= status < 500 and status not in (408, 425, 429) else "later"
