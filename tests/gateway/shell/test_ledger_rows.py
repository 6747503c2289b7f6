"""The ledger's rows: taken over from an older database, and kept without a name when a visitor is erased."""

import sqlite3
from decimal import Decimal
from pathlib import Path

import sqlite_utils

from nearcart_gateway.core.ledger import Count, Ledger
from nearcart_gateway.core.spending import Ceiling, Spending, Spent, Use
from nearcart_gateway.shell.storage import ledger
from nearcart_gateway.shell.storage.database import connect
from nearcart_gateway.shell.storage.schema import migrations

WINE = Count.of("offer", "wine", 1e6)
HER_WINE = Count.of("offer", "wine", 1e6, hers=True)


def loaded(connection: sqlite3.Connection) -> Ledger:
    counts = Ledger()
    counts.load(ledger.read_counted(connection, 0.0))
    return counts


def test_an_older_databases_decisions_go_on_counting(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    old = sqlite3.connect(path, isolation_level=None)
    migrations.apply(sqlite_utils.Database(old), stop_before="limits_and_budgets")
    for number, (visitor, outcome) in enumerate(
        [("anna", "sent"), ("anna", "ghost"), ("bea", "withheld"), ("bea", "sent")]
    ):
        old.execute(
            "INSERT INTO decisions (key, moment, kind, visitor, visit, at, outcome, reason, offer, considered, inputs)"
            " VALUES (?, ?, 'enter', ?, 'v', ?, ?, '', 'wine', '[]', '{}')",
            (f"k{number}", f"m{number}", visitor, 100.0 + number, outcome),
        )
    old.close()
    connection = connect(path)
    counts = loaded(connection)
    assert (counts.count(WINE, "", 200.0), counts.count(HER_WINE, "anna", 200.0)) == (3, 2)
    assert list(ledger.read_uses(connection, 200.0)) == []
    connection.close()


def test_who_is_erased_leaves_counts_and_budgets_and_no_name(tmp_path: Path) -> None:
    connection = connect(tmp_path / "store.sqlite")
    made = Use(
        "secret-key-anna", "anna", "wine", "autumn", 100.0, 9e9, "redeemed", Decimal("4.50"), gives=True, order="o-7"
    )
    ledger.write_use(connection, made)
    ledger.erase_visitor(connection, "anna")
    counts, spending = loaded(connection), Spending()
    spending.load(ledger.read_uses(connection, 200.0), 200.0)
    assert (counts.count(WINE, "", 200.0), counts.count(HER_WINE, "anna", 200.0)) == (1, 0)
    assert spending.spent("autumn") == Spent(1, Decimal("4.50"))
    (row,) = connection.execute("SELECT * FROM ledger").fetchall()
    assert not {"anna", "secret-key-anna", "o-7"} & set(row)
    connection.close()


def test_a_use_is_read_as_it_was_written(tmp_path: Path) -> None:
    connection = connect(tmp_path / "store.sqlite")
    made = Use("k1", "anna", "wine", "autumn", 1.0, 601.0, "held", Decimal("4.50"), True, False, "drinks")
    ledger.write_use(connection, made)
    assert ledger.read_use(connection, "k1") == made
    redeemed = Spending().redeem(made, 5.0, ceiling=Ceiling(), money=Decimal("3.99"), order="o-1")
    ledger.settle_use(connection, redeemed)
    assert ledger.read_uses_of_order(connection, "o-1") == [redeemed]
    connection.close()
