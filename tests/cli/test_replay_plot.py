"""``nearcart replay --plot``: the believed ways, beside the true one where it is known."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from nearcart.main import app
from nearcart.walk_picture import Believed, walk_picture
from nearcart_contract.store_file import Layout
from nearcart_contract.truth import TruthLine

HALL = Path(__file__).parents[1] / "data" / "hall"
TRUTH = HALL / "straight_02.truth.jsonl"
ROOM = Layout.model_validate(
    {"floor": {"width": 10, "height": 4}, "scanners": {"left": {"x": 1, "y": 2, "zone": "left"}, "right": {"x": 9, "y": 2, "zone": "right"}}}
)  # fmt: skip


def replay(tmp_path: Path, *more: str) -> tuple[int, str]:
    files = ["--layout", str(HALL / "layout.yaml"), "--zones", str(tmp_path / "zones.jsonl")]
    done = CliRunner().invoke(app, ["replay", str(HALL / "straight_02.capture.jsonl"), *files, *more])
    return done.exit_code, done.output


def test_with_a_truth_it_says_how_far_apart_they_are(tmp_path: Path) -> None:
    out = tmp_path / "walk.svg"
    assert replay(tmp_path, "--plot", str(out), "--truth", str(TRUTH))[0] == 0
    drawn = out.read_text()
    ElementTree.fromstring(drawn)
    said = re.search(r"straight 02: ([\d.]+) m off, in the right zone (\d+)%", drawn)
    assert said is not None
    assert 0.5 < float(said[1]) < 4 and 20 < int(said[2]) <= 100
    assert "where the tag was" in drawn and "sensor41" in drawn
    assert len(drawn) < 60_000


def test_without_one_it_draws_what_was_believed(tmp_path: Path) -> None:
    out = tmp_path / "walk.png"
    assert replay(tmp_path, "--plot", str(out))[0] == 0
    assert out.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--truth", str(TRUTH)), "say where, with --plot"),
        (("--plot", "walk.jpg"), "a picture is .svg or .png"),
        (("--plot", "walk.svg", "--truth", str(HALL / "straight_02.capture.jsonl")), "line 1"),
    ],
)
def test_what_can_not_be_drawn_is_said(tmp_path: Path, more: tuple[str, ...], said: str) -> None:
    code, output = replay(tmp_path, *more)
    assert code == 1 and said in output


def test_the_figures_are_those_of_the_steps() -> None:
    """Walks 8 m in 16 s; believed 1 m below, and in the left zone all the way."""
    truth = [TruthLine(at=second, x=1.1 + second / 2, y=2) for second in range(17)]
    believed = [Believed(half / 2, "left", 1.1 + half / 4, 3) for half in range(33)]
    drawn = walk_picture("hall", ROOM, {"tag": believed}, truth)
    assert "hall: 1.0 m off, in the right zone 27% of the time" in drawn
    assert drawn.count('stroke="#D55E00"') == 2 * 16 + 2


def test_a_truth_of_another_time_is_no_picture() -> None:
    truth = [TruthLine(at=1000 + second, x=1, y=2) for second in range(17)]
    with pytest.raises(ValueError, match="at any time that it tells"):
        walk_picture("hall", ROOM, {"tag": [Believed(1.0, "left", 1, 3)]}, truth)
