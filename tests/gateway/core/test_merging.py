"""Two visitors who are one: nothing they had is forgotten, and nothing is agreed to that both did not agree to."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from nearcart_gateway.core.cart_book import CartBook
from nearcart_gateway.core.ledger import Count, Ledger
from nearcart_gateway.core.merging import merged, why_not
from nearcart_gateway.core.spending import Spent, Use
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.core.visit_history import VisitHistory

CHANNELS = ("phone", "screen", "team")
NAMES = [*("offers", "measurement"), *(f"offers/{channel}" for channel in CHANNELS)]
REFUSABLE = [f"offers/{channel}" for channel in CHANNELS]
PEOPLE = ("anna", "bea", "cleo")

visitors = st.builds(
    Visitor,
    st.sampled_from(["a", "b"]),
    consents=st.frozensets(st.sampled_from(NAMES)),
    refused=st.frozensets(st.sampled_from(REFUSABLE)),
    segments=st.frozensets(st.sampled_from(["wine-club", "staff-picks"])),
    last_purchase_at=st.none() | st.floats(0, 1e9),
)
uses = st.tuples(
    st.sampled_from(PEOPLE), st.sampled_from(["wine", "bread"]), st.sampled_from([None, "autumn"]), st.integers(0, 1000)
)


@given(
    one=visitors, other=visitors, purpose=st.sampled_from(["offers", "measurement"]), channel=st.sampled_from(CHANNELS)
)
def test_the_narrower_consent_wins(one: Visitor, other: Visitor, purpose: str, channel: str) -> None:
    both = one.consents_to(purpose, channel) and other.consents_to(purpose, channel)
    assert merged(one, other, {}).consents_to(purpose, channel) == both


@given(one=visitors, other=visitors)
def test_nothing_that_is_known_is_lost(one: Visitor, other: Visitor) -> None:
    together = merged(one, other, {})
    assert together.segments == one.segments | other.segments
    assert together.refused == one.refused | other.refused
    for each in (one, other):
        assert each.last_purchase_at is None or (together.last_purchase_at or 0.0) >= each.last_purchase_at


@given(
    rows=st.lists(uses, max_size=40),
    at=st.integers(0, 1200),
    period=st.sampled_from([1, 50, 300, 2000]),
    merges=st.lists(st.sampled_from([("anna", "bea"), ("bea", "anna"), ("cleo", "bea")]), max_size=2, unique=True),
)
def test_caps_after_merging_are_the_union_and_never_less_than_either(
    rows: list[tuple[str, str, str | None, int]], at: int, period: int, merges: list[tuple[str, str]]
) -> None:
    ledger = Ledger()
    for number, (visitor, offer, campaign, made) in enumerate(rows):
        ledger.add(visitor, offer, campaign, float(made))
        ledger.spending.put(Use(f"k{number}", visitor, offer, campaign, float(made), 5000.0, "held", Decimal(1), True))
    questions = [
        Count.of("offer", "wine", period, hers=True),
        Count.of("campaign", "autumn", period, hers=True),
        Count.of("store", "", period, hers=True),
        Count.of("offer", "wine", period),
        Count.of("store", "", period),
    ]
    owner = {name: name for name in PEOPLE}
    spent = ledger.spent("autumn")
    for gone, target in merges:
        before = [[ledger.count(question, name, at) for name in (gone, target)] for question in questions]
        last = max((made for made in (ledger.last(gone), ledger.last(target)) if made is not None), default=None)
        ledger.merge(gone, target)
        owner = {name: target if whose == gone else whose for name, whose in owner.items()}
        for question, counts in zip(questions, before, strict=True):
            after = ledger.count(question, target, at)
            assert after >= max(counts)
            assert after == (sum(counts) if question.hers else counts[0])
        assert ledger.last(target) == last
        assert ledger.holds(gone, 0.0) == ()
    again = Ledger()
    for visitor, offer, campaign, made in rows:
        again.add(owner[visitor], offer, campaign, float(made))
    for name in PEOPLE:
        for question in questions:
            assert ledger.count(question, name, at) == again.count(question, name, at)
    assert ledger.spent("autumn") == spent


@given(
    rows=st.lists(st.tuples(st.sampled_from(PEOPLE), st.integers(0, 900), st.integers(0, 90)), max_size=30),
    since=st.integers(0, 900),
)
def test_visits_of_both_are_hers(rows: list[tuple[str, int, int]], since: int) -> None:
    history = VisitHistory()
    history.load((name, float(entered), float(entered + stayed)) for name, entered, stayed in rows)
    both = history.count("anna", since) + history.count("bea", since)
    left = max((at for at in (history.left_at("anna"), history.left_at("bea")) if at is not None), default=None)
    history.merge("anna", "bea")
    assert (history.count("bea", since), history.left_at("bea")) == (both, left)
    assert (history.count("anna", since), history.left_at("anna")) == (0, None)


def test_two_accounts_or_two_kinds_are_not_one_person_until_somebody_says_which() -> None:
    one, other = Visitor("anna", customer="7"), Visitor("bea", customer="8")
    assert why_not(one, other) == (
        "both are linked by customer (7 and 8): first `nearcart visitors unlink … --customer` the one that ends"
    )
    assert why_not(Visitor("anna"), Visitor("anna")) == "'anna' is one already"
    assert "is staff" in (why_not(Visitor("anna", kind="staff"), Visitor("bea")) or "")
    assert why_not(Visitor("anna", customer="7"), Visitor("bea", email_hash="h")) is None


def test_who_is_forgotten_leaves_the_sums_and_no_key(spent_before: Spent = Spent(1, Decimal("4.50"))) -> None:
    ledger = Ledger()
    ledger.spending.put(
        Use("k.anna", "anna", "wine", "autumn", 1.0, 9e9, "held", Decimal("4.50"), gives=True, order="o-anna")
    )
    ledger.forget("anna")
    assert ledger.spent("autumn") == spent_before
    assert "anna" not in repr(vars(ledger.spending))
    ledger.spending.expire(1e10)
    assert ledger.spent("autumn") == Spent()


def test_a_cart_book_forgets_a_customer_and_nobody_else() -> None:
    assert CartBook().cart_of("7") is None
    CartBook().forget("7")
