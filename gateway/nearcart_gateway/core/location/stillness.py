"""Does she stand still? Whether to believe in a change of zone is asked of what each scanner hears, and not of the map alone.

Three hypotheses are weighed against each other with every packet (Bayes' rule, as in an interacting multiple model filter, Blom
and Bar-Shalom 1988):

- *still*: every scanner goes on hearing its own level, learnt since she stands here; but a body or a trolley may come between,
  which makes one link quieter for a while (never louder, and seldom two links at once);
- *walking*: the locator's filter explains the packet from where it believes her;
- *changed*: every level has moved to another one, which is learnt fast, wherever that is. It keeps a poor map from making
  stillness look good.

A link that is down costs "still" one surprise and not one with every packet, so that it can't outvote the other scanners, while
a scanner that gets louder counts in full. Visitors are worked on together; levels in dBm, times in seconds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nearcart_gateway.core.location.likelihood import DEGREES_OF_FREEDOM
from nearcart_gateway.core.location.motion import Array32

LEAVE_PER_S = 0.0001
"""Rate at which somebody who stands is taken to walk off before any packet says so."""

STAY_PER_S = 0.02
"""Rate at which somebody of whom that is not known is taken to have come to stand; twice that where positions are held back."""

STILL_AT_FIRST, GIVEN_UP = 0.06, 0.03
"""How likely stillness is at a new place, and below what it is given up and started anew where she then is."""

SUREST = 0.999_999

LEVEL_VARIANCE = 25.0
"""dB²: how far a scanner's level at a place may be off the map."""

LEVEL_DRIFT, CHANGED_DRIFT, CHANGED_MOST = 0.005, 2.0, 40.0
"""dB² a second by which a level becomes unsure, of one that stands and of one that changes, and the latter's bound."""

BLOCKED_PER_S, FREE_PER_S = 1 / 60, 1 / 30
BLOCKED_DB, BLOCKED_SPREAD_DB = 14.0, 3.0
"""How often something comes between, how fast it goes away, and how much quieter that makes a link."""

SECOND_BLOCK = 0.03
"""A second link is blocked meanwhile this much more seldom."""

MISLED = 0.5
"""While a link is this likely to be blocked, the filter is misled about the zone and its word is not averaged."""

SET_ASIDE = 0.8
"""A link that is this surely blocked while she stands has no say in where she is."""

LEAST_BLOCKED, MOST_BLOCKED = 0.002, 0.98

LOUDER_DEGREES = 30.0
"""Louder is nearly normal; quieter has the tail of ``DEGREES_OF_FREEDOM``: reflections add little, bodies take away a lot."""

CHANGED_AT_FIRST, CHANGED_BACK_PER_S = 0.1, 0.05
"""How likely "changed" is against "walking", and how fast it comes back to that."""

CORRELATION = 0.8
"""Each packet counts for this much, as in ``likelihood``."""

NOISE_PACKETS, NOISE_MEMORY = 20.0, 60.0
LEAST_NOISE_DB = 2.0
"""The spread of her packets is learnt: the usual one counts for so many packets, and the newest so many count."""

ZONE_MEMORY_S = 120.0
"""Over how long the filter's zones are averaged for where she stands."""

SURPRISE = 50.0

LEVEL, VARIANCE, BLOCKED, CHANGED_LEVEL, CHANGED_VARIANCE = range(5)


@dataclass(slots=True)
class Stand:
    """One visitor. ``links``: (what, scanners), rows as named above. ``still`` and ``changed``: probabilities. ``zones``: the
    filter's, averaged over the ``seconds`` that she stands."""

    links: Array32
    still: float = 0.0
    changed: float = CHANGED_AT_FIRST
    noise: float = 0.0
    counted: float = NOISE_PACKETS
    zones: Array32 | None = field(default=None)
    seconds: float = 0.0

    @property
    def aside(self) -> NDArray[np.bool_]:
        """The links (scanners) whose packets say nothing now: something stands between."""
        return np.asarray(self.links[BLOCKED] * self.still > SET_ASIDE)

    def blend(self, zones: Array32, seconds: float) -> Array32:
        """The probability of each zone: where she stands if she does, else what the filter says (``zones``)."""
        if self.zones is None:
            self.zones = zones.copy()
        if self.links[BLOCKED].max() < MISLED:
            self.seconds = min(ZONE_MEMORY_S, self.seconds + seconds)
            self.zones += (zones - self.zones) * np.float32(seconds / max(self.seconds, seconds))
        return np.asarray(self.still * self.zones + (1 - self.still) * zones, dtype=np.float32)


