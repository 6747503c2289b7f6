"""What commands about a floor plan read: a store.yaml or a bare layout.yaml, and the calibration that goes with it."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nearcart_contract.radio_file import Radio
    from nearcart_contract.store_file import Layout


def load_layout(path: Path) -> "Layout":
    """A store.yaml as a ``Store``, else a ``Layout``. Raises ``FileProblems``."""
    from nearcart_contract.store_file import Layout, Store
    from nearcart_contract.yaml_file import load_yaml, read_source

    data = read_source(path).data
    return load_yaml(path, Store if isinstance(data, dict) and "store" in data else Layout)


def load_radio(layout: "Layout", path: Path, given: Path | None) -> "Radio | None":
    """The calibration that is named, or else the one that the store at ``path`` names. Raises ``FileProblems``."""
    from nearcart_contract.radio_file import Radio
    from nearcart_contract.store_file import Store
    from nearcart_contract.yaml_file import load_yaml

    own = layout.radio if isinstance(layout, Store) else None
    named = given or (path.parent / own if own else None)
    return None if named is None else load_yaml(named, Radio)
