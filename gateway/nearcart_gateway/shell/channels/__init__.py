"""How an offer leaves. A new channel is one file here and one line in ``REGISTRY``."""

from collections.abc import Callable
from typing import Any

from nearcart_contract.store_file import Store
from nearcart_gateway.shell.channels.apprise import AppriseDelivery
from nearcart_gateway.shell.channels.base import ChannelDelivery, Publish
from nearcart_gateway.shell.channels.page import PageDelivery
from nearcart_gateway.shell.channels.phone import PhoneDelivery
from nearcart_gateway.shell.channels.screen import ScreenDelivery
from nearcart_gateway.shell.channels.staff import StaffDelivery
from nearcart_gateway.shell.own_pages import OwnPages

Open = Callable[[Store, Any, Publish, OwnPages], ChannelDelivery]


def _webhook(store: Store, channel: Any, publish: Publish, _: OwnPages) -> ChannelDelivery:
    """Its HTTP library is loaded where a store has such a channel."""
    from nearcart_gateway.shell.channels.webhook import WebhookDelivery

    return WebhookDelivery(store, channel, publish)


def _push(store: Store, channel: Any, _: Publish, pages: OwnPages) -> ChannelDelivery:
    """As above."""
    from nearcart_gateway.shell.channels.push import PushDelivery

    return PushDelivery(store, channel, pages)


REGISTRY: dict[str, Open] = {
    "phone": lambda store, channel, publish, _: PhoneDelivery(store, channel, publish),
    "screen": lambda store, channel, publish, _: ScreenDelivery(store, channel, publish),
    "staff": lambda store, channel, publish, _: StaffDelivery(store, channel, publish),
    "webhook": _webhook,
    "apprise": lambda store, channel, publish, _: AppriseDelivery(store, channel, publish),
    "page": lambda _store, _channel, _publish, pages: PageDelivery(pages),
    "push": _push,
}


def open_channels(store: Store, publish: Publish, pages: OwnPages) -> dict[str, ChannelDelivery]:
    """Every channel of the store file, by its name there."""
    return {name: REGISTRY[channel.kind](store, channel, publish, pages) for name, channel in store.channels.items()}
