"""Any service that Apprise (github.com/caronc/apprise) knows: the store's chat room, a mailbox, an SMS gateway.

None of them takes an idempotency key, and Apprise says only yes or no: so each offer leaves once at most, and a no is not tried
again, since a service that answered late has it all the same.
"""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from nearcart_contract.channel_file import AppriseChannel
from nearcart_contract.offer_message import OfferMessage
from nearcart_contract.store_file import Store
from nearcart_gateway.core.changes import Delivery
from nearcart_gateway.shell.channels.base import ChannelDelivery, NotDeliveredError, OutcomeUnknownError, Publish

if TYPE_CHECKING:
    from apprise import Apprise

TIMEOUT_S = 30.0
AT_ONCE = 4
"""Apprise waits in threads of its own; who finds all of them busy is tried again in a moment, as nothing has left yet."""


class AppriseDelivery(ChannelDelivery):
    """Notifies every address of the channel. Apprise is loaded with the first offer: a store without it pays nothing."""

    repeatable = False

    def __init__(self, store: Store, channel: AppriseChannel, _publish: Publish) -> None:
        self._store = store
        self._urls = tuple(url.get_secret_value() for url in channel.urls)
        self._services: Apprise | None = None
        self._threads = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="apprise")
        self._free = asyncio.Semaphore(AT_ONCE)

    async def deliver(self, delivery: Delivery) -> None:
        title, body = self._words(OfferMessage.model_validate_json(delivery.body))
        if self._free.locked():
            raise NotDeliveredError(f"{AT_ONCE} others are being sent")
        try:
            async with self._free, asyncio.timeout(TIMEOUT_S):
                arrived = await asyncio.get_running_loop().run_in_executor(self._threads, self._notify, title, body)
        except TimeoutError:
            raise OutcomeUnknownError(f"no answer within {TIMEOUT_S:.0f} s; it is not sent again") from None
        if not arrived:
            raise OutcomeUnknownError("not every address confirmed it; it may have arrived, so it is not sent again")

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _words(self, offer: OfferMessage) -> tuple[str, str]:
        """The store as title; the offer's text, and where she stands."""
        zone = self._store.zones.get(offer.zone or "")
        where = offer.zone if zone is None or zone.name is None else zone.name
        return self._store.name, offer.text if where is None else f"{offer.text}\n({where})"

    def _notify(self, title: str, body: str) -> bool:
        if self._services is None:
            self._services = _opened(self._urls)
        return bool(self._services.notify(body=body, title=title))


def _opened(urls: tuple[str, ...]) -> "Apprise":
    """Apprise with these addresses. It writes no files, and its own log is off: it would name addresses, secrets included.

    Raises ``NotDeliveredError`` for an address that Apprise can't read, before anything left.
    """
    from apprise import Apprise, AppriseAsset

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    services = Apprise(asset=AppriseAsset(app_id="nearcart", storage_mode="memory", secure_logging=True))
    for number, url in enumerate(urls, 1):
        if not services.add(url):
            raise NotDeliveredError(
                f"address {number} of the channel in store.yaml is none that Apprise can read", final=True
            )
    return services
