"""Made-up stores as tables of visitors: what the oracles are asked about. numpy only, the same in every environment."""

import json
import sys

import numpy as np

SHAPES = ((4000, 4000, 0.2), (300, 2700, 0.1), (60, 90, 0.3), (1200, 300, 0.0), (25, 20, -0.3), (9000, 9000, 0.02))
"""Hold-out visitors, offered visitors, true lift."""


def stores(seed):
    """(generator, held_out, offered, lift) of each shape, every one from a stream of its own."""
    for number, (held_out, offered, lift) in enumerate(SHAPES):
        yield np.random.default_rng([seed, number]), held_out, offered, lift


def spend(stream, visitors, lift, share=0.12):
    """Money per visitor: a few buy, lognormal baskets with sigma 0.8, in cents."""
    buys = stream.random(visitors) < share * (1 + lift)
    return np.round(np.where(buys, stream.lognormal(3.2, 0.8, visitors), 0.0), 2)


def amounts(values):
    """n, sum and sum of squares."""
    return {"n": len(values), "sum": float(values.sum()), "sum_sq": float((values**2).sum())}


def buyers(stream, visitors, lift, share=0.12):
    """n and buyers, at least one of each kind."""
    return {"n": visitors, "sum": int(np.clip(stream.binomial(visitors, share * (1 + lift)), 1, visitors - 1))}


def line(family, inputs, expected, source):
    """One case on standard output."""
    case = {"family": family, "inputs": inputs, "expected": expected, "source": source}
    sys.stdout.write(json.dumps(case) + "\n")
