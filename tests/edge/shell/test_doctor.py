"""``nearcart edge doctor`` on a real broker and the virtual BlueZ: what is wrong, and the fix."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nearcart_contract.edge_file import EdgeFile
from nearcart_edge.shell import doctor
from nearcart_edge.shell.doctor import Finding, examine, worst
from nearcart_sim.shell.bluez.virtual_bluez import VirtualBluez

from ..conftest import Mosquitto, free_port


@pytest.fixture
async def bluez(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[VirtualBluez]:
    async with VirtualBluez(adapters=("hci0",)) as virtual:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", virtual.bus_address)
        monkeypatch.setattr(doctor, "bluez_version", lambda: (5, 66))
        yield virtual


async def examined(folder: Path, port: int, **fields: object) -> dict[str, Finding]:
    path = folder / "edge.yaml"
    path.touch(mode=0o600)
    config = EdgeFile.model_validate(
        {
            "store": "shop",
            "edge": "till",
            "broker": {"host": "127.0.0.1", "port": port},
            "outbox": {"path": str(folder / "outbox.sqlite")},
            **fields,
        }
    )
    return {finding.what: finding for finding in await examine(config, path)}


async def test_all_is_well(bluez: VirtualBluez, tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path).start()
    try:
        found = await examined(tmp_path, broker.port)
    finally:
        broker.kill()
    assert {name: finding.verdict for name, finding in found.items() if name != "clock"} == {
        "file": "ok",
        "hci0": "ok",
        "bluez": "ok",
        "broker": "ok",
        "disk": "ok",
    }
    assert worst(tuple(found.values())) in ("ok", "look")


async def test_everything_that_is_wrong_is_told_with_its_fix(
    bluez: VirtualBluez, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bluez.set_powered("hci0", False)
    monkeypatch.setattr(doctor, "bluez_version", lambda: (5, 50))
    found = await examined(tmp_path, free_port(), outbox={"path": str(tmp_path / "none" / "outbox.sqlite")})
    assert "bluetoothctl power on" in found["hci0"].told
    assert "older than 5.55: upgrade" in found["bluez"].told
    assert "no connection to the broker" in found["broker"].told
    assert "can't be written" in found["disk"].told
    assert {found[name].verdict for name in ("hci0", "bluez", "broker", "disk")} == {"wrong"}


async def test_a_wrong_password_and_a_file_that_others_read(bluez: VirtualBluez, tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path, anonymous=False).start()
    try:
        path = tmp_path / "edge.yaml"
        path.touch()
        path.chmod(0o644)
        login = {"host": "127.0.0.1", "port": broker.port, "username": "till", "password": "planted secret"}
        found = await examined(tmp_path, broker.port, broker=login)
    finally:
        broker.kill()
    assert "refuses this edge" in found["broker"].told
    assert "chmod 600" in found["file"].told
    assert "planted secret" not in repr(found)


async def test_no_bus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    found = await examined(tmp_path, free_port())
    assert "systemctl start dbus" in found["hci0"].told


async def test_as_a_person_calls_it(bluez: VirtualBluez, tmp_path: Path) -> None:
    path = tmp_path / "edge.yaml"
    path.write_text(f"store: shop\nedge: till\nbroker: {{port: {free_port()}}}\n")
    command = [sys.executable, "-m", "nearcart", "edge", "doctor", "--config", str(path)]
    for more in ((), ("--json",)):
        process = await asyncio.create_subprocess_exec(*command, *more, stdout=asyncio.subprocess.PIPE)
        output, _ = await process.communicate()
        assert process.returncode == 1
        if more:
            assert {row["what"]: row["verdict"] for row in json.loads(output)}["broker"] == "wrong"
        else:
            assert "✗ broker   no connection to the broker" in output.decode()
            assert "✓ hci0     is there and switched on" in output.decode()
