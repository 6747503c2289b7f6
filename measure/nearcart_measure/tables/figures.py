"""Effects and intervals under the names that a line of figures gives them."""

from nearcart_measure.core.effect import Effect, Interval

Figures = dict[str, object]
"""JSON: numbers, booleans, ``None`` and lists of them."""


def interval_figures(name: str, effect: Effect, interval: Interval) -> Figures:
    """``name`` is ``diff`` or ``lift``."""
    return {
        name: effect.estimate,
        "se": effect.standard_error,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "p_value": interval.p_value,
    }


def fixed_figures(name: str, effect: Effect, interval: Interval) -> Figures:
    """With the degrees of freedom of Student's t."""
    return {**interval_figures(name, effect, interval), "dof": effect.degrees}
