"""What an erased visitor added to a report: the days add up to what the report of every evening saw."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from nearcart_gateway.core.report_sums import METRICS, Bought, Dealing, Metric, Story, Sums, by_day

DAY = 86_400.0
times = st.floats(0, 20 * DAY, allow_nan=False)
money = st.decimals("-20", "200", places=2)
stories = st.builds(
    Story,
    st.lists(st.builds(Dealing, times, st.booleans(), st.booleans()), min_size=1, max_size=5),
    st.sampled_from([DAY / 2, 3 * DAY, 30 * DAY]),
    bought=st.lists(st.builds(Bought, times, money, st.lists(st.tuples(times, money), max_size=2)), max_size=6),
    redeemed_at=st.lists(times, max_size=3),
    visits_at=st.lists(times, max_size=6),
)


def day_of(at: float) -> str:
    return f"{int(at // DAY):03}"


@given(story=stories, metric=st.sampled_from(METRICS), evening=st.integers(0, 21))
def test_the_days_so_far_add_up_to_what_was_reported_that_evening(story: Story, metric: Metric, evening: int) -> None:
    so_far = sum((sums for day, sums in by_day(story, metric, day_of) if int(day) <= evening), Sums())
    last = [at for at in story.moments() if at // DAY <= evening]
    assert so_far == (story.sums(metric, max(last)) if last else Sums())


@given(story=stories, metric=st.sampled_from(METRICS))
def test_one_visitor_is_one_visitor(story: Story, metric: Metric) -> None:
    total = sum((sums for _, sums in by_day(story, metric, day_of)), Sums())
    assert total == story.sums(metric)
    assert total.n == 1
    assert total.sum_sq == total.sum * total.sum
    assert total.sum_md == total.sum * total.d_sum
    assert total.e_sum_sq == total.e_sum * total.e_sum
    if all(dealing.exposed for dealing in story.dealings):
        assert total.e_sum == total.sum
    if not total.exp:
        assert total.e_sum == 0


def test_a_purchase_counts_within_the_window_and_once() -> None:
    story = Story(
        [Dealing(0.0, exposed=True, delivered=True)],
        window_s=DAY,
        bought=[Bought(-10.0, Decimal("5.00")), Bought(100.0, Decimal("30.00")), Bought(200.0, Decimal("12.50")), Bought(2 * DAY, Decimal(9))],
    )  # fmt: skip
    assert story.sums("purchase").sum == 1
    assert story.sums("revenue").sum == Decimal("42.50")
    assert (story.sums("revenue").x_sum, story.sums("purchase").x_sum) == (Decimal("5.00"), 1)
    assert (story.sums("revenue").exp, story.sums("revenue").delivered) == (1, 1)


def test_the_first_moment_counts_and_not_what_it_caused() -> None:
    dealings = [Dealing(0.0), Dealing(DAY / 2, exposed=True), Dealing(5 * DAY, exposed=True)]
    story = Story(dealings, DAY, bought=[Bought(1.2 * DAY, Decimal(10)), Bought(5.1 * DAY, Decimal(99))])
    assert (story.sums("revenue").sum, story.sums("revenue").e_sum) == (0, 10)


def test_a_refund_counts_when_it_is_paid_back_however_late() -> None:
    bought = [Bought(100.0, Decimal("30.00"), [(9 * DAY, Decimal("12.50"))])]
    story = Story([Dealing(0.0, exposed=True)], DAY, bought=bought)
    assert story.sums("revenue", 8 * DAY).sum == Decimal("30.00")
    assert story.sums("revenue").sum == Decimal("17.50")
    days = {day: sums.sum for day, sums in by_day(story, "revenue", day_of)}
    assert days == {"000": Decimal("30.00"), "009": Decimal("-12.50")}
    assert story.sums("purchase").sum == 1
