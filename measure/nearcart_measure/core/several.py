"""Several answers at once: p-values corrected for their number, and effects of small groups drawn towards the whole."""

from collections.abc import Sequence
from dataclasses import replace

from nearcart_measure.core.effect import Effect


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values: calling those below q a finding leaves at most a share q of findings false.

    Y. Benjamini and Y. Hochberg, Journal of the Royal Statistical Society B 57 (1995), pages 289 to 300.
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index], reverse=True)
    adjusted, least = [1.0] * len(p_values), 1.0
    for steps, index in enumerate(order):
        rank = len(p_values) - steps
        least = min(least, p_values[index] * len(p_values) / rank)
        adjusted[index] = least
    return adjusted


def shrunk(effects: Sequence[Effect]) -> list[Effect]:
    """Each effect drawn towards the mean of all, the more the noisier it is: normal effects with normal noise.

    Their variance between groups is DerSimonian and Laird's (Controlled Clinical Trials 7 (1986), pages 177 to 188), never below
    zero: groups that differ by noise alone are all drawn to the mean. Each keeps its own standard error: that variance is known so
    badly from a few groups that intervals made narrower by it hold in 83 to 95 % of them instead of 95 (docs/measure.md).
    """
    if len(effects) < 2:
        return list(effects)
    between = _between(effects)
    centre = _weighed(effects, between)
    return [
        replace(each, estimate=centre + between / (between + each.standard_error**2) * (each.estimate - centre))
        for each in effects
    ]


def _between(effects: Sequence[Effect]) -> float:
    weights = [1 / effect.standard_error**2 for effect in effects]
    total, mean = sum(weights), _weighed(effects, 0.0)
    spread = sum(weight * (effect.estimate - mean) ** 2 for weight, effect in zip(weights, effects, strict=True))
    return max(0.0, (spread - (len(effects) - 1)) / (total - sum(weight * weight for weight in weights) / total))


def _weighed(effects: Sequence[Effect], between: float) -> float:
    weights = [1 / (between + effect.standard_error**2) for effect in effects]
    return sum(w * effect.estimate for w, effect in zip(weights, effects, strict=True)) / sum(weights)
