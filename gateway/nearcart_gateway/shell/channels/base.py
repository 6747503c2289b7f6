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


class SkippedError(NotDeliveredError):
    """She has nothing that this channel reaches, such as no page open: skipped, not failed."""

    def __init__(self, text: str) -> None:
        super().__init__(text, final=True)


class OutcomeUnknownError(Exception):
    """It may have left, and nobody can say. Only a channel that is not ``repeatable`` raises this; the text holds no secret."""


class ChannelDelivery(Protocol):
    """One way out, always with the same key. ``repeatable``: who receives it knows the key, so it is delivered at least once.
    Else it is marked before it leaves, and never sent again after an outcome that is not known: at most once."""

    @property
    def repeatable(self) -> bool: ...

    async def deliver(self, delivery: Delivery) -> None:
        """Returns when the other side has it. Raises ``NotDeliveredError``, ``OutcomeUnknownError`` or ``NotConnectedError``."""

    async def close(self) -> None:
        """Let go of connections."""
