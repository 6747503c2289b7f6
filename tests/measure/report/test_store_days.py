"""A time's day on the store's calendar, also around the nights in which clocks are set."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_measure.report.store_days import macro
from nearcart_measure.report.tables import opened

SINCE, UNTIL = (datetime(2026, month, 1).astimezone().timestamp() for month in (2, 12))


@pytest.mark.parametrize("name", ["Europe/Vienna", "Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns"])
def test_every_time_has_the_day_that_its_clocks_show(name: str) -> None:
    zone, connection = ZoneInfo(name), opened()
    connection.execute(macro(zone, SINCE, UNTIL))

    @given(at=st.floats(SINCE, UNTIL))
    def the_same(at: float) -> None:
        [(day,)] = connection.execute("SELECT store_day($at)", {"at": at}).fetchall()
        shown = datetime.fromtimestamp(at, zone).date()
        assert day == (shown - datetime(1970, 1, 1).date()).days  # noqa: DTZ001

    the_same()
