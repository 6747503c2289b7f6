"""Which tag is being held against the scanner: the one that comes through loudest, clearly, for a while."""

from dataclasses import dataclass, field

from nearcart_contract.advertisement import Advertisement
from nearcart_edge.core.decode import Decoder
from nearcart_edge.core.formats.frame import StaticKey
from nearcart_edge.core.strangers import network_of

CLOSE_DBM = -50
"""A tag within a hand's breadth is at least this loud."""

CLEARLY_DB = 10
"""It is this much louder than any other."""

PACKETS = 3
WITHIN_S = 5.0

_FIXED = 0b11
"""The two highest bits of a random address that stays the same (Bluetooth Core, Vol 6 Part B 1.3.2)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What an identity could be made of: a tag's numbers, or a fixed address. ``option`` is how ``nearcart visitors add`` takes it."""

    option: str
    text: str


@dataclass(slots=True)
class _Heard:
    packets: list[tuple[float, int]] = field(default_factory=list)

    def loudness(self, now: float) -> float | None:
        """The mean in dBm of the last few seconds; none of fewer packets than it takes."""
        self.packets = [packet for packet in self.packets if now - packet[0] <= WITHIN_S]
        if len(self.packets) < PACKETS:
            return None
        return sum(rssi for _, rssi in self.packets) / len(self.packets)


class HeldTag:
    """Feed it what is heard; it says when one tag stands out. Nothing of the others is kept longer than ``WITHIN_S``."""

    def __init__(self) -> None:
        self._decoder = Decoder()
        self._heard: dict[Candidate, _Heard] = {}

    def hear(self, advertisement: Advertisement, now: float) -> Candidate | None:
        """The tag that is held against the scanner, once it is clear which. ``now`` in seconds on any clock that runs on."""
        if advertisement.rssi is None:
            return None
        candidate = self._candidate(advertisement)
        if candidate is None:
            return None
        self._heard.setdefault(candidate, _Heard()).packets.append((now, advertisement.rssi))
        loud = {
            other: loudness for other, heard in self._heard.items() if (loudness := heard.loudness(now)) is not None
        }
        self._heard = {other: heard for other, heard in self._heard.items() if heard.packets}
        mine = loud.pop(candidate, None)
        if mine is None or mine < CLOSE_DBM or mine < max(loud.values(), default=-127.0) + CLEARLY_DB:
            return None
        return candidate

    def _candidate(self, advertisement: Advertisement) -> Candidate | None:
        for frame in self._decoder.decode(advertisement):
            key = frame.static_key
            if key is not None:
                return _of_key(key)
        if network_of(advertisement) is not None or not _is_fixed(advertisement.address):
            return None
        return Candidate("address", advertisement.address.upper())


def _of_key(key: StaticKey) -> Candidate:
    kind, *numbers = key
    option = {"eddystone-uid": "eddystone"}.get(str(kind), str(kind))
    return Candidate(option, "/".join(map(str, numbers)))


def _is_fixed(address: str) -> bool:
    """A random address that stays. A public one looks like any other, so whoever holds a device with one names it by hand."""
    try:
        return int(address[:2], 16) >> 6 == _FIXED
    except ValueError:
        return False
