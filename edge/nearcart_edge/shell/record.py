"""Writes down everything that the radios hear, strangers too: an operator's explicit act, for tests and calibration."""

import asyncio
import sys
from collections.abc import Sequence
from typing import TextIO

from nearcart_contract.advertisement import Advertisement
from nearcart_contract.capture import format_line
from nearcart_contract.edge_state import Scan
from nearcart_edge.shell.scanner import Listener, Relief, ScannerSource

FLUSH_EVERY_S = 1.0


class Recording(Listener):
    """One capture being written."""

    def __init__(self, file: TextIO, sources: Sequence[ScannerSource]) -> None:
        self._file = file
        self._sources = sources
        self._written = 0

    async def run(self, stop: asyncio.Event) -> int:
        """Record until ``stop`` is set; gives how many adverts were written."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(source.run(self)) for source in self._sources]
            tasks.append(group.create_task(self._flush()))
            await stop.wait()
            for task in tasks:
                task.cancel()
        self._file.flush()
        return self._written

    def heard(self, advertisement: Advertisement) -> None:
        """One packet, from a scanner."""
        self._file.write(format_line(advertisement) + "\n")
        self._written += 1

    def found(self, scanner: str) -> None:
        """A scanner scans."""
        print(f"{scanner}: recording", file=sys.stderr)  # noqa: T201

    def lost(self, scanner: str, problem: str) -> None:
        """A scanner does not scan."""
        print(f"{scanner}: {problem}", file=sys.stderr)  # noqa: T201

    def scans(self, scan: Scan) -> None:
        """How a scanner scans."""
        if scan.verdict != "every-kind":
            print(f"{scan.scanner}: {scan.told}", file=sys.stderr)  # noqa: T201

    def relief(self) -> Relief:
        """Everything is to be heard."""
        return Relief()

    async def _flush(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            self._file.flush()
