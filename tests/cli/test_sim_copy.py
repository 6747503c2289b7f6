"""``nearcart sim copy``: a recorded walk once more."""

from pathlib import Path

from typer.testing import CliRunner

from nearcart.main import app
from nearcart_contract.capture import read_lines
from nearcart_sim.shell.scenario_files import load_scenario

HALL = Path(__file__).parents[1] / "data" / "hall"
FILES = (f"--layout={HALL / 'layout.yaml'}", f"--truth={HALL / 'straight_02.truth.jsonl'}")
CAPTURE = HALL / "straight_02.capture.jsonl"


def copied(out: Path, *more: str) -> str:
    result = CliRunner().invoke(app, ["sim", "copy", *FILES, f"--capture={CAPTURE}", f"--out={out}", *more])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_same_tag_is_heard_by_the_same_scanners_about_as_often_and_as_loud(tmp_path: Path) -> None:
    said = copied(tmp_path / "copy.jsonl")
    recorded = list(read_lines(CAPTURE.read_text().splitlines()))
    simulated = list(read_lines((tmp_path / "copy.jsonl").read_text().splitlines()))
    assert 0.93 < len(simulated) / len(recorded) < 1.07
    assert {a.scanner for a in simulated} == {a.scanner for a in recorded}
    assert {(a.address, str(a.manufacturer_data)) for a in simulated} == {
        (a.address, str(a.manufacturer_data)) for a in recorded
    }

    def mean(scanner: str) -> float:
        both = [[a.rssi or 0 for a in each if a.scanner == scanner] for each in (recorded, simulated)]
        return sum(both[1]) / len(both[1]) - sum(both[0]) / len(both[0])

    differences = [mean(scanner) for scanner in sorted({a.scanner for a in recorded})]
    assert max(map(abs, differences)) < 6
    assert abs(sum(differences) / len(differences)) < 1.5
    assert "a tag of 448" in said or "a tag of 450" in said or "a tag of 449" in said


def test_the_same_seed_is_the_same_room(tmp_path: Path) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        copied(tmp_path / name, f"--seed={seed}")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() != (tmp_path / "c").read_bytes()


def test_the_room_found_is_one_for_a_scenario(tmp_path: Path) -> None:
    """Its file goes under a scenario of the same scanners, and says nothing that is usual anyway."""
    copied(tmp_path / "copy.jsonl", f"--room={tmp_path / 'room.yaml'}")
    room = (tmp_path / "room.yaml").read_text()
    layout = (HALL / "layout.yaml").read_text()
    (tmp_path / "hall.yaml").write_text(
        "title: Hall\nabout: The recorded one.\nstarts_at: 2026-03-02T08:00:00+01:00\nlasts: 1h\nlayout:\n"
        + "".join(f"  {line}\n" for line in layout.splitlines())
        + room
    )
    radio = load_scenario(str(tmp_path / "hall.yaml")).radio
    assert set(radio.measured) == set(radio.scanner_db)
    assert sum(map(len, radio.measured.values())) > 300
    assert "sensitivity_dbm" not in room
    x, y, dbm, packets = radio.measured["sensor10"][0]
    assert 0 < x < 18
    assert 0 < y < 18
    assert -99 < dbm < -40
    assert 0 < packets < 20


def test_a_walk_that_nobody_heard_can_not_be_copied(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    result = CliRunner().invoke(app, ["sim", "copy", *FILES, f"--capture={empty}", f"--out={tmp_path / 'out'}"])
    assert result.exit_code == 1
    assert "nothing can be fitted" in result.output
