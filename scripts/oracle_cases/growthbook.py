"""Figures of gbstats 0.8.0 (GrowthBook, MIT) for differences, lifts, ratios, CUPED, always-valid intervals, ghosts and shares."""

import numpy as np
from gbstats.frequentist.tests import FrequentistConfig, SequentialConfig, SequentialTwoSidedTTest, TwoSidedTTest
from gbstats.models.statistics import (
    ProportionStatistic,
    RatioStatistic,
    RegressionAdjustedStatistic,
    SampleMeanStatistic,
    compute_theta,
)
from gbstats.utils import check_srm
from tables import amounts, buyers, line, spend, stores

SOURCE = "gbstats 0.8.0 (MIT)"


def fixed(c, t, kind, alpha):
    """A fixed-horizon test's figures, under our names."""
    test = TwoSidedTTest(c, t, FrequentistConfig(difference_type=kind, alpha=alpha))
    return {**told(test, kind), "dof": float(test.dof)}


def looked(c, t, kind, alpha, tau):
    """An always-valid test's figures."""
    config = SequentialConfig(difference_type=kind, alpha=alpha, sequential_tuning_parameter=tau)
    test = SequentialTwoSidedTTest(c, t, config)
    return {**told(test, kind), "rho": float(test.rho)}


def told(test, kind):
    """Estimate, standard error, interval and p-value."""
    result = test.compute_result()
    assert result.error_message is None, result.error_message
    return {
        "lift" if kind == "relative" else "diff": float(result.expected),
        "se": float(result.uplift.stddev),
        "ci_low": float(result.ci[0]),
        "ci_high": float(result.ci[1]),
        "p_value": float(result.p_value),
    }


def mean_of(table):
    return SampleMeanStatistic(n=table["n"], sum=table["sum"], sum_squares=table["sum_sq"])


def share_of(table):
    return ProportionStatistic(n=table["n"], sum=table["sum"])


def comparisons():
    """Shares and amounts, fixed and always valid."""
    for stream, held_out, offered, lift in stores(1):
        alpha = float(stream.choice([0.05, 0.1, 0.01]))
        tau = float(stream.choice([200, 5000, 20000]))
        c, t = buyers(stream, held_out, 0), buyers(stream, offered, lift)
        tables = {"c": c, "t": t, "alpha": alpha}
        for kind in ("absolute", "relative"):
            line(f"proportion_{kind}", tables, fixed(share_of(c), share_of(t), kind, alpha), SOURCE)
            asked = {**tables, "tau": tau, "relative": kind == "relative", "outcome": "proportion"}
            line("sequential", asked, looked(share_of(c), share_of(t), kind, alpha, tau), SOURCE)
        c, t = amounts(spend(stream, held_out, 0)), amounts(spend(stream, offered, lift))
        tables = {"c": c, "t": t, "alpha": alpha}
        for kind in ("absolute", "relative"):
            line(f"revenue_{kind}", tables, fixed(mean_of(c), mean_of(t), kind, alpha), SOURCE)
            asked = {**tables, "tau": tau, "relative": kind == "relative", "outcome": "revenue"}
            line("sequential", asked, looked(mean_of(c), mean_of(t), kind, alpha, tau), SOURCE)


def per_visit():
    """Revenue per visit, visitors randomised."""
    for stream, held_out, offered, lift in stores(2):
        arms = []
        for visitors, effect in ((held_out, 0), (offered, lift)):
            visits = 1 + stream.poisson(1.5, visitors)
            money = spend(stream, visitors, effect) * visits
            arms.append(
                {
                    **amounts(money),
                    "d_sum": float(visits.sum()),
                    "d_sum_sq": float((visits**2).sum()),
                    "sum_md": float((money * visits).sum()),
                }
            )
        c, t = (
            RatioStatistic(
                n=arm["n"],
                m_statistic=mean_of(arm),
                d_statistic=SampleMeanStatistic(n=arm["n"], sum=arm["d_sum"], sum_squares=arm["d_sum_sq"]),
                m_d_sum_of_products=arm["sum_md"],
            )
            for arm in arms
        )
        tables = {"c": arms[0], "t": arms[1], "alpha": 0.05}
        for kind in ("absolute", "relative"):
            line(f"ratio_{kind}", tables, fixed(c, t, kind, 0.05), SOURCE)
            line(f"sequential_ratio_{kind}", {**tables, "tau": 700}, looked(c, t, kind, 0.05, 700), SOURCE)


