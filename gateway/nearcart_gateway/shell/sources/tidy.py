"""Lets go, now and then, of webhooks' ids, of payloads set aside and of moments that are old enough."""

import asyncio
import contextlib
import sqlite3
import time
from pathlib import Path

import structlog

from nearcart_gateway.shell.storage import carts, fetches, moments, set_aside
from nearcart_gateway.shell.storage.database import DatabaseError, connect

log = structlog.get_logger(__name__)

EVERY_S = 3600.0


async def tidy(database: Path) -> None:
    """Once at the start and then every hour, until cancelled."""
    while True:
        try:
            gone = await asyncio.to_thread(tidy_once, database, time.time())
            if gone:
                log.info("set_aside_pruned", payloads=gone)
        except (sqlite3.Error, DatabaseError) as error:
            log.warning("not_tidied", problem=str(error), note="tried again in an hour")
        await asyncio.sleep(EVERY_S)


def tidy_once(database: Path, now: float) -> int:
    """Prune on a connection of its own. How many payloads went."""
    with contextlib.closing(connect(database)) as connection:
        carts.forget_old_hooks(connection, now)
        fetches.prune(connection, now)
        moments.prune(connection, now)
        return set_aside.prune(connection, now)