class Stillness:
    """The three hypotheses over ``scanners`` links. ``noise``: the map's spread of packets in dB. ``stay``: the rate at
    which people are taken to have come to stand."""

    def __init__(self, scanners: int, noise: float, stay: float = STAY_PER_S) -> None:
        self._stay = stay
        self._usual = noise**2
        self._scanners = scanners

    def stand(self) -> Stand:
        """Nothing is known of her yet; ``settle`` comes first."""
        return Stand(np.zeros((5, self._scanners), dtype=np.float32), noise=self._usual)

    def settle(self, stand: Stand, level: NDArray[np.float64], variance: NDArray[np.float64]) -> None:
        """She may stand anew, where the map expects these levels (dBm, dB²)."""
        first = not stand.links[VARIANCE].any()
        stand.links[LEVEL], stand.links[VARIANCE] = level, variance + LEVEL_VARIANCE
        stand.links[BLOCKED] = BLOCKED_PER_S / FREE_PER_S * SECOND_BLOCK
        if first:
            stand.links[CHANGED_LEVEL:] = stand.links[LEVEL : VARIANCE + 1]
        stand.still, stand.zones, stand.seconds = STILL_AT_FIRST, None, 0.0

    def weigh(
        self, stands: Sequence[Stand], rounds: Sequence[Array32], fits: NDArray[np.float64], gaps: NDArray[np.float64]
    ) -> None:
        """Take what was heard after ``gaps`` seconds: ``rounds`` of (people, scanners) dBm, NaN where there is no packet, and
        the filter's log-likelihoods ``fits`` (people) of those that are not set aside."""
        links = np.stack([stand.links for stand in stands], axis=1)
        noise = np.array([stand.noise for stand in stands])
        counted = np.array([stand.counted for stand in stands])
        _pass(links, gaps[:, None])
        counts = ~np.stack([stand.aside for stand in stands])
        still, changed = np.zeros(len(stands)), np.zeros(len(stands))
        for rssi in rounds:
            spread = noise[:, None]
            one, weight, error = self._still(links, rssi, spread)
            still += (one * counts).sum(axis=1)
            changed += (self._changed(links, rssi, spread) * counts).sum(axis=1)
            heard = weight.sum(axis=1)
            counted = np.minimum(NOISE_MEMORY, counted + heard)
            noise = np.maximum(LEAST_NOISE_DB**2, noise + ((error - spread) * weight).sum(axis=1) / counted)
        for number, stand in enumerate(stands):
            stand.links = links[:, number].copy()
            stand.noise, stand.counted = float(noise[number]), float(counted[number])
            came = 1 - math.exp(-self._stay * float(gaps[number]))
            _decide(
                stand, (float(still[number]), float(fits[number]), float(changed[number])), float(gaps[number]), came
            )

    def _still(
        self, links: Array32, rssi: Array32, noise: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Log-likelihood (people, scanners) of packets at standing levels, which are learnt from them; and for each packet how much it is
        believed not to be blocked, and its squared error as an estimate of the noise."""
        heard = ~np.isnan(rssi)
        level, variance, blocked = links[LEVEL], links[VARIANCE], links[BLOCKED]
        error = np.where(heard, rssi - level, 0.0)
        spread = noise + variance
        degrees = np.where(error > 0, LOUDER_DEGREES, DEGREES_OF_FREEDOM)
        free = (1 - blocked) * np.exp(self._fit(error, spread, degrees))
        behind = blocked * np.exp(self._fit(error + BLOCKED_DB, spread + BLOCKED_SPREAD_DB**2, DEGREES_OF_FREEDOM))
        both = free + behind + 1e-30
        links[BLOCKED] = np.where(heard, np.clip(behind / both, LEAST_BLOCKED, MOST_BLOCKED), blocked)
        weight = free / both * np.minimum(1.0, (degrees + 1) / (degrees + error**2 / spread)) * heard
        gain = variance / spread * weight
        links[LEVEL], links[VARIANCE] = level + gain * error, variance * (1 - gain)
        return np.log(both) * heard, weight, error**2 * noise / spread

    def _changed(self, links: Array32, rssi: Array32, noise: NDArray[np.float64]) -> NDArray[np.float64]:
        heard = ~np.isnan(rssi)
        error = np.where(heard, rssi - links[CHANGED_LEVEL], 0.0)
        spread = noise + links[CHANGED_VARIANCE]
        gain = links[CHANGED_VARIANCE] / spread * heard
        links[CHANGED_LEVEL] += gain * error
        links[CHANGED_VARIANCE] *= 1 - gain
        return np.asarray(self._fit(error, spread, DEGREES_OF_FREEDOM) * heard)

    def _fit(
        self, error: NDArray[np.float64], spread: NDArray[np.float64], degrees: NDArray[np.float64] | float
    ) -> NDArray[np.float64]:
        """Student's t, on the same scale as ``Likelihood``'s."""
        tail = np.log1p(error**2 / (degrees * spread)) * ((degrees + 1) / 2)
        return np.asarray(-CORRELATION * (tail + np.log(spread / self._usual) / 2))


def _pass(links: Array32, gaps: NDArray[np.float64]) -> None:
    """Time makes levels unsure, and what stands between goes away."""
    links[VARIANCE] += LEVEL_DRIFT * gaps
    links[CHANGED_VARIANCE] = np.minimum(links[CHANGED_VARIANCE] + CHANGED_DRIFT * gaps, CHANGED_MOST)
    blocked = links[BLOCKED]
    another = blocked.sum(axis=1, keepdims=True) - blocked > 0.5
    usual = BLOCKED_PER_S / (BLOCKED_PER_S + FREE_PER_S) * np.where(another, SECOND_BLOCK, 1.0)
    links[BLOCKED] = usual + (blocked - usual) * np.exp(-(BLOCKED_PER_S + FREE_PER_S) * gaps)


def _decide(stand: Stand, fits: tuple[float, float, float], gap: float, came: float) -> None:
    """Bayes' rule over the three: stillness against the rest, and "changed" against "walking" within the rest. ``came``: the
    chance that she came to stand meanwhile."""
    still, walking, changed = fits
    prior = CHANGED_AT_FIRST + (stand.changed - CHANGED_AT_FIRST) * math.exp(-CHANGED_BACK_PER_S * gap)
    most = max(walking, changed)
    rest = most + math.log((1 - prior) * math.exp(walking - most) + prior * math.exp(changed - most))
    stand.changed = min(0.95, max(0.01, prior * math.exp(changed - rest)))
    before = stand.still * math.exp(-LEAVE_PER_S * gap)
    before += (1 - before) * came
    odds = before * math.exp(min(SURPRISE, max(-SURPRISE, still - rest)))
    stand.still = min(SUREST, odds / (odds + 1 - before))
