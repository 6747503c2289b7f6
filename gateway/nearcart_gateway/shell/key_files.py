"""Keys of the API as an operator makes, lists and revokes them: those of the store whose store.yaml is given."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from nearcart_contract.names import NAME_PATTERN
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import FileProblems, load_yaml
from nearcart_gateway.core.roles import Role
from nearcart_gateway.shell.storage import api_keys
from nearcart_gateway.shell.storage.api_keys import ApiKey
from nearcart_gateway.shell.storage.database import DatabaseError, connect
from nearcart_gateway.shell.visitor_files import database_path


class KeyFileError(Exception):
    """What is wrong with a wish about keys, in a sentence for the operator."""


def make_key(config: Path, name: str, role: Role, expires_after: timedelta | None, now: float) -> tuple[ApiKey, str]:
    """Make a key and return it with its text, which is kept nowhere. Raises ``KeyFileError``."""
    if not re.fullmatch(NAME_PATTERN, name):
        raise KeyFileError(f"'{name}' can't be a key's name: allowed are 1 to 64 of a-z, 0-9 and hyphen")
    if expires_after is not None and expires_after <= timedelta(0):
        raise KeyFileError("a key that expires at once opens nothing: say --expires 90d, or leave it out")
    expires_at = None if expires_after is None else now + expires_after.total_seconds()
    with _database(config) as connection:
        try:
            return api_keys.add(connection, name, role, now, expires_at)
        except api_keys.KeyExistsError as error:
            raise KeyFileError(str(error)) from error


def revoke_key(config: Path, name_or_id: str, now: float) -> ApiKey:
    """Make a key useless. Raises ``KeyFileError``."""
    with _database(config) as connection:
        try:
            return api_keys.revoke(connection, name_or_id, now)
        except api_keys.UnknownKeyError as error:
            raise KeyFileError(str(error)) from error


def listed_keys(config: Path, now: float) -> list[dict[str, Any]]:
    """All keys as JSON values with their state; never a key or its hash. Raises ``KeyFileError``."""
    with _database(config) as connection:
        return [{**asdict(key), "state": key.state(now)} for key in api_keys.everything(connection)]


@contextmanager
def _database(config: Path) -> Iterator[sqlite3.Connection]:
    try:
        connection = connect(database_path(config, load_yaml(config, Store)))
    except (FileProblems, DatabaseError) as error:
        raise KeyFileError(str(error)) from error
    try:
        yield connection
    finally:
        connection.close()
