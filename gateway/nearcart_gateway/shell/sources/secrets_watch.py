"""The sources' secrets, read again when store.yaml changes: one is changed over without stopping the gateway."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import structlog

from nearcart_contract.store_file import Source, Store
from nearcart_contract.yaml_file import FileProblems, load_yaml

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 2.0


class SourceSecrets:
    """``sources`` are those that the gateway started with, each with the secrets that store.yaml has now."""

    def __init__(self, config: Path, store: Store) -> None:
        self.sources: Mapping[str, Source] = store.sources
        self._config = config
        self._mark = self._look()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            mark = self._look()
            if mark != self._mark:
                self._mark = mark
                await asyncio.to_thread(self.read)

    def read(self) -> None:
        """Take over the secrets of a good file; a broken one changes nothing. Everything else waits for the next start."""
        try:
            written = load_yaml(self._config, Store).sources
        except FileProblems as error:
            log.error("store_file_broken", problem=str(error), note="the secrets that were known stay")
            return
        now = {name: _with_secrets(source, written.get(name)) for name, source in self.sources.items()}
        changed = sorted(name for name, source in now.items() if source.secrets() != self.sources[name].secrets())
        if changed:
            self.sources = now
            log.info("secrets_changed", sources=changed)

    def _look(self) -> tuple[int, int] | None:
        """What would differ if somebody had saved the file."""
        try:
            status = self._config.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size


def _with_secrets(source: Source, written: Source | None) -> Source:
    if written is None or written.platform != source.platform:
        return source
    return source.model_copy(update={"secret": written.secret, "previous_secret": written.previous_secret})
