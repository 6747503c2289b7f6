"""The floor of a scenario: its layout, made or written, and what stands on it; every name in it checked against the rest of the file."""

from dataclasses import dataclass

from nearcart_contract.problem import allowed_words
from nearcart_contract.store_file import Floor as FloorSize
from nearcart_contract.store_file import Layout, Scanner, Zone
from nearcart_sim.core.days.scenario_file import (
    AdapterLoss,
    DeadScanner,
    Grid,
    NetworkOutage,
    NoClock,
    PowerCut,
    Replay,
    ScenarioFile,
    Spoof,
    StalledScan,
)
from nearcart_sim.core.rooms.obstacles import Shelf, Wall

Location = tuple[str | int, ...]

_ENTRANCE_DEPTH_M = 4.0
_SHELF_SHARE = 0.6
_SHELF_DEPTH_M = 1.0


@dataclass(frozen=True, slots=True)
class FloorPlan:
    """Where people walk and radio goes."""

    layout: Layout
    walls: tuple[Wall, ...]
    shelves: tuple[Shelf, ...]


def floor_plan(scenario: ScenarioFile) -> FloorPlan:
    """The plan of a scenario whose file is sound."""
    if scenario.layout is not None:
        return FloorPlan(scenario.layout, scenario.walls, scenario.shelves)
    assert scenario.grid is not None
    made = _from_grid(scenario.grid)
    return FloorPlan(made.layout, scenario.walls, (*made.shelves, *scenario.shelves))


def wrong_names(scenario: ScenarioFile) -> list[tuple[Location, str]]:
    """Names of zones, scanners and edges that the floor does not have: where in the file, and a sentence."""
    layout = floor_plan(scenario).layout
    zones, edges = layout.zone_names, tuple(layout.edges())
    found: list[tuple[Location, str]] = []

    def check(location: Location, name: str | None, allowed: tuple[str, ...], what: str) -> None:
        if name is not None and name not in allowed:
            found.append((location, f"there is no {what} '{name}'; {allowed_words(name, allowed)}"))

    check(("shoppers", "last_stop"), scenario.shoppers.last_stop, zones, "zone")
    for zone in scenario.shoppers.popular:
        check(("shoppers", "popular", zone), zone, zones, "zone")
    for number, fault in enumerate(scenario.faults):
        match fault:
            case DeadScanner() | AdapterLoss() | StalledScan():
                check(("faults", number, "scanner"), fault.scanner, tuple(layout.scanners), "scanner")
            case PowerCut() | NoClock() | NetworkOutage():
                for index, edge in enumerate(fault.edges):
                    check(("faults", number, "edges", index), edge, edges, "edge")
            case Spoof() | Replay():
                check(("faults", number, "zone"), fault.zone, zones, "zone")
    return found


def _from_grid(grid: Grid) -> FloorPlan:
    width, depth = grid.zone
    zones = {"entrance": Zone(polygon=_box(0, 0, grid.columns * width, _ENTRANCE_DEPTH_M))}
    scanners: dict[str, Scanner] = {}
    shelves: list[Shelf] = []
    for row in range(grid.rows):
        for column in range(grid.columns):
            name = f"{chr(ord('a') + row)}{column + 1}"
            left, top = column * width, _ENTRANCE_DEPTH_M + row * depth
            zones[name] = Zone(polygon=_box(left, top, left + width, top + depth))
            edge = f"edge-{len(scanners) // grid.scanners_an_edge + 1}"
            scanners[name] = Scanner(x=left + width / 2, y=top + depth / 2, z=grid.scanner_height, zone=name, edge=edge)
            if grid.shelf_loss_db is not None:
                shelves.append(_shelf(left + width / 2, top + depth / 2, width, grid.shelf_loss_db))
    first = scanners["a1"]
    scanners["entrance"] = first.model_copy(
        update={"x": grid.columns * width / 2, "y": _ENTRANCE_DEPTH_M / 2, "zone": "entrance", "edge": "edge-entrance"}
    )
    size = FloorSize(width=grid.columns * width, height=_ENTRANCE_DEPTH_M + grid.rows * depth)
    return FloorPlan(Layout(floor=size, zones=zones, scanners=scanners), (), tuple(shelves))


def _box(left: float, top: float, right: float, bottom: float) -> tuple[tuple[float, float], ...]:
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def _shelf(x: float, y: float, width: float, loss_db: float) -> Shelf:
    """A shelf across the middle of a zone, with room to walk around."""
    half, deep = width * _SHELF_SHARE / 2, _SHELF_DEPTH_M / 2
    return Shelf(box=((x - half, y - deep), (x + half, y + deep)), loss_db=loss_db)
