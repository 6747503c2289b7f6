"""Resolvable private addresses: Bluetooth Core 5.4, Vol 6 Part B 1.3.2.2, and ``ah`` in Vol 3 Part H 2.2.2."""

from nearcart_edge.core.block_cipher import cipher

_RESOLVABLE = 0b01
_PADDING = bytes(13)


class ResolvingKeys:
    """Finds whose identity resolving key made an address. Answers are kept, so that a device costs its search once.

    The memory of answers is bounded and holds strangers' addresses too (in RAM only): without it each packet of each
    stranger would be tried against every key.
    """

    def __init__(self, remembered: int = 4096) -> None:
        self._keys: dict[str, AddressHash] = {}
        self._answers: dict[str, str | None] = {}
        self._remembered = remembered

    def add(self, identity: str, irk: bytes) -> None:
        """Know one more key: 16 bytes, most significant octet first. Replaces an earlier one of the same identity."""
        self._keys[identity] = AddressHash(irk)
        self._answers.clear()

    def remove(self, identity: str) -> None:
        """Forget a key, and every address it answered for."""
        if self._keys.pop(identity, None) is not None:
            self._answers.clear()

    def resolve(self, address: str) -> str | None:
        """The identity whose key made this address (``AA:BB:CC:DD:EE:FF``), if any."""
        if not self._keys:
            return None
        try:
            return self._answers[address]
        except KeyError:
            answer = self._search(address)
        if len(self._answers) >= self._remembered:
            del self._answers[next(iter(self._answers))]
        self._answers[address] = answer
        return answer

    def _search(self, address: str) -> str | None:
        try:
            octets = bytes.fromhex(address.replace(":", ""))
        except ValueError:
            return None
        if len(octets) != 6 or octets[0] >> 6 != _RESOLVABLE:
            return None
        prand, expected = octets[:3], octets[3:]
        return next((identity for identity, key in self._keys.items() if key.of(prand) == expected), None)


class AddressHash:
    """The random address hash function ``ah`` under one key. Never shows the key."""

    __slots__ = ("_encrypt",)

    def __init__(self, irk: bytes) -> None:
        self._encrypt = cipher(irk)

    def of(self, prand: bytes) -> bytes:
        """The 24-bit hash of a 24-bit random part, most significant octet first."""
        return self._encrypt(_PADDING + prand)[-3:]
