"""``nearcart sim play``: a process that an unmodified bleak in another one listens to."""

import asyncio
import json
import sys
from pathlib import Path

import pytest
from bleak import BleakScanner
from typer.testing import CliRunner

from nearcart.main import app
from nearcart_contract.edge_file import EdgeFile
from nearcart_contract.store_file import Store
from nearcart_contract.truth import read_truth
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.shell.visitor_files import described


async def test_a_bleak_program_hears_it_faults_are_typed_and_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["sim", "play", "corner-shop", "--from=4h", "--for=8s", f"--truth={tmp_path / 'truth.jsonl'}"]
    more = [f"--shop={tmp_path / 'shop'}", f"--roster={tmp_path / 'roster.json'}", "--json"]
    pipe = asyncio.subprocess.PIPE
    playing = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nearcart", *command, *more, stdin=pipe, stdout=pipe, stderr=pipe
    )
    assert playing.stdin is not None and playing.stdout is not None
    said = json.loads(await asyncio.wait_for(playing.stdout.readline(), 90))
    assert said["adapters"]["wine"] == "hci1"
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", said["DBUS_SYSTEM_BUS_ADDRESS"])
    heard: asyncio.Queue[str] = asyncio.Queue()
    async with BleakScanner(lambda device, _: heard.put_nowait(device.address), bluez={"adapter": "hci1"}):
        addresses = {await asyncio.wait_for(heard.get(), 60) for _ in range(10)}
    playing.stdin.write(b"stall wien\nunplug wine\n")
    _, told = await asyncio.wait_for(playing.communicate(), 90)
    assert playing.returncode == 0
    assert b"did you mean 'wine'" in told
    assert b"done: unplug wine" in told
    assert b"packets told to those who scanned" in told
    with (tmp_path / "truth.jsonl").open() as lines:
        truth = list(read_truth(lines))
    assert truth[-1].at - truth[0].at == pytest.approx(7.5, abs=1.5)
    assert addresses & {line.address for line in truth}
    edge = load_yaml(tmp_path / "shop" / "wine.edge.yaml", EdgeFile)
    assert [(each.adapter, each.scanner) for each in edge.adapters] == [("hci1", "wine")]
    store = load_yaml(tmp_path / "shop" / "store.yaml", Store)
    assert set(store.scanners) == set(said["adapters"])
    enrolled = {row["id"] for row in described(tmp_path / "shop" / "store.yaml")}
    assert enrolled == {each["id"] for each in json.loads((tmp_path / "roster.json").read_text())["identities"]}
    assert json.loads((tmp_path / "roster.json").read_text())["identities"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("corner-shopp",), "did you mean 'corner-shop'"),
        (("corner-shop", "--from=11h"), "nothing to play from 39600 s on"),
        (("corner-shop", "--from=soon"), "--from: 'soon' is not a duration"),
        (("corner-shop", "--for=1s", "--layout=/nowhere/layout.yaml"), "/nowhere/layout.yaml: No such file"),
    ],
)
def test_what_can_not_be_played_is_told(arguments: tuple[str, ...], told: str) -> None:
    result = CliRunner().invoke(app, ["sim", "play", *arguments])
    assert result.exit_code == 1
    assert told in result.output
