"""What came of a demo: the one JSON object that ``--json`` prints last."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from nearcart.demo.reckoning import Balance
from nearcart.demo.records import DecisionRow


@dataclass(frozen=True, slots=True)
class Summary:
    """``first_offer_s``: seconds from the start of the command to the first offer that reached a phone or screen."""

    adverts_sent: int
    adverts_heard: int
    events: int
    visits: int
    decisions: Sequence[DecisionRow]
    offers_delivered: int
    first_offer_s: float | None
    edges: int
    broker: str
    balances: dict[str, Balance]
    restarts: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Times in seconds or, where the name says so, milliseconds."""
        return {
            "adverts_sent": self.adverts_sent,
            "adverts_heard": self.adverts_heard,
            "events": self.events,
            "visits": self.visits,
            "decisions": _counts(self.decisions),
            "offers_delivered": self.offers_delivered,
            "first_offer_s": None if self.first_offer_s is None else round(self.first_offer_s, 2),
            "latency_ms": latency(self.decisions),
            "edges": self.edges,
            "broker": self.broker,
            "lost": sum(balance.lost for balance in self.balances.values()),
            "duplicates": sum(balance.duplicates for balance in self.balances.values()),
            "lost_detail": {name: asdict(balance) for name, balance in self.balances.items()},
            "restarts": self.restarts,
        }


def latency(decisions: Sequence[DecisionRow]) -> dict[str, float | None]:
    """Advert heard to offer published, in milliseconds."""
    waits = sorted(
        1000 * (decision.published_at - decision.heard_at)
        for decision in decisions
        if decision.published_at is not None and decision.heard_at is not None
    )
    if not waits:
        return {"p50": None, "p99": None}
    return {
        "p50": round(statistics.median(waits), 1),
        "p99": round(waits[min(len(waits) - 1, int(0.99 * len(waits)))], 1),
    }


def _counts(decisions: Sequence[DecisionRow]) -> dict[str, Any]:
    outcomes = Counter(decision.outcome for decision in decisions)
    gates = Counter(decision.gate for decision in decisions if decision.outcome == "withheld")
    return {"sent": outcomes["sent"], "withheld": dict(gates.most_common()), "ghost": outcomes["ghost"]}
