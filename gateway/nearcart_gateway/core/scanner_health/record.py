"""What is remembered of one scanner: how far it was off where, and how often it should have heard somebody and did not."""

from dataclasses import dataclass, field

MOST_OF_A_PLACE = 4.0
"""More snapshots of one square count no more than so many: somebody who stands there for an hour is one place."""

FADES = 0.8
"""Of what is remembered so much is left after each five minutes: half an hour counts, an hour hardly."""


@dataclass(slots=True)
class ScannerRecord:
    """``off``: by square, how many snapshots, and the sum of what was heard beyond what was expected (dB). ``missed``: snapshots in
    which it should have heard a tag well and did not, since it was last heard. ``usual`` and ``usual_spread``: how far off it was when all
    was well, and how far its places were spread around the law then, in dB."""

    off: dict[int, list[float]] = field(default_factory=dict)
    missed: int = 0
    usual: float | None = None
    usual_spread: float | None = None

    def heard(self, cell: int, beyond: float) -> None:
        self.missed = 0
        place = self.off.setdefault(cell, [0.0, 0.0])
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
