"""Where the simulator's chance comes from: streams that the caller makes from one seed.

Every shopper, visit and radio link draws from a stream of its own, named after it, so that one more shopper changes nobody
else's path. ``random.Random`` is a ``RandomStream``; ``nearcart_sim.shell.streams.seeded`` makes them.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class RandomStream(Protocol):
    """The part of ``random.Random`` that the simulator uses."""

    def random(self) -> float: ...

    def uniform(self, a: float, b: float) -> float: ...

    def gauss(self, mu: float, sigma: float) -> float: ...

    def expovariate(self, lambd: float) -> float: ...

    def choice(self, seq: Sequence[Item], /) -> Item: ...

    def randrange(self, start: int, /) -> int: ...


Streams = Callable[[str], RandomStream]
"""The stream of a name; the same name always begins the same stream."""
