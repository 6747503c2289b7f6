"""What a visitor agrees to now, out of everything she ever agreed to and took back."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConsentChange:
    """She gave or withdrew consent to a purpose, through one channel or, without one, through every channel.

    ``text_version`` names the text she was shown, ``source`` where she said so; ``at`` is Unix seconds.
    """

    purpose: str
    given: bool
    at: float
    channel: str | None = None
    text_version: str | None = None
    source: str = "operator"

    @property
    def name(self) -> str:
        """``offers``, or ``offers/phone``."""
        return self.purpose if self.channel is None else f"{self.purpose}/{self.channel}"


def current(history: Iterable[ConsentChange]) -> tuple[frozenset[str], frozenset[str]]:
    """Consents and refused channels after the whole history, oldest first.

    A withdrawn purpose takes the consents to its channels with it. A no to one channel outlives a later yes to the purpose,
    until she says yes to that channel: the narrower word of hers counts.
    """
    consents: set[str] = set()
    refused: set[str] = set()
    for change in history:
        if change.given:
            consents.add(change.name)
            refused.discard(change.name)
        else:
            consents.discard(change.name)
            if change.channel is None:
                consents = {name for name in consents if name.partition("/")[0] != change.purpose}
            else:
                refused.add(change.name)
    return frozenset(consents), frozenset(refused)
