"""What of store.yaml is kept with a revision: everything that decisions depend on, nothing secret."""

import json
from pathlib import Path
from typing import Any

from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.offers.store_terms import KEPT, NOT_ASKED, as_it_was, terms_of

SHOP = Path(__file__).parents[4] / "examples" / "shop" / "store.yaml"


def test_every_field_of_the_store_was_thought_about() -> None:
    """A new field of store.yaml: does a decision depend on it? Then it is kept, else it stands in ``NOT_ASKED``."""
    assert set(Store.model_fields) == {*KEPT, *NOT_ASKED}


def test_the_terms_survive_the_way_through_json(shop: Any) -> None:
    store = shop.store(
        quiet_hours={"start": "21:00", "end": "08:30", "then": "defer"},
        limits={"per_visitor": {"times": 3, "period": "90s"}, "quiet_after_any": "2h"},
        abandoned_after="45m",
        coupons={"autumn": "codes.txt"},
        shelf="shelf.csv",
        channels={
            "phone": {"kind": "phone"},
            "hook": {"kind": "webhook", "url": "http://x/secret", "secret": "s3cr3t"},
        },
    )
    terms = json.loads(json.dumps(terms_of(store)))
    again = as_it_was(terms)
    assert terms_of(again) == terms
    for name in ("quiet_hours", "limits", "abandoned_after", "currency", "time_zone", "zone_names"):
        assert getattr(again, name) == getattr(store, name)
    assert {name: channel.kind for name, channel in again.channels.items()} == {"phone": "phone", "hook": "webhook"}
    assert "s3cr3t" not in json.dumps(terms)
    assert "http" not in json.dumps(terms)


def test_the_example_shop_is_the_same_store_again() -> None:
    store = load_yaml(SHOP, Store)
    assert terms_of(as_it_was(terms_of(store))) == terms_of(store)
