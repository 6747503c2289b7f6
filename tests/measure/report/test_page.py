"""The page in a browser, as wide as a phone and as a desk: nothing is cut off, and each number says what it is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from nearcart_contract.report_tables import EXPOSURES, OFFERED
from nearcart_measure.report.page import page
from nearcart_measure.report.result import Report

from .conftest import DAY, START, shop

ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
CUT_OFF = "[...document.querySelectorAll('section, td, p, h2, svg')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).length"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def report() -> Report:
    world = shop(900, 0.4)
    world.erased(OFFERED, "2026-10-02", "purchase", 3, 1)
    return world.report(ends=START + 33 * DAY)


def test_what_failed_comes_first_in_red_and_no_figure_after_it(browser: Browser, tmp_path: Path) -> None:
    world = shop(6000, 0.5)
    world.rows[EXPOSURES.name] = [row for row in world.rows[EXPOSURES.name] if row[2] == OFFERED or row[1] % 3]  # type: ignore[operator]
    (tmp_path / "report.html").write_text(page(world.report()))
    shown = browser.new_page()
    shown.goto(f"file://{tmp_path}/report.html")
    failed = shown.get_by_role("alert").first
    assert failed.inner_text().startswith("Check failed. Of ")
    assert failed.evaluate("e => getComputedStyle(e).color") == "rgb(160, 63, 0)"
    assert failed.bounding_box()["y"] < shown.locator(".answer").bounding_box()["y"]  # type: ignore[index]
    assert shown.get_by_text("What they did").count() == shown.locator("svg").count() == 0
    shown.close()


def test_the_plot_says_in_words_what_it_shows(browser: Browser, report: Report, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(page(report))
    shown = browser.new_page()
    shown.goto(f"file://{tmp_path}/report.html")
    plot = shown.get_by_role("img", name="Visitors who bought: how much more with the offer, evening by evening")
    assert "On the last evening +" in plot.locator("desc:visible, desc").first.text_content()  # type: ignore[operator]
    assert plot.get_by_text("no difference").count() == 1
    shown.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_cut_off_and_the_plot_is_of_the_page_s_width(
    browser: Browser, report: Report, tmp_path: Path, width: int
) -> None:
    (tmp_path / "report.html").write_text(page(report))
    shown = browser.new_page(viewport={"width": width, "height": 800})
    said: list[Any] = []
    shown.on("console", lambda message: said.append(message.text))
    shown.goto(f"file://{tmp_path}/report.html")
    assert shown.evaluate("document.documentElement.scrollWidth") == width
    assert shown.evaluate(CUT_OFF) == 0
    assert shown.locator("svg:visible").count() == 1
    head = shown.evaluate(
        "getComputedStyle([...document.querySelectorAll('td.number')].find(e => e.dataset.head), '::before').content"
    )
    assert (head == "none") == (width > 640), "on a phone each number says what it is"
    assert shown.get_by_role("row", name="Visitors who complained").count() == 1
    assert said == []
    shown.close()
