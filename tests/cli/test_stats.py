"""``nearcart stats`` as a user types it."""

import json
import re
import subprocess
import sys
from pathlib import Path

from nearcart_measure.tables.families import FAMILIES
from nearcart_measure.tables.lines import answer

PAGE = (Path(__file__).parents[2] / "docs" / "measure.md").read_text()

LINE = json.dumps({"family": "srm", "inputs": {"observed": [920, 1080], "weights": [1, 1]}})


def run(program: str, text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], input=text, capture_output=True, text=True, timeout=120)


def test_lines_in_lines_out():
    result = run("from nearcart.main import app; app(['stats'])", f"{LINE}\nnot a case\n\n{LINE}")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == 0, result.stderr
    assert [row.get("mismatch") for row in rows] == [True, None, True]
    assert "not JSON" in rows[1]["error"]


def test_without_scipy_the_extra_is_named():
    blocked = "import sys; sys.modules['scipy'] = None; from nearcart.main import app; app(['stats'])"
    result = run(blocked, LINE)
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.strip() == "the figures need scipy, which is not installed: pip install 'nearcart[report]'"


def test_the_pages_example_is_what_it_prints():
    asked, told = re.search(r"^\$ echo '(.*)' \| nearcart stats\n(.*)$", PAGE, re.MULTILINE).groups()
    assert json.loads(answer(asked.encode())) == json.loads(told)


def test_the_page_names_every_family():
    named = set(re.findall(r"`([a-z_]+)…?`", PAGE))
    missing = {name for name in FAMILIES if not any(name.startswith(stem) for stem in named)}
    assert missing == {"undefined"}
