"""Says the same thing once a minute: a scanner that sends nonsense must not fill the log."""

AGAIN_AFTER_S = 60.0
_MOST_REMEMBERED = 64


class Seldom:
    """What was said, and when. Times are seconds on a clock that runs on."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}

    def is_due(self, text: str, now: float) -> bool:
        """Whether this is to be said now; it counts as said then."""
        before = self._said.get(text)
        if before is not None and now - before < AGAIN_AFTER_S:
            return False
        self._said.pop(text, None)
        self._said[text] = now
        if len(self._said) > _MOST_REMEMBERED:
            del self._said[next(iter(self._said))]
        return True
