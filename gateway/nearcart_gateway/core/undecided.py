"""Moments that no offer waited for: kept with what a decision would have needed, so that a new offer can be tried on them.

What is known of a visitor is written once and named by its time until it changes. Her cart then, what she had been offered and her
earlier visits are found in their own tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from nearcart_gateway.core.values import Moment, Visitor


@dataclass(slots=True)
class Undecided:
    """One moment. ``known_at`` names what is known of her; ``facts`` is that where it is still to be written.

    Not frozen: there is one for most transitions of a store.
    """

    moment: Moment
    known_at: float
    facts: Visitor | None
    now: float
    clock_synchronised: bool
    revision: str


class FactsWritten:
    """What is known of each visitor as it was last written, and when. Times are Unix seconds."""

    def __init__(self) -> None:
        self._written: dict[str, tuple[Visitor, float]] = {}

    def of(self, visitor: Visitor, now: float) -> tuple[float, Visitor | None]:
        """The time that names what is known of her now, and she herself where that is to be written."""
        written = self._written.get(visitor.id)
        if written is not None and (written[0] is visitor or written[0] == visitor):
            return written[1], None
        self._written[visitor.id] = visitor, now
        return now, visitor

    def renew(self, visitors: Mapping[str, Visitor]) -> None:
        """Everybody was read anew: keep hold of no value of the time before."""
        self._written = {
            name: (visitors[name], at)
            for name, (visitor, at) in self._written.items()
            if name in visitors and visitors[name] == visitor
        }

    def forget(self, visitor: str) -> None:
        """She was erased, or is somebody else now."""
        self._written.pop(visitor, None)
