"""A signed Standard Webhook (standardwebhooks.com) to a service of the store's; the same id on every retry."""

from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook

from nearcart_contract.store_file import Store, WebhookChannel
from nearcart_gateway.core.changes import Delivery
from nearcart_gateway.shell.channels.base import NotDeliveredError, Publish

TIMEOUT_S = 10.0


class WebhookDelivery:
    """POSTs the offer. 2xx is taken; 4xx but 408, 425 and 429 is final; everything else is tried again."""

    repeatable = True

    def __init__(self, _store: Store, channel: WebhookChannel, _publish: Publish) -> None:
        self._url = channel.url
        self._signer = Webhook(channel.secret.get_secret_value())
        self._client = httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False)

    async def deliver(self, delivery: Delivery) -> None:
        sent_at = datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": delivery.key,
            "webhook-timestamp": str(int(sent_at.timestamp())),
            "webhook-signature": self._signer.sign(delivery.key, sent_at, delivery.body),
        }
        try:
            response = await self._client.post(self._url, content=delivery.body.encode(), headers=headers)
        except httpx.HTTPError as error:
            raise NotDeliveredError(f"the webhook could not be reached: {type(error).__name__}") from error
        if response.is_success:
            return
        status = response.status_code
        raise NotDeliveredError(
            f"the webhook answered {status}", final=400 <= status < 500 and status not in (408, 425, 429)
        )

    async def close(self) -> None:
        await self._client.aclose()
