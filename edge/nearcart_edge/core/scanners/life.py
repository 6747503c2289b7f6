"""Whether a scanner that speaks only through a broker is there: by its last will, by its silence, by the broker's own."""

CUT_GRACE_S = 5.0
"""A broker that is back this soon was restarted: nobody left because of it."""


class ScannerLife:
    """One scanner. ``doubt_after`` and ``quiet_after``: seconds of its silence. It starts as one that has not been heard of yet."""

    def __init__(self, doubt_after: float, quiet_after: float, now: float) -> None:
        self._doubt_after = doubt_after
        self._quiet_after = quiet_after
        self._heard_at = now
        self._known = False
        self._offline = False
        self._cut: tuple[float, str] | None = None

    @property
    def known(self) -> bool:
        """Whether it has said anything since its broker was reached."""
        return self._known

    def speaks(self, now: float) -> None:
        """Any message but its last will."""
        self._heard_at, self._known, self._offline = now, True, False

    def says_offline(self) -> None:
        """Its last will, or its goodbye."""
        self._offline = True

    def cut(self, now: float, problem: str) -> None:
        """There is no connection to its broker; repeated while that lasts."""
        if self._cut is None:
            self._cut = now, problem

    def reached(self, now: float) -> None:
        """Its broker is there again: it has its time to say something anew."""
        self._cut, self._heard_at, self._known = None, now, False

    def doubtful(self, now: float) -> bool:
        """Whether it has been silent for so long that a tag's silence may be its own."""
        return self._cut is not None or now - self._heard_at > self._doubt_after

    def problem(self, now: float) -> str | None:
        """What is wrong, in a sentence; ``None`` while nothing is."""
        if self._cut is not None:
            since, sentence = self._cut
            return sentence if now - since >= CUT_GRACE_S else None
        if self._offline:
            return "its broker says that it is offline: is it powered, and on the network?"
        if now - self._heard_at > self._quiet_after:
            if not self._known:
                return f"not a word of it for {self._quiet_after:g} s: is its node right, and may the bridge's user read its topics?"
            return f"no message for {self._quiet_after:g} s: it has stopped, or nothing is in range of it"
        return None
