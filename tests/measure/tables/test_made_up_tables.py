"""Tables that hypothesis makes up, through ``nearcart stats``, against the published formulas written out in numpy and scipy: to 1e-9.

Tiny arms, ties, refunds, spends of 0.01 and of a hundred million, visitors who differ little; and where a table has no answer, a sentence.
"""

import json
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from nearcart_measure.tables.lines import answer

QUICK = settings(max_examples=120, deadline=None)
ALPHAS = st.sampled_from([0.001, 0.05, 0.2])


def told(family: str, inputs: dict) -> dict:
    return json.loads(answer(json.dumps({"family": family, "inputs": inputs}).encode()))


@st.composite
def rows(draw, least: int = 2) -> np.ndarray:
    """What each visitor spent: few values or many, at one scale, perhaps far from nothing, perhaps given back."""
    size, scale = draw(st.integers(least, 40)), draw(st.sampled_from([0.01, 1.0, 25.0, 1e8]))
    far, sign = draw(st.sampled_from([0.0, 0.0, 50.0])), draw(st.sampled_from([1, 1, 1, -1]))
    values = draw(st.lists(st.integers(0, draw(st.sampled_from([1, 3, 5000]))), min_size=size, max_size=size))
    return sign * scale * (far + np.array(values, dtype=float))


def totals(values: np.ndarray, other: np.ndarray | None = None, names: tuple[str, str, str] | None = None) -> dict:
    sums = {"n": len(values), "sum": float(values.sum()), "sum_sq": float((values**2).sum())}
    if other is not None and names is not None:
        more = other.sum(), (other**2).sum(), (values * other).sum()
        sums |= {name: float(value) for name, value in zip(names, more, strict=True)}
    return sums


def variance(table: dict, total: str = "sum", squares: str = "sum_sq") -> float:
    return (table[squares] - table[total] ** 2 / table["n"]) / (table["n"] - 1)


def clear(*arms: dict) -> bool:
    """Whether their spread is more than what rounding leaves."""
    return all(variance(arm) > 1e-9 * arm["sum_sq"] / arm["n"] for arm in arms)


def welch(variances: list[float], sizes: list[int]) -> float:
    parts = [v / n for v, n in zip(variances, sizes, strict=True)]
    return sum(parts) ** 2 / sum(part**2 / (n - 1) for part, n in zip(parts, sizes, strict=True))


def same(row: dict, **expected: float) -> None:
    wrong = {name: (row.get(name), value) for name, value in expected.items() if not math.isclose(row[name], value, rel_tol=1e-9, abs_tol=1e-11)}  # fmt: skip
    assert not wrong, row


@QUICK
@given(rows(), rows(), ALPHAS)
def test_difference_and_lift(held_out, offered, alpha):
    c, t = totals(held_out), totals(offered)
    assume(clear(c, t))
    means, variances = [c["sum"] / c["n"], t["sum"] / t["n"]], [variance(c), variance(t)]
    degrees = welch(variances, [c["n"], t["n"]])
    error = math.sqrt(variances[0] / c["n"] + variances[1] / t["n"])
    half = stats.t.ppf(1 - alpha / 2, degrees) * error
    gap = means[1] - means[0]
    row = told("revenue_absolute", {"c": c, "t": t, "alpha": alpha})
    p_value = 2 * stats.t.sf(abs(gap) / error, degrees)
    same(row, diff=gap, se=error, dof=degrees, ci_low=gap - half, ci_high=gap + half, p_value=p_value)
    if means[0] == 0:
        assert "no baseline" in told("revenue_relative", {"c": c, "t": t})["error"]
        return
    base = abs(means[0])
    error = math.sqrt(variances[1] / (base**2 * t["n"]) + variances[0] * means[1] ** 2 / (base**4 * c["n"]))
    row = told("revenue_relative", {"c": c, "t": t, "alpha": alpha})
    half = stats.t.ppf(1 - alpha / 2, degrees) * error
    same(row, lift=gap / base, se=error, ci_low=gap / base - half, ci_high=gap / base + half, dof=degrees)


