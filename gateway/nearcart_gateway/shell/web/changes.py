"""Who is told that something changed. A reader keeps only *what* changed, so that a slow one is never behind, only coarser."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

Topic = Literal["people", "decisions", "edges", "health"]
TOPICS: tuple[Topic, ...] = ("health", "people", "decisions", "edges")
"""In the order that a page wants them: health brings the store's clock."""


class Subscription:
    """One reader's view of what changed since it last looked. Bounded by the number of topics."""

    def __init__(self) -> None:
        self._changed: set[Topic] = set()
        self._something = asyncio.Event()

    def mark(self, *topics: Topic) -> None:
        """Note that these changed."""
        self._changed.update(topics)
        self._something.set()

    async def changed(self) -> frozenset[Topic]:
        """Wait until something changed, and what; asking again starts afresh."""
        await self._something.wait()
        self._something.clear()
        changed = frozenset(self._changed)
        self._changed.clear()
        return changed


class ChangeBoard:
    """Where the gateway says what changed. Costs one set operation a reader, and nothing without readers."""

    def __init__(self) -> None:
        self._readers: set[Subscription] = set()

    def notify(self, *topics: Topic) -> None:
        """Tell every reader. To be called in the event loop's own thread."""
        for reader in self._readers:
            reader.mark(*topics)

    @contextmanager
    def subscribe(self) -> Iterator[Subscription]:
        """A reader, until the end of the block."""
        reader = Subscription()
        self._readers.add(reader)
        try:
            yield reader
        finally:
            self._readers.discard(reader)
