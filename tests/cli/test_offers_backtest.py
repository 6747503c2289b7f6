"""``nearcart offers backtest`` in sentences and in JSON, over what the engine left."""

import json
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from typer.testing import CliRunner

from nearcart.main import app

from ..gateway.shell.past_store import OFFERS, PastStore


@pytest.fixture
def home(tmp_path: Path) -> Path:
    past = PastStore(tmp_path, Random(3))
    past.now = time.time() - 86_400
    past.walk(150)
    past.close()
    return tmp_path


def run(home: Path, text: str, *words: str) -> Any:
    (home / "draft.yaml").write_text(text)
    return CliRunner().invoke(
        app, ["offers", "backtest", str(home / "draft.yaml"), "--config", str(home / "store.yaml"), *words]
    )


def test_a_live_offer_says_that_it_was_reproduced(home: Path) -> None:
    said = run(home, OFFERS["hello"])
    assert said.exit_code == 0, said.output
    row = json.loads(run(home, OFFERS["hello"], "--json").output)
    assert row["reproduced"] == row["compared"] > 0
    assert f"reproduced {row['reproduced']} of {row['compared']}." in said.output


def test_a_new_offer_is_told_with_whom_it_reaches_what_stops_it_and_what_it_costs(home: Path) -> None:
    offer = (
        "offer: rich\ncampaign: autumn\nwhen: {moment: press}\npriority: 50\nsay: Rich\nthrough: [phone]\n"
        "give: {kind: amount, amount: 4, currency: EUR}\nlimits: {per_visitor: {times: 1, period: 1d}}\n"
    )
    said = run(home, offer, "--since", "2d").output
    row = json.loads(run(home, offer, "--since", "2d", "--json").output)
    assert row["sent"] > 0
    assert f"to {row['reached']} visitor" in said
    assert "the campaign's budget is 40.00 EUR" in said
    assert "per_visitor_limit" in said
    assert sum(row["gates"].values()) + row["sent"] == row["awaited"]
    assert "help" in row["displaced"]
    assert "Visitors would no longer have got:" in said


def test_nothing_in_the_period_is_no_error(home: Path) -> None:
    said = run(home, OFFERS["help"], "--since", "1m")
    assert (said.exit_code, "0 moments" in said.output) == (0, True)


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        ("offer: [", (), "draft.yaml"),
        ("offer: x\nwhen: {moment: pres}\nsay: X\n", (), "press"),
        (OFFERS["help"], ("--since", "soon"), "'soon' is not a duration"),
    ],
)
def test_what_is_wrong_is_said(home: Path, text: str, words: tuple[str, ...], told: str) -> None:
    said = run(home, text, *words)
    assert (said.exit_code, told in said.output) == (1, True)
