"""The JSON object of `--json`."""

from dataclasses import replace

from nearcart.demo.reckoning import Balance
from nearcart.demo.records import DecisionRow
from nearcart.demo.summary import Summary, latency

DECISION = DecisionRow(1, "k", "anna", 100.0, 100.0, "wine", "sent", None, "", "hello", "phone", "Hello.", 100.2)
SUMMARY = Summary(
    adverts_sent=1000,
    adverts_heard=990,
    events=40,
    visits=5,
    decisions=[
        DECISION,
        replace(DECISION, number=2, outcome="withheld", gate="consent", published_at=None),
        replace(DECISION, number=3, outcome="withheld", gate="consent", published_at=None),
        replace(DECISION, number=4, outcome="ghost", gate="hold_out", published_at=None),
    ],
    offers_delivered=1,
    first_offer_s=5.4321,
    edges=5,
    broker="embedded",
    balances={"transitions": Balance(1, 0), "visits": Balance(0, 2), "offers": Balance(1, 1)},
)


def test_decisions_are_counted_by_outcome_and_gate() -> None:
    assert SUMMARY.as_json()["decisions"] == {"sent": 1, "withheld": {"consent": 2}, "ghost": 1}


def test_lost_and_duplicates_are_sums_with_their_parts_beside() -> None:
    row = SUMMARY.as_json()
    assert (row["lost"], row["duplicates"]) == (2, 3)
    assert row["lost_detail"]["visits"] == {"lost": 0, "duplicates": 2}


def test_a_demo_without_an_offer_has_no_first_offer_and_no_latency() -> None:
    row = replace(SUMMARY, decisions=[], first_offer_s=None).as_json()
    assert row["first_offer_s"] is None
    assert row["latency_ms"] == {"p50": None, "p99": None}


def test_latency_is_from_advert_heard_to_offer_published_in_milliseconds() -> None:
    decisions = [replace(DECISION, number=n, published_at=100 + n / 1000) for n in range(1, 101)]
    assert latency(decisions) == {"p50": 50.5, "p99": 100.0}
