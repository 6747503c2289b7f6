"""The screen of the zone she stands in."""

from nearcart_contract.offer_message import OfferWithdrawn
from nearcart_contract.store_file import ScreenChannel, Store
from nearcart_contract.topics import screen_topic
from nearcart_gateway.core.changes import Delivery
from nearcart_gateway.shell.channels.base import ChannelDelivery, Publish, SkippedError


class ScreenDelivery(ChannelDelivery):
    """Publishes to ``…/screen/{zone}``; the message names nobody."""

    over_broker = True
    in_public = True

    def __init__(self, store: Store, _channel: ScreenChannel, publish: Publish) -> None:
        self._store = store.store
        self._publish = publish

    async def deliver(self, delivery: Delivery) -> None:
        if delivery.zone is None:
            raise SkippedError("the moment had no zone, so there is no screen for it")
        await self._publish(screen_topic(self._store, delivery.zone), delivery.body)

    async def withdraw(self, delivery: Delivery, message: OfferWithdrawn) -> bool:
        if delivery.zone is None:
            return False
        body = message.model_dump_json(exclude_none=True, exclude={"visitor", "reason"})
        await self._publish(screen_topic(self._store, delivery.zone), body)
        return True
