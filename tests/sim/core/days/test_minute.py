"""How far ahead everybody's adverts are worked out changes nothing of what is heard."""

from datetime import timedelta

import numpy as np
import pytest

from nearcart_sim.core.days import minute
from nearcart_sim.core.days.minute import MINUTE_US, OnAir, ahead_us
from nearcart_sim.core.days.play import Chunk, Play
from nearcart_sim.core.days.scenario_file import Rate
from nearcart_sim.shell.scenario_files import load_scenario

PIECE_US = 5_000_000


def busy(people: int, interval_ms: float = 300) -> Play:
    scenario = load_scenario("corner-shop")
    rates = (Rate(per_hour=900), Rate(after=timedelta(minutes=3), per_hour=0))
    shoppers = scenario.shoppers.model_copy(update={"inside_at_start": people, "arrivals": rates})
    tags = scenario.tags.model_copy(update={"interval_ms": (interval_ms, interval_ms), "presses_an_hour": 200})
    return Play(scenario.model_copy(update={"shoppers": shoppers, "tags": tags}), 4, 130)


def told(chunk: Chunk) -> tuple[object, ...]:
    """Of five seconds, without numbers that stand for something else."""
    assert chunk.places is not None
    said = [str(chunk.broadcasts[number]) for number in chunk.events.broadcast[chunk.heard.event].tolist()]
    people = [chunk.carriers[number].name for number in chunk.places.carrier.tolist()]
    addresses = [chunk.broadcasts[number].address for number in chunk.places.broadcast.tolist()]
    rows = (chunk.heard.at.tolist(), chunk.heard.scanner.tolist(), chunk.heard.rssi.tolist())
    return chunk.begins, rows, said, people, addresses, chunk.places.x.tolist(), chunk.places.zone.tolist()


def test_worked_out_five_seconds_ahead_or_a_minute_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    minutes = [told(chunk) for chunk in busy(25).chunks(places=True)]
    monkeypatch.setattr(minute, "_MOST_EVENTS", 1)
    assert [told(chunk) for chunk in busy(25).chunks(places=True)] == minutes
    assert len(minutes) == 26


@pytest.mark.parametrize(
    ("people", "interval_ms", "ahead_s"), [(0, 300, 60), (30, 300, 60), (60, 20, 60), (400, 20, 10)]
)
def test_of_very_many_adverts_less_than_a_minute_is_held(people: int, interval_ms: float, ahead_s: int) -> None:
    play = busy(people, interval_ms)
    carriers = [carrier for carrier in play.carriers if carrier.name.startswith("early")]
    inside = [OnAir(carrier, None, 0) for carrier in carriers]  # type: ignore[arg-type]
    assert ahead_us(inside, PIECE_US) == ahead_s * 1_000_000 <= MINUTE_US


def test_all_numbers_of_a_chunk_stand_for_something() -> None:
    for chunk in busy(5).chunks(places=True):
        assert chunk.places is not None
        assert (chunk.places.carrier < len(chunk.carriers)).all()
        assert (chunk.events.broadcast < len(chunk.broadcasts)).all()
        assert (np.diff(chunk.places.at) >= 0).all()
