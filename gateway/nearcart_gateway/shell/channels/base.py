"""What every channel promises, and what it may say of itself."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import ClassVar, Literal

from nearcart_contract.offer_message import OfferWithdrawn
from nearcart_gateway.core.changes import Delivery

Publish = Callable[[str, str], Awaitable[None]]
"""(topic, JSON) to the broker with QoS 1; raises ``NotConnectedError``."""

Got = Literal["sent", "delivered"]
"""``sent``: the channel took it. ``delivered``: whom it is for has it, by the channel's own word."""


class NotDeliveredError(Exception):
    """It did not get through; ``final`` when trying again would not help. The text holds no secret.

    ``maybe``: it may have arrived all the same, as after a timeout, so that no other channel may take over. ``wait_s``: whoever
    refused asks to be left alone for so many seconds.
    """

    def __init__(self, text: str, *, final: bool = False, maybe: bool = False, wait_s: float = 0.0) -> None:
        super().__init__(text)
        self.final = final
        self.maybe = maybe
        self.wait_s = wait_s


class SkippedError(NotDeliveredError):
    """She has nothing that this channel reaches, such as no page open: skipped, not failed."""

    def __init__(self, text: str) -> None:
        super().__init__(text, final=True)


class OutcomeUnknownError(Exception):
    """It may have left, and nobody can say. Only a channel that is not ``repeatable`` raises this; the text holds no secret."""


class ChannelDelivery(ABC):
    """One way out, always with the same key."""

    repeatable: ClassVar[bool] = True
    """Who receives it knows the key, so that it is delivered at least once. Else it is marked before it leaves, and never sent
    again after an outcome that is not known: at most once."""

    over_broker: ClassVar[bool] = False
    """Whether it needs the store's broker: while that is away, another that needs it can't take over."""

    in_public: ClassVar[bool] = False
    """Whether others see it too: its messages name nobody."""

    @abstractmethod
    async def deliver(self, delivery: Delivery) -> Got | None:
        """Returns when the other side has it. Raises ``NotDeliveredError``, ``OutcomeUnknownError`` or ``NotConnectedError``."""

    async def withdraw(self, delivery: Delivery, message: OfferWithdrawn) -> bool:
        """Tell whoever has the offer that it is over, as often as is needed; ``False`` where there is no way to. Raises as ``deliver``.

        ``message`` is whole: who is ``in_public`` leaves out whose it was and why.
        """
        return False

    async def close(self) -> None:
        """Let go of connections."""
        return
