"""Figures of lifetimes 0.11.3 (MIT) for BG/NBD and Gamma-Gamma, on made-up customers that follow these models."""

import json
import sys
import warnings

import numpy as np
from lifetimes import BetaGeoFitter, GammaGammaFitter

warnings.simplefilter("ignore")
CUSTOMERS = 400
DAYS = 90


def history(stream):
    """again, last, known and mean amount of each customer."""
    rate, stops = stream.gamma(0.9, 1 / 25, CUSTOMERS), stream.beta(0.9, 3.0, CUSTOMERS)
    known = np.round(stream.uniform(60, 300, CUSTOMERS), 1)
    nu = stream.gamma(4.0, 1 / 20, CUSTOMERS)
    rows = []
    for number in range(CUSTOMERS):
        at, again, last, spent = 0.0, 0, 0.0, []
        while True:
            at += stream.exponential(1 / rate[number])
            if at > known[number]:
                break
            again, last = again + 1, at
            spent.append(stream.gamma(6.0, 1 / nu[number]))
            if stream.random() < stops[number]:
                break
        rows.append((again, round(last, 3), known[number], round(float(np.mean(spent)), 2) if spent else 0.0))
    return [np.array(column, dtype=float) for column in zip(*rows, strict=True)]


def main():
    """One JSON object on standard output."""
    again, last, known, money = history(np.random.default_rng(21))
    timing = BetaGeoFitter().fit(again, last, known)
    came_back = again > 0
    amounts = GammaGammaFitter().fit(again[came_back], money[came_back])
    told = {
        "source": "lifetimes 0.11.3 (MIT)",
        "days": DAYS,
        "again": again.tolist(),
        "last": last.tolist(),
        "known": known.tolist(),
        "money": money.tolist(),
        "timing": {name: float(value) for name, value in timing.params_.items()},
        "amounts": {name: float(value) for name, value in amounts.params_.items()},
        "alive": np.ravel(timing.conditional_probability_alive(again, last, known)).tolist(),
        "expected": np.ravel(
            timing.conditional_expected_number_of_purchases_up_to_time(DAYS, again, last, known)
        ).tolist(),
        "of_a_new_one": float(timing.expected_number_of_purchases_up_to_time(DAYS)),
        "mean_amount": np.ravel(
            amounts.conditional_expected_average_profit(again[came_back], money[came_back])
        ).tolist(),
    }
    json.dump(told, sys.stdout)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
