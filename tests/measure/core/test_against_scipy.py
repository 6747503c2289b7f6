"""Each method against an independent reckoning from the raw rows, not from their sums: scipy, matrices, derivatives, integrals."""

import math

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from nearcart_measure.core.arm import Arm, of_amounts, of_buyers
from nearcart_measure.core.cuped import PairedTotals, cuped_difference, cuped_lift, theta
from nearcart_measure.core.difference import difference
from nearcart_measure.core.effect import Effect, fixed
from nearcart_measure.core.ghosts import AssignedTotals, per_exposed
from nearcart_measure.core.instrumental import Row, wald
from nearcart_measure.core.lift import lift
from nearcart_measure.core.log_ratio import fixed_lift, log_ratio, log_ratio_of_buyers
from nearcart_measure.core.newcombe import newcombe, wilson
from nearcart_measure.core.per_visit import RatioTotals, per_visit
from nearcart_measure.core.sample_ratio import sample_ratio
from nearcart_measure.core.sequential import Tuning, always_valid

NEAR = {"rel": 1e-8, "abs": 1e-10}
QUICK = settings(max_examples=60, deadline=None)


@st.composite
def money(draw, least=3, most=60):
    """Spend of some visitors: zeros and baskets, not all alike."""
    values = draw(
        st.lists(st.just(0.0) | st.integers(1, 90_000).map(lambda cents: cents / 100), min_size=least, max_size=most)
    )
    assume(np.std(values) > 1e-3 * (1 + max(values)))
    return np.array(values)


def arm(values) -> Arm:
    return of_amounts(len(values), float(values.sum()), float((values**2).sum()))


@QUICK
@given(money(), money(), st.sampled_from([0.01, 0.05, 0.2]))
def test_difference_is_welchs_test(held_out, offered, alpha):
    result = stats.ttest_ind(offered, held_out, equal_var=False)
    interval = result.confidence_interval(1 - alpha)
    effect = difference(arm(held_out), arm(offered))
    told = fixed(effect, alpha)
    assert effect.degrees == pytest.approx(result.df, **NEAR)
    assert (told.low, told.high, told.p_value) == pytest.approx((interval.low, interval.high, result.pvalue), **NEAR)


def by_delta(function, arms) -> float:
    """The standard error of a function of two means, its slopes taken numerically."""
    means = [values.mean() for values in arms]
    total = 0.0
    for number, values in enumerate(arms):
        step = 1e-4 * max(1.0, abs(means[number]))
        ends = [[*means], [*means]]
        ends[0][number] -= step
        ends[1][number] += step
        slope = (function(*ends[1]) - function(*ends[0])) / (2 * step)
        total += slope**2 * values.var(ddof=1) / len(values)
    return math.sqrt(total)


@QUICK
@given(money(), money(), st.sampled_from([1, -1]))
def test_lift_and_log_ratio_are_the_delta_method(held_out, offered, sign):
    assume(held_out.mean() > 1 and offered.mean() > 1)
    effect = lift(arm(sign * held_out), arm(sign * offered))
    assert effect.estimate == pytest.approx(sign * (offered.mean() / held_out.mean() - 1), **NEAR)
    error = by_delta(lambda c, t: t / c - 1, (held_out, offered))
    assert effect.standard_error == pytest.approx(error, rel=1e-5)
    if sign > 0:
        log = log_ratio(arm(held_out), arm(offered))
        assert log.estimate == pytest.approx(math.log(offered.mean() / held_out.mean()), **NEAR)
        assert log.standard_error == pytest.approx(
            by_delta(lambda c, t: math.log(t / c), (held_out, offered)), rel=1e-5
        )


@QUICK
@given(st.integers(2, 400), st.integers(2, 400), st.data())
def test_buyers_are_relative_risk_and_wilson(held_out, offered, data):
    few, many = data.draw(st.integers(1, held_out - 1)), data.draw(st.integers(1, offered - 1))
    ratio = stats.contingency.relative_risk(many, offered, few, held_out)
    low, high = ratio.confidence_interval(0.95)
    told = fixed_lift(log_ratio_of_buyers(of_buyers(held_out, few), of_buyers(offered, many)))
    assert (told.low, told.high) == pytest.approx((low - 1, high - 1), **NEAR)
    for visitors, buyers in ((held_out, few), (offered, 0), (offered, offered)):
        ends = stats.binomtest(buyers, visitors).proportion_ci(0.95, method="wilson")
        assert wilson(visitors, buyers) == pytest.approx((ends.low, ends.high), **NEAR)


@QUICK
@given(st.integers(1, 60), st.integers(1, 60), st.data())
@example(7, 27, None)
def test_newcombe_stays_possible_and_turns_with_the_arms(held_out, offered, data):
    few, many = (0, offered) if data is None else (data.draw(st.integers(0, n)) for n in (held_out, offered))
    gap, low, high = newcombe((held_out, few), (offered, many))
    assert -1 <= low <= gap <= high <= 1
    assert newcombe((offered, many), (held_out, few)) == pytest.approx((-gap, -high, -low))


