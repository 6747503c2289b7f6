"""``nearcart decode``, ``record`` and ``edge run`` as a person calls them."""

import json
import subprocess
import sys
from pathlib import Path

UUID = "fda50693-a4e2-4fb1-afcf-c6eb07647825"
TAG = (
    '{"at": 1.5, "scanner": "s1", "address": "C4:64:E3:00:00:01", "rssi": -60, '
    '"manufacturer_data": {"004c": "0215fda50693a4e24fb1afcfc6eb07647825000a0007c5"}}\n'
)


def nearcart(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nearcart", *arguments], input=text, capture_output=True, text=True, timeout=60
    )


def test_decode_prints_frames_and_goes_on_past_a_bad_line() -> None:
    run = nearcart("decode", text=TAG + "not JSON\n" + TAG)
    assert run.returncode == 0
    assert [json.loads(line)["frames"][0]["minor"] for line in run.stdout.splitlines()] == [7, 7]
    assert json.loads(run.stderr)["error"].startswith("line 2: Invalid JSON")


def test_decode_tells_the_identity_with_a_roster(tmp_path: Path) -> None:
    roster = tmp_path / "roster.json"
    entry = {"id": "anna", "kind": "ibeacon", "uuid": UUID, "major": 10, "minor": 7}
    roster.write_text(json.dumps({"identities": [entry]}))
    run = nearcart("decode", "--roster", str(roster), text=TAG + TAG.replace("000a0007", "000a0008"))
    assert [json.loads(line)["identity"] for line in run.stdout.splitlines()] == ["anna", None]


def test_a_wrong_roster_is_said_without_showing_its_keys(tmp_path: Path) -> None:
    roster = tmp_path / "roster.json"
    roster.write_text('{"identities": [{"id": "dora", "kind": "irk", "irk": "ec0234a3 secret"}]}')
    run = nearcart("decode", "--roster", str(roster), text=TAG)
    assert run.returncode == 2
    assert "identities.0.irk.irk: String should match pattern" in run.stderr
    assert "ec0234a3" not in run.stderr


def test_a_wrong_edge_file_is_said_and_nothing_starts(tmp_path: Path) -> None:
    file = tmp_path / "edge.yaml"
    file.write_text("store: shop\nedge: till\nscaning: passive\n")
    for command in (("edge", "run", "--config", str(file)), ("record", str(tmp_path / "x"), "--config", str(file))):
        run = nearcart(*command)
        assert run.returncode == 2
        assert f"{file}:3:1" in run.stderr
        assert "scanning" in run.stderr
        assert "Traceback" not in run.stderr
    assert not (tmp_path / "x").exists()


def test_record_says_that_strangers_are_recorded_too() -> None:
    assert "strangers" in nearcart("record", "--help").stdout