@QUICK
@given(rows(), rows(), ALPHAS, st.sampled_from([20.0, 5000.0, 1e6]))
def test_log_ratio_at_the_end_and_every_day(held_out, offered, alpha, tau):
    c, t = totals(held_out), totals(offered)
    assume(clear(c, t))
    tables = {"c": c, "t": t, "alpha": alpha}
    if min(c["sum"], t["sum"]) <= 0:
        assert "no logarithm" in told("revenue_log_ratio", tables)["error"]
        return
    scaled = [variance(arm) / (arm["sum"] / arm["n"]) ** 2 for arm in (c, t)]
    error = math.sqrt(scaled[0] / c["n"] + scaled[1] / t["n"])
    log = math.log(t["sum"] / t["n"]) - math.log(c["sum"] / c["n"])
    half = stats.t.ppf(1 - alpha / 2, welch(scaled, [c["n"], t["n"]])) * error
    if log + half < 700:
        row = told("revenue_log_ratio", tables)
        same(
            row, lift=math.exp(log) - 1, se_log=error, ci_low=math.exp(log - half) - 1, ci_high=math.exp(log + half) - 1
        )
    k = (c["n"] + t["n"]) * (-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / tau
    half = error * math.sqrt(2 * (k + 1) / k * math.log(math.sqrt(k + 1) / alpha))
    if log + half < 700:
        row = told("log_ratio_sequential", {**tables, "tau": tau})
        same(row, ci_low=math.exp(log - half) - 1, ci_high=math.exp(log + half) - 1)


@QUICK
@given(rows(), rows(), st.data())
def test_per_visit_and_adjusted(held_out, offered, data):
    arms = []
    for money in (held_out, offered):
        visits = np.array(data.draw(st.lists(st.integers(1, 9), min_size=len(money), max_size=len(money))), dtype=float)
        arms.append(totals(money, visits, ("d_sum", "d_sum_sq", "sum_md")))
    spread = []
    for arm in arms:
        ratio, mean = arm["sum"] / arm["d_sum"], arm["d_sum"] / arm["n"]
        shared = (arm["sum_md"] - arm["sum"] * arm["d_sum"] / arm["n"]) / (arm["n"] - 1)
        parts = variance(arm), ratio**2 * variance(arm, "d_sum", "d_sum_sq")
        spread.append((sum(parts) - 2 * ratio * shared) / mean**2)
        assume(spread[-1] * mean**2 > 1e-6 * max(parts))
    error = math.sqrt(spread[0] / arms[0]["n"] + spread[1] / arms[1]["n"])
    row = told("ratio_absolute", {"c": arms[0], "t": arms[1]})
    gap = arms[1]["sum"] / arms[1]["d_sum"] - arms[0]["sum"] / arms[0]["d_sum"]
    assert row["diff"] == pytest.approx(gap, rel=1e-9, abs=1e-9 * error)
    assert row["se"] == pytest.approx(error, rel=1e-7)
    assert row["dof"] == pytest.approx(welch(spread, [arm["n"] for arm in arms]), rel=1e-6)


@pytest.mark.parametrize(
    ("held_out", "offered", "said"),
    [
        ([], [1.0, 2.0], "empty"),
        ([1.0], [1.0, 2.0], "one visitor only"),
        ([25.0] * 9, [10.0, 25.0, 25.0], "did the same"),  # all of them at the declared cap
        ([0.0] * 9, [0.0] * 7, "no baseline"),
        ([0.1] * 90, [0.0, 0.2] * 9, "did the same"),
        ([3.0, -3.0], [0.0, 9.0], "no baseline"),
    ],
)
def test_what_has_no_answer_has_a_sentence(held_out, offered, said):
    c, t = (totals(np.array(values)) for values in (held_out, offered))
    error = told("revenue_relative", {"c": c, "t": t})["error"]
    assert said in error
    assert error.endswith(".")
