"""Rolling identifiers: found in their period and its neighbours, followed when a tag's clock drifts, forgotten at once."""

from hypothesis import given, settings
from hypothesis import strategies as st

from nearcart_edge.core.block_cipher import cipher
from nearcart_edge.core.ephemeral_ids import EphemeralIds, ephemeral_id

KEY = bytes.fromhex("0102030405060708090a111213141516")
T0 = 1_700_000_000
PERIOD = 1024


def tag_says(at: float, offset_s: float = T0) -> str:
    """What a tag sends whose counter was 0 at ``offset_s``."""
    return ephemeral_id(cipher(KEY), 10, int(at - offset_s))


def book(at: float) -> EphemeralIds:
    ids = EphemeralIds()
    ids.add("emil", KEY, 10, T0)
    ids.advance(at)
    return ids


def test_the_published_vectors() -> None:
    """github.com/RadiusNetworks/ephemeral_calc, spec/encryptor_spec.rb."""
    assert ephemeral_id(cipher(KEY), 10, 0) == "a9b76a71c5f89290"
    assert ephemeral_id(cipher(KEY), 10, 2000) == "4144413e45fefa58"


def test_a_neighbouring_period_is_found_and_a_further_one_is_not() -> None:
    at = T0 + 5 * PERIOD + 500
    assert [book(at).resolve(tag_says(at + n * PERIOD), at) for n in (-2, -1, 0, 1, 2)] == [
        None,
        "emil",
        "emil",
        "emil",
        None,
    ]


def test_unfollowed_what_an_identifier_proves_is_the_same_whatever_was_heard_before() -> None:
    ids = EphemeralIds(follow=False)
    ids.add("emil", KEY, 10, T0)
    at = T0 + 5 * PERIOD + 500
    for n in (0, -1, 1, -2, 2, 1, -1, 2, -2, 0):
        ids.advance(at)
        assert ids.resolve(tag_says(at + n * PERIOD), at) == ("emil" if abs(n) <= 1 else None)


def test_it_is_computed_once_a_period_and_not_before_it_is_due() -> None:
    ids = EphemeralIds()
    assert not ids.due(T0)
    ids.add("emil", KEY, 10, T0)
    assert ids.resolve(tag_says(T0), T0) is None
    assert ids.due(T0)
    ids.advance(T0)
    assert not ids.due(T0 + PERIOD - 0.001)
    assert ids.due(T0 + PERIOD)
    ids.advance(T0 + PERIOD)
    assert len(ids._known) == 3


def test_a_clock_that_is_set_right_computes_everything_anew() -> None:
    ids = book(T0 - 10 * PERIOD)
    assert ids.resolve(tag_says(T0), T0) is None
    ids.advance(T0 + 100 * PERIOD)
    assert ids.resolve(tag_says(T0 + 100 * PERIOD), T0 + 100 * PERIOD) == "emil"
    for _ in range(10):
        assert ids.due(T0)
        ids.advance(T0)
        assert ids.resolve(tag_says(T0), T0) == "emil"
        ids.advance(T0 + 100 * PERIOD)
    assert len(ids._known) == 3
    assert len(ids._due) <= 2


def test_a_forgotten_tag_is_found_no_more() -> None:
    ids = book(T0)
    known = dict(ids._known)
    ids.remove("emil")
    assert (ids.resolve(tag_says(T0), T0), len(ids), ids._known) == (None, 0, {})
    ids._known = known  # as a thread leaves it that was computing meanwhile
    assert ids.resolve(tag_says(T0), T0) is None


def test_a_key_added_again_does_not_wait_twice() -> None:
    ids = book(T0)
    for _ in range(5):
        ids.add("emil", KEY, 10, T0)
    ids.advance(T0)
    for n in range(1, 20):
        ids.advance(T0 + n * PERIOD)
    assert len(ids._due) == 1


@settings(max_examples=12, deadline=None)
@given(st.sampled_from([-150e-6, -20e-6, 0.0, 20e-6, 150e-6]), st.floats(0.2, 3.0))
def test_a_tag_whose_clock_drifts_for_years_is_never_lost(drift: float, heard_every_days: float) -> None:
    ids = book(T0)
    for n in range(1, int(1500 / heard_every_days)):
        at = T0 + n * heard_every_days * 86_400
        ids.advance(at)
        assert ids.resolve(tag_says(T0 + (at - T0) * (1 + drift)), at) == "emil"


def test_a_key_is_never_shown() -> None:
    ids = book(T0)
    assert KEY.hex() not in repr(vars(ids))
    tag = ids._tags["emil"]
    assert KEY.hex() not in repr([getattr(tag, name) for name in tag.__slots__])
