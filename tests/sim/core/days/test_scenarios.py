"""Scenarios: what files may say, and that the ones that come along do what they tell."""

from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from nearcart_contract.problem import FileProblems
from nearcart_contract.published import Publication
from nearcart_contract.schema import schema_of
from nearcart_contract.yaml_file import read_source
from nearcart_sim.core.days.play import Chunk, Play
from nearcart_sim.core.days.scenario_file import ScenarioFile
from nearcart_sim.shell.scenario_files import load_scenario, packaged

MINUTE = 60_000_000


def played(name: str, minutes: float, seed: int = 0) -> tuple[Play, list[Chunk]]:
    play = Play(load_scenario(name), seed, minutes * 60)
    return play, list(play.chunks())


def heard_at(play: Play, chunks: list[Chunk], scanner: str) -> np.ndarray:
    number = play.scanners.index(scanner)
    return np.concatenate([chunk.heard.at[chunk.heard.scanner == number] for chunk in chunks])


def test_every_scenario_that_comes_along_can_be_read() -> None:
    assert set(packaged()) >= {
        "corner-shop", "supermarket", "sale-day", "power-cuts", "edges-without-clocks", "spoofed-tags", "dead-scanner",
    }  # fmt: skip
    for name in packaged():
        assert load_scenario(name).about


def test_the_supermarket_has_sixty_zones_and_two_thousand_inside() -> None:
    scenario = load_scenario("supermarket")
    assert scenario.grid is not None
    assert scenario.grid.columns * scenario.grid.rows == 60
    assert scenario.shoppers.inside_at_start == 2000


def test_editors_accept_them_too(tmp_path: Path) -> None:
    schema = schema_of(Publication("scenario", ScenarioFile, "A scenario."))
    for path in packaged().values():
        Draft202012Validator(schema).validate(read_source(path).data)


def test_the_one_in_the_documentation_runs(tmp_path: Path) -> None:
    page = (Path(__file__).parents[4] / "docs" / "simulate.md").read_text()
    file = tmp_path / "my-shop.yaml"
    file.write_text(page.split("```yaml\n")[1].split("```")[0])
    play = Play(load_scenario(str(file)), 0, 60)
    assert sum(len(chunk.heard) for chunk in play.chunks()) > 0


def test_mistakes_are_told_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "mine.scenario.yaml"
    file.write_text(
        "title: Mine\nabout: Test.\nstarts_at: 2026-03-02T08:00:00\nlasts: 1h\ngrid: {columns: 2, rows: 1}\n"
        "faults:\n  - {kind: dead-scaner, scanner: a1, at: 1m}\n"
    )
    with pytest.raises(FileProblems) as problems:
        load_scenario(str(file))
    found = {problem.line: str(problem) for problem in problems.value.problems}
    assert "needs its offset from UTC" in found[3]
    assert "dead-scanner" in found[7]


def test_names_that_the_floor_does_not_have_are_told_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "mine.scenario.yaml"
    file.write_text(
        "title: Mine\nabout: Test.\nstarts_at: 2026-03-02T08:00:00Z\nlasts: 1h\ngrid: {columns: 2, rows: 1}\n"
        "shoppers: {last_stop: a3}\nfaults:\n  - {kind: dead-scanner, scanner: b1, at: 1m}\n"
    )
    with pytest.raises(FileProblems) as problems:
        load_scenario(str(file))
    assert [(problem.line, problem.field) for problem in problems.value.problems] == [
        (6, "shoppers.last_stop"),
        (8, "faults[0].scanner"),
    ]
    assert "there is no zone 'a3'; allowed: entrance, a1, a2" in str(problems.value)


def test_a_scenario_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(FileProblems, match="did you mean 'corner-shop'"):
        load_scenario("cornershop")


def test_a_dead_scanner_hears_until_it_dies() -> None:
    play, chunks = played("dead-scanner", 8)
    assert 4.8 * MINUTE < heard_at(play, chunks, "cheese").max() < 5 * MINUTE
    assert heard_at(play, chunks, "wine").max() > 7.9 * MINUTE


