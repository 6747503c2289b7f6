"""Edge stamps on the gateway's clock."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from nearcart_contract.presence import Stamp
from nearcart_gateway.core.edge_clock import EdgeClock

BOOT = UUID(int=1)
LATER_BOOT = UUID(int=2)


def stamp(monotonic: float, at: float = 0.0, boot: UUID = BOOT) -> Stamp:
    return Stamp(at=at, monotonic=monotonic, boot=boot)


def test_an_event_is_as_old_as_the_edge_says_whatever_its_wall_clock() -> None:
    clock = EdgeClock()
    sent = stamp(100.0, at=-86_400.0)
    clock.receive(sent, 5000.0)
    assert clock.at(stamp(97.5, at=1e9), sent, 5000.0) == 4997.5


def test_a_delayed_message_does_not_move_events() -> None:
    clock = EdgeClock()
    clock.receive(stamp(100.0), 5000.0)
    late = stamp(101.0)
    clock.receive(late, 5009.0)
    assert clock.at(stamp(101.0), late, 5009.0) == 5001.0


def test_a_stamp_of_an_earlier_boot_is_at_least_as_old_as_the_restart() -> None:
    clock = EdgeClock()
    sent = stamp(30.0, at=1000.0, boot=LATER_BOOT)
    clock.receive(sent, 5000.0)
    assert clock.at(stamp(900.0, at=999.0), sent, 5000.0) == 4970.0
    assert clock.at(stamp(900.0, at=400.0), sent, 5000.0) == 4400.0


def test_a_step_of_the_gateways_clock_moves_everything() -> None:
    clock = EdgeClock()
    sent = stamp(100.0)
    clock.receive(sent, 5000.0)
    clock.shift(3600.0)
    assert clock.at(stamp(99.0), sent, 8600.0) == 8599.0


@given(st.lists(st.tuples(st.floats(0.01, 10), st.floats(0, 30)), min_size=1, max_size=60))
def test_never_in_the_future_and_never_off_by_more_than_the_least_delay(steps: list[tuple[float, float]]) -> None:
    clock, monotonic, received_at, delays = EdgeClock(), 0.0, 0.0, []
    for pause, wanted in steps:
        monotonic += pause
        received_at = max(received_at, 1000.0 + monotonic + wanted)  # messages of one edge arrive in order
        delay = received_at - 1000.0 - monotonic
        clock.receive(stamp(monotonic), received_at)
        delays.append((received_at, delay))
        believed = clock.at(stamp(monotonic), stamp(monotonic), received_at)
        assert believed <= received_at
        least = min(d for at, d in delays if at >= received_at - 120.0)
        assert believed - (1000.0 + monotonic) <= least + 1e-6
