"""However a demo ends, none of its processes is left, and a wrong wish is said before anything starts."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from nearcart.main import app

pytestmark = pytest.mark.e2e


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A demo whose processes all run, on a port that was taken."""
    said = (tmp_path / "said").open("w+")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = subprocess.Popen(
            [sys.executable, "-m", "nearcart", "demo", "--port", port, "--broker", "embedded"],
            stdout=said,
            stderr=said,
            text=True,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )
        while f"port {port} is taken, so the page is on http://127.0.0.1:" not in (tmp_path / "said").read_text():
            assert process.poll() is None, (tmp_path / "said").read_text()
            time.sleep(0.05)
        yield process
        process.kill()
        process.wait()
    said.close()


def gone(processes: list[psutil.Process], within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize(("number", "within_s"), [(signal.SIGINT, 15), (signal.SIGTERM, 15), (signal.SIGKILL, 5)])
def test_nothing_is_left_running(
    demo: subprocess.Popen[str], tmp_path: Path, number: signal.Signals, within_s: float
) -> None:
    processes = psutil.Process(demo.pid).children(recursive=True)
    assert len(processes) >= 12, "a broker, a gateway, five edges and their five buses"
    demo.send_signal(number)
    assert gone(processes, within_s)
    code = demo.wait(timeout=within_s)
    assert code == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    if number != signal.SIGKILL:
        assert "visits" in (tmp_path / "said").read_text()
        assert not list(tmp_path.glob("nearcart-demo-*"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--for", "soon"], "such as 20s or 7d"),
        (["--folder", "."], "name a new folder"),
        (["--port", "0"], "--port"),
        (["--broker", "nats"], "embedded"),
    ],
)
def test_a_wrong_option_is_said(arguments: list[str], words: str) -> None:
    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["demo", *arguments])
    assert result.exit_code == 2
    assert words in result.output
