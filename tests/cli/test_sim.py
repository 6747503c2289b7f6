"""``nearcart sim capture`` writes what ``nearcart replay`` and ``nearcart decode`` read."""

import json
from pathlib import Path

from typer.testing import CliRunner

from nearcart.main import app
from nearcart_contract.capture import read_lines

SHOP = Path(__file__).parents[2] / "examples/shop/store.yaml"


def test_it_writes_a_capture_and_the_truth_beside_it(tmp_path: Path) -> None:
    capture, truth = tmp_path / "walk.capture.jsonl", tmp_path / "walk.truth.jsonl"
    result = CliRunner().invoke(
        app, ["sim", "capture", str(SHOP), str(capture), "--truth", str(truth), "--seconds", "30"]
    )
    assert result.exit_code == 0, result.output
    heard = list(read_lines(capture.read_text().splitlines()))
    rows = [json.loads(line) for line in truth.read_text().splitlines()]
    assert {advertisement.scanner for advertisement in heard} == {"entrance", "wine", "cheese", "bakery", "checkout"}
    assert {row["address"] for row in rows} >= {advertisement.address for advertisement in heard}
    assert f"{len(heard)} adverts written" in result.output


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        file = tmp_path / name
        CliRunner().invoke(app, ["sim", "capture", str(SHOP), str(file), "--seconds", "10", "--seed", str(seed)])
        written.append(file.read_bytes())
    assert written[0] == written[1] != written[2]


def test_a_store_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["sim", "capture", str(tmp_path / "no.yaml"), str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "no.yaml" in result.output
