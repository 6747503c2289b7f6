"""Random streams from one seed."""

from random import Random

from nearcart_sim.core.randomness import Streams


def seeded(seed: int) -> Streams:
    """A stream for every name, seeded by the text itself, so that it begins alike in every process."""
    return lambda name: Random(f"{seed}/{name}")
