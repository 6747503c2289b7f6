"""Every recorded figure of the field's own packages, to 1e-9."""

import json
import math
from pathlib import Path

import pytest

from nearcart_measure.tables.families import FAMILIES
from nearcart_measure.tables.lines import answer

DATA = Path(__file__).parents[2] / "data" / "measure"
CASES = [
    pytest.param(json.loads(line), id=f"{file.stem}-{number}")
    for file in (DATA / "growthbook.jsonl", DATA / "field.jsonl")
    for number, line in enumerate(file.read_text().splitlines(), 1)
]


def same(want, got) -> bool:
    if isinstance(want, list):
        return len(want) == len(got) and all(map(same, want, got))
    if isinstance(want, bool) or want is None:
        return want is got
    return math.isclose(want, got, rel_tol=1e-9, abs_tol=1e-11)


@pytest.mark.parametrize("case", CASES)
def test_equal_to_the_package(case):
    told = json.loads(answer(json.dumps({"family": case["family"], "inputs": case["inputs"]}).encode()))
    different = {key: (want, told.get(key)) for key, want in case["expected"].items() if not same(want, told.get(key))}
    assert different == {}, (case["source"], told)


def test_every_family_has_a_recorded_figure_but_those_without_a_package():
    recorded = {case.values[0]["family"] for case in CASES}
    assert set(FAMILIES) - recorded == {
        "undefined",
        "log_ratio_sequential",  # of two parts that have: below
        "revenue_relative_negative_baseline",  # gbstats 0.8.0 turns the sign: below
        "sequential_cuped_relative",  # gbstats 0.8.0 has the old formula
    }


def told(family, inputs):
    return json.loads(answer(json.dumps({"family": family, "inputs": inputs}).encode()))


def test_the_sequence_on_the_log_ratio_is_the_log_ratio_with_the_sequences_width():
    tables = {"c": {"n": 1980, "sum": 77}, "t": {"n": 18020, "sum": 815}, "alpha": 0.05}
    fixed, looked = told("proportion_log_ratio", tables), told("log_ratio_sequential", {**tables, "tau": 20000})
    absolute = told("sequential", {**tables, "tau": 20000, "relative": False})
    multiplier = (absolute["ci_high"] - absolute["diff"]) / absolute["se"]
    for end, sign in (("ci_low", -1), ("ci_high", 1)):
        assert math.log1p(looked[end]) == pytest.approx(math.log1p(fixed["lift"]) + sign * multiplier * fixed["se_log"])


def test_a_baseline_below_zero_divides_by_its_size():
    tables = {"c": {"n": 400, "sum": -820.0, "sum_sq": 90210.0}, "t": {"n": 400, "sum": -610.0, "sum_sq": 84050.0}}
    row, mirrored = told("revenue_relative_negative_baseline", tables), {}
    for arm, values in tables.items():
        mirrored[arm] = {**values, "sum": -values["sum"]}
    other = told("revenue_relative", mirrored)
    assert (row["lift"], row["se"], row["p_value"]) == pytest.approx((-other["lift"], other["se"], other["p_value"]))
    assert row["lift"] == pytest.approx(210 / 820)
