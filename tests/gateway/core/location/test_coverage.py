"""What coverage expects, next to what was measured on real walks, and in floors whose answer is plain."""

import numpy as np
import pytest

from nearcart_contract.radio_file import Radio
from nearcart_contract.store_file import Layout, Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.location.calibrate import Walk, from_survey
from nearcart_gateway.core.location.coverage import DRAWS, Coverage, confused, coverage, planned_map
from nearcart_gateway.core.location.scanner_worth import WORTH_DRAWS, Worth, worth

from .recordings import FLAT, HALL, HALL_WALKS, hall, walk

AS_RECORDED_S = 0.35
"""The recordings' packets: two a second from each scanner, after losses."""


def normals(layout: Layout, draws: int = DRAWS) -> np.ndarray:
    return np.random.default_rng(1).standard_normal((draws, len(layout.scanners) + 3))


def expect(layout: Layout, radio: Radio | None = None, interval: float = 1.0) -> Coverage:
    return coverage(*planned_map(layout, radio), normals(layout)[:, 1:], interval)


def try_scanners(layout: Layout) -> Worth:
    return worth(layout, *planned_map(layout, None), None, normals(layout, WORTH_DRAWS))


def on_the_way(found: Coverage, walked: Walk) -> tuple[float, float]:
    """Median error and right zones of the cells that somebody walked over."""
    cells = [int(((found.grid.centres - (x, y)) ** 2).sum(axis=1).argmin()) for _, x, y in walked.truth]
    return float(np.median(found.error[cells])), float(found.right[cells].mean())


def row(*xs: float, width: float = 24.0, **more: object) -> Layout:
    """Scanners along the middle of an aisle, each a zone."""
    scanners = {f"s{n}": {"x": x, "y": 4, "z": 2.5, "zone": f"s{n}"} for n, x in enumerate(xs)}
    return Layout.model_validate({"floor": {"width": width, "height": 8}, "scanners": scanners, **more})


def test_in_the_hall_it_expects_what_was_measured() -> None:
    """Measured with calibrations of other walks: 0.89 m, 0.756 in the right zone."""
    walks = [walk(HALL, name) for name in HALL_WALKS]
    error, right = on_the_way(expect(hall(), from_survey(hall(), walks[:2]), AS_RECORDED_S), walks[2])
    assert 0.6 < error / 0.89 < 1.67
    assert abs(right - 0.756) < 0.15


def test_in_the_flat_it_expects_what_was_measured() -> None:
    """Measured without any calibration: 1.29 m, 0.837 in the right zone."""
    flat = load_yaml(FLAT / "store.yaml", Store)
    error, right = on_the_way(expect(flat, None, AS_RECORDED_S), walk(FLAT, "robot"))
    assert 0.6 < error / 1.29 < 1.67
    assert abs(right - 0.837) < 0.15


def test_without_a_scanner_the_places_near_it_are_worse_known() -> None:
    flat = load_yaml(FLAT / "store.yaml", Store)
    gone = flat.scanners["anchor3"]
    fewer = flat.model_copy(update={"scanners": {k: v for k, v in flat.scanners.items() if k != "anchor3"}})
    before, after = expect(flat), expect(fewer)
    distance = np.hypot(*(before.grid.centres - (gone.x, gone.y)).T)
    near, far = distance < 2, distance > 5
    assert after.error[near].mean() > 1.4 * before.error[near].mean()
    assert after.error[far].mean() < 1.3 * before.error[far].mean()


def test_more_packets_say_more() -> None:
    assert expect(row(4, 12, 20), interval=0.2).error.mean() < expect(row(4, 12, 20), interval=2.0).error.mean()


def test_two_zones_around_one_scanner_can_not_be_told_apart() -> None:
    """North and south of a row of scanners sound alike; west and east do not."""
    zones = {
        "north": {"polygon": [(0, 0), (12, 0), (12, 4), (0, 4)]},
        "south": {"polygon": [(0, 4), (12, 4), (12, 8), (0, 8)]},
        "east": {"polygon": [(12, 0), (24, 0), (24, 8), (12, 8)]},
    }
    layout = Layout.model_validate(
        {
            "floor": {"width": 24, "height": 8},
            "zones": zones,
            "scanners": {f"s{n}": {"x": x, "y": 4, "zone": "north"} for n, x in enumerate((3, 9, 15, 21))},
        }
    )
    found = expect(layout)
    assert [pair.zones for pair in confused(found.grid, found.said)] == [("north", "south")]


def test_where_no_scanner_hangs_one_is_missing() -> None:
    found = try_scanners(row(2, 6, 10, width=40))
    assert found.spot is not None and found.spot[0] > 15
    assert found.with_spot.error < 0.95 * found.now.error


def test_a_second_scanner_at_the_same_hook_adds_nothing_and_a_lone_one_much() -> None:
    found = try_scanners(row(4, 4.1, 4.2, 4.3, 20))
    assert set(found.without) == {"s0", "s1", "s2", "s3", "s4"}
    assert "s4" not in found.adds_nothing()
    assert found.without["s4"].error > 1.03 * found.now.error
    assert {"s0", "s1"} & set(found.adds_nothing())


@pytest.mark.parametrize("interval", [0.1, 30.0])
def test_one_scanner_is_enough_to_reckon_with(interval: float) -> None:
    found = expect(row(4, width=8), interval=interval)
    assert np.isfinite(found.error).all()
    assert (found.right == 1).all()


def test_far_away_nobody_is_heard() -> None:
    found = expect(row(2, width=200))
    assert found.heard.max() == 1 and found.heard.min() == 0