@QUICK
@given(money(), st.data())
def test_per_visit_is_the_linearised_mean_of_visitors(values, data):
    visits = np.array(data.draw(st.lists(st.integers(1, 9), min_size=len(values), max_size=len(values))), dtype=float)
    ratio = values.sum() / visits.sum()
    residual = (values - ratio * visits) / visits.mean()
    assume(residual.var() > 1e-6)
    told = per_visit(
        RatioTotals(
            len(values),
            float(values.sum()),
            float((values**2).sum()),
            float(visits.sum()),
            float((visits**2).sum()),
            float((values * visits).sum()),
        )
    )
    assert told.mean == pytest.approx(ratio, **NEAR)
    assert told.variance == pytest.approx(residual.var(ddof=1), rel=1e-7)


def test_per_visit_is_cluster_robust():
    """CR0 of a regression on visits, times n/(n-1): what a sandwich of the raw visits gives."""
    stream = np.random.default_rng(5)
    counts = stream.integers(1, 6, 80)
    owner = np.repeat(np.arange(80), counts)
    spent = stream.lognormal(2, 0.8, counts.sum()) * (stream.random(counts.sum()) < 0.5)
    residual = spent - spent.mean()
    meat = sum(residual[owner == visitor].sum() ** 2 for visitor in range(80))
    robust = meat / counts.sum() ** 2 * 80 / 79
    amount = np.bincount(owner, spent)
    squares = float((amount**2).sum()), float(counts.sum()), float((counts**2).sum()), float((amount * counts).sum())
    assert per_visit(RatioTotals(80, float(amount.sum()), *squares)).mean_variance == pytest.approx(robust, rel=1e-9)


def paired(after, before) -> PairedTotals:
    return PairedTotals(
        len(after),
        float(after.sum()),
        float((after**2).sum()),
        float(before.sum()),
        float((before**2).sum()),
        float((after * before).sum()),
    )


@QUICK
@given(money(6), money(6), st.data())
def test_cuped_is_a_welch_test_of_residuals(held_out, offered, data):
    tables = []
    for after in (held_out, offered):
        noise = np.array(data.draw(st.lists(st.integers(0, 500), min_size=len(after), max_size=len(after))))
        tables.append((after, np.round(0.5 * after + noise, 2)))
    after, before = (np.concatenate(parts) for parts in zip(*tables, strict=True))
    assume(before.std() > 1)
    slope = float(np.polyfit(before, after, 1)[0])
    assert theta(*(paired(*table) for table in tables)) == pytest.approx(slope, rel=1e-7, abs=1e-9)
    residuals = [a - slope * b for a, b in tables]
    assume(min(values.std() for values in residuals) > 0.1)
    result = stats.ttest_ind(residuals[1], residuals[0], equal_var=False)
    effect = cuped_difference(*(paired(*table) for table in tables))
    assert fixed(effect).p_value == pytest.approx(result.pvalue, rel=1e-6, abs=1e-9)


def test_cuped_lift_is_the_delta_method_over_four_means():
    stream = np.random.default_rng(6)
    tables = []
    for visitors in (300, 500):
        before = stream.gamma(1, 20, visitors)
        tables.append((0.6 * before + stream.gamma(1, 15, visitors), before))
    slope = theta(*(paired(*table) for table in tables))
    (yc, xc), (yt, xt) = tables

    def statistic(means):
        return ((means[2] - slope * means[3]) - (means[0] - slope * means[1])) / means[0]

    means = np.array([yc.mean(), xc.mean(), yt.mean(), xt.mean()])
    means[3] = means[1]  # the expected covariates are equal: randomisation
    slopes = np.array([(statistic(means + step) - statistic(means - step)) / 2e-4 for step in np.eye(4) * 1e-4])
    variance = slopes[:2] @ np.cov(yc, xc) @ slopes[:2] / 300 + slopes[2:] @ np.cov(yt, xt) @ slopes[2:] / 500
    effect = cuped_lift(paired(yc, xc), paired(yt, xt))
    assert effect.standard_error == pytest.approx(math.sqrt(variance), rel=1e-6)


def test_without_history_cuped_is_the_plain_figure():
    values = np.array([0.0, 3.0, 9.0, 12.0, 0.0]), np.array([1.0, 8.0, 0.0, 0.0, 30.0, 2.0])
    tables = [paired(after, np.zeros(len(after))) for after in values]
    assert cuped_difference(*tables) == difference(*map(arm, values))
    assert cuped_lift(*tables).standard_error == pytest.approx(lift(*map(arm, values)).standard_error)


