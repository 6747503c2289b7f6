"""The edge's end of the roster stream: numbered changes that take effect together once the stream is complete."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from nearcart_contract.roster import Identity, Roster, RosterEntry, SealedIdentity

Unseal = Callable[[SealedIdentity], Identity]
"""Opens an entry sealed to this edge's key. Raises ``ValueError`` (``SealError``) with a sentence that shows no secret."""

_SUPERSEDED_REMEMBERED = 8


@dataclass(frozen=True, slots=True)
class RosterChange:
    """What takes effect now. ``refused``: a sentence for each entry that could not be opened."""

    add: tuple[Identity, ...] = ()
    remove: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    ask_again: bool = False
    """A piece is missing: repeat the birth, which starts a new stream. The old roster stays in use."""


class RosterStream:
    """Applies roster messages. Keeps the roster in memory only."""

    def __init__(self, unseal: Unseal) -> None:
        self._unseal = unseal
        self._stream: UUID | None = None
        self._number = 0
        self._superseded: deque[UUID] = deque(maxlen=_SUPERSEDED_REMEMBERED)
        self._in_use: dict[str, Identity] = {}
        self._arriving: dict[str, Identity] = {}
        self.ever_complete = False
        """Whether a whole roster ever took effect: before, this edge knows nobody because nobody told it."""

    def apply(self, message: Roster) -> RosterChange:
        """One message. Repeated ones and those of a stream that another replaced change nothing."""
        if message.stream != self._stream:
            if message.stream in self._superseded:
                return RosterChange()
            if message.number != 1:
                return self._broken(message.stream)
            self._begin(message.stream)
        elif message.number <= self._number:
            return RosterChange()
        elif message.number != self._number + 1:
            return self._broken(message.stream)
        self._number = message.number
        refused = self._take(message)
        if not message.complete:
            return RosterChange(refused=refused)
        return self._into_use(refused)

    def _begin(self, stream: UUID) -> None:
        if self._stream is not None:
            self._superseded.append(self._stream)
        self._stream, self._number = stream, 0
        self._arriving = {}

    def _broken(self, stream: UUID) -> RosterChange:
        self._superseded.append(stream)
        if stream == self._stream:
            self._stream = None
        return RosterChange(ask_again=True)

    def _take(self, message: Roster) -> tuple[str, ...]:
        refused: list[str] = []
        for name in message.removed:
            self._arriving.pop(name, None)
        for entry in message.identities:
            try:
                self._arriving[entry.id] = self._open(entry)
            except ValueError as error:
                # What can't be opened must not go on under its old form: it may have been changed to end a misuse.
                self._arriving.pop(entry.id, None)
                refused.append(str(error))
        return tuple(refused)

    def _open(self, entry: RosterEntry) -> Identity:
        return self._unseal(entry) if isinstance(entry, SealedIdentity) else entry

    def _into_use(self, refused: tuple[str, ...]) -> RosterChange:
        self.ever_complete = True
        before, self._in_use = self._in_use, dict(self._arriving)
        add = tuple(entry for name, entry in self._in_use.items() if before.get(name) != entry)
        remove = tuple(name for name in before if name not in self._in_use)
        return RosterChange(add, remove, refused)
