"""What of store.yaml decisions depend on: kept with every revision of the offers, so that it can be decided again.

No secrets and no addresses: of a channel its kind alone. A field of the store stands either in ``KEPT`` or in ``NOT_ASKED``;
a test holds the two against the model.
"""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any, get_args

from pydantic import BaseModel

from nearcart_contract.duration import format_duration
from nearcart_contract.store_file import Channel, Store

FILE = "store.yaml"
"""The name that it is kept under, beside the files of a revision."""

KEPT = (
    "store",
    "name",
    "time_zone",
    "currency",
    "quiet_hours",
    "limits",
    "hold_out",
    "abandoned_after",
    "zones",
    "channels",
    "shelf",
    "coupons",
)
NOT_ASKED = frozenset(
    {
        "floor",
        "walls",
        "shelves",
        "scanners",
        "assignment_secret",
        "sources",
        "relay",
        "broker",
        "console",
        "locate",
        "radio",
        "health_data",
        "offers",
        "campaigns",
        "database",
    }
)
"""Where things hang, where files lie, whom the gateway talks to, and what edges may tell it. Scanners count by the zones that they stand for."""


def terms_of(store: Store) -> dict[str, Any]:
    """The terms as JSON values, always the same for the same terms."""
    limits, quiet = store.limits, store.quiet_hours
    return {
        "store": store.store,
        "name": store.name,
        "time_zone": store.time_zone,
        "currency": store.currency,
        "quiet_hours": None if quiet is None else _plain(quiet),
        "limits": _plain(limits),
        "hold_out": None
        if store.hold_out is None
        else {**_plain(store.hold_out), "percent": str(store.hold_out.percent)},
        "abandoned_after": format_duration(store.abandoned_after),
        "zones": {name: _zone(store, name) for name in store.zone_names},
        "channels": {name: channel.kind for name, channel in store.channels.items()},
        "shelf": store.shelf is not None,
        "coupons": sorted(store.coupons),
    }


def as_it_was(terms: Mapping[str, Any]) -> Store:
    """A store with these terms, to compile offers for. Nothing can be run with it: it has no addresses and no secrets.

    Raises ``pydantic.ValidationError`` for terms that no store of this version has.
    """
    zones = terms["zones"]
    scanner = {"x": 0, "y": 0, "zone": next(iter(zones), terms["store"])}
    store = Store.model_validate(
        {
            **{name: terms[name] for name in KEPT if name in terms and name not in ("channels", "shelf", "coupons")},
            "scanners": {"kept": scanner},
            "shelf": "kept" if terms["shelf"] else None,
            "coupons": dict.fromkeys(terms["coupons"], "kept"),
        }
    )
    return store.model_copy(update={"channels": {name: _channel(kind) for name, kind in terms["channels"].items()}})


def _zone(store: Store, name: str) -> dict[str, Any]:
    zone = store.zones.get(name)
    return {"name": zone.name if zone else None, "tags": list(zone.tags) if zone else []}


def _channel(kind: str) -> Channel:
    """A channel of its kind alone: its address and secret were never kept."""
    union = get_args(Channel)[0]
    for model in get_args(union):
        if kind in get_args(model.model_fields["kind"].annotation):
            channel: Channel = model.model_construct(kind=kind)
            return channel
    raise ValueError(f"no channel of this version is of kind '{kind}'")


def _plain(value: Any) -> Any:
    """As people write it in the file."""
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, timedelta):
        return format_duration(value)
    return f"{value:%H:%M:%S}" if isinstance(value, time) else value
