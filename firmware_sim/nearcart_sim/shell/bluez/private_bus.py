"""A D-Bus daemon of one's own: a private "system" bus that no other program sees."""

import asyncio
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from nearcart_sim.shell.tied_process import tied_command

_CONFIGURATION = Path(__file__).with_name("private-bus.conf")
_START_TIMEOUT_S = 20.0


class DBusDaemonError(RuntimeError):
    """The private D-Bus daemon could not be started; the message says what to do."""


class PrivateBus:
    """Runs one ``dbus-daemon`` for as long as the context is open.

    It listens on an abstract socket and has no file of its own, and the kernel kills it with this process, so nothing stays
    behind even after ``kill -9``. ``address`` is what ``DBUS_SYSTEM_BUS_ADDRESS`` of a client has to be.
    """

    def __init__(self) -> None:
        self.address = ""
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        """Raises ``DBusDaemonError``."""
        if shutil.which("dbus-daemon") is None:
            raise DBusDaemonError("dbus-daemon is not installed: apt install dbus-daemon")
        command = tied_command(
            "dbus-daemon",
            f"--config-file={_CONFIGURATION}",
            f"--address=unix:abstract=nearcart-bluez-{secrets.token_hex(8)}",
            "--nofork",
            "--nopidfile",
            "--nosyslog",
            "--print-address=1",
        )
        self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            self.address = await asyncio.wait_for(self._printed_address(self._process), _START_TIMEOUT_S)
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    @property
    def pid(self) -> int | None:
        """Process id of the daemon, ``None`` while it does not run."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def _printed_address(self, process: asyncio.subprocess.Process) -> str:
        assert process.stdout is not None and process.stderr is not None
        line = (await process.stdout.readline()).decode().strip()
        if not line:
            complaint = (await process.stderr.read()).decode(errors="replace").strip()
            raise DBusDaemonError(f"dbus-daemon did not start: {complaint or 'it said nothing'}")
        return line

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
