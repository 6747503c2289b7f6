"""Ties a process to its parent: the kernel kills it when the parent goes, even by ``kill -9`` (Linux, prctl(2)).

As a script it wraps any command: ``python die_with_parent.py PARENT_PID COMMAND …`` arms the signal, then becomes COMMAND;
an armed signal outlives execve(2). It imports nothing of ours, so that wrapping costs some ten milliseconds.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
"""<linux/prctl.h>"""


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when ``parent`` (a process id) ends; exits at once when it already has."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(f"process {parent}, which should have been the parent, is gone")


def tied_command(*command: str) -> list[str]:
    """The command line that runs ``command`` so that it dies with the calling process."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 # becoming the command is the point
