"""How often a password may be guessed."""

from hypothesis import given, settings
from hypothesis import strategies as st

from nearcart_gateway.shell.web.login_limit import ADDRESSES, ATTEMPTS, WINDOW_S, LoginLimit


def guess(limit: LoginLimit, address: str, times: int, now: float = 0.0) -> None:
    for _ in range(times):
        limit.failed(address, now)


def test_ten_wrong_passwords_close_the_door_for_a_minute() -> None:
    limit = LoginLimit()
    guess(limit, "10.0.0.7", ATTEMPTS - 1)
    assert limit.wait("10.0.0.7", 0.0) == 0.0
    guess(limit, "10.0.0.7", 1)
    assert limit.wait("10.0.0.7", 20.0) == 40.0
    assert limit.wait("10.0.0.7", WINDOW_S) == 0.0


def test_others_are_not_kept_waiting() -> None:
    limit = LoginLimit()
    guess(limit, "10.0.0.7", ATTEMPTS)
    assert limit.wait("10.0.0.8", 1.0) == 0.0


def test_the_right_password_forgives_earlier_slips() -> None:
    limit = LoginLimit()
    guess(limit, "10.0.0.7", ATTEMPTS - 1)
    limit.succeeded("10.0.0.7")
    guess(limit, "10.0.0.7", ATTEMPTS - 1)
    assert limit.wait("10.0.0.7", 0.0) == 0.0


def test_an_ipv6_subscriber_is_one_whatever_address_of_it_is_used() -> None:
    limit = LoginLimit()
    for host in range(ATTEMPTS):
        limit.failed(f"2001:db8:1:2::{host:x}", 0.0)
    assert limit.wait("2001:db8:1:2:ffff::1", 1.0) > 0
    assert limit.wait("2001:db8:1:3::1", 1.0) == 0.0


def test_memory_is_bounded_and_the_latest_are_remembered() -> None:
    limit = LoginLimit()
    for number in range(ADDRESSES + 5):
        guess(limit, f"10.1.{number // 256}.{number % 256}", ATTEMPTS)
    assert limit.wait("10.1.0.0", 0.0) == 0.0
    assert limit.wait(f"10.1.{(ADDRESSES + 4) // 256}.{(ADDRESSES + 4) % 256}", 0.0) > 0


@settings(deadline=None)
@given(st.lists(st.floats(min_value=0, max_value=30), max_size=60))
def test_no_minute_holds_more_guesses_than_allowed(pauses: list[float]) -> None:
    limit, now, guesses = LoginLimit(), 0.0, []
    for pause in pauses:
        now += pause
        if limit.wait("10.0.0.7", now) == 0.0:
            limit.failed("10.0.0.7", now)
            guesses.append(now)
    for start in guesses:
        assert sum(start <= at < start + WINDOW_S for at in guesses) <= 2 * ATTEMPTS - 1
