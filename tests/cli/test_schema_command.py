"""`nearcart schema DIR`."""

import json
from pathlib import Path

from typer.testing import CliRunner

from nearcart.main import app


def test_it_writes_every_schema_and_the_asyncapi_document(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["schema", str(tmp_path / "schemas")])
    assert result.exit_code == 0, result.output
    written = {path.name for path in (tmp_path / "schemas").iterdir()}
    assert written >= {"presence.schema.json", "roster.schema.json", "store.schema.json", "offer.schema.json"}
    assert json.loads((tmp_path / "schemas" / "asyncapi.json").read_text())["asyncapi"] == "3.0.0"
    scenario = json.loads((tmp_path / "schemas" / "scenario.schema.json").read_text())
    assert {"layout", "grid", "shoppers", "faults"} <= set(scenario["properties"])
    described = json.loads((tmp_path / "schemas" / "openapi.json").read_text())
    assert described["openapi"].startswith("3.1")
    assert "/api/v1/visitors" in described["paths"]


def test_a_place_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = CliRunner().invoke(app, ["schema", str(tmp_path / "file" / "schemas")])
    assert result.exit_code == 1
    assert "Choose a folder that you may write to." in result.output
