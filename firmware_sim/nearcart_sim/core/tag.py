"""The firmware of a tag: when it advertises, and what."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from nearcart_contract.roster import Identity
from nearcart_sim.core.beacons.address import static_address
from nearcart_sim.core.beacons.payload import Builder, Payload, TagState
from nearcart_sim.core.beacons.registry import builder_of
from nearcart_sim.core.randomness import RandomStream

MAX_ADV_DELAY_S = 0.010
"""advDelay: 0 to 10 ms, drawn anew for each advertising event (Bluetooth Core 5.4, Vol 6 Part B 4.4.2.2)."""

_INTERVAL_S = (0.020, 10.485)
"""advInterval that the Core specification allows."""


@dataclass(frozen=True, slots=True)
class AdvertisingEvent:
    """``at`` in seconds on the caller's clock."""

    at: float
    payload: Payload


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of an identity. ``interval_s``: advInterval; ``measured_power``: dBm at 1 m, told and true."""

    identity: Identity
    interval_s: float = 0.300
    measured_power: int = -59
    _builder: Builder = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        shortest, longest = _INTERVAL_S
        if not shortest <= self.interval_s <= longest:
            raise ValueError(
                f"tag '{self.identity.id}' advertises every {self.interval_s} s, allowed are {shortest} to {longest} s"
            )
        object.__setattr__(self, "_builder", builder_of(self.identity, self.measured_power))

    @property
    def address(self) -> str:
        """Its own if the identity has one, else a random static address made of the identity's id."""
        if self.identity.kind == "address":
            return self.identity.address
        return static_address(self.identity.id)

    def advertise(self, since: float, stream: RandomStream) -> Iterator[AdvertisingEvent]:
        """Its advertising events for ever, the first within one interval after ``since``, where uptime begins, too."""
        at = since + stream.uniform(0, self.interval_s)
        sent = 0
        while True:
            yield AdvertisingEvent(at, self._builder(TagState(uptime_s=at - since, sent=sent)))
            sent += 1
            at += self.interval_s + stream.uniform(0, MAX_ADV_DELAY_S)
