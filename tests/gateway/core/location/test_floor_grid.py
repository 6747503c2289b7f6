from nearcart_contract.store_file import Layout
from nearcart_gateway.core.location.floor_grid import MAX_CELLS, SMALLEST_CELL_M, grid_of


def plan(**more: object) -> Layout:
    scanners = {"door": {"x": 2, "y": 2, "zone": "door"}, "till": {"x": 8, "y": 2, "zone": "till"}}
    return Layout.model_validate({"scanners": scanners, **more})


def zone_at(layout: Layout, x: float, y: float) -> str:
    grid = grid_of(layout)
    cell = int(((grid.centres - (x, y)) ** 2).sum(axis=1).argmin())
    return grid.zones[int(grid.zone_of[cell])]


def test_without_polygons_the_nearest_scanner_has_the_cell() -> None:
    layout = plan(floor={"width": 10, "height": 4})
    assert (zone_at(layout, 4.5, 2), zone_at(layout, 5.6, 2)) == ("door", "till")


def test_a_polygon_takes_its_cells() -> None:
    zones = {
        "door": {"polygon": [[0, 0], [7, 0], [7, 4], [0, 4]]},
        "till": {"polygon": [[7, 0], [10, 0], [10, 4], [7, 4]]},
    }
    layout = plan(floor={"width": 10, "height": 4}, zones=zones)
    assert (zone_at(layout, 6.5, 2), zone_at(layout, 7.6, 2)) == ("door", "till")


def test_without_a_floor_it_reaches_past_the_scanners() -> None:
    grid = grid_of(plan())
    assert grid.centres[:, 0].min() < 2 and grid.centres[:, 0].max() > 8


def test_a_large_floor_has_larger_cells_and_not_more() -> None:
    small, large = grid_of(plan(floor={"width": 10, "height": 4})), grid_of(plan(floor={"width": 200, "height": 80}))
    assert small.cell == SMALLEST_CELL_M
    assert large.cells <= MAX_CELLS
