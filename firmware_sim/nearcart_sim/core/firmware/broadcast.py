"""What a device says in one advertising event."""

from dataclasses import dataclass

from nearcart_sim.core.beacons.payload import Payload


@dataclass(frozen=True, slots=True, eq=False)
class Broadcast:
    """From which address, and what. Two are the same only if they are one object, so that a look-up costs nothing."""

    address: str
    payload: Payload