def test_broken_radios_are_silent_each_in_its_time() -> None:
    play, chunks = played("broken-radios", 9)
    for scanner, begins, ends in (("wine", 2, 7), ("bakery", 4, 5), ("checkout", 8, 8 + 5 / 60)):
        heard = heard_at(play, chunks, scanner) / MINUTE
        assert not ((heard >= begins) & (heard < ends)).any()
        assert (heard < begins).any()
        assert (heard > ends).any()


def test_a_power_cut_silences_its_edge_for_its_time() -> None:
    play, chunks = played("power-cuts", 5)
    wine, cheese = heard_at(play, chunks, "wine"), heard_at(play, chunks, "cheese")
    cut = (2 * MINUTE, 3 * MINUTE)
    assert not ((wine >= cut[0]) & (wine < cut[1])).any()
    assert ((cheese >= cut[0]) & (cheese < cut[1])).any()
    assert (wine > cut[1]).any()


def test_clocks_are_wrong_until_they_are_told() -> None:
    play, chunks = played("edges-without-clocks", 18)
    offset = np.concatenate([play.outages.stamped(chunk.heard) - chunk.heard.at for chunk in chunks])
    at = np.concatenate([chunk.heard.at for chunk in chunks])
    scanner = np.concatenate([chunk.heard.scanner for chunk in chunks])
    behind = -3 * 86_400 * 1_000_000
    wine, cheese = (scanner == play.scanners.index(name) for name in ("wine", "cheese"))
    assert set(offset[wine].tolist()) == {behind}
    assert set(offset[cheese & (at < 4 * MINUTE)].tolist()) == {behind}
    assert set(offset[cheese & (at > 4 * MINUTE) & (at < 15 * MINUTE)].tolist()) == {0}
    assert set(offset[cheese & (at > 16 * MINUTE)].tolist()) == {behind}


def test_a_sale_fills_the_air() -> None:
    def packets_an_event(scenario: ScenarioFile) -> float:
        chunks = list(Play(scenario, 0, 300).chunks())
        return sum(len(chunk.heard) for chunk in chunks) / sum(len(chunk.events) for chunk in chunks)

    sale = load_scenario("sale-day")
    full = sale.model_copy(update={"shoppers": sale.shoppers.model_copy(update={"inside_at_start": 300})})
    assert packets_an_event(full) < 0.75 * packets_an_event(sale)


def test_a_copy_is_sent_from_elsewhere_with_what_the_victim_says() -> None:
    play, chunks = played("spoofed-tags", 50)
    victims = {attacker.victim.specification.kind: attacker for attacker in play.attackers()}
    assert set(victims) == {"ibeacon", "eddystone-eid", "phone"}
    spoof = victims["ibeacon"]
    payloads: dict[str, set[str]] = {}
    for chunk in chunks:
        for number in np.unique(chunk.events.broadcast[chunk.heard.event]).tolist():
            said = chunk.broadcasts[number]
            payloads.setdefault(str(said.payload.manufacturer_data), set()).add(said.address)
    copied = [addresses for addresses in payloads.values() if len(addresses) == 2]
    assert len(copied) >= 1
    sent = np.concatenate([chunk.events.at[chunk.events.device == spoof.key] for chunk in chunks])
    assert spoof.victim.track.begins <= sent.min() < spoof.victim.track.begins + MINUTE
    assert sent.max() < spoof.ends


def test_a_replay_says_later_what_was_said() -> None:
    play, chunks = played("spoofed-tags", 50)
    replay = next(each for each in play.attackers() if each.victim.specification.kind == "eddystone-eid")
    assert replay.victim.track.begins + replay.later == replay.begins
    said: dict[str, set[str]] = {"by the victim": set(), "again": set()}
    owners = {play.device_key(replay.victim.name): "by the victim", replay.key: "again"}
    for chunk in chunks:
        columns = (chunk.events.device.tolist(), chunk.events.broadcast.tolist(), chunk.events.at.tolist())
        for device, number, at in zip(*columns, strict=True):
            if device in owners:
                said[owners[device]].add(str(chunk.broadcasts[number].payload.service_data))
                assert (replay.begins <= at < replay.ends) == (device == replay.key)
    assert said["again"] == said["by the victim"]
