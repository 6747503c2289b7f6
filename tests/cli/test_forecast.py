"""``nearcart forecast`` over a store's own database."""

import json
import random
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nearcart.main import app
from nearcart_gateway.core.values import Visitor

DAY = 86_400.0


@pytest.fixture(scope="module")
def shop(tmp_path_factory, past_of) -> Path:
    """Eighty customers for a year: each buys at a pace of her own, about 20 at a time, and may stop for good."""
    dice, began = random.Random(3), time.time() - 365 * DAY
    people = [Visitor(f"v{n}", customer=f"v{n}", consents=frozenset({"offers"})) for n in range(80)]
    bought = []
    for visitor in people:
        pace, stops, at = dice.gammavariate(1.0, 1 / 20), dice.betavariate(1.0, 4.0), dice.uniform(0, 200)
        while at < 365:
            bought.append((visitor.id, began + at * DAY, f"{dice.gammavariate(4, 5) + 0.5:.2f}"))
            if dice.random() < stops:
                break
            at += dice.expovariate(pace)
    return past_of(tmp_path_factory.mktemp("shop"), people, [], sorted(bought, key=lambda each: each[1]))


def run(shop: Path, *words: str):
    return CliRunner().invoke(app, ["forecast", *words, "--config", str(shop / "store.yaml")])


def test_what_they_will_buy_and_what_would_have_been_told(shop):
    result = run(shop, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["customers"] == 80
    assert 0 < found["alive"] < 80
    assert found["money"] == pytest.approx(20 * found["purchases"], rel=0.3)
    checked = found["calibration"]
    assert checked["foretold"] == pytest.approx(checked["true"], rel=0.4)
    assert sum(band["customers"] for band in checked["bands"]) <= 80


def test_in_words(shop):
    lines = run(shop, "--days", "60").stdout.splitlines()
    assert lines[0].startswith("Of 80 customers about ")
    assert lines[1].startswith("In the next 60 days they will buy about ")
    assert lines[1].endswith(" EUR.")
    assert lines[3].startswith("Told 60 days ago: about ")
    assert lines[-1].split()[:4] == ["4", "times", "or", "more"]


def test_a_past_too_short_to_check_is_said(shop):
    result = run(shop, "--days", "360")
    assert result.exit_code == 0, result.output
    assert "can't be told: too little was known then" in result.stdout


def test_too_few_customers(tmp_path, past_of):
    one = Visitor("v1", customer="v1", consents=frozenset({"offers"}))
    result = run(past_of(tmp_path, [one], [], [("v1", time.time() - DAY, "5.00")]))
    assert result.exit_code == 1
    assert result.output.strip() == "1 customers are too few to fit a forecast to; 20 are the least."
