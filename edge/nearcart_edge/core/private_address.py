"""Resolvable private addresses: Bluetooth Core 5.4, Vol 6 Part B 1.3.2.2, and ``ah`` in Vol 3 Part H 2.2.2."""

from typing import TypeVar

from nearcart_edge.core.block_cipher import cipher

Value = TypeVar("Value")

_RESOLVABLE = 0b01
_PADDING = bytes(13)

TRIES_PER_S = 250_000
"""Keys that an edge tries in a second: a sixteenth of this desktop's core, half of a Pi Zero 2 W's. With 5,000 keys 50 new addresses a second."""

_SAVED = 2.0
"""Seconds of tries that a quiet time saves up."""


class ResolvingKeys:
    """Finds whose identity resolving key made an address. Answers are kept, so that a device costs its search once.

    The memory of answers is bounded and holds strangers' addresses too (in RAM only): without it each packet of each
    stranger would be tried against every key.
    """

    def __init__(self, remembered: int = 8192) -> None:
        self._keys: dict[str, AddressHash] = {}
        self._owners: dict[str, str] = {}
        self._nobodys: dict[str, None] = {}
        self._waiting: dict[str, None] = {}
        self._remembered = remembered
        self._tries: float | None = None
        self._refilled = 0.0
        self._not_tried = 0
        self.tried = True
        """Whether the address asked for last was looked for, or known."""

    @property
    def not_tried(self) -> int:
        """Packets whose address was not looked for, as too many new ones came."""
        return self._not_tried

    def add(self, identity: str, irk: bytes) -> None:
        """Know one more key: 16 bytes, most significant octet first. Replaces an earlier one of the same identity."""
        self.remove(identity)
        self._keys[identity] = AddressHash(irk)
        self._nobodys.clear()

    def remove(self, identity: str) -> None:
        """Forget a key, and every address it answered for."""
        if self._keys.pop(identity, None) is not None:
            self._owners = {address: owner for address, owner in self._owners.items() if owner != identity}

    def refill(self, now: float) -> None:
        """Bound the cost from now on: tries come with time (seconds on a clock that runs on). Without it everything is tried."""
        if self._tries is None:
            self._tries = TRIES_PER_S * _SAVED
        else:
            self._tries = min(TRIES_PER_S * _SAVED, self._tries + TRIES_PER_S * (now - self._refilled))
        self._refilled = now

    def resolve(self, address: str) -> str | None:
        """The identity whose key made this address (``AA:BB:CC:DD:EE:FF``), if any."""
        self.tried = True
        if not self._keys:
            return None
        owner = self._owners.get(address)
        if owner is not None or address in self._nobodys:
            return owner
        parts = _parts(address)
        if parts is not None and not self._may_try(address):
            self._not_tried += 1
            self.tried = False
            return None
        owner = None if parts is None else self._search(*parts)
        if owner is None:
            _remember(self._nobodys, address, None, self._remembered)
        else:
            _remember(self._owners, address, owner, self._remembered)
        return owner

    def _may_try(self, address: str) -> bool:
        """Half of the tries are kept for addresses that are heard again: a flood of new ones can't use them up."""
        if self._tries is None:
            return True
        cost = len(self._keys)
        again = address in self._waiting
        if self._tries < cost or (not again and self._tries < cost + TRIES_PER_S * _SAVED / 2):
            _remember(self._waiting, address, None, self._remembered)
            return False
        self._waiting.pop(address, None)
        self._tries -= cost
        return True

    def _search(self, prand: bytes, expected: bytes) -> str | None:
        return next((identity for identity, key in self._keys.items() if key.of(prand) == expected), None)


class AddressHash:
    """The random address hash function ``ah`` under one key. Never shows the key."""

    __slots__ = ("_encrypt",)

    def __init__(self, irk: bytes) -> None:
        self._encrypt = cipher(irk)

    def of(self, prand: bytes) -> bytes:
        """The 24-bit hash of a 24-bit random part, most significant octet first."""
        return self._encrypt(_PADDING + prand)[-3:]


def _parts(address: str) -> tuple[bytes, bytes] | None:
    """Random part and hash of a resolvable address; none for any other."""
    try:
        octets = bytes.fromhex(address.replace(":", ""))
    except ValueError:
        return None
    return (octets[:3], octets[3:]) if len(octets) == 6 and octets[0] >> 6 == _RESOLVABLE else None


def _remember(memory: dict[str, Value], address: str, value: Value, most: int) -> None:
    if len(memory) >= most:
        del memory[next(iter(memory))]
    memory[address] = value
