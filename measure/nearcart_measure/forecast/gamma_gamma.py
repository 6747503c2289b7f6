"""How much a customer spends at a time: the gamma-gamma model.

Her amounts are gamma(p, nu), nu is gamma(q, v) over all customers, and how much she spends has nothing to do with how often.
P. Fader and B. Hardie, "The Gamma-Gamma Model of Monetary Value" (2013), brucehardie.com/notes/025.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from nearcart_measure.forecast.customers import Customers, Numbers
from nearcart_measure.forecast.fitting import fit


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """The three parameters; ``v`` in the amounts' unit."""

    p: float
    q: float
    v: float

    def log_likelihood(self, customers: Customers) -> float:
        """Of those who bought again, equation 1a."""
        came_back = customers.again > 0
        x, mean = customers.again[came_back], customers.money[came_back]
        p, q, v = self.p, self.q, self.v
        terms = special.gammaln(p * x + q) - special.gammaln(p * x) - special.gammaln(q)
        terms += q * np.log(v) + (p * x - 1) * np.log(mean) + p * x * np.log(x) - (p * x + q) * np.log(x * mean + v)
        return float(np.sum(terms))

    def expected(self, customers: Customers) -> Numbers:
        """The mean amount of each: hers, drawn towards everybody's the more the less she bought, equation 5."""
        x, p, q, v = customers.again, self.p, self.q, self.v
        return np.asarray(p * (v + x * customers.money) / (p * x + q - 1))


def fit_gamma_gamma(customers: Customers) -> GammaGamma:
    """The most likely parameters. Raises ``Undefined`` where too few bought again.

    Amounts are taken in units of their mean and v is given back in theirs, so that the search starts near whatever the currency.
    """
    came_back = customers.again > 0
    scale = float(customers.money[came_back].mean()) if came_back.any() else 1.0
    scaled = Customers(customers.units, customers.again, customers.last, customers.known, customers.money / scale)
    found = fit(lambda values: GammaGamma(*map(float, values)).log_likelihood(scaled), 3, int(came_back.sum()))
    return GammaGamma(float(found[0]), float(found[1]), float(found[2]) * scale)
