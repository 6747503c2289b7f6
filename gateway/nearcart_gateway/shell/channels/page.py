"""Her own page, while she has it open and looks at it. It works over the store's Wi-Fi with the internet gone."""

from nearcart_contract.offer_message import OfferWithdrawn
from nearcart_gateway.core.changes import Delivery
from nearcart_gateway.core.push_message import offer_name
from nearcart_gateway.shell.channels.base import ChannelDelivery, Got, NotDeliveredError, SkippedError
from nearcart_gateway.shell.own_pages import OwnPages

WITHIN_S = 4.0
"""A page that is there says within this that it shows the offer."""


class PageDelivery(ChannelDelivery):
    """Delivered is what her page said it shows. It keeps its stream only while she looks at it, so a page that is closed, or in a
    tab behind others, is passed over."""

    def __init__(self, pages: OwnPages) -> None:
        self._pages = pages

    async def deliver(self, delivery: Delivery) -> Got:
        if not self._pages.is_open(delivery.visitor):
            raise SkippedError("she does not look at her page")
        if not await self._pages.show(delivery.visitor, offer_name(delivery.key), WITHIN_S):
            raise NotDeliveredError("her page did not say that it shows it", maybe=True)
        return "delivered"

    async def withdraw(self, delivery: Delivery, message: OfferWithdrawn) -> bool:
        """Her page shows only what still holds, and was told with the commit that says so."""
        return True
