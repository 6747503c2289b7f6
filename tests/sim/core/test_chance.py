"""Chance as a function of seed, name and count."""

from statistics import fmean, pstdev

import numpy as np
import pytest

from nearcart_sim.core.chance import CounterStream, key_of, normal_quantiles, words


def test_it_is_splitmix64() -> None:
    """The first outputs for seed 1234567, as in the reference implementation (https://prng.di.unimi.it/splitmix64.c)."""
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    assert words(np.array([1234567], dtype=np.uint64), np.arange(4)).tolist() == expected
    stream = CounterStream(1234567)
    assert [stream.word() for _ in range(4)] == expected


def test_names_that_differ_have_streams_that_differ() -> None:
    assert len({key_of(seed, name, part) for seed in (0, 1) for name in "ab" for part in (1, 11)}) == 8
    assert key_of(0, "anna", 1) == key_of(0, "anna/1") != key_of(0, "anna1")


def test_normals_are_normal() -> None:
    table = normal_quantiles()
    assert abs(float(table.mean())) < 1e-3
    assert float(table.std()) == pytest.approx(1, abs=0.005)
    stream = CounterStream(key_of(1, "x"))
    drawn = [stream.gauss(10, 2) for _ in range(4000)]
    assert (fmean(drawn), pstdev(drawn)) == (pytest.approx(10, abs=0.15), pytest.approx(2, abs=0.1))


def test_gaps_have_their_mean_and_choices_are_even() -> None:
    stream = CounterStream(key_of(1, "y"))
    assert fmean(stream.expovariate(0.25) for _ in range(4000)) == pytest.approx(4, rel=0.06)
    counted = [stream.choice("abc") for _ in range(3000)]
    assert min(counted.count(letter) for letter in "abc") > 900
    assert {stream.randrange(5) for _ in range(200)} == set(range(5))
