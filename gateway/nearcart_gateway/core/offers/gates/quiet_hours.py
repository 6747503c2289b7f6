"""Hours in which nothing leaves: the store's and the offer's own, on the store's wall clock, through clock changes."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from nearcart_contract.limit import QuietHours
from nearcart_gateway.core.offers.gates.calendar import within
from nearcart_gateway.core.offers.gates.gate import Gate, Situation, Stop, Terms


def quiet_hours(terms: Terms) -> Gate | None:
    """Quiet hours, end excluded. One that defers says when it is to be asked again."""
    windows = tuple(window for window in (terms.store.quiet_hours, terms.offer.limits.quiet_hours) if window)
    if not windows:
        return None
    zone = terms.zone

    def gate(situation: Situation) -> Stop | None:
        clock = situation.local.time()
        for window in windows:
            if within(clock, window.start, window.end):
                return _stop(window, clock, situation.now, zone)
        return None

    return gate


def _stop(window: QuietHours, clock: time, now: float, zone: ZoneInfo) -> Stop:
    again_at = window_ends(now, window.end, zone) if window.then == "defer" else None
    return Stop(
        f"quiet hours until {window.end:%H:%M}" + (", asked again then" if again_at is not None else ""),
        f"{clock:%H:%M}",
        f"outside {window.start:%H:%M} to {window.end:%H:%M}",
        again_at,
    )


def window_ends(now: float, end: time, zone: ZoneInfo) -> float:
    """When the wall clock next reaches ``end`` (Unix seconds), or the clock change that skips it."""
    here = datetime.fromtimestamp(now, zone)
    found: list[float] = []
    for days in (0, 1, 2):
        wall = datetime.combine(here.date() + timedelta(days=days), end)
        for fold in (0, 1):
            instant = wall.replace(tzinfo=zone, fold=fold).timestamp()
            if datetime.fromtimestamp(instant, zone).replace(tzinfo=None) != wall:
                instant = _change(wall, zone)
            if instant > now:
                found.append(instant)
    return min(found)


def _change(skipped: datetime, zone: ZoneInfo) -> float:
    """The clock change that skips a wall-clock time, to the second. Offsets are whole seconds, and a skip has one change."""
    before = int(skipped.replace(tzinfo=UTC).timestamp()) - 86_400
    after = before + 2 * 86_400
    offset = datetime.fromtimestamp(before, zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return float(after)
