"""What keeps an edge from working on this machine, each with the fix. It changes nothing."""

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import aiomqtt
from bleak.exc import BleakError
from dbus_fast.errors import DBusError

from nearcart_contract.broker import Broker
from nearcart_contract.edge_file import Adapter, EdgeFile
from nearcart_edge.shell.adapter_watch import AdapterWatch, adapter_sentence
from nearcart_edge.shell.bluez_bus import BluezBus
from nearcart_edge.shell.broker_client import broker_client, broker_sentence
from nearcart_edge.shell.clock import kernel_clock

WITHIN_S = 5.0
"""A broker or bus that does not answer in this time does not answer."""

OLDEST_BLUEZ = (5, 55)
"""Debian 11's. Passive scanning needs 5.56 and, before 5.66, bluetoothd's ``--experimental``."""

PASSIVE_BLUEZ = (5, 56)

Verdict = Literal["ok", "look", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``look``: it works, and could be better; ``wrong``: it won't."""

    what: str
    verdict: Verdict
    told: str


async def examine(config: EdgeFile, path: Path) -> tuple[Finding, ...]:
    """Everything an agent with this edge.yaml needs."""
    adapters = [await _adapter(adapter) for adapter in config.adapters]
    return (
        file_finding(path, secret=config.broker.password is not None),
        *adapters,
        await asyncio.to_thread(_bluez, config.scanning),
        await broker_finding(config.broker, f"nearcart-{config.store}-{config.edge}"),
        clock_finding(),
        await asyncio.to_thread(disk_finding, config.outbox.path, config.outbox.max_mb),
    )


def file_finding(path: Path, *, secret: bool) -> Finding:
    """Whether others can read a file with a password."""
    if secret and path.stat().st_mode & 0o077:
        return Finding("file", "look", f"{path} has a password and others can read it: chmod 600 {path}")
    return Finding("file", "ok", str(path))


async def _adapter(adapter: Adapter) -> Finding:
    name = adapter.adapter
    try:
        async with asyncio.timeout(WITHIN_S):
            await AdapterWatch(await BluezBus.open(), name).check()
    except (BleakError, DBusError, OSError, EOFError) as error:
        return Finding(name, "wrong", adapter_sentence(name, error))
    return Finding(name, "ok", "is there and switched on")


def _bluez(scanning: str) -> Finding:
    version = bluez_version()
    if version is None:
        return Finding("bluez", "look", "its version can't be told: apt-get install bluez has bluetoothctl")
    told = ".".join(map(str, version))
    if version < OLDEST_BLUEZ:
        return Finding("bluez", "wrong", f"{told} is older than {'.'.join(map(str, OLDEST_BLUEZ))}: upgrade the system")
    if scanning == "passive" and version < PASSIVE_BLUEZ:
        least = ".".join(map(str, PASSIVE_BLUEZ))
        return Finding("bluez", "wrong", f"{told} has no passive scanning, {least} has: set scanning: active")
    return Finding("bluez", "ok", told)


def bluez_version() -> tuple[int, ...] | None:
    """The installed BlueZ's version, or ``None`` where nothing here says it."""
    tool = shutil.which("bluetoothctl")
    if tool is None:
        return None
    try:
        run = subprocess.run([tool, "--version"], capture_output=True, text=True, timeout=WITHIN_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    digits = run.stdout.rpartition(" ")[2].strip().split(".")
    return tuple(map(int, digits)) if all(digit.isdigit() for digit in digits) and digits != [""] else None


async def broker_finding(broker: Broker, client: str, what: str = "broker") -> Finding:
    """Whether a broker takes the client of this name; ``-doctor`` is added, so that an agent that runs is not put out."""
    where = f"{broker.host}:{broker.port}"
    try:
        async with asyncio.timeout(WITHIN_S), broker_client(broker, f"{client}-doctor", timeout=WITHIN_S):
            pass
    except (aiomqtt.MqttError, OSError, ValueError) as error:
        return Finding(what, "wrong", broker_sentence(broker, error))
    if broker.tls_ca is None and broker.host not in ("localhost", "127.0.0.1", "::1"):
        return Finding(what, "look", f"{where} takes this edge, without TLS: the password is sent in the clear")
    return Finding(what, "ok", f"{where} takes this edge")


def clock_finding() -> Finding:
    """Whether the kernel's clock is right."""
    match kernel_clock():
        case "synchronised":
            return Finding("clock", "ok", "synchronised")
        case "unsynchronised":
            return Finding(
                "clock", "look", "not synchronised: timedatectl set-ntp true, or apt-get install systemd-timesyncd"
            )
        case _:
            return Finding("clock", "look", "the kernel does not say whether it is synchronised")


def disk_finding(path: Path, max_mb: int, what: str = "disk") -> Finding:
    """Whether an outbox can be written, and grow."""
    folder = path.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            free_mb = shutil.disk_usage(folder).free // 1_000_000
    except OSError as error:
        return Finding(
            what, "wrong", f"the outbox can't be written in {folder} ({error.strerror}): make the folder, or chown it"
        )
    held = path.stat().st_size // 1_000_000 if path.exists() else 0
    if free_mb + held < max_mb:
        return Finding(
            what, "look", f"{free_mb} MB are free in {folder}, the outbox may grow to {max_mb}: lower outbox.max_mb"
        )
    return Finding(what, "ok", f"{free_mb} MB free in {folder}")


def worst(findings: Sequence[Finding]) -> Verdict:
    """The worst of all verdicts."""
    verdicts = {finding.verdict for finding in findings}
    return "wrong" if "wrong" in verdicts else "look" if "look" in verdicts else "ok"
