"""The database beside whoever writes it."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from nearcart_gateway.shell.storage.database import DatabaseError, connect, connect_reading, reading


@pytest.mark.parametrize("folder", ["100% #1", "what?", "späti & co"])
def test_a_shops_folder_may_have_any_name(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "store.sqlite"
    connect(path).close()
    connection = connect_reading(path)
    assert connection.execute("SELECT count(*) FROM visitors").fetchone() == (0,)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM visitors")
    connection.close()


def test_who_asks_a_database_that_is_not_there_or_too_old_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with pytest.raises(DatabaseError, match="there is no database"), reading(path):
        pass
    assert not path.exists()
    sqlite3.connect(path).close()
    with pytest.raises(DatabaseError, match="of this version mends it"), reading(path) as connection:
        connection.execute("SELECT * FROM visitors")


OPENS = """
import sys
from pathlib import Path
from nearcart_gateway.shell.storage.database import connect
connect(Path(sys.argv[1])).close()
print("sqlite_utils" in sys.modules)
"""


def opened_with_the_library(path: Path) -> bool:
    run = subprocess.run([sys.executable, "-c", OPENS, str(path)], capture_output=True, text=True, check=True)
    return run.stdout.strip() == "True"


def test_a_file_that_has_every_migration_is_opened_without_what_makes_them(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    assert opened_with_the_library(path)
    assert not opened_with_the_library(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=7")  # as another version leaves it
    connection.close()
    assert opened_with_the_library(path)
    assert not opened_with_the_library(path)
