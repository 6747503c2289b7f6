"""The whole shop on real parts: watched in a browser, and with its processes killed in the middle."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import sync_playwright

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Demo:
    """A running ``nearcart demo --json``: what it says, its processes, and its summary."""

    def __init__(self, seconds: int, folder: Path, broker: str) -> None:
        self.said = folder / "said.txt"
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "nearcart", "demo", "--json"),
                    *("--for", f"{seconds}s", "--broker", broker, "--port", str(free_port())),
                ],
                stdout=subprocess.PIPE, stderr=said, text=True, env={**os.environ, "TMPDIR": str(folder)},
            )  # fmt: skip

    @property
    def page(self) -> str | None:
        found = re.search(r"http://127\.0\.0\.1:\d+", self.said.read_text())
        return found[0] if found else None

    def part(self, *words: str) -> psutil.Process | None:
        """The process of the demo whose command line holds all these words."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            try:
                line = " ".join(child.cmdline())
            except psutil.Error:
                continue
            if all(word in line for word in words):
                return child
        return None

    def summary(self) -> dict[str, Any]:
        out, _ = self.process.communicate(timeout=150)
        assert self.process.returncode == 0, self.said.read_text()
        return dict(json.loads(out.strip().splitlines()[-1]))


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Callable[[int, str], Demo]]:
    started: list[Demo] = []

    def start(seconds: int, broker: str) -> Demo:
        started.append(Demo(seconds, tmp_path, broker))
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.process.terminate()
            running.process.wait(20)


def free_port() -> int:
    """Two demos may start at the same moment, and would both find the usual port free."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def wait_for(condition: Callable[[], Any], seconds: float = 40.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.1)
    return found


def test_a_shopper_is_seen_to_move_and_an_offer_to_appear(demo: Callable[[int, str], Demo]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM, timeout=90_000)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        running = demo(60, "embedded")  # only now: a busy machine's browser takes half a minute to start
        page.goto(wait_for(lambda: running.page), wait_until="domcontentloaded")
        page.wait_for_selector(".person", timeout=30_000)
        places = page.evaluate(
            """async () => {
                const seen = new Map();
                for (let i = 0; i < 60; i++) {
                    for (const dot of document.querySelectorAll('.person')) {
                        const box = dot.getBoundingClientRect();
                        const known = seen.get(dot.dataset.id) || new Set();
                        seen.set(dot.dataset.id, known.add(Math.round(box.x) + ':' + Math.round(box.y)));
                    }
                    await new Promise(done => setTimeout(done, 100));
                }
                return Math.max(...[...seen.values()].map(known => known.size));
            }"""
        )
        assert places >= 3
        page.wait_for_selector('.row[data-outcome="sent"]', timeout=30_000)
        assert page.locator('.row[data-outcome="sent"] .said').first.inner_text().strip()
        browser.close()
    summary = running.summary()
    assert (summary["lost"], summary["duplicates"]) == (0, 0)
    assert summary["broker"] == "embedded"


def test_killed_in_the_middle_nothing_is_lost_and_no_offer_comes_twice(demo: Callable[[int, str], Demo]) -> None:
    running = demo(50, "mosquitto")
    wait_for(lambda: "(phone)" in running.said.read_text() or "(screen)" in running.said.read_text())
    children = psutil.Process(running.process.pid).children(recursive=True)
    for words in (("gateway", "run"), ("nearcart_edge",), ("mosquitto",)):
        victim = wait_for(lambda words=words: running.part(*words))
        victim.kill()
        wait_for(lambda words=words, pid=victim.pid: (again := running.part(*words)) and again.pid != pid)
        time.sleep(4)  # the shop goes on for a while between two accidents
    summary = running.summary()
    assert sum(summary["restarts"].values()) == 3
    assert summary["lost"] == 0, summary
    assert summary["duplicates"] == 0, summary
    assert summary["offers_delivered"] >= 1
    assert [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []
