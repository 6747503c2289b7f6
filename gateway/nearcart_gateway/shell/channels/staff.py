"""The staff's devices, on the store's broker: she has a cart and has stood there for a while, so somebody goes and helps."""

from nearcart_contract.offer_message import OfferWithdrawn
from nearcart_contract.store_file import StaffChannel, Store
from nearcart_contract.topics import staff_topic
from nearcart_gateway.core.changes import Delivery
from nearcart_gateway.shell.channels.base import ChannelDelivery, Publish


class StaffDelivery(ChannelDelivery):
    """Publishes to ``…/staff``."""

    over_broker = True

    def __init__(self, store: Store, _channel: StaffChannel, publish: Publish) -> None:
        self._topic = staff_topic(store.store)
        self._publish = publish

    async def deliver(self, delivery: Delivery) -> None:
        await self._publish(self._topic, delivery.body)

    async def withdraw(self, delivery: Delivery, message: OfferWithdrawn) -> bool:
        await self._publish(self._topic, message.model_dump_json(exclude_none=True))
        return True
