"""``nearcart plan`` over a store's own database."""

import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nearcart.main import app
from nearcart_gateway.core.values import Visitor

DAY = 86_400.0


@pytest.fixture(scope="module")
def shop(tmp_path_factory, past_of) -> Path:
    """Ten new visitors a day for thirty days, of whom one in five buys for 20 the next day; staff come too."""
    began = time.time() - 30 * DAY
    people = [Visitor(f"v{n}", customer=f"v{n}", consents=frozenset({"offers"})) for n in range(300)]
    staff = Visitor("staff", customer="staff", kind="staff", consents=frozenset({"offers"}))
    came = [(visitor.id, began + number // 10 * DAY + 3600) for number, visitor in enumerate((*people, staff))]
    bought = [(name, at + DAY, "20.00") for name, at in came[::5]]
    return past_of(tmp_path_factory.mktemp("shop"), (*people, staff), came, bought)


def run(shop: Path, campaign: str, *words: str):
    (shop / "campaign.yaml").write_text(f"campaign: autumn\nname: Autumn\n{campaign}")
    files = ("--campaign", str(shop / "campaign.yaml"), "--config", str(shop / "store.yaml"))
    return CliRunner().invoke(app, ["plan", *files, *words])


def test_a_plan_from_the_stores_own_history(shop):
    result = run(shop, "hold_out_percent: 20", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["baseline"] == pytest.approx(0.2)
    assert found["visitors"] == pytest.approx(830, abs=15)
    assert 4000 < found["once"]["visitors"] < 7000
    assert found["once"]["days"] == pytest.approx(found["once"]["visitors"] / 10 + 7, rel=0.03)
    assert found["in_time"] is False


def test_it_warns_in_words_before_all_else(shop):
    result = run(shop, "hold_out_percent: 20")
    lines = result.stdout.splitlines()
    assert lines[0].startswith("WARNING: 20 % more can't be seen within 90 days, nor in 90.")
    assert lines[1].startswith("Until now 20.0 % bought within 7 days of coming (2")


def test_money_a_larger_effect_and_its_own_end(shop):
    words = "hold_out_percent: 50\noutcome: revenue\nstarts: 2027-01-01\nends: 2027-03-31\n"
    result = run(shop, words, "--lift", "80")
    assert result.exit_code == 0, result.output
    assert "they spent 4.00 EUR each within 7 days" in result.stdout
    assert "WARNING" not in result.stdout
    assert "In 90 days" in result.stdout


def test_without_a_hold_out_or_a_history(shop, tmp_path):
    assert "write hold_out_percent" in run(shop, "").output
    assert "a plan needs a history of visits" in run(shop, "hold_out_percent: 20", "--history", "1").output
    (tmp_path / "store.yaml").write_text((shop / "store.yaml").read_text())
    result = run(tmp_path, "hold_out_percent: 20")
    assert result.exit_code == 1
    assert "there is no database" in result.output
