"""Beliefs that also know what came later: the forward filter, then back again (Rabiner 1989, forward-backward)."""

from collections.abc import Sequence

import numpy as np

from nearcart_gateway.core.location.motion import Array32, Motion


def smooth(motion: Motion, evidence: Sequence[Array32 | None], seconds: float) -> list[Array32]:
    """Probability of each cell at each step. ``evidence``: log-likelihoods of the cells at each step, ``None`` where nothing
    was heard; steps are ``seconds`` apart."""
    likelihoods = [None if step is None else _likelihood(step) for step in evidence]
    forward = _forward(motion, likelihoods, seconds)
    later = np.ones_like(forward[0])
    smoothed: list[Array32] = []
    for belief, likelihood in zip(reversed(forward), reversed(likelihoods), strict=True):
        smoothed.append(_cells(belief * later))
        if likelihood is not None:
            later = later * likelihood.reshape(1, 1, *later.shape[2:])
        later = motion.reverse(later, seconds)
        later = later / later.max()
    smoothed.reverse()
    return smoothed


def explained(motion: Motion, evidence: Sequence[Array32 | None], seconds: float) -> float:
    """Log-likelihood of all of it together, by the forward filter."""
    belief, total = motion.start(1), 0.0
    for step in evidence:
        belief = motion.predict(belief, seconds)
        if step is not None:
            belief = belief * _likelihood(step).reshape(1, 1, *belief.shape[2:])
            mass = belief.sum()
            belief, total = belief / mass, total + float(step.max() + np.log(mass))
    return total


def _forward(motion: Motion, likelihoods: Sequence[Array32 | None], seconds: float) -> list[Array32]:
    belief = motion.start(1)
    beliefs = []
    for likelihood in likelihoods:
        belief = motion.predict(belief, seconds)
        if likelihood is not None:
            belief = belief * likelihood.reshape(1, 1, *belief.shape[2:])
        belief = belief / belief.sum()
        beliefs.append(belief)
    return beliefs


def _likelihood(evidence: Array32) -> Array32:
    return np.asarray(np.exp(evidence - evidence.max()))


def _cells(belief: Array32) -> Array32:
    mass = belief.sum(axis=1).reshape(-1)
    return np.asarray(mass / mass.sum())
