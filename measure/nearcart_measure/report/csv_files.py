"""The tables of a report as CSV files, each with a header."""

import csv
from collections.abc import Iterable
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

from nearcart_measure.report.result import Range, Report

_TABLES = ("figures", "guards", "evenings", "variants", "segments", "beside", "arms", "checks")


def write_csv(report: Report, folder: Path) -> None:
    """A file a table, in ``folder``, which is made. Raises ``OSError``."""
    folder.mkdir(parents=True, exist_ok=True)
    answer = (("answer", report.answer), ("sentence", report.sentence), ("more_people", report.more_people))
    _write(folder / "answer.csv", ("name", "value"), answer)
    for name in _TABLES:
        rows = [_flat(row) for row in getattr(report, name)]
        if rows:
            _write(folder / f"{name}.csv", tuple(rows[0]), (row.values() for row in rows))
    _write(folder / "withheld.csv", ("gate", "moments"), report.withheld)
    _write(folder / "engagement.csv", ("what", "times"), report.engagement.items())


def _flat(row: Any) -> dict[str, object]:
    """A range as three columns, whether it is there or not."""
    found: dict[str, object] = {}
    for field in fields(row):
        value = getattr(row, field.name)
        if "Range" in str(field.type):
            ends = {each.name: None for each in fields(Range)} if value is None else asdict(value)
            found |= {f"{field.name}_{name}": end for name, end in ends.items()}
        else:
            assert not is_dataclass(value)
            found[field.name] = value
    return found


def _write(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
