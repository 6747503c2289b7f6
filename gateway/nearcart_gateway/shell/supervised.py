"""A child process that is started again whenever it ends by itself, and that never outlives its parent."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from nearcart_gateway.shell.die_with_parent import tied_command

_BACK_OFF_S = (0.1, 0.5, 1.0, 2.0, 5.0)
_HEALTHY_AFTER_S = 10.0
"""A process that lived this long starts the back-off from the beginning."""
_POLL_S = 0.02

Ready = Callable[[], Awaitable[bool]]


class ProcessError(RuntimeError):
    """A process that ended before it was ready, or never became so; the message has the last lines it wrote."""


@dataclass(frozen=True, slots=True)
class Restart:
    """One unplanned end: ``code`` is the exit code, negative for a signal; the next start comes after ``pause_s`` seconds."""

    name: str
    pid: int
    code: int
    pause_s: float

    @property
    def cause(self) -> str:
        """``exit code 1`` or ``SIGKILL``."""
        return signal.Signals(-self.code).name if self.code < 0 else f"exit code {self.code}"


def say_on_stderr(restart: Restart) -> None:
    """What is said of a restart where nobody says otherwise."""
    print(f"nearcart: {restart.name} ended ({restart.cause}); starting it again", file=sys.stderr)  # noqa: T201


class SupervisedProcess:
    """Runs one command in a session of its own, so that a Ctrl-C at the terminal reaches only the parent.

    ``output`` is a file that collects what it writes (appended across restarts); without one it writes where the parent does.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        output: Path | None = None,
        on_restart: Callable[[Restart], None] = say_on_stderr,
    ) -> None:
        self.name = name
        self.restarts = 0
        self._command = tuple(command)
        self._environment = {**os.environ, **(environment or {})}
        self._output = output
        self._on_restart = on_restart
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self, ready: Ready | None = None, within_s: float = 30.0) -> None:
        """Start it and wait until ``ready`` says so. Raises ``ProcessError`` when it ends first or takes too long."""
        await self._spawn()
        if ready is not None:
            await self._wait_until(ready, within_s)
        self._keeper = asyncio.create_task(self._keep_running(), name=f"keep {self.name} running")

    async def stop(self, grace_s: float = 5.0) -> None:
        """Ask it to end (SIGTERM), insist after ``grace_s`` seconds (SIGKILL); does nothing when it does not run."""
        if self._keeper:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), grace_s)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _spawn(self) -> None:
        with contextlib.ExitStack() as files:
            sink = files.enter_context(self._output.open("ab")) if self._output else None
            self._process = await asyncio.create_subprocess_exec(
                *tied_command(*self._command),
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )

    async def _wait_until(self, ready: Ready, within_s: float) -> None:
        try:
            async with asyncio.timeout(within_s):
                while not await ready():
                    if self._process is None or self._process.returncode is not None:
                        raise ProcessError(f"{self.name} ended while starting: {self._last_lines()}")
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            await self.stop()
            raise ProcessError(f"{self.name} was not ready after {within_s:g} s: {self._last_lines()}") from None

    async def _keep_running(self) -> None:
        attempt = 0
        clock = asyncio.get_running_loop().time
        while self._process is not None:
            started = clock()
            code = await self._process.wait()
            attempt = 0 if clock() - started >= _HEALTHY_AFTER_S else attempt
            pause_s = _BACK_OFF_S[min(attempt, len(_BACK_OFF_S) - 1)]
            attempt += 1
            self.restarts += 1
            self._on_restart(Restart(self.name, self._process.pid, code, pause_s))
            await asyncio.sleep(pause_s)
            await self._spawn()

    def _last_lines(self) -> str:
        if self._output is None or not self._output.exists():
            return "see what it wrote above"
        lines = self._output.read_text(errors="replace").splitlines()[-5:]
        return " / ".join(lines) or "it wrote nothing"
