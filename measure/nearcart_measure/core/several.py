"""Several answers at once: p-values corrected for their number, and effects of small groups drawn towards the whole."""

from collections.abc import Sequence

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
    zero: groups that differ by noise alone are all drawn to the mean.
    """
    if len(effects) < 2:
        return list(effects)
    weights = [1 / effect.standard_error**2 for effect in effects]
    total = sum(weights)
    mean = sum(weight * effect.estimate for weight, effect in zip(weights, effects, strict=True)) / total
    spread = sum(weight * (effect.estimate - mean) ** 2 for weight, effect in zip(weights, effects, strict=True))
    room = total - sum(weight * weight for weight in weights) / total
    between = max(0.0, (spread - (len(effects) - 1)) / room)
    pooled = 1 / sum(1 / (between + effect.standard_error**2) for effect in effects)
    centre = pooled * sum(effect.estimate / (between + effect.standard_error**2) for effect in effects)
    return [_drawn(effect, between, centre, pooled) for effect in effects]


def _drawn(effect: Effect, between: float, centre: float, centre_variance: float) -> Effect:
    noise = effect.standard_error**2
    kept = between / (between + noise)
    variance = kept * noise + (1 - kept) ** 2 * centre_variance
    return Effect(centre + kept * (effect.estimate - centre), variance**0.5, effect.degrees, effect.visitors)
