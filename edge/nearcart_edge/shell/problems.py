"""What is wrong with this edge right now, by who says so: for the state message, health and log."""

import asyncio

from nearcart_edge.shell.light_structlog import Log

_MAX_TEXT = 500


class Problems:
    """One sentence a source; ``changed`` is set whenever the whole changes."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._sentences: dict[str, str] = {}
        self.changed = asyncio.Event()

    @property
    def text(self) -> str | None:
        """All problems as one text that fits the state message."""
        return "; ".join(self._sentences.values())[:_MAX_TEXT] or None

    def say(self, source: str, sentence: str | None) -> None:
        """This source's problem now; ``None`` when it is over. One log line a change."""
        before = self._sentences.get(source)
        if sentence == before:
            return
        if sentence is None:
            del self._sentences[source]
            self._log.info("mended", source=source)
        else:
            self._sentences[source] = sentence
            self._log.warning("problem", source=source, problem=sentence)
        self.changed.set()
