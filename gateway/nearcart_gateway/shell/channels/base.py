"""What every channel promises."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from nearcart_gateway.core.changes import Delivery

Publish = Callable[[str, str], Awaitable[None]]
"""(topic, JSON) to the broker with QoS 1; raises ``NotConnectedError``."""


class NotDeliveredError(Exception):
    """It did not get through; ``final`` when trying again would not help. The text holds no secret."""

    def __init__(self, text: str, *, final: bool = False) -> None:
        super().__init__(text)
        self.final = final


class ChannelDelivery(Protocol):
    """One way out. Delivers at least once, always with the same key."""

    async def deliver(self, delivery: Delivery) -> None:
        """Returns when the other side has it. Raises ``NotDeliveredError`` or ``NotConnectedError``."""

    async def close(self) -> None:
        """Let go of connections."""
