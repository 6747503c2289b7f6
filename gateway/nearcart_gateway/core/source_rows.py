"""Rows that say how far the gateway is with each source of carts: committed with what they brought, or not at all."""

from dataclasses import dataclass, field

from nearcart_gateway.core.hooks.event import Fetch


@dataclass(slots=True)
class SourceRows:
    """``inbox_done`` are numbers of inbox rows that were taken; ``fetches`` what is to be fetched."""

    inbox_done: list[int] = field(default_factory=list)
    fetches: list[Fetch] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.inbox_done or self.fetches)
