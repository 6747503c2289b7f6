"""Channels of store.yaml that need no broker: Apprise's services."""

from typing import Literal

from pydantic import Field, SecretStr

from nearcart_contract.names import UserFile


class AppriseChannel(UserFile):
    """Any of the services that Apprise knows: chat rooms, mail, SMS gateways. They take no idempotency key, so what may have
    left is never sent again."""

    kind: Literal["apprise"]
    urls: tuple[SecretStr, ...] = Field(
        min_length=1, max_length=10, description="as Apprise writes them, such as mailto://… or slack://…"
    )
