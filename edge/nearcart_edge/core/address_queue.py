"""Addresses that wait to be looked for among the keys, a bounded number of them."""

from collections.abc import Iterable
from itertools import islice

from nearcart_edge.core.address_batch import MOST_ADDRESSES


class AddressQueue:
    """Who was heard again goes before all others: a flood of addresses that are used once can't keep her waiting."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._once: dict[str, None] = {}
        self._again: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._once) + len(self._again)

    def __contains__(self, address: str) -> bool:
        return address in self._once or address in self._again

    def wait(self, address: str) -> None:
        """A packet of this address came. Where there are too many the oldest are forgotten: first those heard once."""
        if address in self._again:
            return
        if address in self._once:
            del self._once[address]
            self._again[address] = None
        else:
            self._once[address] = None
        if len(self) > self._most:
            fullest = self._once or self._again
            del fullest[next(iter(fullest))]

    def discard(self, address: str) -> None:
        """It waits no more."""
        self._once.pop(address, None)
        self._again.pop(address, None)

    def take(self) -> list[str]:
        """Those whose turn it is; they wait no more."""
        taken = list(islice(self._again, MOST_ADDRESSES))
        taken += islice(self._once, MOST_ADDRESSES - len(taken))
        for address in taken:
            self.discard(address)
        return taken

    def put_back(self, addresses: Iterable[str]) -> None:
        """Their turn was cut short: they are the next."""
        self._again = dict.fromkeys(addresses) | self._again