def adjusted():
    """CUPED; the relative form by GrowthBook's formula since February 2025, which is on no registry."""
    for stream, held_out, offered, lift in stores(3):
        arms = []
        for visitors, effect in ((held_out, 0), (offered, lift)):
            habit = stream.gamma(1.5, 1.0, visitors)
            before = np.round(spend(stream, visitors, 0, 0.5) * habit, 2)
            after = np.round(spend(stream, visitors, effect, 0.3) * habit + 0.3 * before, 2)
            arms.append(
                {
                    **amounts(after),
                    "x_sum": float(before.sum()),
                    "x_sum_sq": float((before**2).sum()),
                    "sum_xy": float((before * after).sum()),
                }
            )
        slope = float(compute_theta(*(regressed(arm, 0.0) for arm in arms)))
        c, t = (regressed(arm, slope) for arm in arms)
        tables = {"c": arms[0], "t": arms[1], "alpha": 0.05}
        plain = fixed(c, t, "absolute", 0.05)
        line("cuped_absolute", tables, {**plain, "theta": slope}, SOURCE)
        line("sequential_cuped_absolute", {**tables, "tau": 900}, looked(c, t, "absolute", 0.05, 900), SOURCE)
        line(
            "cuped_relative",
            tables,
            relative_since_2025(c, t, slope, plain["dof"]),
            "GrowthBook's published formula, in numpy",
        )


def regressed(arm, slope):
    return RegressionAdjustedStatistic(
        n=arm["n"],
        post_statistic=mean_of(arm),
        pre_statistic=SampleMeanStatistic(n=arm["n"], sum=arm["x_sum"], sum_squares=arm["x_sum_sq"]),
        post_pre_sum_of_products=arm["sum_xy"],
        theta=slope,
    )


def relative_since_2025(c, t, slope, dof):
    """docs.growthbook.io, "CUPED technical details": the gradient applied to each arm's covariance matrix."""
    from scipy.stats import t as student

    base, after = c.post_statistic.mean, t.post_statistic.mean

    def quadratic(arm, gradient):
        covariance = [[arm.post_statistic.variance, arm.covariance], [arm.covariance, arm.pre_statistic.variance]]
        return float(gradient @ np.array(covariance) @ gradient / arm.n)

    variance = quadratic(t, np.array([1 / base, -slope / base])) + quadratic(
        c, np.array([-after / base**2, slope / base])
    )
    estimate = float((t.mean - c.mean) / base)
    half = float(student.ppf(0.975, dof)) * variance**0.5
    return {
        "lift": estimate,
        "se": variance**0.5,
        "ci_low": estimate - half,
        "ci_high": estimate + half,
        "p_value": float(2 * student.sf(abs(estimate) / variance**0.5, dof)),
        "theta": slope,
        "dof": dof,
    }


def alike():
    """Visitors who differ little beside what they spend: a subtraction leaves few digits, and the order of rounding shows."""
    for stream, held_out, offered, _ in stores(6):
        money = [np.round(stream.normal(level, 0.05, n), 4) for level, n in ((1000, held_out), (1000.02, offered))]
        tables = {"c": amounts(money[0]), "t": amounts(money[1]), "alpha": 0.05}
        for kind in ("absolute", "relative"):
            line(f"revenue_{kind}", tables, fixed(mean_of(tables["c"]), mean_of(tables["t"]), kind, 0.05), SOURCE)
        arms = []
        for values in money:
            before = np.round(2 * values + stream.normal(0, 0.3, len(values)), 4)
            past = {"x_sum": before.sum(), "x_sum_sq": (before**2).sum(), "sum_xy": (before * values).sum()}
            arms.append({**amounts(values), **{name: float(value) for name, value in past.items()}})
        slope = float(compute_theta(*(regressed(arm, 0.0) for arm in arms)))
        plain = fixed(*(regressed(arm, slope) for arm in arms), "absolute", 0.05)
        line("cuped_absolute", {"c": arms[0], "t": arms[1], "alpha": 0.05}, {**plain, "theta": slope}, SOURCE)


