"""Would a scanner's packets fit another place than the one in the file?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nearcart_gateway.core.scanner_health.expectation import decade


@dataclass(frozen=True, slots=True)
class Fit:
    """A place, how far the packets are off the law there (dB, root of the mean square, its own power being free), and that power."""

    x: float
    y: float
    off: float
    power: float


def fit_at(
    at: tuple[float, float], height: float, exponent: float, heard: Mapping[tuple[float, float], tuple[float, float]]
) -> Fit:
    """``heard``: place to (weight, dBm) of what the scanner heard of tags there."""
    rest = [
        (weight, level - exponent * decade(((x - at[0]) ** 2 + (y - at[1]) ** 2) ** 0.5, height))
        for (x, y), (weight, level) in heard.items()
    ]
    total = sum(weight for weight, _ in rest)
    power = sum(weight * each for weight, each in rest) / total
    square = sum(weight * (each - power) ** 2 for weight, each in rest) / total
    return Fit(at[0], at[1], square**0.5, power)


def best_fit(
    places: Sequence[tuple[float, float]],
    height: float,
    exponent: float,
    heard: Mapping[tuple[float, float], tuple[float, float]],
) -> Fit:
    """Of these places the one that fits best."""
    return min((fit_at(place, height, exponent, heard) for place in places), key=lambda fit: fit.off)
