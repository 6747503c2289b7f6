"""Small stores for tests."""

from nearcart_contract.store_file import Layout, Store

SHOP = {
    "floor": {"width": 12, "height": 8},
    "zones": {
        "entrance": {"polygon": [[0, 0], [4, 0], [4, 8], [0, 8]]},
        "wine": {"polygon": [[4, 0], [8, 0], [8, 8], [4, 8]]},
        "cheese": {"polygon": [[8, 0], [12, 0], [12, 8], [8, 8]]},
    },
    "scanners": {
        "door": {"x": 2, "y": 4, "zone": "entrance", "edge": "front"},
        "wine": {"x": 6, "y": 4, "zone": "wine", "edge": "front"},
        "cheese": {"x": 10, "y": 4, "zone": "cheese"},
    },
}


def small_layout() -> Layout:
    """Three zones in a row, two scanners on one edge and one on another."""
    return Layout.model_validate(SHOP)


def bare_layout() -> Layout:
    """A recording's layout: scanners only."""
    scanners = {name: {"x": x, "y": 0, "zone": name} for name, x in (("left", 0), ("right", 10))}
    return Layout.model_validate({"scanners": scanners})


def small_store(**more: object) -> Store:
    """The small layout as a whole store."""
    return Store.model_validate(
        {**SHOP, "store": "tiny", "name": "Tiny", "time_zone": "Europe/Vienna", "currency": "EUR", **more}
    )
