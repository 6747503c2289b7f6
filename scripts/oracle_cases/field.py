"""Figures of statsmodels (BSD-3), tea-tasting (MIT) and scipy (BSD-3): log ratios, Newcombe, shares, instruments."""

import warnings

import numpy as np
import pyarrow
import scipy.stats
import tea_tasting
from statsmodels.sandbox.regression.gmm import IV2SLS
from statsmodels.stats.proportion import confint_proportions_2indep, test_proportions_2indep
from tables import amounts, buyers, line, spend, stores

warnings.simplefilter("ignore")


def shares_of_buyers():
    """The log ratio and Newcombe's interval."""
    for stream, held_out, offered, lift in stores(11):
        alpha = float(stream.choice([0.05, 0.1, 0.01]))
        c, t = buyers(stream, held_out, 0), buyers(stream, offered, lift)
        counts = t["sum"], t["n"], c["sum"], c["n"]
        low, high = confint_proportions_2indep(*counts, method="log", compare="ratio", alpha=alpha, correction=False)
        test = test_proportions_2indep(*counts, compare="diff", method="wald", correction=False)
        expected = {
            "lift": t["sum"] / t["n"] / (c["sum"] / c["n"]) - 1,
            "ci_low": float(low) - 1,
            "ci_high": float(high) - 1,
            "p_value_diff": float(test.pvalue),
        }
        line("proportion_log_ratio", {"c": c, "t": t, "alpha": alpha}, expected, "statsmodels 0.15.0 (BSD-3)")
    for pairs in ((0, 12, 3, 15), (1, 40, 0, 35), (7, 7, 2, 9), (4, 38, 9, 41), (0, 5, 0, 6)):
        c, t = {"n": pairs[1], "sum": pairs[0]}, {"n": pairs[3], "sum": pairs[2]}
        low, high = confint_proportions_2indep(t["sum"], t["n"], c["sum"], c["n"], method="newcomb", compare="diff")
        expected = {"diff": t["sum"] / t["n"] - c["sum"] / c["n"], "ci_low": float(low), "ci_high": float(high)}
        asked = {"c": c, "t": t, "alpha": 0.05, "method": "newcomb"}
        line("proportion_absolute_small", asked, expected, "statsmodels 0.15.0 (BSD-3)")


def amounts_of_money():
    """The log ratio of means by Welch's t."""
    for stream, held_out, offered, lift in stores(12):
        values = [spend(stream, held_out, 0, 0.4), spend(stream, offered, lift, 0.4)]
        table = pyarrow.table({"variant": np.repeat([0, 1], [held_out, offered]), "money": np.concatenate(values)})
        experiment = tea_tasting.Experiment(money=tea_tasting.Mean("money", use_t=True, equal_var=False))
        result = experiment.analyze(table)["money"]
        expected = {
            "lift": float(result.rel_effect_size),
            "ci_low": float(result.rel_effect_size_ci_lower),
            "ci_high": float(result.rel_effect_size_ci_upper),
            "p_value_diff": float(result.pvalue),
        }
        asked = {"c": amounts(values[0]), "t": amounts(values[1]), "alpha": 0.05}
        line("revenue_log_ratio", asked, expected, "tea-tasting 1.14.0 (MIT)")


def shares_of_arms():
    """Chi-square and the exact binomial test."""
    for observed, weights in (([5012, 4988], [0.5, 0.5]), ([180, 820, 1010], [1, 4, 5]), ([2000, 7600], [0.2, 0.8])):
        result = scipy.stats.chisquare(observed, np.array(weights) / sum(weights) * sum(observed))
        expected = {
            "chi2": float(result.statistic),
            "df": len(observed) - 1,
            "p_value": float(result.pvalue),
            "mismatch": bool(result.pvalue < 0.001),
        }
        asked = {"observed": observed, "weights": weights, "threshold": 0.001}
        line("srm", asked, expected, "scipy 1.17.1 (BSD-3)")
    for observed, weights in (([0, 30], [0.1, 0.9]), ([2, 38], [0.1, 0.9]), ([9, 11], [1, 9])):
        p_value = scipy.stats.binomtest(observed[0], sum(observed), weights[0] / sum(weights)).pvalue
        expected = {"p_value": float(p_value), "mismatch": bool(p_value < 0.001)}
        line("srm_exact", {"observed": observed, "weights": weights}, expected, "scipy 1.17.1 (BSD-3)")


def instruments():
    """Two-stage least squares on raw rows, with some of the hold-out reached by mistake."""
    stream = np.random.default_rng(13)
    for count, by_mistake in ((60, 0.0), (40, 0.1)):
        arm = stream.random(count) < 0.6
        delivered = np.where(arm, stream.random(count) < 0.6, stream.random(count) < by_mistake)
        outcome = np.round(stream.lognormal(2, 0.8, count) + 4 * delivered, 2)
        exog, instrument = np.column_stack([np.ones(count), delivered]), np.column_stack([np.ones(count), arm])
        result = IV2SLS(outcome, exog.astype(float), instrument.astype(float)).fit()
        expected = {"late": float(result.params[1]), "se_homoskedastic": float(result.bse[1])}
        rows = [[int(a), int(d), float(y)] for a, d, y in zip(arm, delivered, outcome, strict=True)]
        line("late_raw", {"rows": rows}, expected, "statsmodels 0.15.0 (BSD-3)")


if __name__ == "__main__":
    shares_of_buyers()
    amounts_of_money()
    shares_of_arms()
    instruments()
