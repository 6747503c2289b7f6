"""docs/survey.md followed for real: a page is tapped while a tag walks past virtual radios that ``nearcart record`` hears, and ``nearcart calibrate`` takes
what both wrote.

Six legs at a quick pace; ``make survey`` walks for five minutes."""

import asyncio
import json
import math
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice, pairwise
from pathlib import Path
from random import Random

import pytest
from playwright.async_api import async_playwright, expect
from typer.testing import CliRunner

from nearcart.main import app
from nearcart_sim.core.radio import RadioModel
from nearcart_sim.shell.bluez import VirtualBluez

from .survey_page import seen, tap

LEGS = int(os.environ.get("NEARCART_SURVEY_LEGS", "6"))
PACE, EVERY_S = 2.0, 0.1
CORNERS = ((1.0, 1.0), (11.0, 1.0), (11.0, 3.0), (1.0, 3.0))
SCANNERS = {"left": (2.0, 2.0), "middle": (6.0, 2.0), "right": (10.0, 2.0)}
TAG, DATA = "C4:64:E3:00:00:01", bytes.fromhex("0215fda50693a4e24fb1afcfc6eb07647825000a0007c5")
LAYOUT = """\
floor: {width: 12, height: 4}
zones:
  left: {polygon: [[0, 0], [4, 0], [4, 4], [0, 4]]}
  middle: {polygon: [[4, 0], [8, 0], [8, 4], [4, 4]]}
  right: {polygon: [[8, 0], [12, 0], [12, 4], [8, 4]]}
scanners:
  left: {x: 2, y: 2, z: 2.6, zone: left, edge: front}
  middle: {x: 6, y: 2, z: 2.6, zone: middle, edge: front}
  right: {x: 10, y: 2, z: 2.6, zone: right, edge: front}
"""
EDGE = """\
store: shop
edge: front
adapters:
  - {adapter: hci0, scanner: left}
  - {adapter: hci1, scanner: middle}
  - {adapter: hci2, scanner: right}
"""


@dataclass
class Tag:
    """One tag, heard ten times a second by three radios; it stands where it is until it is told to walk."""

    bluez: VirtualBluez
    spot: tuple[float, float] = CORNERS[0]
    random: Random = field(default_factory=lambda: Random(1))

    async def advertise(self) -> None:
        while True:
            for number, scanner in enumerate(SCANNERS.values()):
                metres = math.dist((*self.spot, 1.1), (*scanner, 2.6))
                level = RadioModel().mean_rssi(-59, metres) + self.random.gauss(0, 3)
                self.bluez.advertise(f"hci{number}", TAG, round(level), manufacturer_data={0x004C: DATA})
            await asyncio.sleep(EVERY_S)

    async def walk(self, to: tuple[float, float]) -> None:
        begins, here, loop = asyncio.get_running_loop().time(), self.spot, asyncio.get_running_loop()
        lasts = math.dist(here, to) / PACE
        while (share := (loop.time() - begins) / lasts) < 1:
            self.spot = (here[0] + share * (to[0] - here[0]), here[1] + share * (to[1] - here[1]))
            await asyncio.sleep(EVERY_S / 2)
        self.spot = to


@asynccontextmanager
async def nearcart(
    *words: str, bus: str = "", ends: signal.Signals = signal.SIGINT
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The command as a process, stopped at the end if it has not ended by itself."""
    environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": bus} if bus else None
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nearcart", *words, stdout=pipe, stderr=pipe, env=environment
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(ends)
            await process.wait()


async def lines_until(stream: asyncio.StreamReader | None, words: str, times: int = 1) -> str:
    """Read until a line has these words for so many times; that line."""
    assert stream is not None
    while times:
        line = (await asyncio.wait_for(stream.readline(), 60)).decode()
        assert line, f"it ended without saying '{words}'"
        times -= words in line
    return line


async def survey(link: str, tag: Tag) -> None:
    """Tap, walk to the next corner, tap, … and finish."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 390, "height": 844})
        await page.goto(link)
        await seen(page)
        spots = list(islice(cycle(CORNERS), LEGS + 1))
        await tap(page, *spots[0])
        await expect(page.locator("#taps circle")).to_have_count(1, timeout=30_000)
        for number, (_, spot) in enumerate(pairwise(spots), 2):
            await tag.walk(spot)
            await tap(page, *spot)
            await expect(page.locator("#taps circle")).to_have_count(number, timeout=30_000)
        await page.locator("#finish").click()
        await expect(page.locator("#now")).to_contain_text("Done.")
        await browser.close()


@pytest.mark.timeout(90 + 10 * LEGS)
async def test_the_page_is_followed_for_real(tmp_path: Path) -> None:
    layout, edge = tmp_path / "layout.yaml", tmp_path / "edge.yaml"
    capture, truth = tmp_path / "walk.capture.jsonl", tmp_path / "walk.truth.jsonl"
    layout.write_text(LAYOUT)
    edge.write_text(EDGE)
    async with VirtualBluez(adapters=("hci0", "hci1", "hci2")) as bluez:
        tag = Tag(bluez)
        asking = ("survey", "--layout", str(layout), "--out", str(truth), "--port", "0")
        recording = ("record", str(capture), "--config", str(edge))
        async with nearcart(*recording, bus=bluez.bus_address) as recorder, nearcart(*asking) as surveyor:
            await lines_until(recorder.stderr, ": recording", times=len(SCANNERS))
            link = (await lines_until(surveyor.stdout, "http://")).strip()
            sending = asyncio.create_task(tag.advertise())
            await survey(link, tag)
            said = await lines_until(surveyor.stdout, "nearcart calibrate")
            await asyncio.wait_for(surveyor.wait(), 60)
            sending.cancel()
        assert (recorder.returncode, surveyor.returncode) == (0, 0)
    assert f"--truth {truth} --layout {layout}" in said
    calibrated(tmp_path)


def calibrated(folder: Path) -> None:
    """The capture and the truth are enough: the walk is located by what was learnt."""
    capture, truth, radio = (folder / name for name in ("walk.capture.jsonl", "walk.truth.jsonl", "radio.yaml"))
    files = ["--capture", str(capture), "--layout", str(folder / "layout.yaml")]
    done = CliRunner().invoke(app, ["calibrate", *files, "--truth", str(truth), "--out", str(radio)])
    assert done.exit_code == 0, done.output
    assert "on walks it did not learn from" in done.output
    assert all(f"  {name}:" in radio.read_text() for name in SCANNERS)
    plot = ["--plot", str(folder / "walk.svg"), "--truth", str(truth), "--zones", str(folder / "zones.jsonl")]
    replay = ["replay", str(capture), "--layout", str(folder / "layout.yaml"), "--radio", str(radio), *plot]
    assert CliRunner().invoke(app, replay).exit_code == 0
    zones = [json.loads(line)["zone"] for line in (folder / "zones.jsonl").read_text().splitlines()]
    assert {"left", "middle", "right"} == set(zones)
    if kept := os.environ.get("NEARCART_SURVEY_PICTURE"):
        (folder / "walk.svg").rename(kept)
