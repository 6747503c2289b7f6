"""``nearcart coverage``: a picture, sentences and JSON."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from nearcart.main import app

ROOT = Path(__file__).parents[2]
FLAT, SHOP = ROOT / "examples" / "recorded-walk" / "store.yaml", ROOT / "examples" / "shop" / "store.yaml"
RUN = CliRunner()


def test_the_picture_says_what_the_sentences_say(tmp_path: Path) -> None:
    out = tmp_path / "coverage.svg"
    done = RUN.invoke(app, ["coverage", "--layout", str(FLAT), "--out", str(out)])
    assert done.exit_code == 0, done.output
    words = [text.text for text in ElementTree.parse(out).iter("{http://www.w3.org/2000/svg}text")]
    for sentence in done.stdout.strip().splitlines():
        assert sentence in words
    assert "Expected error" in done.stdout and "Nobody calibrated" in done.stdout
    assert {"anchor1", "Till", "Time in the right zone"} <= set(words)


def test_json_has_each_cell_scanner_and_zone(tmp_path: Path) -> None:
    done = RUN.invoke(app, ["coverage", "--layout", str(FLAT), "--out", str(tmp_path / "a.svg"), "--json"])
    found = json.loads(done.stdout)
    assert len(found["cells"]) == 19 * 16
    assert set(found["scanners"]) == {f"anchor{n}" for n in range(1, 7)}
    assert set(found["zones"]) == {"door", "tea", "coffee", "books", "bread", "till"}
    assert found["error"] == pytest.approx(sum(cell["error"] for cell in found["cells"]) / 304, abs=0.01)
    assert found["best_spot"]["error_less"] > 0 and found["calibrated"] is False


def test_a_png_and_the_same_picture_twice(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg", "c.png"):
        assert RUN.invoke(app, ["coverage", "--layout", str(FLAT), "--out", str(tmp_path / name)]).exit_code == 0
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")


def test_the_stores_own_calibration_is_used(tmp_path: Path) -> None:
    store = tmp_path / "store.yaml"
    store.write_text(SHOP.read_text() + "\nradio: radio.yaml\n")
    words = ["coverage", "--layout", str(store), "--out", str(tmp_path / "a.svg"), "--json"]
    missing = RUN.invoke(app, words)
    assert missing.exit_code == 1 and "radio.yaml" in missing.output
    (tmp_path / "radio.yaml").write_text("scanners:\n  wine: {power: -60, exponent: 2.0}\n")
    assert json.loads(RUN.invoke(app, words).stdout)["calibrated"] is True


def test_another_ending_is_refused(tmp_path: Path) -> None:
    done = RUN.invoke(app, ["coverage", "--layout", str(FLAT), "--out", str(tmp_path / "a.gif")])
    assert done.exit_code == 1 and "a picture is .svg or .png" in done.output
