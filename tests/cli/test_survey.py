"""``nearcart survey`` in a real browser: taps on the plan become a truth, and the terminal says what to do with it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Route, async_playwright, expect

from .survey_page import seen, tap

SHOP = Path(__file__).parents[2] / "examples" / "shop" / "store.yaml"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}


@dataclass
class Survey:
    process: asyncio.subprocess.Process
    link: str
    truth: Path

    async def rest(self) -> str:
        """What it says until it ends."""
        assert self.process.stdout is not None
        said = (await self.process.stdout.read()).decode()
        await self.process.wait()
        return said


@pytest.fixture
async def survey(tmp_path: Path) -> AsyncIterator[Survey]:
    truth = tmp_path / "walk.truth.jsonl"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nearcart", "survey", "--layout", str(SHOP), "--out", str(truth), "--port", "0",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    await process.stdout.readline()
    yield Survey(process, (await process.stdout.readline()).decode().strip(), truth)
    if process.returncode is None:
        process.send_signal(signal.SIGINT)
        await process.wait()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_taps_become_a_truth(survey: Survey, size: dict[str, int]) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page, complaints = await browser.new_page(viewport=size), []  # type: ignore[arg-type]
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(survey.link)
        await expect(page.locator("#sum")).to_have_text("No tap yet.")
        await expect(page.locator("#finish")).to_be_disabled()
        await seen(page)
        for number, (x, y) in enumerate(((2.0, 2.0), (8.0, 2.0), (15.0, 9.0)), 1):
            await tap(page, x, y)
            await expect(page.locator("#taps circle")).to_have_count(number)
        await page.locator("#undo").click()
        await expect(page.locator("#taps circle")).to_have_count(2)
        await expect(page.locator("#sum")).to_contain_text("2 taps, 6 m")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if folder := os.environ.get("NEARCART_SCREENSHOTS"):
            await page.screenshot(path=f"{folder}/survey-{size['width']}.png")
        await page.locator("#finish").click()
        await expect(page.locator("#now")).to_contain_text("Done.")
        await browser.close()
    assert complaints == []
    said = await survey.rest()
    assert f"nearcart calibrate --capture walk.capture.jsonl --truth {survey.truth} --layout {SHOP}" in said
    assert survey.process.returncode == 0
    lines = [json.loads(line) for line in survey.truth.read_text().splitlines()]
    assert (lines[0]["x"], lines[0]["y"]) == (pytest.approx(2, abs=0.1), pytest.approx(2, abs=0.1))
    assert (lines[-1]["x"], lines[-1]["y"]) == (pytest.approx(8, abs=0.1), pytest.approx(2, abs=0.1))


async def test_an_older_answer_that_comes_late_takes_no_tap_off_the_plan(survey: Survey) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page, tapped, told = await browser.new_page(), asyncio.Event(), asyncio.Event()

        async def late(route: Route) -> None:
            """What is asked first is answered as it was then, and last."""
            if route.request.method != "GET":
                await route.continue_()
                return
            answer = await route.fetch()
            await tapped.wait()
            await route.fulfill(response=answer)
            told.set()

        await page.route("**/taps", late)
        await page.goto(survey.link)
        await seen(page)
        await tap(page, 2.0, 2.0)
        await expect(page.locator("#taps circle")).to_have_count(1)
        tapped.set()
        await told.wait()
        await seen(page)
        await expect(page.locator("#sum")).to_contain_text("1 tap")
        await expect(page.locator("#taps circle")).to_have_count(1)
        await browser.close()


async def test_without_the_link_there_is_nothing(survey: Survey) -> None:
    root = survey.link.rsplit("/", 2)[0]
    async with httpx.AsyncClient() as client:
        for path in ("/", "/guess/", "/guess/taps", "/guess/survey.js"):
            assert (await client.get(root + path)).status_code == 404
        assert (await client.post(root + "/guess/taps", json={"x": 1, "y": 1})).status_code == 404
        assert (await client.get(survey.link + "..%2fapp.py")).status_code == 404
        assert (await client.post(survey.link + "taps", json={"x": 99, "y": 1})).status_code == 422
        assert (await client.get(survey.link)).headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert not survey.truth.exists()


async def test_what_was_tapped_is_kept_when_it_is_stopped(survey: Survey) -> None:
    async with httpx.AsyncClient() as client:
        for x in (1, 5):
            assert (await client.post(survey.link + "taps", json={"x": x, "y": 1})).status_code == 200
    survey.process.send_signal(signal.SIGINT)
    assert "nearcart calibrate" in await survey.rest()
    assert len(survey.truth.read_text().splitlines()) >= 2


async def test_a_truth_that_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "walk.truth.jsonl").write_text("mine\n")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nearcart", "survey", "--layout", str(SHOP), "--out", str(tmp_path / "walk.truth.jsonl"),
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await process.communicate()
    assert process.returncode == 1 and b"is there already" in said
    assert (tmp_path / "walk.truth.jsonl").read_text() == "mine\n"
