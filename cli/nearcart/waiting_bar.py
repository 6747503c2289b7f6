"""A progress bar for whatever takes longer than two seconds, where somebody looks."""

import sys
import time
from typing import Any

SILENT_FOR_S = 2.0


class WaitingBar:
    """On standard error, where that is a terminal, from the third second on."""

    def __init__(self) -> None:
        self._progress: Any = None
        self._task: Any = None
        self._began = time.monotonic()

    def __enter__(self) -> "WaitingBar":
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def show(self, what: str, done: float, total: float) -> None:
        """So much is done, of so much."""
        if self._progress is None:
            if time.monotonic() - self._began < SILENT_FOR_S or not sys.stderr.isatty():
                return
            self._start()
        self._progress.update(self._task, description=what, completed=done, total=total)

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._progress.start()
        self._task = self._progress.add_task("", total=None)
