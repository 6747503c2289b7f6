"""Token buckets, with time as an argument."""

from hypothesis import given
from hypothesis import strategies as st

from nearcart_gateway.core.rate_limit import Rate, TokenBuckets

RATE = Rate(per_second=2.0, burst=4.0)


def test_a_burst_passes_and_then_one_waits() -> None:
    buckets = TokenBuckets(RATE)
    assert [buckets.take("anna", 10.0) for _ in range(4)] == [0.0] * 4
    assert buckets.take("anna", 10.0) == 0.5
    assert buckets.take("anna", 10.4) > 0
    assert buckets.take("anna", 10.5) == 0.0


def test_one_does_not_pay_for_another() -> None:
    buckets = TokenBuckets(RATE)
    for _ in range(5):
        buckets.take("anna", 10.0)
    assert buckets.take("ben", 10.0) == 0.0


def test_a_dear_request_costs_more_and_never_more_than_a_bucket() -> None:
    buckets = TokenBuckets(RATE)
    assert buckets.take("anna", 10.0, tokens=100.0) == 0.0
    assert buckets.take("anna", 10.0, tokens=100.0) == 2.0


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    buckets = TokenBuckets(RATE)
    for _ in range(4):
        buckets.take("anna", 10.0)
    assert buckets.take("anna", 5.0) > 0
    assert buckets.take("anna", 10.0) > 0


def test_memory_is_bounded() -> None:
    buckets = TokenBuckets(RATE, most=10)
    for number in range(100):
        buckets.take(f"address-{number}", 10.0)
    assert len(buckets._buckets) == 10


@given(gaps=st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_never_more_than_the_burst_and_what_grew(gaps: list[float]) -> None:
    buckets, now, passed = TokenBuckets(RATE), 0.0, 0
    for gap in gaps:
        now += gap
        passed += buckets.take("anna", now) == 0.0
    assert passed <= RATE.burst + RATE.per_second * now + 1e-6


@given(gaps=st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_who_waits_as_told_passes(gaps: list[float]) -> None:
    buckets, now = TokenBuckets(RATE), 0.0
    for gap in gaps:
        now += gap
        wait = buckets.take("anna", now)
        if wait > 0:
            now += wait + 1e-6
            assert buckets.take("anna", now) == 0.0