@QUICK
@given(st.floats(-6, 6), st.integers(2, 100_000), st.floats(0.001, 0.4), st.floats(10, 1e6))
def test_always_valid_p_is_one_over_the_mixture(score, visitors, alpha, tau):
    """The e-value is the likelihood ratio against effects spread normally around nothing, integrated numerically."""
    tuning = Tuning(alpha, tau)
    deviation = tuning.rho * math.sqrt(visitors)

    def weighed(shift):
        return math.exp(score * shift - shift * shift / 2) * stats.norm.pdf(shift, scale=deviation)

    middle = score * deviation**2 / (1 + deviation**2)
    width = 12 * deviation / math.sqrt(1 + deviation**2)
    evidence, _ = integrate.quad(weighed, middle - width, middle + width, limit=200)
    interval = always_valid(Effect(score, 1.0, math.inf, visitors), tuning)
    assert interval.p_value == pytest.approx(min(1.0, 1 / evidence), rel=1e-6)
    assert interval.excludes_zero() == (interval.p_value < alpha) or interval.p_value == pytest.approx(alpha)


def test_always_valid_multipliers_against_1_96():
    """From the published curve: 3.86 at a tenth of tau, 3.04 at tau, 3.24 at ten times tau."""
    tuning = Tuning(0.05, 5000)
    assert [round(tuning.half_width(n), 2) for n in (500, 5000, 50_000)] == [3.86, 3.04, 3.24]


@QUICK
@given(st.lists(st.integers(50, 5000), min_size=2, max_size=4), st.data())
def test_sample_ratio_is_scipys(observed, data):
    weights = data.draw(st.lists(st.floats(0.5, 3), min_size=len(observed), max_size=len(observed)))
    expected = np.array(weights) / sum(weights) * sum(observed)
    result = stats.chisquare(observed, expected)
    told = sample_ratio(observed, weights)
    assert (told.chi2, told.p_value) == pytest.approx((result.statistic, result.pvalue), **NEAR)


def test_sample_ratio_of_few_is_exact_in_either_number_of_arms():
    assert sample_ratio([2, 38], [0.1, 0.9]).p_value == pytest.approx(stats.binomtest(2, 40, 0.1).pvalue)
    three = sample_ratio([0, 20, 20], [0.1, 0.45, 0.45])
    assert three.chi2 is None
    assert three.p_value == pytest.approx(min(1, 3 * stats.binomtest(0, 40, 0.1).pvalue))
    assert sample_ratio([0, 200], [0.02, 0.98]).mismatch is False
    assert sample_ratio([40, 160], [0.02, 0.98]).mismatch is True


def test_per_exposed_is_the_wald_estimate_of_the_rows():
    stream = np.random.default_rng(7)
    rows = []
    for number in range(400):
        reached = bool(stream.random() < 0.3)
        rows.append((bool(number % 2), reached, float(stream.lognormal(2, 0.8))))
    arms = [[row for row in rows if row[0] is side] for side in (False, True)]

    def totals(arm):
        values, near = [row[2] for row in arm], [row[2] for row in arm if row[1]]
        squares = sum(value**2 for value in values), len(near), sum(near), sum(value**2 for value in near)
        return AssignedTotals(len(arm), sum(values), *squares)

    told = per_exposed(*map(totals, arms))
    result = wald(Row(offered, offered and reached, outcome) for offered, reached, outcome in rows)
    assert told.effect.estimate == pytest.approx(result.estimate)
    assert told.effect.standard_error == pytest.approx(result.unequal_variances)


@QUICK
@given(st.data())
def test_wald_is_two_stage_least_squares(data):
    count = data.draw(st.integers(6, 40))
    bits = st.lists(st.booleans(), min_size=count, max_size=count)
    offered, delivered = np.array(data.draw(bits), dtype=float), np.array(data.draw(bits), dtype=float)
    outcome = np.array(data.draw(st.lists(st.integers(0, 5000), min_size=count, max_size=count))) / 100
    assume(2 <= offered.sum() <= count - 2)
    assume(abs(delivered[offered == 1].mean() - delivered[offered == 0].mean()) > 0.05)
    z, x = np.column_stack([np.ones(count), offered]), np.column_stack([np.ones(count), delivered])
    coefficients = np.linalg.solve(z.T @ x, z.T @ outcome)
    rest = outcome - x @ coefficients
    assume(rest.std() > 0.05)
    bread = np.linalg.inv(z.T @ x)
    covariance = rest @ rest / (count - 2) * bread @ (z.T @ z) @ bread.T
    result = wald(Row(bool(a), bool(d), float(y)) for a, d, y in zip(offered, delivered, outcome, strict=True))
    assert result.estimate == pytest.approx(coefficients[1], rel=1e-7, abs=1e-7)
    assert result.homoskedastic == pytest.approx(math.sqrt(covariance[1, 1]), rel=1e-6)
