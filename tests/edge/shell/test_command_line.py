"""The command line of the agent's own process."""

import subprocess
import sys
from pathlib import Path

import pytest

from nearcart_edge.shell.command_line import config_path


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ([], Path("edge.yaml")),
        (["--config", "a b.yaml"], Path("a b.yaml")),
        (["--config=b.yaml"], Path("b.yaml")),
        (["--config"], None),
        (["--help"], None),
        (["edge.yaml"], None),
        (["--config", "a", "--config", "b"], None),
    ],
)
def test_it_takes_one_file_and_nothing_else(arguments: list[str], path: Path | None) -> None:
    assert config_path(arguments, "edge.yaml") == path


@pytest.mark.parametrize(("module", "file"), [("nearcart_edge", "edge.yaml"), ("nearcart_edge.bridge", "bridge.yaml")])
def test_what_is_wrong_is_told_and_ends_it_with_2(module: str, file: str, tmp_path: Path) -> None:
    def told(*arguments: str) -> str:
        run = subprocess.run(
            [sys.executable, "-P", "-m", module, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert run.returncode == 2, run.stderr
        assert "Traceback" not in run.stderr
        return run.stderr

    assert f"--config FILE]   (without it: {file})" in told("--nonsense")
    assert file in told()
    (tmp_path / "mine.yaml").write_text("store: 1\nnonsense: 2\n")
    assert "mine.yaml" in told("--config", "mine.yaml")


def test_an_agent_loads_nothing_of_a_gateway_s_files() -> None:
    """Each of these is a megabyte of a small machine's memory."""
    code = "import sys, nearcart_edge.__main__; print(*sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert loaded.isdisjoint(
        {"argparse", "typer", "rich", "numpy", "cryptography", "nearcart_contract.store_file", "nearcart_contract.cart"}
    )
