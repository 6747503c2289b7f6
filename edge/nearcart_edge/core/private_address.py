"""Resolvable private addresses: Bluetooth Core 5.4, Vol 6 Part B 1.3.2.2, and ``ah`` in Vol 3 Part H 2.2.2."""

from typing import TypeVar

from nearcart_edge.core.address_batch import AddressBatch, Parts
from nearcart_edge.core.address_queue import AddressQueue
from nearcart_edge.core.block_cipher import cipher

Value = TypeVar("Value")

_RESOLVABLE = 0b01
_PADDING = bytes(13)

TRIES_PER_S = 250_000
"""Keys that an edge tries at once in a second: a sixteenth of this desktop's core, half of a Pi Zero 2 W's. With 5,000 keys 50 new addresses a
second; more of them wait, and are tried together (``look``)."""

_SAVED = 2.0
"""Seconds of tries that a quiet time saves up."""


class ResolvingKeys:
    """Finds whose identity resolving key made an address. Answers are kept, so that a device costs its search once.

    The memory of answers is bounded and holds strangers' addresses too (in RAM only): without it each packet of each
    stranger would be tried against every key. ``refill`` bounds the cost: what is too much for now waits for ``look``.
    """

    def __init__(self, remembered: int = 8192) -> None:
        self._keys: dict[str, AddressHash] = {}
        self._owners: dict[str, str] = {}
        self._nobodys: dict[str, None] = {}
        self._waiting = AddressQueue(remembered)
        self._looking: dict[str, Parts] = {}
        self._batch: AddressBatch | None = None
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
        self._begin_again()

    def remove(self, identity: str) -> None:
        """Forget a key, and every address it answered for."""
        if self._keys.pop(identity, None) is not None:
            self._begin_again()
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
        self._answer(address, owner)
        return owner

    @property
    def waiting(self) -> bool:
        """Whether ``look`` has anything to do."""
        return bool(self._waiting or self._looking)

    def look(self) -> None:
        """One step of looking for those that wait: of a bounded cost (``BLOCKS_A_STEP``), which the caller spreads over time."""
        if self._batch is None:
            self._looking = {address: parts for address in self._waiting.take() if (parts := _parts(address))}
            if not self._looking:
                return
            keys = ((identity, key.encrypt) for identity, key in self._keys.items())
            self._batch = AddressBatch(tuple(self._looking.values()), keys)
        if self._batch.step():
            return
        for index, address in enumerate(self._looking):
            self._answer(address, self._batch.found.get(index))
        self._looking, self._batch = {}, None

    def _begin_again(self) -> None:
        """The keys are others: what was looked for with the old ones waits again."""
        self._waiting.put_back(self._looking)
        self._looking, self._batch = {}, None

    def _may_try(self, address: str) -> bool:
        """Half of the tries are kept for addresses that are heard again: a flood of new ones can't use them up. Whoever gets none waits."""
        if self._tries is None:
            return True
        again = address in self._looking or address in self._waiting
        cost = len(self._keys)
        if self._tries < cost + (0.0 if again else TRIES_PER_S * _SAVED / 2):
            if address not in self._looking:
                self._waiting.wait(address)
            return False
        self._waiting.discard(address)
        self._tries -= cost
        return True

    def _answer(self, address: str, owner: str | None) -> None:
        if owner is None:
            _remember(self._nobodys, address, None, self._remembered)
        else:
            _remember(self._owners, address, owner, self._remembered)

    def _search(self, prand: bytes, expected: bytes) -> str | None:
        return next((identity for identity, key in self._keys.items() if key.of(prand) == expected), None)


class AddressHash:
    """The random address hash function ``ah`` under one key. Never shows the key."""

    __slots__ = ("encrypt",)

    def __init__(self, irk: bytes) -> None:
        self.encrypt = cipher(irk)

    def of(self, prand: bytes) -> bytes:
        """The 24-bit hash of a 24-bit random part, most significant octet first."""
        return self.encrypt(_PADDING + prand)[-3:]


def _parts(address: str) -> Parts | None:
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
