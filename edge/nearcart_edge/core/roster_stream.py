"""The edge's end of the roster stream: numbered changes that take effect together once the stream is complete."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from sys import intern
from uuid import UUID

from pydantic import TypeAdapter

from nearcart_contract.roster import NOTHING_CACHED, Identity, Roster, RosterEntry, SealedIdentity

Unseal = Callable[[SealedIdentity], Identity]
"""Opens an entry sealed to this edge's key. Raises ``ValueError`` (``SealError``) with a sentence that shows no secret."""

_SUPERSEDED_REMEMBERED = 8
_IDENTITY: TypeAdapter[Identity] = TypeAdapter(Identity, config=NOTHING_CACHED)


@dataclass(frozen=True, slots=True)
class RosterChange:
    """What takes effect now. ``added`` are identities as JSON, ``refused`` a sentence for each entry that could not be opened."""

    added: tuple[str, ...] = field(default=(), repr=False)
    remove: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    ask_again: bool = False
    """A piece is missing: repeat the birth, which starts a new stream. The old roster stays in use."""

    @property
    def add(self) -> Iterator[Identity]:
        """The identities added, one at a time: thousands of them at once would leave memory in pieces."""
        return (_IDENTITY.validate_json(document) for document in self.added)


class RosterStream:
    """Applies roster messages. It remembers a number of each identity, by which to tell whether it changed; who needs an identity itself
    keeps it. Parsed, thousands of them would take a kilobyte each."""

    def __init__(self, unseal: Unseal) -> None:
        self._unseal = unseal
        self._stream: UUID | None = None
        self._number = 0
        self._superseded: deque[UUID] = deque(maxlen=_SUPERSEDED_REMEMBERED)
        self._in_use: dict[str, int] = {}
        self._arriving: dict[str, int] = {}
        self._new: dict[str, str] = {}
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
        if self._arriving is self._in_use:
            self._arriving = dict(self._in_use)
        refused = self._take(message)
        if not message.complete:
            return RosterChange(refused=refused)
        return self._into_use(refused)

    def _begin(self, stream: UUID) -> None:
        if self._stream is not None:
            self._superseded.append(self._stream)
        self._stream, self._number = stream, 0
        self._arriving, self._new = {}, {}

    def _broken(self, stream: UUID) -> RosterChange:
        self._superseded.append(stream)
        if stream == self._stream:
            self._stream = None
        return RosterChange(ask_again=True)

    def _take(self, message: Roster) -> tuple[str, ...]:
        refused: list[str] = []
        for name in message.removed:
            self._forget(name)
        for entry in message.identities:
            try:
                self._note(self._open(entry))
            except ValueError as error:
                # What can't be opened must not go on under its old form: it may have been changed to end a misuse.
                self._forget(entry.id)
                refused.append(str(error))
        return tuple(refused)

    def _note(self, identity: Identity) -> None:
        document = identity.model_dump_json(exclude_defaults=True)
        mark = hash(document)
        name = intern(identity.id)
        self._arriving[name] = mark
        if self._in_use.get(name) != mark:
            self._new[name] = document
        else:
            self._new.pop(name, None)

    def _forget(self, name: str) -> None:
        self._arriving.pop(name, None)
        self._new.pop(name, None)

    def _open(self, entry: RosterEntry) -> Identity:
        return self._unseal(entry) if isinstance(entry, SealedIdentity) else entry

    def _into_use(self, refused: tuple[str, ...]) -> RosterChange:
        self.ever_complete = True
        remove = tuple(name for name in self._in_use if name not in self._arriving)
        added, self._new = tuple(self._new.values()), {}
        self._in_use = self._arriving
        return RosterChange(added, remove, refused)
