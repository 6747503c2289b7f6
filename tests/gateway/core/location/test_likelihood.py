from collections.abc import Sequence

import numpy as np
import pytest

from nearcart_contract.radio_file import Radio, ScannerRadio
from nearcart_contract.store_file import Layout
from nearcart_gateway.core.location.floor_grid import grid_of
from nearcart_gateway.core.location.likelihood import LAGGED_CORRELATION, Likelihood, not_too_many
from nearcart_gateway.core.location.radio_map import calibrated

LAYOUT = Layout.model_validate(
    {"floor": {"width": 8, "height": 4}, "scanners": {"door": {"x": 1, "y": 2, "zone": "door"}}}
)
GRID = grid_of(LAYOUT)
MAP = calibrated(LAYOUT, GRID, Radio(scanners={"door": ScannerRadio(power=-60.0, exponent=2.0)}))


def link(*rssi: float, scanner: int = 0) -> list[tuple[float, int, float]]:
    return [(10 + number / 10, scanner, level) for number, level in enumerate(rssi)]


def test_a_packet_fits_best_where_its_level_is_expected() -> None:
    found = Likelihood(MAP).of(np.array([0]), np.array([-60.0 - 20 * np.log10(4.0)]))
    assert np.hypot(*(GRID.centres[int(found.argmax())] - (1, 2))) == pytest.approx(4.0, abs=0.5)


def test_what_a_packet_counts_for_is_its_share() -> None:
    whole, less = (Likelihood(MAP, counts).of(np.array([0]), np.array([-75.0])) for counts in (1.0, LAGGED_CORRELATION))
    assert less == pytest.approx(whole * LAGGED_CORRELATION, abs=0.01)


@pytest.mark.parametrize("packets", [[], link(-60), link(-60, -70), link(-60, -70) + link(-80, -81, scanner=1)])
def test_few_packets_are_left_as_they_are(packets: Sequence[tuple[float, int, float]]) -> None:
    assert not_too_many(packets, 0.5) == packets


def test_many_packets_of_one_link_become_two_means_and_other_links_stay() -> None:
    heard = link(-60, -70, -62, -72, -64) + link(-80, scanner=1)
    few = not_too_many(heard, 0.5)
    assert sorted((scanner, rssi) for _, scanner, rssi in few) == [(0, -71.0), (0, -62.0), (1, -80)]
    assert max(at for at, _, _ in few) == pytest.approx(10.4)
    assert not_too_many(heard, 1.25) == heard
