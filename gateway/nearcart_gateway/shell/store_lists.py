"""The lists beside store.yaml, shelf and coupon codes: read at start and again whenever a file changes."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from nearcart_contract.store_file import Store
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.coupons import CouponError, read_codes
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.shelf import OnShelf, ShelfError, read_shelf

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 5.0

Put = Callable[[Callable[[StoreEngine, Changes], None]], Awaitable[None]]
T = TypeVar("T")


class ListFile(Generic[T]):
    """One file: ``held`` is what its last good version said. A broken one changes nothing."""

    def __init__(self, path: Path, read: Callable[[Iterable[str]], T], empty: T) -> None:
        self.held = empty
        self._path, self._read = path, read
        self._mark: tuple[int, int] | None = None
        self._said = ""

    def look(self) -> bool:
        """Read the file if it changed. Whether there is something new."""
        try:
            status = self._path.stat()
            mark = (status.st_mtime_ns, status.st_size)
            if mark == self._mark:
                return False
            self._mark = mark
            with self._path.open(newline="", encoding="utf-8-sig") as lines:
                self.held = self._read(lines)
        except (OSError, UnicodeDecodeError, ShelfError, CouponError) as error:
            if str(error) != self._said:
                self._said = str(error)
                log.error("list_broken", file=str(self._path), problem=self._said, note="what was known stays")
            return False
        self._said = ""
        log.info("list_read", file=str(self._path))
        return True


class StoreLists:
    """Shelf and coupon pools of a store. ``fill`` hands them to an engine that starts."""

    def __init__(self, home: Path, store: Store) -> None:
        nothing: Mapping[str, OnShelf] = {}
        no_codes: tuple[str, ...] = ()
        self.shelf = None if store.shelf is None else ListFile(home / store.shelf, read_shelf, nothing)
        self.pools = {name: ListFile(home / path, read_codes, no_codes) for name, path in store.coupons.items()}
        self.look()

    async def run(self, put: Put) -> None:
        """Look until cancelled."""
        while self.shelf is not None or self.pools:
            await asyncio.sleep(LOOK_EVERY_S)
            if await asyncio.to_thread(self.look):
                await put(lambda engine, _changes: self.fill(engine))

    def look(self) -> bool:
        """Read what changed. Whether there is something new."""
        files = (*self.pools.values(), *(() if self.shelf is None else (self.shelf,)))
        changed = [file.look() for file in files]
        return any(changed)

    def fill(self, engine: StoreEngine) -> None:
        """Give the engine what the files hold; codes that were given stay given."""
        engine.facts.on_shelf = {} if self.shelf is None else self.shelf.held
        for pool, file in self.pools.items():
            engine.facts.coupons.fill(pool, file.held)
