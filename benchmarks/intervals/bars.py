"""What an interval must keep to be believed; the methods known to be wrong must break it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from benchmarks.intervals.methods import Outcome
from benchmarks.intervals.worlds import World

EVER_BAR = 3.0


@dataclass(frozen=True, slots=True)
class Tally:
    """Of all replications, in percent: wholly above the truth, wholly below, either; mean estimate and mean width as lifts."""

    above: float
    below: float
    misses: float
    estimate: float
    width: float

    def keeps_the_fixed_bar(self, world: World) -> bool:
        """Misses and each tail within the world's bounds."""
        tails = all(world.tails[0] <= tail <= world.tails[1] for tail in (self.above, self.below))
        return tails and world.misses[0] <= self.misses <= world.misses[1]

    def keeps_the_ever_bar(self) -> bool:
        """Ever misses at most 3 %."""
        return self.misses <= EVER_BAR


def tally(outcomes: Iterable[Outcome]) -> Tally:
    """All batches as one."""
    all_of = list(outcomes)
    above, below = (np.concatenate([getattr(part, side) for part in all_of]) for side in ("above", "below"))
    estimate, width = (np.concatenate([getattr(part, name) for part in all_of]) for name in ("estimate", "width"))
    finite = np.isfinite(estimate) & np.isfinite(width)
    shares = (100 * float(values.mean()) for values in (above, below, above | below))
    return Tally(*shares, float(estimate[finite].mean()), float(width[finite].mean()))
