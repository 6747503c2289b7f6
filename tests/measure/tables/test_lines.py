"""Whatever a line holds: one line of JSON comes back, figures or a sentence, and the next line is read."""

import copy
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearcart_measure.tables.families import FAMILIES
from nearcart_measure.tables.lines import answer, answers

BUYERS = {"c": {"n": 50, "sum": 6}, "t": {"n": 60, "sum": 9}}
MONEY = {"c": {"n": 50, "sum": 61.5, "sum_sq": 400.0}, "t": {"n": 60, "sum": 90.0, "sum_sq": 610.0}}
VISITS = {arm: {**MONEY[arm], "d_sum": 100.0, "d_sum_sq": 260.0, "sum_md": 150.0} for arm in "ct"}
HISTORY = {arm: {**MONEY[arm], "x_sum": 70.0, "x_sum_sq": 300.0, "sum_xy": 120.0} for arm in "ct"}
GHOSTS = {arm: {**MONEY[arm], "exp": 20, "e_sum": 40.0, "e_sum_sq": 220.0} for arm in "ct"}
DAY = {"day": 1, "n_c": 50, "sum_c": 6, "n_t": 60, "sum_t": 9}
SHARES = {"observed": [90, 110], "weights": [1, 1]}
GOOD = {
    "proportion_absolute": BUYERS,
    "proportion_relative": BUYERS,
    "proportion_absolute_small": BUYERS,
    "proportion_log_ratio": BUYERS,
    "revenue_absolute": MONEY,
    "revenue_relative": MONEY,
    "revenue_relative_negative_baseline": MONEY,
    "revenue_log_ratio": MONEY,
    "ratio_absolute": VISITS,
    "ratio_relative": VISITS,
    "cuped_absolute": HISTORY,
    "cuped_relative": HISTORY,
    "undefined": MONEY,
    "sequential": BUYERS,
    "log_ratio_sequential": MONEY,
    "sequential_ratio_absolute": VISITS,
    "sequential_ratio_relative": VISITS,
    "sequential_cuped_absolute": HISTORY,
    "sequential_cuped_relative": HISTORY,
    "sequential_path": {"days": [DAY, {**DAY, "day": 2, "sum_t": 30}]},
    "srm": SHARES,
    "srm_exact": SHARES,
    "ghost": GHOSTS,
    "ghost_predicted": {**MONEY, "t": {**MONEY["t"], "delivered": 40}},
    "late_raw": {"rows": [[0, 0, 2.5], [0, 0, 4.0], [1, 1, 6.0], [1, False, 3.0], [1, 1, 8.5]]},
}


def told(family, inputs):
    return json.loads(answer(json.dumps({"family": family, "inputs": inputs}).encode()))


def sentence(family, inputs) -> str:
    row = told(family, inputs)
    assert set(row) == {"error"}, row
    assert row["error"].endswith(".")
    return row["error"]


