"""On a machine that has only an edge's libraries, or only a gateway's, the other's commands say what to install."""

import subprocess
import sys
from pathlib import Path

import pytest

from nearcart.missing_extra import missing_extra, needs

WITHOUT = """
import runpy, sys
from importlib.abc import MetaPathFinder

class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {libraries}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
        return None

sys.meta_path.insert(0, Missing())
sys.argv = ["nearcart", *{arguments}]
runpy.run_module("nearcart", run_name="__main__")
"""


def run_without(folder: Path, libraries: set[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    code = WITHOUT.format(libraries=libraries, arguments=list(arguments))
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("library", "arguments", "extra"),
    [
        ("structlog", ("offers", "check", "."), "gateway"),
        ("structlog", ("init", "shop"), "gateway"),
        ("bleak", ("edge", "enrol"), "edge"),
        ("aiomqtt", ("edge", "doctor"), "edge"),
        ("dbus_fast", ("demo", "--for", "1s"), "gateway,edge,sim"),
    ],
)
def test_the_library_and_the_extra_are_named(
    library: str, arguments: tuple[str, ...], extra: str, tmp_path: Path
) -> None:
    run = run_without(tmp_path, {library}, *arguments)
    assert run.returncode == 2
    assert run.stderr == (
        f"'{library}' is not installed here, which this command needs: in the project's folder, pip install '.[{extra}]'\n"
    )


def test_a_process_of_its_own_is_not_begun_without_them(capsys: pytest.CaptureFixture[str]) -> None:
    needs("bleak", "edge")
    with pytest.raises(SystemExit):
        needs("no_such_library", "edge")
    assert "pip install '.[edge]'" in capsys.readouterr().err


def test_a_fault_of_ours_is_not_hidden() -> None:
    assert (
        missing_extra(
            ModuleNotFoundError("No module named 'nearcart_edge.shell.gone'", name="nearcart_edge.shell.gone")
        )
        is None
    )
    assert missing_extra(ModuleNotFoundError("No module named 'gone'", name="gone")) is None
