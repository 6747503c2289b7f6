"""When a device advertises: by its interval, across presses, restarts, updates and an empty cell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_sim.core.firmware.battery import CoinCell
from nearcart_sim.core.firmware.state_machine import Firmware, Hardware, Incident, Sent

SECOND = 1_000_000


def firmware(
    interval_us: int = 500_000, *incidents: Incident, drift_ppm: int = 0, cell: CoinCell | None = None
) -> Firmware:
    return Firmware(7, Hardware(interval_us, drift_ppm, cell), 0, incidents)


def test_each_event_comes_an_interval_and_up_to_ten_milliseconds_after_the_last() -> None:
    gaps = np.diff(firmware().advance(600 * SECOND).at)
    assert 500_000 <= gaps.min() < 501_000
    assert 509_000 < gaps.max() <= 510_000
    assert gaps.mean() == pytest.approx(505_000, abs=500)


@given(st.lists(st.integers(1, 120 * SECOND), max_size=6), st.sampled_from(["reboot", "press", "update"]))
def test_however_the_time_is_cut_it_sends_the_same(cuts: list[int], kind: str) -> None:
    incidents = [Incident(at * SECOND, kind, interval_us=200_000) for at in (20, 21, 70)]  # type: ignore[arg-type]
    whole = firmware(500_000, *incidents).advance(120 * SECOND)
    pieces = firmware(500_000, *incidents)
    parts = [pieces.advance(until) for until in sorted({*cuts, 120 * SECOND})]
    for column in ("at", "number", "sent", "booted_at", "press"):
        assert np.array_equal(np.concatenate([getattr(part, column) for part in parts]), getattr(whole, column))


def test_a_slow_clock_advertises_less_often() -> None:
    slow, right = (firmware(drift_ppm=ppm).advance(3600 * SECOND) for ppm in (500, 0))
    assert slow.at[6000] - right.at[6000] == 6000 * 250


def test_a_restart_is_silent_for_a_while_and_counts_from_nothing() -> None:
    sent = firmware(500_000, Incident(30 * SECOND, "reboot")).advance(60 * SECOND)
    assert not ((sent.at >= 30 * SECOND) & (sent.at < 32 * SECOND)).any()
    after = sent.at >= 32 * SECOND
    assert sent.sent[after][0] == 0
    assert set(sent.booted_at[after].tolist()) == {32 * SECOND}
    assert np.array_equal(sent.number, np.arange(len(sent)))


def test_a_new_firmware_brings_another_interval() -> None:
    sent = firmware(1_000_000, Incident(30 * SECOND, "update", interval_us=100_000)).advance(60 * SECOND)
    assert np.diff(sent.at[sent.at > 33 * SECOND]).mean() == pytest.approx(105_000, abs=1500)


def test_a_press_is_told_at_once_and_often() -> None:
    sent = firmware(2_000_000, Incident(31_234_567, "press")).advance(60 * SECOND)
    told = sent.at[sent.press == 1]
    assert told[0] == 31_234_567
    assert 7 <= len(told) <= 9
    assert told[-1] < 31_234_567 + 800_000


def test_an_empty_cell_ends_it_and_nothing_starts_it_again() -> None:
    cell = CoinCell(1 - 1e-6)
    device = firmware(100_000, Incident(300 * SECOND, "reboot"), cell=cell)
    sent: Sent = device.advance(600 * SECOND)
    assert device.state == "empty"
    assert 0 < len(sent) < 100
    assert (
        cell.used_after(len(sent), int(sent.at[-1]) / 1e6)
        < 1
        <= cell.used_after(len(sent) + 1, int(sent.at[-1]) / 1e6 + 0.2)
    )
