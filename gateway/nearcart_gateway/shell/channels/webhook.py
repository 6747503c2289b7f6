"""A signed Standard Webhook (standardwebhooks.com) to a service of the store's; the same id on every retry."""

from datetime import UTC, datetime

from standardwebhooks import Webhook

from nearcart_contract.offer_message import OfferWithdrawn
from nearcart_contract.store_file import Store, WebhookChannel
from nearcart_gateway.core.changes import Delivery
from nearcart_gateway.shell.channels.base import ChannelDelivery, Got, NotDeliveredError, Publish
from nearcart_gateway.shell.channels.retry_after import wait_from_now
from nearcart_gateway.shell.light_imports import load_lightly

load_lightly("httpx")
import httpx  # noqa: E402

TIMEOUT_S = 10.0

_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""What happens before a byte of the offer is written; after anything else it may have been read."""


class WebhookDelivery(ChannelDelivery):
    """POSTs the offer, and ``offer.withdrawn`` when it is over before its time. 2xx is a receipt; 4xx but 408, 425 and 429 is final; everything else is tried again,
    not before ``Retry-After``."""

    def __init__(self, _store: Store, channel: WebhookChannel, _publish: Publish) -> None:
        self._url = channel.url
        self._signer = Webhook(channel.secret.get_secret_value())
        self._client = httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False)

    async def deliver(self, delivery: Delivery) -> Got:
        await self._post(delivery.key, delivery.body)
        return "delivered"

    async def withdraw(self, delivery: Delivery, message: OfferWithdrawn) -> bool:
        await self._post(f"{delivery.key}:withdrawn", message.model_dump_json(exclude_none=True))
        return True

    async def _post(self, event: str, body: str) -> None:
        """``event`` is the webhook's id, the same on every retry."""
        sent_at = datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": event,
            "webhook-timestamp": str(int(sent_at.timestamp())),
            "webhook-signature": self._signer.sign(event, sent_at, body),
        }
        try:
            response = await self._client.post(self._url, content=body.encode(), headers=headers)
        except httpx.HTTPError as error:
            maybe = not isinstance(error, _NEVER_LEFT)
            raise NotDeliveredError(f"the webhook could not be reached: {type(error).__name__}", maybe=maybe) from error
        if response.is_success:
            return
        status = response.status_code
        final = 400 <= status < 500 and status not in (408, 425, 429)
        raise NotDeliveredError(f"the webhook answered {status}", final=final, wait_s=wait_from_now(response.headers))

    async def close(self) -> None:
        await self._client.aclose()
