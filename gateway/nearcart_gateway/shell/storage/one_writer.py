"""One gateway a database: two would each count for themselves, and together exceed every limit."""

import fcntl
import os
from pathlib import Path

from nearcart_gateway.shell.storage.database import DatabaseError


class OneWriter:
    """Holds the database for this process. The kernel lets go of it when the process ends, however it ends."""

    def __init__(self, database: Path) -> None:
        """Raises ``DatabaseError`` when another gateway holds it."""
        path = database.with_name(database.name + ".lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DatabaseError(f"{path} can't be opened: {error}. Is its folder there and writable?") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise DatabaseError(
                f"database {database} is another gateway's that is running: stop that one first"
            ) from None

    def release(self) -> None:
        os.close(self._file)
