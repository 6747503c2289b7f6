"""How often: what she already had, counted in periods that slide with the clock."""

from datetime import timedelta

from nearcart_contract.duration import format_duration
from nearcart_gateway.core.offers.gates.gate import Gate, Situation, Stop, Terms

_UNITS = {"w": "week", "d": "day", "h": "hour", "m": "minute", "s": "second"}


def per_visitor(terms: Terms) -> Gate | None:
    """At most so many of this offer to one visitor in any such period."""
    limit, name = terms.offer.limits.per_visitor, terms.offer.offer
    if limit is None:
        return None
    times, period = limit.times, limit.period.total_seconds()
    spoken, required = _in_period(limit.period), f"fewer than {times} in {format_duration(limit.period)}"

    def gate(situation: Situation) -> Stop | None:
        had = situation.ledger.count(situation.moment.visitor, name, situation.now - period)
        return Stop(f"had {had} of {times} {spoken}", str(had), required) if had >= times else None

    return gate


def quiet_after_any(terms: Terms) -> Gate | None:
    """Silence after any offer to the same visitor."""
    silence = terms.offer.limits.quiet_after_any
    if silence is None:
        return None
    seconds, required = silence.total_seconds(), f"{format_duration(silence)} after any offer"

    def gate(situation: Situation) -> Stop | None:
        last = situation.ledger.last(situation.moment.visitor)
        if last is None or situation.now - last >= seconds:
            return None
        ago = max(0, int(situation.now - last))
        return Stop(
            f"had an offer {ago // 60} min ago" if ago >= 60 else f"had an offer {ago} s ago", f"{ago} s", required
        )

    return gate


def _in_period(period: timedelta) -> str:
    text = format_duration(period)
    if text == "1w":
        return "this week"
    number, unit = int(text[:-1]), _UNITS[text[-1]]
    return f"in {number} {unit}s" if number != 1 else f"in the last {unit}"
