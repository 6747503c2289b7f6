"""BG/NBD and Gamma-Gamma: against recorded figures of lifetimes, against the definition thrown with dice, and what can't be told."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats

from nearcart_measure.core.undefined import Undefined
from nearcart_measure.forecast.bg_nbd import BgNbd, fit_bg_nbd
from nearcart_measure.forecast.customers import DAY_S, Customers, customers
from nearcart_measure.forecast.forecast import calibration, forecast
from nearcart_measure.forecast.gamma_gamma import GammaGamma, fit_gamma_gamma

DATA = Path(__file__).parents[2] / "data" / "measure"
RECORDED = json.loads((DATA / "customers.json").read_text())
KEPT = json.loads((DATA / "customers_kept.json").read_text())
PEOPLE = Customers(
    tuple(range(len(RECORDED["again"]))), *(np.array(RECORDED[name]) for name in ("again", "last", "known", "money"))
)
TIMING, AMOUNTS = BgNbd(**RECORDED["timing"]), GammaGamma(**RECORDED["amounts"])


def test_forecasts_equal_the_recorded_ones():
    assert TIMING.expected(PEOPLE, RECORDED["days"]) == pytest.approx(RECORDED["expected"], rel=1e-9)
    assert TIMING.alive(PEOPLE) == pytest.approx(RECORDED["alive"], rel=1e-9)
    assert TIMING.of_a_new_one(RECORDED["days"]) == pytest.approx(RECORDED["of_a_new_one"], rel=1e-9)
    came_back = PEOPLE.again > 0
    assert AMOUNTS.expected(PEOPLE)[came_back] == pytest.approx(RECORDED["mean_amount"], rel=1e-9)


def test_the_fit_is_at_least_as_likely_and_nearly_the_same():
    timing, amounts = fit_bg_nbd(PEOPLE), fit_gamma_gamma(PEOPLE)
    assert timing.log_likelihood(PEOPLE) >= TIMING.log_likelihood(PEOPLE) - 1e-9
    assert amounts.log_likelihood(PEOPLE) >= AMOUNTS.log_likelihood(PEOPLE) - 1e-9
    assert list(RECORDED["timing"].values()) == pytest.approx([timing.r, timing.alpha, timing.a, timing.b], rel=1e-3)
    assert list(RECORDED["amounts"].values()) == pytest.approx([amounts.p, amounts.q, amounts.v], rel=1e-3)


def test_a_library_that_is_kept_finds_the_same():
    timing, amounts = fit_bg_nbd(PEOPLE), fit_gamma_gamma(PEOPLE)
    assert (timing.r, timing.alpha, timing.a, timing.b) == pytest.approx(tuple(KEPT["timing"].values()), rel=1e-3)
    assert (amounts.p, amounts.q, amounts.v) == pytest.approx(tuple(KEPT["amounts"].values()), rel=1e-3)
    assert BgNbd(**KEPT["timing"]).expected(PEOPLE, RECORDED["days"]) == pytest.approx(KEPT["expected"], rel=1e-6)
    assert BgNbd(**KEPT["timing"]).alive(PEOPLE) == pytest.approx(KEPT["alive"], rel=1e-6)


def test_the_unit_of_money_does_not_matter():
    cents = Customers(PEOPLE.units, PEOPLE.again, PEOPLE.last, PEOPLE.known, PEOPLE.money * 100)
    euros, same = fit_gamma_gamma(PEOPLE), fit_gamma_gamma(cents)
    assert (same.p, same.q, same.v / 100) == pytest.approx((euros.p, euros.q, euros.v), rel=1e-4)


def thrown(model: BgNbd, days: float, count: int, stream: np.random.Generator) -> np.ndarray:
    """Purchases after the first of new customers in ``days``, by the model's definition."""
    rate, stops = stream.gamma(model.r, 1 / model.alpha, count), stream.beta(model.a, model.b, count)
    bought, at, there = np.zeros(count), np.zeros(count), np.ones(count, dtype=bool)
    while there.any():
        at += stream.exponential(1, count) / rate
        there &= at <= days
        bought += there
        there &= stream.random(count) >= stops
    return bought


def test_a_new_customer_buys_as_often_as_the_definition_says():
    model = BgNbd(0.8, 20.0, 0.9, 3.0)
    bought = thrown(model, 120.0, 100_000, np.random.default_rng(5))
    assert model.of_a_new_one(120.0) == pytest.approx(bought.mean(), abs=4 * bought.std() / 316)


