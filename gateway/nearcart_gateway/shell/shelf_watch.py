"""The shelf file of the store, read at start and again whenever it changes. A broken one changes nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import structlog

from nearcart_contract.store_file import Store
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.shelf import OnShelf, ShelfError, read_shelf

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 5.0

Put = Callable[[Callable[[StoreEngine, Changes], None]], Awaitable[None]]


class ShelfWatch:
    """``shelf`` is what the last good file said; empty when store.yaml names none."""

    def __init__(self, home: Path, store: Store) -> None:
        self._path = None if store.shelf is None else home / store.shelf
        self._mark: tuple[int, int] | None = None
        self.shelf: Mapping[str, OnShelf] = {}
        self.look()

    async def run(self, put: Put) -> None:
        """Look until cancelled."""
        while self._path is not None:
            await asyncio.sleep(LOOK_EVERY_S)
            if await asyncio.to_thread(self.look):
                await put(self._apply)

    def look(self) -> bool:
        """Read the file if it changed. Whether there is something new."""
        if self._path is None:
            return False
        try:
            status = self._path.stat()
            mark = (status.st_mtime_ns, status.st_size)
            if mark == self._mark:
                return False
            self._mark = mark
            with self._path.open(newline="", encoding="utf-8-sig") as lines:
                self.shelf = read_shelf(lines)
        except (OSError, UnicodeDecodeError, ShelfError) as error:
            log.error("shelf_broken", file=str(self._path), problem=str(error), note="what was known stays")
            return False
        log.info("shelf_read", skus=len(self.shelf))
        return True

    def _apply(self, engine: StoreEngine, _changes: Changes) -> None:
        engine.facts.on_shelf = self.shelf
