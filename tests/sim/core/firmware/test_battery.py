"""A coin cell."""

import pytest

from nearcart_sim.core.firmware.battery import EMPTY_MV, CoinCell, millivolts


def test_voltage_falls_as_it_is_used_and_steeply_at_the_end() -> None:
    levels = [millivolts(used / 100) for used in range(0, 121)]
    assert levels == sorted(levels, reverse=True)
    assert (levels[0], levels[100], levels[120]) == (3050, EMPTY_MV, EMPTY_MV)
    assert levels[50] - levels[80] < levels[90] - levels[100]


def test_a_shorter_interval_and_more_power_shorten_its_life() -> None:
    years = CoinCell(0.0).life_s(1.0) / 31_557_600
    assert 1.5 < years < 2.5
    assert CoinCell(0.0).life_s(0.1) < CoinCell(0.0).life_s(1.0) / 6
    assert CoinCell(0.0, tx_power=8).life_s(1.0) < CoinCell(0.0).life_s(1.0)
    assert CoinCell(0.5).life_s(1.0) == pytest.approx(CoinCell(0.0).life_s(1.0) / 2)


def test_its_life_is_what_events_and_seconds_take() -> None:
    cell = CoinCell(0.3)
    seconds = cell.life_s(0.5)
    assert cell.used_after(round(seconds / 0.5), seconds) == pytest.approx(1, rel=1e-6)
