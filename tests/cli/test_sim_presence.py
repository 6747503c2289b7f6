"""``nearcart sim run --presence``: what a broker gets of a day with outages, power cuts and edges without clocks."""

import json
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nearcart.main import app
from nearcart.sim_presence import PresenceStream, Published
from nearcart_contract.edge_state import Birth, Death
from nearcart_contract.presence import PresenceBatch
from nearcart_contract.samples import Samples
from nearcart_contract.topics import parse_edge_topic
from nearcart_sim.core.days.play import Play
from nearcart_sim.core.days.scenario_file import Fault, NetworkOutage, ScenarioFile
from nearcart_sim.shell.scenario_files import load_scenario


def shop(*faults: Fault) -> ScenarioFile:
    scenario = load_scenario("corner-shop")
    people = scenario.shoppers.model_copy(update={"inside_at_start": 4})
    return scenario.model_copy(update={"faults": faults, "shoppers": people})


def published(scenario: ScenarioFile, minutes: float) -> tuple[Play, list[Published]]:
    play = Play(scenario, 4, minutes * 60)
    stream = PresenceStream(play)
    return play, [message for chunk in play.chunks() for message in stream.take(chunk)]


def since(play: Play, message: Published) -> float:
    return message.at - play.starts_at_us / 1e6


def test_during_an_outage_nothing_arrives_and_after_it_every_transition_with_its_own_time() -> None:
    outage = NetworkOutage(kind="network-outage", at=timedelta(minutes=2), lasts=timedelta(minutes=5))
    play, cut = published(shop(outage), 10)
    _, whole = published(shop(), 10)
    assert not [m for m in cut if 120 <= since(play, m) < 420 and not isinstance(m.message, Death)]
    deaths = [since(play, message) for message in cut if isinstance(message.message, Death)]
    assert deaths == [142.5] * 5

    def transitions(messages: list[Published]) -> list[tuple[str, str, str, float]]:
        return sorted(
            (parse_edge_topic(m.topic).edge, t.identity, t.kind, t.stamp.at)
            for m in messages
            if isinstance(m.message, PresenceBatch)
            for t in m.message.transitions
        )

    assert transitions(cut) == transitions(whole)
    late = [m for m in cut if isinstance(m.message, PresenceBatch) and since(play, m) == 420]
    assert late
    assert any(120 < t.stamp.at - play.starts_at_us / 1e6 < 420 for m in late for t in m.message.transitions)  # type: ignore[attr-defined]
    samples = [since(play, m) for m in cut if isinstance(m.message, Samples)]
    assert min(at for at in samples if at > 119.9) >= 420


def test_numbers_follow_each_other_within_an_epoch() -> None:
    _, messages = published(load_scenario("power-cuts"), 9)
    reached: dict[str, int] = defaultdict(int)
    for message in messages:
        if isinstance(message.message, PresenceBatch):
            batch = message.message
            assert batch.after == reached[batch.epoch.hex]
            reached[batch.epoch.hex] = batch.transitions[-1].sequence
    assert len(reached) >= 5


def test_power_that_comes_back_is_a_new_boot_and_epoch_and_its_clock_begins_anew() -> None:
    play, messages = published(load_scenario("power-cuts"), 9)
    births = [
        (round(since(play, m)), m.message.boot, m.message.epoch)
        for m in messages
        if isinstance(m.message, Birth) and parse_edge_topic(m.topic).edge == "bakery"
    ]
    assert [at for at, _, _ in births] == [0, 330, 390, 450]
    assert len({boot for _, boot, _ in births}) == len({epoch for _, _, epoch in births}) == 4
    for message in messages:
        late = since(play, message) > 450 and parse_edge_topic(message.topic).edge == "bakery"
        if late and isinstance(message.message, PresenceBatch):
            assert message.message.sent.monotonic == pytest.approx(since(play, message) - 450)
            assert message.message.sent.boot == births[-1][1]


def test_an_edge_without_a_clock_says_so_and_is_days_behind_by_wall_but_not_by_monotonic_time() -> None:
    play, messages = published(load_scenario("edges-without-clocks"), 6)
    clocks = {parse_edge_topic(m.topic).edge: m.message.clock for m in messages if isinstance(m.message, Birth)}
    assert set(clocks.values()) == {"unsynchronised"}
    for message in messages:
        if isinstance(message.message, Samples):
            edge, sent = parse_edge_topic(message.topic).edge, message.message.sent
            behind = message.at - sent.at
            told = edge != "wine" and since(play, message) >= 240
            assert behind == pytest.approx(0 if told else 3 * 86_400, abs=0.01)
            assert sent.monotonic == pytest.approx(since(play, message), abs=0.01)


def test_the_command_writes_it_a_message_a_line(tmp_path: Path) -> None:
    file = tmp_path / "presence.jsonl"
    result = CliRunner().invoke(app, ["sim", "run", "corner-shop", "--for", "1m", "--presence", str(file)])
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert {parse_edge_topic(row["topic"]).channel for row in rows} == {"state", "presence", "samples"}
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    models = {"state": Birth, "presence": PresenceBatch, "samples": Samples}
    for row in rows:
        models[parse_edge_topic(row["topic"]).channel].model_validate(row["payload"])
