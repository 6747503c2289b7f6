"""The command line of a process of its own: ``--config FILE`` and nothing else. argparse would take 1.3 MB of a small machine's memory."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from nearcart_contract.problem import FileProblems


def run_process(work: Callable[[Path], None], program: str, usual: str) -> int:
    """Do ``work`` with the file that the command line names, or with the ``usual`` one; gives the exit code."""
    path = config_path(sys.argv[1:], usual)
    if path is None:
        return _refuse(f"usage: python -m {program} [--config FILE]   (without it: {usual})")
    try:
        work(path)
    except FileProblems as problems:
        return _refuse(str(problems))
    return 0


def config_path(arguments: Sequence[str], usual: str) -> Path | None:
    """The file; ``None`` where the arguments are others than one ``--config``."""
    match list(arguments):
        case []:
            return Path(usual)
        case ["--config", path]:
            return Path(path)
        case [option] if option.startswith("--config="):
            return Path(option.removeprefix("--config="))
    return None


def _refuse(told: str) -> int:
    print(told, file=sys.stderr)  # noqa: T201
    return 2
