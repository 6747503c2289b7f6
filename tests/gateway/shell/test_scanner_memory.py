"""What is usual of each scanner outlives the gateway: a fault that begins while it is off is found after its restart."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.gateway.core.scanner_health.shop_traffic import SHOP, Traffic

from nearcart_contract.store_file import Layout
from nearcart_gateway.core.scanner_health.watch import ScannerWatch
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.scanner_memory import KEEP_EVERY_S, ScannerMemoryKeeper
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.storage.scanner_memory import read_memory, write_memory
from nearcart_gateway.shell.writer import Writer

ROOT = Path(__file__).parents[3]
LEARN_AND_DIE = """
import os, signal, sys
from pathlib import Path
from nearcart_gateway.core.scanner_health.watch import ScannerWatch
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.storage.scanner_memory import write_memory
from tests.gateway.core.scanner_health.shop_traffic import SHOP, Traffic
watch = ScannerWatch(SHOP, None)
Traffic(watch, 1).run(3700)
write_memory(connect(Path(sys.argv[1])), watch.memory())
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a gateway that watched for an hour and was killed."""
    path = tmp_path_factory.mktemp("shop") / "nearcart.sqlite"
    done = subprocess.run([sys.executable, "-c", LEARN_AND_DIE, str(path)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    return path


@pytest.fixture
def connection(learnt: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(learnt)) as connection:
        yield connection


@pytest.mark.parametrize(("fault", "kind"), [(-10.0, "off"), ("dead", "dead"), ((21.0, 9.0), "moved")])
def test_a_fault_of_the_time_between_is_found_after_the_restart(
    connection: sqlite3.Connection, fault: float | str | tuple[float, float], kind: str
) -> None:
    watch = ScannerWatch(SHOP, None)
    ScannerMemoryKeeper(watch, connection)
    traffic = Traffic(watch, 1, fault={"s10": fault})
    traffic.run(3600)
    assert [(name, said) for name, said in traffic.found_at if name == "s10"] == [("s10", kind)]


def test_without_it_a_scanner_that_is_off_from_the_start_is_usual() -> None:
    traffic = Traffic(ScannerWatch(SHOP, None), 1, fault={"s10": -10.0})
    traffic.run(3600)
    assert traffic.found_at == {}


def test_when_all_is_well_it_stays_quiet(connection: sqlite3.Connection) -> None:
    watch = ScannerWatch(SHOP, None)
    ScannerMemoryKeeper(watch, connection)
    traffic = Traffic(watch, 1)
    traffic.run(3600)
    assert traffic.found_at == {}


def test_of_another_floor_it_says_nothing(connection: sqlite3.Connection) -> None:
    kept = read_memory(connection)
    assert kept is not None
    scanners = {**SHOP.scanners, "s10": SHOP.scanners["s10"].model_copy(update={"x": 10.0})}
    assert not ScannerWatch(SHOP.model_copy(update={"scanners": scanners}), None).recall(kept)
    assert ScannerWatch(Layout.model_validate(SHOP.model_dump()), None).recall(kept)


def test_what_can_not_be_read_is_learnt_anew(connection: sqlite3.Connection) -> None:
    kept = read_memory(connection)
    assert kept is not None
    connection.execute("UPDATE meta SET value = '{' WHERE key = 'scanner_memory'")
    assert read_memory(connection) is None
    write_memory(connection, kept)
    assert read_memory(connection) == kept


async def test_it_is_written_every_quarter_of_an_hour_and_only_when_something_was_learnt(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "nearcart.sqlite")) as connection:
        watch = ScannerWatch(SHOP, None)
        keeper = ScannerMemoryKeeper(watch, connection)
        writer = _writer(connection)
        await keeper.keep(writer, 0.0)
        Traffic(watch, 1).run(700)
        await keeper.keep(writer, KEEP_EVERY_S - 1)
        assert read_memory(connection) is None
        await keeper.keep(writer, KEEP_EVERY_S)
        assert read_memory(connection) == watch.memory()
        before = connection.total_changes
        await keeper.keep(writer, 2 * KEEP_EVERY_S)
        assert connection.total_changes == before


async def test_a_card_that_takes_nothing_does_not_stop_the_gateway(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "nearcart.sqlite")) as connection:
        watch = ScannerWatch(SHOP, None)
        keeper, writer = ScannerMemoryKeeper(watch, connection), _writer(connection)
        await keeper.keep(writer, 0.0)
        connection.execute("PRAGMA query_only=ON")
        await keeper.keep(writer, KEEP_EVERY_S)
        connection.execute("PRAGMA query_only=OFF")
        await keeper.keep(writer, 2 * KEEP_EVERY_S)
        assert read_memory(connection) == watch.memory()


def _writer(connection: sqlite3.Connection) -> Writer:
    """One that has no engine to speak of: only its thread is asked for."""

    async def committed(_changes: object) -> None:
        await asyncio.sleep(0)

    return Writer(lambda _now: None, connection, StoreClock(0.0), committed)  # type: ignore[arg-type, return-value]