def places(value, at=()):
    """Where every leaf of the inputs stands."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*at, key))
    else:
        yield at


def changed(inputs, at, new):
    copied = copy.deepcopy(inputs)
    place = copied
    for key in at[:-1]:
        place = place[key]
    place[at[-1]] = new
    return copied


def all_finite(value) -> bool:
    if isinstance(value, dict | list):
        return all(map(all_finite, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, float) or math.isfinite(value)


@pytest.mark.parametrize("family", FAMILIES)
def test_good_tables_give_figures(family):
    assert "error" not in told(family, GOOD[family])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("wrong", ["12", None, [], {}, float("nan"), float("inf"), "x" * 500])
def test_a_number_that_is_none_is_named(family, wrong):
    for at in places(GOOD[family]):
        if wrong is None and at[-1] == "sum_sq" and family in ("undefined", "log_ratio_sequential"):
            continue  # buyers then
        text = sentence(family, changed(GOOD[family], at, wrong))
        assert text.startswith(".".join(["inputs", *map(str, at)])), text


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - {"sequential_path", "late_raw", "srm", "srm_exact"}))
def test_an_arm_that_is_missing_or_empty(family):
    assert sentence(family, {"c": GOOD[family]["c"]}) == "inputs.t is missing."
    assert sentence(family, changed(GOOD[family], ("c",), {"n": 10})) == "inputs.c.sum is missing."
    for arm in "ct":
        empty = sentence(family, changed(GOOD[family], (arm, "n"), 0))
        assert "empty" in empty or "not possible" in empty


@pytest.mark.parametrize(
    "family", sorted(set(FAMILIES) - {"proportion_absolute_small", "srm", "srm_exact", "sequential_path"})
)
def test_tables_in_which_all_is_zero(family):
    inputs = GOOD[family]
    for at in places(inputs):
        if at[-1] not in ("n", "exp", "delivered", 0, 1):
            inputs = changed(inputs, at, 0)
    sentence(family, inputs)


def test_fields_that_nobody_asked_for_are_passed_over():
    assert told("srm", {**SHARES, "note": "Monday"}) == told("srm", SHARES)
    assert told("proportion_relative", {**BUYERS, "c": {**BUYERS["c"], "store": "a"}}) == told(
        "proportion_relative", BUYERS
    )


def test_whole_numbers_may_be_written_with_a_point():
    assert told("proportion_relative", changed(BUYERS, ("c", "n"), 50.0)) == told("proportion_relative", BUYERS)
    assert "valid integer" in sentence("proportion_relative", changed(BUYERS, ("c", "n"), 50.5))
    assert "does not fit" in sentence("proportion_relative", changed(BUYERS, ("c", "n"), True))


def test_no_baseline_is_said():
    assert "baseline" in sentence("proportion_relative", {"c": {"n": 50, "sum": 0}, "t": {"n": 450, "sum": 9}})
    assert "logarithm" in sentence("proportion_log_ratio", {"c": {"n": 50, "sum": 0}, "t": {"n": 450, "sum": 9}})
    minus = changed(MONEY, ("c", "sum"), -61.5)
    assert "logarithm" in sentence("revenue_log_ratio", minus)
    assert "logarithm" in sentence("log_ratio_sequential", minus)
    assert "lift" in told("revenue_relative", minus)


@pytest.mark.parametrize("inputs", [VISITS, HISTORY, GHOSTS, MONEY, BUYERS])
def test_a_table_of_any_kind_has_its_lift_or_a_sentence(inputs):
    assert "error" not in told("undefined", inputs)
    for arm in "ct":
        for field in set(inputs[arm]) & {"n", "d_sum", "exp"}:
            sentence("undefined", changed(inputs, (arm, field), 0))
    baseline = "e_sum" if inputs is GHOSTS else "sum"
    assert "baseline" in sentence("undefined", changed(inputs, ("c", baseline), 0))


def test_nobody_bought_has_newcombes_interval():
    row = told("proportion_absolute_small", {"c": {"n": 50, "sum": 0}, "t": {"n": 450, "sum": 9}})
    assert row["ci_low"] < row["diff"] < row["ci_high"]


def test_impossible_tables():
    assert "not possible" in sentence("proportion_absolute", {"c": {"n": 5, "sum": 6}, "t": {"n": 5, "sum": 2}})
    assert "not the totals" in sentence("revenue_absolute", changed(MONEY, ("c", "sum_sq"), 10.0))
    assert "not the totals" in sentence("cuped_absolute", changed(HISTORY, ("c", "sum_xy"), 1e6))
    assert "not the totals" in sentence("ratio_absolute", changed(VISITS, ("t", "sum_md"), 1e6))
    assert "not possible" in sentence("ghost", changed(GHOSTS, ("c", "exp"), 51))
    assert "more" not in sentence("ghost_predicted", changed(GOOD["ghost_predicted"], ("t", "delivered"), 61))
    assert "alpha" in sentence("proportion_absolute", {**BUYERS, "alpha": 1.0})
    assert "tau" in sentence("sequential", {**BUYERS, "tau": 0})
    assert "weight" in sentence("srm", {"observed": [1, 2], "weights": [1, 0]})
    assert "weight" in sentence("srm", {"observed": [1, 2], "weights": [1]})
    assert "nobody" in sentence("srm_exact", {"observed": [0, 0], "weights": [1, 1]})
    assert "one visitor" in sentence("revenue_relative", changed(MONEY, ("t", "n"), 1))


def test_all_alike_to_the_last_cent_is_no_certainty():
    """0.1 a hundred times: what the sums leave over is rounding, not spread."""
    tenth = {"n": 100, "sum": sum([0.1] * 100), "sum_sq": sum([0.1 * 0.1] * 100)}
    assert "did the same" in sentence("revenue_absolute", {"c": tenth, "t": MONEY["t"]})


def test_a_path_says_nothing_on_days_that_have_nothing():
    days = [{**DAY, "n_c": 0, "sum_c": 0}, {**DAY, "day": 2, "sum_c": 0}, {**DAY, "day": 3, "sum_t": 40}]
    row = told("sequential_path", {"days": days})
    assert row["lift"][:2] == row["seq"][:2] == row["p_seq"][:2] == [None, None]
    assert row["p_seq_running_min"][:2] == [1.0, 1.0]
    assert row["first_day_fixed_excludes_zero"] == 3
    assert sentence("sequential_path", {"days": []}).startswith("inputs.days")


def test_the_first_days_that_exclude_nothing_are_told():
    days = [
        {**DAY, "day": day, "n_c": 500 * day, "sum_c": 50 * day, "n_t": 500 * day, "sum_t": 65 * day}
        for day in range(1, 15)
    ]
    row = told("sequential_path", {"days": days, "tau": 5000})
    assert (row["first_day_fixed_excludes_zero"], row["first_day_seq_excludes_zero"]) == (3, 6)
    assert row["p_seq_running_min"] == sorted(row["p_seq_running_min"], reverse=True)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[" * 100_000,
        b'{"family": "srm"}',
        b'{"family": 3, "inputs": {}}',
        b'{"family": "srm", "inputs": 3}',
        b'{"family": "srm", "inputs": {"observed": [1' + b"0" * 5000 + b', 2], "weights": [1, 1]}}',
    ],
)
def test_lines_that_are_no_case(line):
    assert json.loads(answer(line))["error"].endswith(".")


def test_the_nearest_family_is_named():
    assert (
        "did you mean proportion_relative?"
        in json.loads(answer(b'{"family": "proportion_relativ", "inputs": {}}'))["error"]
    )


def test_a_bad_line_ends_nothing_and_blank_ones_are_skipped():
    good = json.dumps({"family": "srm", "inputs": SHARES}).encode()
    rows = [json.loads(row) for row in answers([good, b"\n", b"nonsense\n", good])]
    assert ["error" in row for row in rows] == [False, True, False]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
NUMBERS = (
    st.sampled_from([0, 1, -1, 2**53, 10**400, 5e-324, 1.7e308, -1.7e308, 1e-160, 1e160, 0.5])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers()
)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_extreme_numbers_give_finite_figures_or_a_sentence(data):
    family = data.draw(st.sampled_from(sorted(FAMILIES)))
    inputs = GOOD[family]
    for at in data.draw(st.lists(st.sampled_from(sorted(places(inputs), key=str)), min_size=1, max_size=6)):
        inputs = changed(inputs, at, data.draw(NUMBERS))
    text = answer(json.dumps({"family": family, "inputs": inputs}).encode())
    row = json.loads(text)
    assert all_finite(row)
    assert "NaN" not in text
    assert "error" not in row or row["error"].endswith(".")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(FAMILIES)) | st.text(max_size=12), JSON)
def test_any_json_gives_one_line(family, inputs):
    text = answer(json.dumps({"family": family, "inputs": inputs}).encode())
    assert "\n" not in text
    assert isinstance(json.loads(text), dict)
