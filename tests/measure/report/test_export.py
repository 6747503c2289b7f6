"""What is exported is what was there, and an export of yesterday's version can still be read."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from nearcart_contract.report_tables import EXPERIMENTS, OFFERED, TABLES, Source
from nearcart_measure.report.export import DICTIONARY, export, exported, terms_of
from nearcart_measure.report.reckon import reckon
from nearcart_measure.report.result import Report

from .conftest import World, shop

OLDER = {
    "experiments": "* EXCLUDE notes",
    "opt_outs": "experiment, arm, visitors",
    "withheld": "* EXCLUDE experiment",
}
"""Columns of a table before it had more."""


def of(folder: Path) -> Report:
    connection = exported(folder)
    return reckon(connection, terms_of(connection, "autumn", None))


@pytest.fixture
def world() -> World:
    """With notes, and sums too large for a machine's whole numbers."""
    world = shop(500, 0.4)
    world.terms = replace(world.terms, notes=("One is left out.", "So is another."))
    world.erased(OFFERED, "2026-10-02", "purchase", 2, 1)
    world.erased(OFFERED, "2026-10-02", "revenue", 2, 5_000_000_000)
    return world


def written(world: World, folder: Path) -> Path:
    rows = {**world.rows, EXPERIMENTS.name: [world.terms.row()]}
    export([Source(world.terms, rows)], folder, "parquet")
    return folder


def test_its_report_is_the_same_to_the_last_digit(world: World, tmp_path: Path) -> None:
    assert of(written(world, tmp_path)) == world.report()


def test_every_column_has_its_line_in_the_dictionary(world: World, tmp_path: Path) -> None:
    text = (written(world, tmp_path) / DICTIONARY).read_text()
    for table in TABLES:
        found = duckdb.connect().execute(f"SELECT * FROM read_parquet('{tmp_path / table.name}.parquet')").description
        assert [name for name, *_ in found or ()] == list(table.names)
        _, _, below = text.partition(f"## {table.name}\n")
        for column in table.columns:
            assert f"| {column.name} | {column.kind} | {column.what} |" in below


def test_an_older_export_lacks_what_it_did_not_know_and_nothing_else(world: World, tmp_path: Path) -> None:
    written(world, tmp_path)
    for name, columns in OLDER.items():
        path, kept = tmp_path / f"{name}.parquet", tmp_path / "kept.parquet"
        duckdb.connect().execute(f"COPY (SELECT {columns} FROM read_parquet('{path}')) TO '{kept}' (FORMAT parquet)")
        kept.rename(path)
    for name in ("complaints", "erased"):
        (tmp_path / f"{name}.parquet").unlink()
    now, older = world.report(), of(tmp_path)
    assert older.withheld == now.withheld
    assert not {*now.notes[:2]} & {*older.notes}
    plain = World(world.terms, {name: rows for name, rows in world.rows.items() if name != "erased"}).report(notes=())
    assert older == plain
