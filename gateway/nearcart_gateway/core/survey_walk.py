"""A survey walk: somebody taps the plan where she stands, walks straight on, and taps again. Between taps she walks evenly."""

import math
from dataclasses import dataclass, field
from itertools import pairwise

from nearcart_contract.truth import TruthLine

EVERY_S = 0.5
MOST_TAPS = 5000


@dataclass(frozen=True, slots=True)
class Tap:
    """``at`` in Unix seconds, the place in metres."""

    at: float
    x: float
    y: float


@dataclass(slots=True)
class SurveyWalk:
    """The taps so far, in the order of their times. ``address``: the tag's, where a capture holds several. ``changes`` counts taps and
    what was taken back: of two answers the one with more is the newer."""

    address: str | None = None
    taps: list[Tap] = field(default_factory=list)
    changes: int = 0

    def tap(self, tap: Tap) -> bool:
        """One more; ``False``, and nothing changed, when there are too many, or it is not later than the one before (a double tap)."""
        if len(self.taps) >= MOST_TAPS or (self.taps and tap.at <= self.taps[-1].at):
            return False
        self.taps.append(tap)
        self.changes += 1
        return True

    def undo(self) -> None:
        """The last tap was a mistake."""
        if self.taps:
            self.taps.pop()
            self.changes += 1

    def metres(self) -> float:
        """How far she walked."""
        return sum(math.dist((a.x, a.y), (b.x, b.y)) for a, b in pairwise(self.taps))

    def truth(self) -> list[TruthLine]:
        """Where she was, every half second from the first tap to the last, and at each tap."""
        lines = [self._line(tap.at, tap.x, tap.y) for tap in self.taps[:1]]
        for before, after in pairwise(self.taps):
            steps = max(1, math.ceil((after.at - before.at) / EVERY_S))
            for step in range(1, steps):
                share = step / steps
                lines.append(
                    self._line(
                        before.at + share * (after.at - before.at),
                        before.x + share * (after.x - before.x),
                        before.y + share * (after.y - before.y),
                    )
                )
            # The tap itself: a share of 1 can miss it by a rounding.
            lines.append(self._line(after.at, after.x, after.y))
        return lines

    def _line(self, at: float, x: float, y: float) -> TruthLine:
        return TruthLine(at=round(at, 3), address=self.address, x=round(x, 3), y=round(y, 3))
