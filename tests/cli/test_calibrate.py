"""``nearcart calibrate`` and what ``replay`` makes of its file."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nearcart.main import app

HALL = Path(__file__).parents[1] / "data" / "hall"
RUN = CliRunner()


def arguments(out: Path, *names: str, truth: bool = True) -> list[str]:
    words = ["calibrate", "--layout", str(HALL / "layout.yaml"), "--out", str(out)]
    for name in names:
        words += ["--capture", str(HALL / f"{name}.capture.jsonl")]
        words += ["--truth", str(HALL / f"{name}.truth.jsonl")] if truth else []
    return words


def zones(out: Path, *more: str) -> list[str]:
    words = ["replay", str(HALL / "straight_02.capture.jsonl"), "--layout", str(HALL / "layout.yaml")]
    done = RUN.invoke(app, [*words, "--zones", str(out), *more])
    assert done.exit_code == 0, done.output
    return [json.loads(line)["zone"] for line in out.read_text().splitlines()]


def test_a_survey_is_written_judged_and_used(tmp_path: Path) -> None:
    radio = tmp_path / "radio.yaml"
    done = RUN.invoke(app, arguments(radio, "rectangular_with_rotation", "zigzagging_with_rotation"))
    assert done.exit_code == 0, done.output
    assert "half seconds in the true zone" in done.output
    walked = zones(tmp_path / "zones.jsonl", "--radio", str(radio))
    assert walked[0] == "sensor41" and len(walked) < 12
    assert zones(tmp_path / "plain.jsonl") != walked


def test_what_was_heard_is_enough(tmp_path: Path) -> None:
    done = RUN.invoke(app, arguments(tmp_path / "radio.yaml", "straight_02", truth=False))
    assert done.exit_code == 0, done.output
    assert "12 scanners" in done.output


def test_a_calibration_that_does_worse_is_not_taken(tmp_path: Path) -> None:
    """One short walk can't beat what was learnt from all of them."""
    radio = tmp_path / "radio.yaml"
    all_walks = ("rectangular_with_rotation", "straight_02", "zigzagging_with_rotation")
    assert RUN.invoke(app, arguments(radio, *all_walks)).exit_code == 0
    before = radio.read_text()
    done = RUN.invoke(app, arguments(radio, "straight_02"))
    assert "stays as it is" in done.output
    assert radio.read_text() == before


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (["--truth", str(HALL / "straight_02.truth.jsonl")], "1 captures and 2 truths"),
        (["--capture", "/nowhere.jsonl"], "No such file"),
    ],
)
def test_a_mistake_is_said_and_nothing_written(tmp_path: Path, change: list[str], sentence: str) -> None:
    radio = tmp_path / "radio.yaml"
    done = RUN.invoke(app, [*arguments(radio, "straight_02"), *change])
    assert done.exit_code == 1
    assert sentence in done.output or "captures and" in done.output
    assert not radio.exists()


def test_a_line_of_truth_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    truth = tmp_path / "walk.truth.jsonl"
    truth.write_text('{"at": 1, "x": 0, "y": 0}\n{"at": 2, "x": "left"}\n')
    words = arguments(tmp_path / "radio.yaml", "straight_02", truth=False)
    done = RUN.invoke(app, [*words, "--truth", str(truth)])
    assert done.exit_code == 1
    assert "line 2: x" in done.output
