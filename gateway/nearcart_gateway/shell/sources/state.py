"""How each source's API answers, for the page, the metrics and the log."""

from collections import Counter
from dataclasses import dataclass


@dataclass(slots=True)
class SourceState:
    """``answered_at`` is Unix seconds; ``failures`` are in a row; ``problem`` is a sentence, ``None`` while all is well.

    ``lasting`` is a problem that no better answer ends, but a person.
    """

    source: str
    answered_at: float | None = None
    failures: int = 0
    problem: str | None = None
    lasting: str | None = None

    def worked(self, now: float) -> None:
        self.answered_at, self.failures, self.problem = now, 0, None

    def failed(self, problem: str) -> None:
        self.failures += 1
        self.problem = problem


class SourceStates:
    """Of everything that asks. ``counted`` is by source and outcome."""

    SAID_AFTER = 3
    """One lost request is no news; as many failures in a row are a problem that is shown."""

    def __init__(self) -> None:
        self.counted: Counter[tuple[str, str]] = Counter()
        self._states: list[SourceState] = []

    def add(self, source: str) -> SourceState:
        """A state for one who asks."""
        state = SourceState(source)
        self._states.append(state)
        return state

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong, in sentences."""
        failing = tuple(
            f"source {state.source}: {state.problem}. What was last known of its carts goes on serving."
            for state in self._states
            if state.problem is not None and state.failures >= self.SAID_AFTER
        )
        return failing + tuple(f"source {state.source}: {state.lasting}." for state in self._states if state.lasting)
