"""The smallest store that works: one scanner, at the door."""

from typing import Any

from nearcart_contract.store_file import Store


def corner_store(**fields: Any) -> Store:
    """The corner shop, with what a test needs besides."""
    return Store.model_validate(
        {
            "store": "corner",
            "name": "Corner Shop",
            "time_zone": "Europe/Vienna",
            "currency": "EUR",
            "scanners": {"door": {"x": 1, "y": 1, "zone": "door"}},
            **fields,
        }
    )
