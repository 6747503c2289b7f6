"""Which builder makes the payloads of an identity. A new format is a file beside this one, and a line here."""

from collections.abc import Callable
from typing import Any

from nearcart_contract.roster import Identity
from nearcart_sim.core.beacons.altbeacon import altbeacon
from nearcart_sim.core.beacons.eddystone import eddystone_uid
from nearcart_sim.core.beacons.ibeacon import ibeacon
from nearcart_sim.core.beacons.payload import Builder
from nearcart_sim.core.beacons.phone import phone

_FORMATS: dict[str, Callable[[Any, int], Builder]] = {
    "ibeacon": ibeacon,
    "altbeacon": altbeacon,
    "eddystone-uid": eddystone_uid,
    "address": phone,
}


def builder_of(identity: Identity, measured_power: int) -> Builder:
    """The payloads that a tag of this identity sends; ``measured_power`` in dBm at 1 m.

    Raises ``ValueError`` for a kind that the simulator can't play yet.
    """
    try:
        return _FORMATS[identity.kind](identity, measured_power)
    except KeyError:
        raise ValueError(
            f"identity '{identity.id}' is of kind '{identity.kind}', and the simulator plays {', '.join(_FORMATS)}"
        ) from None
