"""How an offer leaves. A new channel is one file here and one line in ``REGISTRY``."""

from collections.abc import Callable
from typing import Any

from nearcart_contract.store_file import Store
from nearcart_gateway.shell.channels.apprise import AppriseDelivery
from nearcart_gateway.shell.channels.base import ChannelDelivery, Publish
from nearcart_gateway.shell.channels.phone import PhoneDelivery
from nearcart_gateway.shell.channels.screen import ScreenDelivery
from nearcart_gateway.shell.channels.staff import StaffDelivery
from nearcart_gateway.shell.channels.webhook import WebhookDelivery

REGISTRY: dict[str, Callable[[Store, Any, Publish], ChannelDelivery]] = {
    "phone": PhoneDelivery,
    "screen": ScreenDelivery,
    "staff": StaffDelivery,
    "webhook": WebhookDelivery,
    "apprise": AppriseDelivery,
}


def open_channels(store: Store, publish: Publish) -> dict[str, ChannelDelivery]:
    """Every channel of the store file, by its name there."""
    return {name: REGISTRY[channel.kind](store, channel, publish) for name, channel in store.channels.items()}
