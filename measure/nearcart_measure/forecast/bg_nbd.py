"""How often customers buy and when they stop: the BG/NBD model.

While she is a customer she buys at random at her own rate, which is gamma(r, alpha) over all customers; after any purchase she may
stop, with her own probability, which is beta(a, b). P. Fader, B. Hardie and K. L. Lee, "'Counting Your Customers' the Easy Way",
Marketing Science 24 (2005), pages 275 to 284.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from nearcart_measure.forecast.customers import Customers, Numbers
from nearcart_measure.forecast.fitting import fit


@dataclass(frozen=True, slots=True)
class BgNbd:
    """The four parameters; ``alpha`` in days."""

    r: float
    alpha: float
    a: float
    b: float

    def log_likelihood(self, customers: Customers) -> float:
        """Of all customers together, equation 6."""
        x, last, known = customers.again, customers.last, customers.known
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        common = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha)
        common += special.betaln(a, b + x) - special.betaln(a, b)
        alive = -(r + x) * np.log(alpha + known)
        with np.errstate(divide="ignore"):
            gone = np.where(x > 0, np.log(a) - np.log(np.maximum(b + x - 1, 1e-300)), -np.inf) - (r + x) * np.log(
                alpha + last
            )
        return float(np.sum(common + np.logaddexp(alive, gone)))

    def alive(self, customers: Customers) -> Numbers:
        """The chance that each still is a customer: 1 for who bought once only, as the model has it."""
        return 1 / (1 + self._gone(customers))

    def expected(self, customers: Customers, days: float) -> Numbers:
        """How many more purchases of each in the next ``days``, equation 10."""
        x, known = customers.again, customers.known
        r, alpha, a, b = self.r, self.alpha, _off_one(self.a), self.b
        hyper = special.hyp2f1(r + x, b + x, a + b + x - 1, days / (alpha + known + days))
        still = 1 - ((alpha + known) / (alpha + known + days)) ** (r + x) * hyper
        return np.asarray((a + b + x - 1) / (a - 1) * still / (1 + self._gone(customers)))

    def of_a_new_one(self, days: float) -> float:
        """How many more purchases of somebody who just bought for the first time, equation 9."""
        r, alpha, a, b = self.r, self.alpha, _off_one(self.a), self.b
        hyper = special.hyp2f1(r, b, a + b - 1, days / (alpha + days))
        return float((a + b - 1) / (a - 1) * (1 - (alpha / (alpha + days)) ** r * hyper))

    def _gone(self, customers: Customers) -> Numbers:
        x = customers.again
        ratio = (self.alpha + customers.known) / (self.alpha + customers.last)
        odds = self.a / np.maximum(self.b + x - 1, 1e-300) * ratio ** (self.r + x)
        return np.where(x > 0, odds, 0.0)


def fit_bg_nbd(customers: Customers) -> BgNbd:
    """The most likely parameters. Raises ``Undefined`` for too few customers, or where none is likeliest."""
    found = fit(lambda values: BgNbd(*map(float, values)).log_likelihood(customers), 4, len(customers))
    return BgNbd(*map(float, found))


def _off_one(a: float) -> float:
    """The formulas divide by a - 1, where they have a limit."""
    return a if abs(a - 1) > 1e-7 else 1 + 1e-7
