"""``nearcart sim plot``."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from nearcart.main import app

HALL = Path(__file__).parents[1] / "data" / "hall"


def plot(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["sim", "plot", *arguments])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("draw", "title"),
    [("paths", "people walked through"), ("heat", "most time is spent in"), ("rssi", "was heard by 5 scanners")],
)
def test_a_scenario(tmp_path: Path, draw: str, title: str) -> None:
    out = tmp_path / "shop.svg"
    assert plot("corner-shop", "--for", "6m", "--draw", draw, "--out", str(out)) == (0, f"wrote {out}\n")
    assert title in out.read_text()


def test_a_recording(tmp_path: Path) -> None:
    out, files = (
        tmp_path / "hall.svg",
        [f"--layout={HALL / 'layout.yaml'}", f"--truth={HALL / 'straight_02.truth.jsonl'}"],
    )
    assert plot(*files, "--out", str(out))[0] == 0
    capture = f"--capture={HALL / 'straight_02.capture.jsonl'}"
    assert plot(*files, capture, "--draw", "rssi", "--out", str(out))[0] == 0
    assert "12 scanners" in out.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name a scenario (nearcart sim list), or give --layout and --truth of a recording"),
        (("corner-shop", "--for", "1m", "--shopper", "zoe"), "nobody is called 'zoe' in this time; there are staff-1"),
        (("corner-shop", "--for", "1m", "--out", "a.jpg"), "a picture is .svg or .png"),
    ],
)
def test_what_can_not_be_drawn_is_said(arguments: tuple[str, ...], said: str) -> None:
    code, output = plot(*arguments)
    assert code == 1
    assert said in output
