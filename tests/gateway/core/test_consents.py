"""What counts of everything she agreed to and took back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_gateway.core.consents import ConsentChange, current
from nearcart_gateway.core.email_hash import email_hash
from nearcart_gateway.core.values import Visitor


def visitor(*history: ConsentChange) -> Visitor:
    consents, refused = current(history)
    return Visitor("anna", consents=consents, refused=refused)


def yes(purpose: str, channel: str | None = None) -> ConsentChange:
    return ConsentChange(purpose, True, 0.0, channel)


def no(purpose: str, channel: str | None = None) -> ConsentChange:
    return ConsentChange(purpose, False, 0.0, channel)


def test_a_purpose_reaches_every_channel_but_the_refused() -> None:
    anna = visitor(yes("offers"), no("offers", "screen"))
    assert anna.consents_to("offers")
    assert anna.consents_to("offers", "phone")
    assert not anna.consents_to("offers", "screen")
    assert not anna.consents_to("measurement")


def test_one_channel_alone() -> None:
    anna = visitor(yes("offers", "phone"))
    assert anna.consents_to("offers")
    assert anna.consents_to("offers", "phone")
    assert not anna.consents_to("offers", "screen")


def test_a_no_to_a_channel_outlives_a_yes_to_the_purpose() -> None:
    history = (no("offers", "screen"), yes("offers"))
    assert not visitor(*history).consents_to("offers", "screen")
    assert visitor(*history, yes("offers", "screen")).consents_to("offers", "screen")


@given(st.lists(st.builds(yes, st.just("offers"), st.sampled_from([None, "phone", "screen"]))))
def test_a_withdrawn_purpose_leaves_nothing(before: list[ConsentChange]) -> None:
    anna = visitor(*before, no("offers"))
    assert not anna.consents_to("offers")
    assert not anna.consents_to("offers", "phone")


def test_an_address_is_known_by_its_hash_however_it_is_written() -> None:
    assert email_hash(" Anna@Example.org", b"salt") == email_hash("anna@example.org", b"salt")
    assert email_hash("anna@example.org", b"salt") != email_hash("anna@example.org", b"other")
    with pytest.raises(ValueError, match="looks like"):
        email_hash("anna", b"salt")
