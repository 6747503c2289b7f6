"""How long a busy service asks to be left alone."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_gateway.shell.channels.retry_after import wait_asked_for

NOW = 784_111_777.0  # Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Sun, 06 Nov 1994 08:50:07 GMT", 30),
        ("Sun, 06 Nov 1994 08:50:07", 30),
        ("Sun, 06 Nov 1994 08:49:07 GMT", 0),
        ("-5", 0),
        ("1.5", 0),
        ("soon", 0),
        ("", 0),
        ("²", 0),
    ],
)
def test_seconds_or_a_date(text: str, seconds: float) -> None:
    assert wait_asked_for({"retry-after": text}, NOW) == seconds


def test_nobody_asks() -> None:
    assert wait_asked_for({}, NOW) == 0


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,3} [A-Z][a-z]{2} [0-9]{1,6} [0-9:]{1,9} [A-Z+0-9]{0,6}"))
def test_nothing_that_a_service_says_is_an_error(text: str) -> None:
    waits = wait_asked_for({"retry-after": text}, NOW)
    assert waits >= 0
    assert math.isfinite(waits)
