"""The names that the page shows, for the same visitors in the terminal."""

import sqlite3
from contextlib import closing

from nearcart.demo.show import Names
from nearcart.demo.stage import Stage
from nearcart_gateway.core.pseudonym import Pseudonyms
from nearcart_gateway.shell.storage.revisions import store_salt


def pseudonyms_of(stage: Stage) -> Names:
    """Visitor's id to pseudonym, by the store's own salt."""
    with closing(sqlite3.connect(stage.folder.database, isolation_level=None)) as connection:
        salt = store_salt(connection)
    return Pseudonyms(salt, (entry.id for entry in stage.scenario.visitors)).of
