"""Who wrote the files of a folder as they stand: git's word where the folder is a git work tree, else whose file it is.

git is only ever asked, never told: no lock is taken, no hook or file-system monitor is run, and it has a few seconds.
"""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

WITHIN_S = 3.0

UNKNOWN = "unknown"

_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-c", "log.showSignature=false")
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_PAGER": "cat"}
_MARK = "\x01"


def authors_of(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Each of these files' author. Of what is not committed as it stands, and without git, the owner of the file."""
    wanted = set(names)
    committed = _committed(folder, wanted) if wanted else {}
    return {name: committed.get(name) or _owner(folder / name) for name in wanted}


def _committed(folder: Path, wanted: set[str]) -> dict[str, str]:
    """The author of the last commit of each file that stands as it was committed."""
    changed = _ask(folder, "diff", "--no-ext-diff", "--no-textconv", "--relative", "--name-only", "HEAD", "--", ".")
    if changed is None:
        return {}
    left = wanted - set(changed.splitlines())
    log = _ask(folder, "log", "--relative", "--no-renames", "--name-only", f"--format={_MARK}%aN", "--", *sorted(left))
    found: dict[str, str] = {}
    author = UNKNOWN
    for line in (log or "").splitlines() if left else ():
        if line.startswith(_MARK):
            author = line[len(_MARK) :].strip() or UNKNOWN
        elif line in left:
            found.setdefault(line, author)
    return found


def _ask(folder: Path, *words: str) -> str | None:
    """What git answers, or ``None`` where there is no git, no work tree, or no answer in time."""
    try:
        asked = subprocess.run(
            [*_GIT, *words],
            cwd=folder,
            env={**os.environ, **_QUIET},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=WITHIN_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return asked.stdout if asked.returncode == 0 else None


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except (OSError, KeyError, NotImplementedError):
        return UNKNOWN
