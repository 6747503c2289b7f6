"""Keeps each edge's roster as it should be: whole in answer to a birth, then numbered changes, secrets sealed to its key."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

import structlog
from pydantic import TypeAdapter

from nearcart_contract.edge_state import Birth
from nearcart_contract.roster import MAX_ROSTER_ENTRIES, Identity, Roster, RosterEntry, SealError
from nearcart_contract.topics import edge_topic
from nearcart_gateway.shell.link import NotConnectedError

log = structlog.get_logger(__name__)

_IDENTITY: TypeAdapter[Identity] = TypeAdapter(Identity)

Publish = Callable[[str, str], Awaitable[None]]


@dataclass(slots=True)
class _Stream:
    public_key: str
    stream: uuid.UUID = field(default_factory=uuid.uuid4)
    number: int = 0
    known: dict[str, str] = field(default_factory=dict)


class Rosters:
    """What every edge was told. ``wanted`` is what all of them should know now: identity id to its JSON, which takes a fifth of
    the memory that a parsed identity does."""

    def __init__(self, store: str, publish: Publish) -> None:
        self._store = store
        self._publish = publish
        self._streams: dict[str, _Stream] = {}
        self._wanted: dict[str, str] = {}
        self._lock = asyncio.Lock()

    async def answer(self, edge: str, birth: Birth) -> None:
        """Start a new stream for an edge that was born, or born again after a broken connection."""
        async with self._lock:
            self._streams[edge] = _Stream(birth.public_key)
            await self._bring_up_to_date(edge, first=True)

    async def want(self, identities: Iterable[tuple[str, str]]) -> None:
        """Everybody whom edges should know from now on, roster id and JSON of each; each edge is told the difference."""
        async with self._lock:
            self._wanted = dict(identities)
            for edge in list(self._streams):
                await self._bring_up_to_date(edge)

    async def _bring_up_to_date(self, edge: str, *, first: bool = False) -> None:
        stream = self._streams[edge]
        removed = [name for name in stream.known if name not in self._wanted]
        added = [document for name, document in self._wanted.items() if stream.known.get(name) != document]
        if not (removed or added or first):
            return
        try:
            for message in self._messages(stream, added, removed):
                await self._publish(
                    edge_topic(self._store, edge, "roster"), message.model_dump_json(exclude_defaults=True)
                )
        except SealError as error:
            log.warning("roster_not_sealed", edge=edge, problem=str(error))
            del self._streams[edge]
        except NotConnectedError as error:
            # The edge repeats its birth to the next connection, which starts a new stream.
            log.warning("roster_not_sent", edge=edge, problem=str(error))
            del self._streams[edge]
        else:
            stream.known = self._wanted  # never changed, only replaced: all edges may share it

    def _messages(self, stream: _Stream, added: list[str], removed: list[str]) -> Iterable[Roster]:
        parts = max(1, -(-len(added) // MAX_ROSTER_ENTRIES), -(-len(removed) // MAX_ROSTER_ENTRIES))
        for part in range(parts):
            piece = slice(part * MAX_ROSTER_ENTRIES, (part + 1) * MAX_ROSTER_ENTRIES)
            stream.number += 1
            yield Roster(
                stream=stream.stream,
                number=stream.number,
                complete=part == parts - 1,
                identities=tuple(_entry(document, stream.public_key) for document in added[piece]),
                removed=tuple(removed[piece]),
            )


def _entry(document: str, public_key: str) -> RosterEntry:
    identity = _IDENTITY.validate_json(document)
    if not any(getattr(identity, name) for name in identity.SECRETS):
        return identity
    # Its cryptography takes 6 MB: a store whose tags have no keys goes without.
    from nearcart_contract.sealing import seal

    return seal(identity, public_key)