def days():
    """A path of daily totals."""
    for stream, held_out, offered, lift in list(stores(4))[:3]:
        length = 21
        daily = [stream.multinomial(n, [1 / length] * length) for n in (held_out, offered)]
        bought = [stream.binomial(n, share) for n, share in zip(daily, (0.15, 0.15 * (1 + lift)), strict=True)]
        totals = [np.cumsum(values) for values in (*daily, *bought)]
        if totals[2][0] == 0 or totals[3][0] == 0:
            continue
        table = [
            {"day": day + 1, "n_c": int(a), "n_t": int(b), "sum_c": int(x), "sum_t": int(y)}
            for day, (a, b, x, y) in enumerate(zip(*totals, strict=True))
        ]
        looks = []
        for row in table:
            c, t = (
                ProportionStatistic(n=row["n_c"], sum=row["sum_c"]),
                ProportionStatistic(n=row["n_t"], sum=row["sum_t"]),
            )
            looks.append(looked(c, t, "relative", 0.05, 3000))
        p_values = [look["p_value"] for look in looks]
        expected = {
            "lift": [look["lift"] for look in looks],
            "seq": [[look["ci_low"], look["ci_high"]] for look in looks],
            "p_seq": p_values,
            "p_seq_running_min": [float(value) for value in np.minimum.accumulate(p_values)],
        }
        line("sequential_path", {"alpha": 0.05, "tau": 3000, "days": table}, expected, SOURCE)


def ghosts():
    """Exposed against ghosts, and intent-to-treat per exposed from y - L d."""
    for stream, held_out, offered, lift in stores(5):
        tables, stats = [], []
        for visitors, effect in ((held_out, 0), (offered, lift)):
            exposed = stream.random(visitors) < 0.4
            money = spend(stream, visitors, 0.0, 0.25) * np.where(exposed, 1 + effect, 1)
            some = amounts(money[exposed])
            tables.append({**amounts(money), "exp": some["n"], "e_sum": some["sum"], "e_sum_sq": some["sum_sq"]})
            stats.append((money, exposed))
        share = tables[1]["exp"] / tables[1]["n"]
        plain = fixed(*(mean_of(amounts(money)) for money, _ in stats), "absolute", 0.05)
        near = [mean_of(amounts(money[exposed])) for money, exposed in stats]
        ghost, relative = fixed(*near, "absolute", 0.05), fixed(*near, "relative", 0.05)
        late = plain["diff"] / share
        without = stats[1][0] - late * stats[1][1]
        error = fixed(mean_of(amounts(stats[0][0])), mean_of(amounts(without)), "absolute", 0.05)["se"] / share
        expected = {
            "ghost_diff": ghost["diff"],
            "ghost_se": ghost["se"],
            "ghost_ci": [ghost["ci_low"], ghost["ci_high"]],
            "ghost_p": ghost["p_value"],
            "ghost_lift": relative["lift"],
            "ghost_lift_ci": [relative["ci_low"], relative["ci_high"]],
            "itt_diff": plain["diff"],
            "itt_se": plain["se"],
            "itt_p": plain["p_value"],
            "exposed_share": share,
            "late": late,
            "late_se": error,
            "late_se_share_taken_as_known": plain["se"] / share,
            "width_ratio": error / ghost["se"],
            "srm_exposed_p": float(check_srm([table["exp"] for table in tables], [table["n"] for table in tables])),
        }
        line("ghost", {"c": tables[0], "t": tables[1], "alpha": 0.05}, expected, SOURCE)
        delivered = max(1, int(0.7 * tables[1]["n"]))
        c, t = amounts(stats[0][0]), {**amounts(stats[1][0]), "delivered": delivered}
        expected = {
            "diff_per_decided": plain["diff"],
            "se_per_decided": plain["se"],
            "p_value": plain["p_value"],
            "delivered_share": delivered / t["n"],
            "diff_per_delivered": plain["diff"] / (delivered / t["n"]),
            "se_per_delivered_share_taken_as_known": plain["se"] / (delivered / t["n"]),
        }
        line("ghost_predicted", {"c": c, "t": t, "alpha": 0.05}, expected, SOURCE)


if __name__ == "__main__":
    comparisons()
    per_visit()
    adjusted()
    days()
    ghosts()
    alike()
