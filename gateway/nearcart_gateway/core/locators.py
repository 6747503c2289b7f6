"""Which locator a store has. A new method is one file and one line here."""

from nearcart_contract.radio_file import Radio
from nearcart_contract.store_file import Layout, Locate
from nearcart_gateway.core.locate import Locator, MedianLocator


def locator_of(layout: Layout, settings: Locate, radio: Radio | None = None, *, lag: float = 0.0) -> Locator:
    """The store's locator. ``lag`` in seconds holds positions back to correct them, which the grid alone can."""
    grid = settings.method == "grid" or (settings.method == "auto" and radio is not None)
    return grid_locator(layout, radio, lag=lag) if grid else MedianLocator(layout, settings)


def grid_locator(layout: Layout, radio: Radio | None, *, lag: float = 0.0) -> Locator:
    """The grid filter; without a calibration it learns each tag's power. numpy is imported only here: it takes 12 MB."""
    from nearcart_gateway.core.location.floor_grid import grid_of
    from nearcart_gateway.core.location.grid_locator import GridLocator
    from nearcart_gateway.core.location.radio_map import calibrated, uncalibrated

    grid = grid_of(layout)
    known = uncalibrated(layout, grid) if radio is None else calibrated(layout, grid, radio)
    return GridLocator(layout, known, calibrated=radio is not None, lag=lag)
