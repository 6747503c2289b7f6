"""Rows that say how far the gateway is with each source of carts: committed with what they brought, or not at all."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class SourceRows:
    """``inbox_done`` are numbers of inbox rows that were taken."""

    inbox_done: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.inbox_done)
