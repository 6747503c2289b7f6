"""Listens until one tag is held against the scanner, and says what to register it by."""

import asyncio
import sys
from collections.abc import Sequence

from nearcart_contract.advertisement import Advertisement
from nearcart_contract.edge_state import Scan
from nearcart_edge.core.held_tag import Candidate, HeldTag
from nearcart_edge.shell.scanner import Listener, Relief, ScannerSource


class Enrolling(Listener):
    """Nothing that it hears is written anywhere."""

    def __init__(self, sources: Sequence[ScannerSource]) -> None:
        self._sources = sources
        self._held = HeldTag()
        self._found: asyncio.Future[Candidate] | None = None

    async def run(self, stop: asyncio.Event, within_s: float) -> Candidate | None:
        """The tag; ``None`` when ``stop`` is set or ``within_s`` seconds have passed."""
        loop = asyncio.get_running_loop()
        self._found = loop.create_future()
        tasks = [asyncio.create_task(source.run(self)) for source in self._sources]
        waiting = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((self._found, waiting), timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*tasks, waiting):
                task.cancel()
            await asyncio.gather(*tasks, waiting, return_exceptions=True)
        return self._found.result() if self._found.done() else None

    def heard(self, advertisement: Advertisement) -> None:
        """One packet, from a scanner."""
        found = self._held.hear(advertisement, asyncio.get_running_loop().time())
        if found is not None and self._found is not None and not self._found.done():
            self._found.set_result(found)

    def found(self, scanner: str) -> None:
        """A scanner scans."""
        print(f"{scanner}: hold the tag against the antenna", file=sys.stderr)  # noqa: T201

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
