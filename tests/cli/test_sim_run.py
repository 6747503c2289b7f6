"""``nearcart sim list`` and ``nearcart sim run``."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from nearcart.main import app
from nearcart_contract.capture import format_line, read_lines
from nearcart_contract.roster import RosterFile
from nearcart_contract.store_file import Layout
from nearcart_contract.truth import read_truth
from nearcart_contract.yaml_file import load_yaml
from nearcart_sim.shell.scenario_files import packaged


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["sim", "run", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_list_tells_every_scenario() -> None:
    rows = json.loads(CliRunner().invoke(app, ["sim", "list", "--json"]).output)
    assert [row["scenario"] for row in rows] == list(packaged())
    assert all(row["about"] for row in rows)
    assert "corner-shop: Corner shop" in CliRunner().invoke(app, ["sim", "list"]).output


def test_a_run_writes_files_that_everything_else_reads(tmp_path: Path) -> None:
    names = ("capture", "truth", "layout", "visits", "roster")
    said = run("corner-shop", "--for", "8m", *(f"--{name}={tmp_path / name}" for name in names))
    heard = list(read_lines((tmp_path / "capture").read_text().splitlines()))
    truth = list(read_truth((tmp_path / "truth").read_text().splitlines()))
    layout = load_yaml(tmp_path / "layout", Layout)
    roster = RosterFile.model_validate_json((tmp_path / "roster").read_text())
    visits = [json.loads(line) for line in (tmp_path / "visits").read_text().splitlines()]
    assert {advert.scanner for advert in heard} == set(layout.scanners)
    assert [advert.at for advert in heard] == sorted(advert.at for advert in heard)
    assert {line.zone for line in truth} <= set(layout.zone_names)
    assert {line.address for line in truth} == {advert.address for advert in heard}
    assert {visit["shopper"] for visit in visits if visit["enrolled"]} == {
        identity.id for identity in roster.identities
    }
    assert f"{len(heard):,} packets heard" in said


def test_what_she_would_buy_with_each_offer_and_without_is_written_down(tmp_path: Path) -> None:
    names = ("visits", "purchases")
    run("corner-shop", "--for", "3h", *(f"--{name}={tmp_path / name}" for name in names))
    visits = [json.loads(line) for line in (tmp_path / "visits").read_text().splitlines()]
    rows = [json.loads(line) for line in (tmp_path / "purchases").read_text().splitlines()]
    shoppers, effects = rows[:-2], {row["offer"]: row for row in rows[-2:]}
    assert [row["shopper"] for row in shoppers] == [each["shopper"] for each in visits if each["role"] != "staff"]
    enrolled = [row for row in shoppers if row["enrolled"]]
    for offer, effect in effects.items():
        with_it = [row["with"][offer] for row in enrolled if row["with"][offer]]
        without = [row["without"] for row in enrolled if row["without"]]
        assert (effect["visitors"], effect["buyers_without"], effect["buyers_with"]) == (
            len(enrolled),
            len(without),
            len(with_it),
        )
        assert effect["lift"] == round(len(with_it) / len(without) - 1, 6)
        assert (effect["money_without"], effect["money_with"]) == (sum(without), sum(with_it))
    assert effects["nothing"]["lift"] == 0 < effects["hello"]["lift"]
    assert any(row["cart"] for row in shoppers) and not all(row["cart"] for row in shoppers)


def test_carts_and_visitors_are_what_replay_takes(tmp_path: Path) -> None:
    """The offer goes to exactly those who left a cart online more than half an hour before and ordered none."""
    names = ("capture", "carts", "visitors", "layout", "purchases")
    run("corner-shop", "--for", "30m", *(f"--{name}={tmp_path / name}" for name in names))
    (tmp_path / "store.yaml").write_text(
        "store: sim\nname: Sim\ntime_zone: UTC\ncurrency: EUR\n" + (tmp_path / "layout").read_text()
    )
    (tmp_path / "offers").mkdir()
    (tmp_path / "offers" / "hello.yaml").write_text(
        "offer: hello\nwhen: {moment: enter}\ncart: {state: abandoned}\nsay: Hello\n"
    )
    files = {
        "layout": "store.yaml",
        "visitors": "visitors",
        "carts": "carts",
        "offers": "offers",
        "decisions": "said",
        "zones": "zones",
    }
    words = [f"--{name}={tmp_path / file}" for name, file in files.items()]
    result = CliRunner().invoke(app, ["replay", str(tmp_path / "capture"), *words])
    assert result.exit_code == 0, result.output
    decided = [json.loads(line) for line in (tmp_path / "said").read_text().splitlines()]
    rows = [json.loads(line) for line in (tmp_path / "purchases").read_text().splitlines()]
    left = {row["shopper"] for row in rows if row.get("enrolled") and row["cart"]}
    assert {each["visitor"] for each in decided if each["outcome"] == "sent"} == left != set()


def test_its_lines_are_those_of_the_contract(tmp_path: Path) -> None:
    run("corner-shop", "--for", "2m", "--capture", str(tmp_path / "capture"))
    for line in (tmp_path / "capture").read_text().splitlines():
        (advert,) = read_lines([line])
        whole = json.loads(line)
        assert json.loads(format_line(advert)) == whole
        assert list(whole)[:4] == ["at", "scanner", "address", "rssi"]


def test_the_same_seed_writes_the_same_bytes_on_every_machine(tmp_path: Path) -> None:
    """The digest holds whatever the machine; whoever changes what is simulated changes it here, and says so."""
    digests = []
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        run(
            "corner-shop",
            "--for",
            "6m",
            "--seed",
            seed,
            "--capture",
            str(tmp_path / name),
            "--truth",
            str(tmp_path / f"t{name}"),
        )
        digests.append(
            hashlib.sha256((tmp_path / name).read_bytes() + (tmp_path / f"t{name}").read_bytes()).hexdigest()
        )
    assert digests[0] == digests[1] != digests[2]
    assert digests[0] == DIGEST


DIGEST = "88aaa8f98f3ff2a0904be1249cb55286ee7bbb4d3d268e07e62c956e768c4600"


def plain() -> dict[str, str]:
    """Of a process whose numpy has no vector instructions but those of its oldest processor, and whose sets have another order."""
    dispatched = " ".join(np._core._multiarray_umath.__cpu_dispatch__)  # type: ignore[attr-defined]
    return {**os.environ, "NPY_DISABLE_CPU_FEATURES": dispatched, "PYTHONHASHSEED": "77"}


def test_not_even_another_processors_instructions_change_a_byte(tmp_path: Path) -> None:
    """numpy with none of the vector instructions that it chooses at run time, and another order of sets."""
    command = [sys.executable, "-m", "nearcart", "sim", "run", "corner-shop", "--for", "6m", "--seed", "7"]
    files = [f"--capture={tmp_path / 'capture'}", f"--truth={tmp_path / 'truth'}"]
    subprocess.run([*command, *files], check=True, env=plain(), capture_output=True, timeout=150)
    written = (tmp_path / "capture").read_bytes() + (tmp_path / "truth").read_bytes()
    assert hashlib.sha256(written).hexdigest() == DIGEST


def test_the_files_of_a_shorter_run_are_the_beginning_of_those_of_a_longer_one(tmp_path: Path) -> None:
    for lasts in ("95s", "3m"):
        run("sale-day", "--for", lasts, *(f"--{name}={tmp_path / name}-{lasts}" for name in ("capture", "truth")))
    for name in ("capture", "truth"):
        short, long = ((tmp_path / f"{name}-{lasts}").read_bytes() for lasts in ("95s", "3m"))
        assert 0 < len(short) < len(long)
        assert long.startswith(short)


@pytest.mark.parametrize(("scenario", "lasts"), [("corner-shop", "40m"), ("supermarket", "10s")])
def test_a_maths_library_that_is_a_little_off_changes_no_byte(scenario: str, lasts: str, tmp_path: Path) -> None:
    """Logarithms, exponentials and quantiles by three units in the last place, which is more than libraries differ by; and none of the vector
    instructions that numpy chooses at run time."""
    names = ("capture", "truth", "visits", "purchases", "carts", "visitors", "roster")
    words = [scenario, "--for", lasts, "--seed", "7"]
    run(*words, *(f"--{name}={tmp_path / name}" for name in names))
    shaken = [sys.executable, str(Path(__file__).with_name("shaken_maths.py"))]
    files = [f"--{name}={tmp_path / f'shaken-{name}'}" for name in names]
    subprocess.run([*shaken, "sim", "run", *words, *files], check=True, env=plain(), capture_output=True, timeout=150)
    for name in names:
        assert (tmp_path / name).read_bytes() == (tmp_path / f"shaken-{name}").read_bytes(), name


def test_what_came_out_as_json() -> None:
    told = json.loads(run("corner-shop", "--for", "1m", "--seed", "3", "--json"))
    assert (told["scenario"], told["seed"], told["seconds"]) == ("corner-shop", 3, 60)
    assert 0 < told["visits"] < told["sent"] < told["heard"]


def test_attackers_are_in_the_visits_with_their_victims(tmp_path: Path) -> None:
    run("spoofed-tags", "--for", "40m", "--visits", str(tmp_path / "visits"))
    rows = [json.loads(line) for line in (tmp_path / "visits").read_text().splitlines()]
    devices = {row["shopper"]: row["device"] for row in rows if row["role"] == "shopper"}
    attacks = [row for row in rows if row["role"] == "attacker"]
    assert [row["attack"] for row in attacks] == ["spoof", "replay", "replay"]
    assert all(devices[row["victim"]] == row["device"] for row in attacks)
    assert 12 <= attacks[0]["x"] <= 18  # by the bakery


def test_a_mistake_in_ones_own_scenario_is_shown_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "title: Mine\nabout: Test\nstarts_at: 2026-03-02T08:00:00Z\nlasts: soon\ngrid: {columns: 1, rows: 1}\n"
    )
    result = CliRunner().invoke(app, ["sim", "run", str(file)])
    assert result.exit_code == 1
    assert f"{file}:4:8  lasts:" in result.output


def test_a_length_that_is_none_is_refused() -> None:
    result = CliRunner().invoke(app, ["sim", "run", "corner-shop", "--for", "ten"])
    assert result.exit_code == 1
    assert "is not a duration" in result.output
