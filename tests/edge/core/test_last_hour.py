"""The growth of a counter within an hour."""

from nearcart_edge.core.last_hour import LastHour


def test_it_is_the_growth_of_the_last_hour_to_a_minute() -> None:
    hour = LastHour()
    assert hour.last_hour == 0
    found = []
    for second in range(0, 3 * 3600, 10):
        hour.note(float(second), 5 * second if second < 3600 else 18_000)
        found.append(hour.last_hour)
    assert found[6] == 300, "since the start, while that is less than an hour"
    assert found[359] == 17_950
    assert abs(found[540] - 9000) <= 300, "half an hour later half of it is left"
    assert found[-1] == 0
    assert len(hour._noted) <= 62
