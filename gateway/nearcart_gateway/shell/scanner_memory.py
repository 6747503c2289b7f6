"""What the watch has learnt of the scanners, taken up at the start and kept while the gateway runs."""

import sqlite3

import structlog

from nearcart_gateway.core.scanner_health.watch import ScannerWatch
from nearcart_gateway.shell.storage.scanner_memory import read_memory, write_memory
from nearcart_gateway.shell.writer import Writer

log = structlog.get_logger(__name__)

KEEP_EVERY_S = 900.0
"""A kill loses so much at most of what was learnt; oftener would wear a card for little."""


class ScannerMemoryKeeper:
    """Reads at once; ``keep`` writes through the one writer, between two of its commits. Times are seconds of any steady clock."""

    def __init__(self, watch: ScannerWatch, connection: sqlite3.Connection) -> None:
        self._watch = watch
        kept = read_memory(connection)
        self._kept = kept if kept is not None and watch.recall(kept) else None
        self._keep_at: float | None = None

    async def keep(self, writer: Writer, now: float) -> None:
        """Every quarter of an hour, if something was learnt. A card that takes nothing is said, and the gateway goes on."""
        if self._keep_at is None:
            self._keep_at = now + KEEP_EVERY_S
        if now < self._keep_at:
            return
        self._keep_at, memory = now + KEEP_EVERY_S, self._watch.memory()
        if memory == self._kept:
            return
        try:
            await writer.in_its_thread(lambda connection: write_memory(connection, memory))
        except sqlite3.Error as error:
            log.warning("scanner_memory_not_kept", problem=str(error))
        else:
            self._kept = memory
