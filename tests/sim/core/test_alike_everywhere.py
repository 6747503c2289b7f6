"""What hangs on a maths library is rounded where it is made, so that libraries which differ in the last places give exactly the same."""

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from nearcart_contract.store_file import Layout
from nearcart_sim.core.chance import CounterStream, normal_quantiles
from nearcart_sim.core.economy.life import Life
from nearcart_sim.core.economy.occasions import Occasion
from nearcart_sim.core.economy.taste import taste_of, with_odds
from nearcart_sim.core.economy.terms import Economy
from nearcart_sim.core.rooms.fading import nakagami_quantiles
from nearcart_sim.core.rooms.radio_map import RadioMap
from nearcart_sim.core.rooms.radio_parameters import RadioParameters

SIM = "nearcart_sim.core"
OFF = 1e-14
"""Relative: some fifty units in the last place; libraries differ by one or two."""
LAYOUT = Layout.model_validate({"floor": {"width": 20, "height": 9}, "scanners": {"s": {"x": 3, "y": 4, "zone": "s"}}})


def off(function: Callable[..., float]) -> Callable[..., float]:
    """By an amount that depends on what is asked."""
    return lambda *arguments: function(*arguments) * (1 + OFF * math.sin(1e6 * arguments[-1]))


def all_off(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda values: function(values) * (1 + OFF * np.sin(1e6 * np.asarray(values)))


class OffNormal(NormalDist):
    def inv_cdf(self, p: float) -> float:
        return off(super().inv_cdf)(p)


def baskets() -> list[object]:
    economy = Economy()
    lives = [Life(taste_of(f"shopper-{number}", economy, 3), economy) for number in range(300)]
    return [life.online(Occasion("online", 0, 1e9, 1e9)) for life in lives]


FIGURES: dict[str, tuple[list[str], Callable[[], object]]] = {
    "waiting times": (["chance.log"], lambda: [CounterStream(n).expovariate(0.01) for n in range(3000)]),
    "normal values": (["chance.NormalDist"], lambda: normal_quantiles.__wrapped__().tolist()),
    "fading": (["rooms.fading.log10", "numpy.exp", "numpy.log"], lambda: nakagami_quantiles.__wrapped__(1.4).tolist()),
    "calm fading": (["rooms.fading.log10", "numpy.exp", "numpy.log"], lambda: nakagami_quantiles.__wrapped__(7.3).tolist()),
    "mean levels": (["rooms.radio_map.log10"], lambda: RadioMap(LAYOUT, RadioParameters(), 1).levels[0].tolist()),
    "chances": (["economy.taste.exp", "economy.taste.log"], lambda: [with_odds(n / 500, 0.37 * n % 3) for n in range(500)]),
    "baskets": (["economy.life.exp", "economy.life.log"], baskets),
}  # fmt: skip


@pytest.mark.parametrize("figure", FIGURES)
def test_it_is_exactly_the_same_by_a_library_that_is_a_little_off(figure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    functions, worked_out = FIGURES[figure]
    exact = worked_out()
    for name in functions:
        place, function = name.rsplit(".", 1)
        here = np if place == "numpy" else __import__(f"{SIM}.{place}", fromlist=[function])
        original = getattr(here, function)
        shaken = OffNormal if original is NormalDist else (all_off if here is np else off)(original)
        monkeypatch.setattr(here, function, shaken)
    assert worked_out() == exact


def test_the_library_is_off_indeed() -> None:
    values = [n / 1000 for n in range(1, 1000)]
    assert sum(off(math.log)(value) != math.log(value) for value in values) > 900
    assert (all_off(np.exp)(np.array(values)) != np.exp(np.array(values))).sum() > 900
