"""The visitor's own topic on the store's broker."""

from nearcart_contract.offer_message import OfferWithdrawn
from nearcart_contract.store_file import PhoneChannel, Store
from nearcart_contract.topics import visitor_offer_topic
from nearcart_gateway.core.changes import Delivery
from nearcart_gateway.shell.channels.base import ChannelDelivery, Publish


class PhoneDelivery(ChannelDelivery):
    """Publishes to ``…/visitor/{id}/offer``."""

    over_broker = True

    def __init__(self, store: Store, _channel: PhoneChannel, publish: Publish) -> None:
        self._store = store.store
        self._publish = publish

    async def deliver(self, delivery: Delivery) -> None:
        await self._publish(visitor_offer_topic(self._store, delivery.visitor), delivery.body)

    async def withdraw(self, delivery: Delivery, message: OfferWithdrawn) -> bool:
        await self._publish(
            visitor_offer_topic(self._store, delivery.visitor), message.model_dump_json(exclude_none=True)
        )
        return True
