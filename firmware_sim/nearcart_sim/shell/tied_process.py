"""Ties a command to the process that starts it: the kernel kills it when that goes, even by ``kill -9`` (prctl(2)).

Run as a script: ``python tied_process.py PARENT_PID COMMAND …`` arms the signal and becomes COMMAND; an armed signal
outlives execve(2). It imports nothing of ours, so that it costs some ten milliseconds.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
"""<linux/prctl.h>"""


def tied_command(*command: str) -> tuple[str, ...]:
    """The command line that runs ``command`` so that it dies with the calling process."""
    return (sys.executable, "-I", "-S", __file__, str(os.getpid()), *command)


def _become(parent: int, command: list[str]) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(f"process {parent}, which should have been the parent, is gone")
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    _become(int(sys.argv[1]), sys.argv[2:])
