"""Addresses that wait to be looked for among the keys, a bounded number of them."""

from itertools import islice

from nearcart_edge.core.address_batch import MOST_ADDRESSES, Parts


class AddressQueue:
    """Who was heard again goes before all others: a flood of addresses that are used once can't keep her waiting."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._once: dict[str, Parts] = {}
        self._again: dict[str, Parts] = {}

    def __len__(self) -> int:
        return len(self._once) + len(self._again)

    def wait(self, address: str, parts: Parts) -> None:
        """A packet of this address came. Where there are too many the oldest are forgotten: first those heard once."""
        if address in self._again:
            return
        if self._once.pop(address, None) is not None:
            self._again[address] = parts
        else:
            self._once[address] = parts
        if len(self) > self._most:
            fullest = self._once or self._again
            del fullest[next(iter(fullest))]

    def discard(self, address: str) -> None:
        """It waits no more."""
        self._once.pop(address, None)
        self._again.pop(address, None)

    def take(self) -> dict[str, Parts]:
        """Those whose turn it is; they wait no more."""
        taken = dict(islice(self._again.items(), MOST_ADDRESSES))
        taken.update(islice(self._once.items(), MOST_ADDRESSES - len(taken)))
        for address in taken:
            self.discard(address)
        return taken

    def put_back(self, addresses: dict[str, Parts]) -> None:
        """Their turn was cut short: they are the next."""
        self._again = addresses | self._again
