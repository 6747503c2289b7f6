"""Channels of store.yaml that reach somebody without the store's broker: her own page, web push, and Apprise's services."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from nearcart_contract.names import UserFile

PushService = Annotated[
    str,
    Field(
        pattern=r"^(https://(\*\.)?[a-z0-9.-]+(:\d{1,5})?|http://(127\.0\.0\.1|localhost)(:\d{1,5})?)$", max_length=300
    ),
]
"""Where browsers may ask pushes to be sent: ``https://host``, or ``https://*.host`` for all hosts below it."""

PUSH_SERVICES: tuple[str, ...] = (
    "https://fcm.googleapis.com",
    "https://*.push.services.mozilla.com",
    "https://*.push.apple.com",
    "https://*.notify.windows.com",
)
"""The push services of Chrome, Firefox, Safari and Edge, by the hosts their browsers name in subscriptions."""


class PageChannel(UserFile):
    """Her own page, ``/me/…``, while she has it open: over the store's Wi-Fi it needs no internet."""

    kind: Literal["page"]


class PushChannel(UserFile):
    """Web push to the browsers in which she asked for it on her page."""

    kind: Literal["push"]
    contact: str = Field(
        pattern=r"^(mailto:[\w.+-]+@[\w-]+(\.[\w-]+)+|https://[\w-]+(\.[\w-]+)+)$",
        max_length=300,
        description="whom a push service may write to about this store's pushes: mailto:… or https://… (RFC 8292)",
    )
    services: tuple[PushService, ...] = Field(
        default=PUSH_SERVICES,
        min_length=1,
        description="push services that pushes may go to; a browser that names another is refused",
    )


class AppriseChannel(UserFile):
    """Any of the services that Apprise knows: chat rooms, mail, SMS gateways. They take no idempotency key, so what may have
    left is never sent again."""

    kind: Literal["apprise"]
    urls: tuple[SecretStr, ...] = Field(
        min_length=1, max_length=10, description="as Apprise writes them, such as mailto://… or slack://…"
    )
