"""Who took back her consent to offers after a moment of an experiment: counted in nothing else, and so told apart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Moment:
    """Somebody's first in the experiment: when (Unix seconds), and its arm."""

    at: float
    arm: str


@dataclass(slots=True)
class _Household:
    first: Moment
    complained_at: list[float]


@dataclass(slots=True)
class OptedOut:
    """Households, and visitors without a loyalty number, one of whom took it back."""

    _households: dict[str, _Household] = field(default_factory=dict)

    def add(self, unit: str, at: float, first: Moment | None, complained_at: Sequence[float]) -> None:
        """Somebody of ``unit`` took it back at ``at`` (Unix seconds)."""
        if first is None or at < first.at:
            return
        known = self._households.setdefault(unit, _Household(first, []))
        known.first = min(known.first, first, key=lambda moment: moment.at)
        known.complained_at += complained_at

    def by_arm(self, is_counted: Callable[[str], bool], window_s: float) -> dict[str, tuple[int, int, int]]:
        """(all, those of whom nobody ``is_counted``, those of these who complained within the window after their moment)."""
        found: dict[str, tuple[int, int, int]] = {}
        for unit, each in self._households.items():
            uncounted = not is_counted(unit)
            complained = uncounted and any(0 <= at - each.first.at < window_s for at in each.complained_at)
            known = found.get(each.first.arm, (0, 0, 0))
            found[each.first.arm] = known[0] + 1, known[1] + uncounted, known[2] + complained
        return found
