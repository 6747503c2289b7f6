"""What is remembered of one scanner: how far it was off where, and how often it should have heard somebody and did not."""

from dataclasses import dataclass, field

MOST_OF_A_PLACE = 4.0
"""More snapshots of one square count no more than so many: somebody who stands there for an hour is one place."""

FADES = 0.8
"""Of what is remembered so much is left after each five minutes: half an hour counts, an hour hardly."""


USED_TO_HEAR = 3
"""A square is one in which it used to hear tags while at most so many times as many looks missed them as heard them."""


@dataclass(slots=True)
class ScannerRecord:
    """``off``: by square, how many snapshots, and the sum of what was heard beyond what was expected (dB). ``missed``: snapshots in
    which it should have heard a tag well and did not, since it was last heard. ``looks``: by square, heard and missed.
    ``ever``: whether it heard anybody since the start, and ``never`` the snapshots it missed while it did not. ``usual`` and
    ``usual_off``: how far off it was when all was well, in dB, and the same by square, as ``off`` is but never faded."""

    off: dict[int, list[float]] = field(default_factory=dict)
    missed: int = 0
    usual: float | None = None
    usual_off: dict[int, list[float]] = field(default_factory=dict)
    looks: dict[int, list[int]] = field(default_factory=dict)
    ever: bool = False
    never: int = 0

    def hears(self, cell: int) -> None:
        """It heard a tag in this square."""
        self.missed, self.never, self.ever = 0, 0, True
        self.looks.setdefault(cell, [0, 0])[0] += 1

    def misses(self, cell: int) -> None:
        """It did not hear a tag in this square; that counts where it used to hear them, and no wall stands between."""
        look = self.looks.setdefault(cell, [0, 0])
        look[1] += 1
        if not self.ever:
            self.never += 1
        elif USED_TO_HEAR * look[0] >= look[1]:
            self.missed += 1

    def heard(self, cell: int, beyond: float, *, all_is_well: bool) -> None:
        """How far off it was; ``all_is_well``: that is how it usually is."""
        for places in (self.off, self.usual_off) if all_is_well else (self.off,):
            place = places.setdefault(cell, [0.0, 0.0])
            place[0] += 1
            place[1] += beyond

    def fade(self) -> None:
        """Five minutes are over."""
        for cell, place in list(self.off.items()):
            place[0] *= FADES
            place[1] *= FADES
            if place[0] < 0.5:
                del self.off[cell]

    def places(self) -> float:
        """On how many places, of full weight, it was heard."""
        return sum(min(count, MOST_OF_A_PLACE) for count, _ in self.off.values()) / MOST_OF_A_PLACE

    def mean_off(self) -> float:
        """dB beyond what was expected, the mean of all places."""
        weights = [(min(count, MOST_OF_A_PLACE), total / count) for count, total in self.off.values()]
        return sum(weight * mean for weight, mean in weights) / sum(weight for weight, _ in weights)
