"""When a tag advertises: Bluetooth Core, Vol 6 Part B 4.4.2.2."""

from itertools import islice, pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_contract.roster import AddressIdentity, IBeaconIdentity
from nearcart_sim.core.tag import MAX_ADV_DELAY_S, Tag

UUID = "6f1d2a7c-93b4-4e0b-8a55-0c7e41d9b2f3"


def ibeacon(minor: int = 1) -> IBeaconIdentity:
    return IBeaconIdentity(id=f"tag-{minor}", kind="ibeacon", uuid=UUID, major=1, minor=minor)


@given(st.floats(0.02, 10.0), st.integers(), st.floats(0, 1e6))
def test_events_are_an_interval_and_up_to_ten_milliseconds_apart(interval_s: float, seed: int, since: float) -> None:
    events = list(islice(Tag(ibeacon(), interval_s).advertise(since, Random(seed)), 20))
    assert since <= events[0].at <= since + interval_s
    for before, after in pairwise(events):
        assert -1e-9 <= after.at - before.at - interval_s <= MAX_ADV_DELAY_S + 1e-9


def test_the_delay_is_drawn_anew_for_each_event() -> None:
    events = list(islice(Tag(ibeacon(), 0.3).advertise(0.0, Random(1)), 500))
    delays = [after.at - before.at - 0.3 for before, after in pairwise(events)]
    assert sum(delays) / len(delays) == pytest.approx(0.005, abs=0.0005)
    assert max(delays) > 0.009
    assert min(delays) < 0.001


@pytest.mark.parametrize("interval_s", [0.019, 10.5])
def test_an_interval_out_of_the_specification_is_refused(interval_s: float) -> None:
    with pytest.raises(ValueError, match="tag 'tag-1' advertises every"):
        Tag(ibeacon(), interval_s)


@given(st.integers(0, 0xFFFF))
def test_a_tag_has_a_random_static_address_of_its_own(minor: int) -> None:
    address = Tag(ibeacon(minor)).address
    assert int(address[:2], 16) >> 6 == 0b11
    assert address == Tag(ibeacon(minor)).address
    assert address != Tag(ibeacon(minor ^ 1)).address


def test_a_device_known_by_its_address_keeps_it() -> None:
    assert Tag(AddressIdentity(id="p", kind="address", address="4A:0B:0C:0D:0E:0F")).address == "4A:0B:0C:0D:0E:0F"
