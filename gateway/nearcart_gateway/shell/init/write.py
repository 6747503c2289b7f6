"""Writes a new store's files: never over an existing one, secrets readable by their owner only."""

import base64
import contextlib
import os
import pwd
import secrets as randomness
from dataclasses import dataclass
from pathlib import Path

from nearcart_gateway.shell.init.mosquitto_files import users
from nearcart_gateway.shell.init.plan import NewStore, PlannedFile, Secrets, planned_files

_READ_BY_BROKER = ("passwords", "acl")


@dataclass(frozen=True, slots=True)
class Written:
    """What ``nearcart init`` did."""

    written: tuple[Path, ...]
    kept: tuple[Path, ...]
    """Files that were there before: left as they are."""


class HalfThereError(FileExistsError):
    """Some of the files that share passwords are there and some are not."""


def write_store(folder: Path, new: NewStore) -> Written:
    """Write what is missing in ``folder``, which is made if need be.

    Raises ``HalfThereError`` when a file with passwords is there and another that must hold the same ones is not, and
    ``OSError`` when ``folder`` can't be written to.
    """
    planned = planned_files(new, folder.absolute(), _fresh(new), os.urandom)
    there = {file.path for file in planned if (folder / file.path).exists()}
    _refuse_half(folder, planned, there)
    folder.mkdir(parents=True, exist_ok=True)
    for file in planned:
        if file.path not in there:
            _write(folder / file.path, file)
            if file.path.name in _READ_BY_BROKER:
                _give_to_broker(folder / file.path)
    return Written(
        written=tuple(file.path for file in planned if file.path not in there),
        kept=tuple(file.path for file in planned if file.path in there),
    )


def _refuse_half(folder: Path, planned: tuple[PlannedFile, ...], there: set[Path]) -> None:
    secret = {file.path for file in planned if file.mode == 0o600}
    missing = secret - there
    if secret & there and missing:
        raise HalfThereError(
            f"{folder} already has {_listed(secret & there)}, but not {_listed(missing)}. They hold passwords that belong "
            "together, and nothing was changed: choose an empty folder, or move the old files away"
        )


def _write(path: Path, file: PlannedFile) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file.mode)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(file.text)


def _give_to_broker(path: Path) -> None:
    """Started by root, Mosquitto becomes user mosquitto before it reads these; anybody else starts it as himself."""
    if os.geteuid() != 0:
        return
    with contextlib.suppress(KeyError):
        account = pwd.getpwnam("mosquitto")
        os.chown(path, account.pw_uid, account.pw_gid)


def _fresh(new: NewStore) -> Secrets:
    return Secrets(
        passwords={user: randomness.token_urlsafe(24) for user in users(new.edges, new.bridged)},
        webhook="whsec_" + base64.b64encode(randomness.token_bytes(24)).decode(),
    )


def _listed(paths: set[Path]) -> str:
    return ", ".join(sorted(map(str, paths)))