def test_a_parameter_of_one_is_no_gap():
    near = [BgNbd(0.8, 20.0, a, 3.0) for a in (0.9999, 1.0, 1.0001)]
    told = [model.of_a_new_one(90.0) for model in near]
    assert told[1] == pytest.approx((told[0] + told[2]) / 2, rel=1e-5)
    assert np.isfinite(near[1].expected(PEOPLE, 90.0)).all()


def test_the_likelihood_is_the_integral_over_all_customers():
    """One customer who bought twice again, at 3 and 8 days of 20: rate and stopping integrated numerically."""
    model = BgNbd(0.8, 20.0, 0.9, 3.0)
    one = Customers((1,), *(np.array([value]) for value in (2.0, 8.0, 20.0, 9.0)))

    middles = (np.arange(1500) + 0.5) / 1500
    rate = stats.gamma.ppf(middles, model.r, scale=1 / model.alpha)[:, None]
    stop = stats.beta.ppf(middles, model.a, model.b)[None, :]
    still = (1 - stop) ** 2 * rate**2 * np.exp(-rate * 20)
    gone = stop * (1 - stop) * rate**2 * np.exp(-rate * 8)
    assert model.log_likelihood(one) == pytest.approx(np.log(np.mean(still + gone)), rel=1e-4)


def test_the_amounts_likelihood_is_the_integral_over_all_customers():
    model = GammaGamma(6.0, 4.0, 20.0)
    one = Customers((1,), *(np.array([value]) for value in (3.0, 8.0, 20.0, 42.0)))

    def path(nu):
        return stats.gamma.pdf(42.0, 3 * model.p, scale=1 / (3 * nu)) * stats.gamma.pdf(nu, model.q, scale=1 / model.v)

    likelihood, _ = integrate.quad(path, 0, 3)
    assert model.log_likelihood(one) == pytest.approx(np.log(likelihood), rel=1e-6)


def test_customers_from_purchases():
    bought = [
        (1, 0 * DAY_S + 60, 10.0),
        (1, 0 * DAY_S + 7200, 5.0),  # the same day: one purchase
        (1, 4 * DAY_S + 60, 30.0),
        (1, 9 * DAY_S + 60, 10.0),
        (2, 3 * DAY_S, 7.0),
        (3, 2 * DAY_S, 7.0),
        (3, 2 * DAY_S, -7.0),  # all paid back: no purchase
        (1, 20 * DAY_S, 99.0),  # after the end
    ]
    found = customers(bought, 12 * DAY_S)
    assert found.units == (1, 2)
    assert found.again.tolist() == [2, 0]
    assert found.last.tolist() == [9, 0]
    assert found.known.tolist() == [12, 9]
    assert found.money.tolist() == [20, 0]
    assert len(customers([], 5.0)) == 0


def shop(stream: np.random.Generator, people: int = 700, days: int = 400) -> list[tuple[int, float, float]]:
    """Purchases of customers who follow the models, money 20 on average."""
    model, bought = BgNbd(0.9, 25.0, 0.7, 3.0), []
    for unit in range(people):
        rate, stop = stream.gamma(model.r, 1 / model.alpha), stream.beta(model.a, model.b)
        at = stream.uniform(0, days * 0.6)
        while at < days:
            bought.append((unit, at * DAY_S, float(stream.gamma(4, 5))))
            if stream.random() < stop and bought[-1][1] != at:
                break
            at += stream.exponential(1 / rate)
    return bought


def test_a_shop_that_follows_the_model_is_foretold():
    bought = shop(np.random.default_rng(8))
    told = calibration(bought, 400 * DAY_S, 90.0)
    assert abs(told.error) < 0.15
    assert sum(band.customers for band in told.bands) == len(customers(bought, 310 * DAY_S))
    assert [band.again for band in told.bands] == [0, 1, 2, 3, 4]
    assert told.bands[-1].foretold > told.bands[0].foretold
    found = forecast(bought, 400 * DAY_S, 90.0)
    assert 0 < found.alive < found.customers
    assert found.money == pytest.approx(found.purchases * 20, rel=0.15)


def test_what_can_not_be_foretold():
    with pytest.raises(Undefined, match="too few"):
        forecast([], 0.0, 90.0)
    with pytest.raises(Undefined, match="too few"):
        forecast([(unit, 0.0, 5.0) for unit in range(100)], 30 * DAY_S, 90.0)  # nobody came back
