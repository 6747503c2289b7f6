"""Five minutes with a tag through ten zones, by the real command: it says how well it locates, and a calibration that does worse later is not taken.

Figures over more rooms: benchmarks/survey.py."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from tests.sim.ten_zones import corner, layout, survey, visit, write
from typer.testing import CliRunner

from nearcart.main import app
from nearcart_sim.core.air.copy import Place

RUN = CliRunner()
ROOM, REFURBISHED = 1, 2


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    plan = layout().model_dump(mode="json", exclude_unset=True)
    (tmp_path / "layout.yaml").write_text(yaml.safe_dump(plan))
    return tmp_path


def calibrate(shop: Path, name: str, places: Sequence[Place], room: int) -> str:
    capture, truth = write(shop, name, places, room)
    words = ["--capture", str(capture), "--truth", str(truth), "--layout", str(shop / "layout.yaml")]
    done = RUN.invoke(app, ["calibrate", *words, "--out", str(shop / "radio.yaml")])
    assert done.exit_code == 0, done.output
    return done.output


def in_true_zone(shop: Path, room: int) -> float:
    """Half seconds of a later visit in their true zone, with the calibration that is there; the first five seconds do not count."""
    capture, _ = write(shop, "visit", visit(), room)
    files = [
        "--layout",
        str(shop / "layout.yaml"),
        "--radio",
        str(shop / "radio.yaml"),
        "--zones",
        str(shop / "z.jsonl"),
    ]
    assert RUN.invoke(app, ["replay", str(capture), *files]).exit_code == 0
    said = [json.loads(line) for line in (shop / "z.jsonl").read_text().splitlines()]
    polygons = {name: zone.polygon for name, zone in layout().zones.items()}
    right = []
    for at, x, y in visit()[10:]:
        zone = [row["zone"] for row in said if row["at"] <= at][-1]
        corners = polygons[zone] or ()
        right.append(corners[0][0] <= x <= corners[2][0] and corners[0][1] <= y <= corners[2][1])
    return sum(right) / len(right)


def test_five_minutes_calibrate_ten_zones_and_a_worse_one_is_not_taken(shop: Path) -> None:
    assert 285 < survey()[-1][0] - survey()[0][0] <= 300
    said = calibrate(shop, "survey", survey(), ROOM)
    found = re.search(r"on walks it did not learn from: (\d+)% of (\d+) half seconds", said)
    assert found is not None
    held_out, steps = int(found[1]) / 100, int(found[2])
    assert held_out > 0.6 and steps > 500
    assert in_true_zone(shop, ROOM) > held_out - 0.05
    before = (shop / "radio.yaml").read_text()
    said = calibrate(shop, "corner", corner(), ROOM)
    assert "radio.yaml stays as it is: on these walks it reaches" in said
    assert (shop / "radio.yaml").read_text() == before


def test_a_survey_of_the_shop_as_it_is_now_is_taken(shop: Path) -> None:
    calibrate(shop, "survey", survey(), ROOM)
    before, stale = (shop / "radio.yaml").read_text(), in_true_zone(shop, REFURBISHED)
    assert "stays as it is" not in calibrate(shop, "again", survey(), REFURBISHED)
    assert (shop / "radio.yaml").read_text() != before
    assert in_true_zone(shop, REFURBISHED) > stale + 0.1
