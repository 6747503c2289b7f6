"""Enter, update, exit: one small state machine per identity and scanner.

    unknown ──packet──▶ candidate ──enough packets in time──▶ present ──silence, scanner lost, withdrawn──▶ unknown

Only ``present`` is told to anybody. Who presses a button is there: one packet is enough then. Time is passed in and must not run backwards.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from heapq import heappop, heappush, heapreplace

from nearcart_contract.edge_file import Tracking
from nearcart_contract.presence import ExitCause
from nearcart_edge.core.gaps import Gaps
from nearcart_edge.core.presence import PresenceEvent, Update
from nearcart_edge.core.telemetry import TagTelemetry

GAPS_REMEMBERED = 20_000
"""Pairs of tag and scanner whose gaps are remembered after they left; the longest gone make room."""

MAX_PACKETS = 256
"""Packets kept for one update at most; older ones make room."""

LOOK_AGAIN_S = 1.0
"""How long an exit waits at a time while its scanner is doubted."""

_Key = tuple[str, str]


@dataclass(slots=True)
class Heard:
    """One packet of one identity at one scanner. ``presses`` are those not told yet, ``press_number`` the tag's own number."""

    identity: str
    scanner: str
    at: float
    rssi: int | None
    address: str = ""
    measured_power: int | None = None
    telemetry: TagTelemetry | None = None
    presses: tuple[str, ...] = ()
    press_number: int | None = None


@dataclass(slots=True)
class _Track:
    """``silence``: how long it may be silent, in seconds; fixed from one look at its deadline to the next."""

    last: Heard
    gaps: Gaps = field(default_factory=Gaps)
    silence: float = 0.0
    arrivals: list[float] = field(default_factory=list)
    packets: list[tuple[float, int]] = field(default_factory=list)
    measured_power: int | None = None
    telemetry: TagTelemetry | None = None

    def take(self, heard: Heard) -> None:
        self.last = heard
        if heard.rssi is not None:
            self.packets.append((heard.at, heard.rssi))
            if len(self.packets) > MAX_PACKETS:
                del self.packets[0]
        if heard.measured_power is not None:
            self.measured_power = heard.measured_power
        if heard.telemetry is not None:
            self.telemetry = heard.telemetry


class Tracker:
    """All tracks of one edge."""

    def __init__(self, tracking: Tracking | None = None) -> None:
        tracking = tracking or Tracking()
        self._enter_packets = tracking.enter_packets
        self._enter_within = tracking.enter_within_s
        self._exit_after = tracking.exit_after_s
        self._exit_gaps = tracking.exit_gaps
        self._exit_at_most = max(tracking.exit_at_most_s, tracking.exit_after_s)
        self._long_gap = tracking.exit_after_s / tracking.exit_gaps if tracking.exit_gaps else float("inf")
        self._candidates: OrderedDict[_Key, _Track] = OrderedDict()
        self._present: dict[_Key, _Track] = {}
        # One entry for each that is present, at its deadline or before it: whoever was heard since is put back when it comes up.
        self._deadlines: list[tuple[float, _Key]] = []
        self._gaps: OrderedDict[_Key, Gaps] = OrderedDict()
        self._unsent: dict[_Key, _Track] = {}
        self._doubted: set[str] = set()

    @property
    def present(self) -> int:
        """Identities in range of any scanner."""
        return len({identity for identity, _ in self._present})

    def hear(self, heard: Heard) -> tuple[PresenceEvent, ...]:
        """One packet. Gives exits that were due before it, then an enter if this packet makes one, then its presses."""
        due = self.tick(heard.at)
        key = heard.identity, heard.scanner
        track = self._present.get(key)
        if track is None:
            return due + self._approach(key, heard) + _presses(heard)
        track.gaps.add(heard.at - track.last.at, self._long_gap)
        track.take(heard)
        if track.packets:
            self._unsent[key] = track
        return due + _presses(heard) if heard.presses else due

    def tick(self, now: float) -> tuple[PresenceEvent, ...]:
        """Exits that are due at ``now``, each stamped with its own deadline."""
        deadline = self.next_deadline()
        if deadline is None or deadline > now:
            return ()
        exits = []
        while deadline is not None and deadline <= now:
            key = heappop(self._deadlines)[1]
            if key[1] in self._doubted:
                self._wait(key, now)
            else:
                self._present[key].gaps.left_at = self._present[key].last.at
                exits.append(self._leave(key, deadline, "silence"))
            deadline = self.next_deadline()
        return tuple(exits)

    def doubt(self, scanner: str, doubted: bool) -> None:
        """Whether a scanner itself may be gone: then silence proves nothing, and nobody leaves by it."""
        (self._doubted.add if doubted else self._doubted.discard)(scanner)

    def _wait(self, key: _Key, now: float) -> None:
        track = self._present[key]
        track.silence = now - track.last.at + LOOK_AGAIN_S
        heappush(self._deadlines, (track.last.at + track.silence, key))

    def next_deadline(self) -> float | None:
        """When the next exit falls due if nothing more is heard."""
        while self._deadlines:
            at, key = self._deadlines[0]
            track = self._present.get(key)
            if track is None:
                heappop(self._deadlines)
                continue
            deadline = track.last.at + track.silence
            if deadline <= at:
                return at
            track.silence = self._silence_of(track)
            heapreplace(self._deadlines, (track.last.at + track.silence, key))
        return None

    def _silence_of(self, track: _Track) -> float:
        learned = self._exit_gaps * track.gaps.percentile_99(self._long_gap) if self._exit_gaps else 0.0
        return min(self._exit_at_most, max(self._exit_after, learned))

    def scanner_lost(self, scanner: str, now: float) -> tuple[PresenceEvent, ...]:
        """The radio is gone: nobody left, but nobody is heard there any more."""
        due = self.tick(now)
        for key in [key for key in self._candidates if key[1] == scanner]:
            del self._candidates[key]
        lost = [key for key in self._present if key[1] == scanner]
        return due + tuple(self._leave(key, now, "scanner_lost") for key in lost)

    def withdraw(self, identity: str, now: float) -> tuple[PresenceEvent, ...]:
        """Consent is gone: the identity leaves everywhere at once and what was heard of it is forgotten."""
        due = self.tick(now)
        for key in [key for key in self._candidates if key[0] == identity]:
            del self._candidates[key]
        for key in [key for key in self._gaps if key[0] == identity]:
            del self._gaps[key]
        gone = [key for key in self._present if key[0] == identity]
        return due + tuple(self._leave(key, now, "silence") for key in gone)

    def drop_telemetry(self, identity: str) -> None:
        """Forget what was told of a tag beside its packets and not passed on yet."""
        for key, track in self._present.items():
            if key[0] == identity:
                track.telemetry = None
        for key, track in self._candidates.items():
            if key[0] == identity:
                track.telemetry = None

    def take_updates(self) -> tuple[Update, ...]:
        """What was heard of everybody present since the last call."""
        unsent, self._unsent = self._unsent, {}
        return tuple(_update(key, track) for key, track in unsent.items())

    def _approach(self, key: _Key, heard: Heard) -> tuple[PresenceEvent, ...]:
        track = self._candidates.get(key)
        if track is None or heard.at - track.last.at > self._enter_within:
            track = self._candidates[key] = _Track(heard)
        track.take(heard)
        track.arrivals = (
            [*track.arrivals[1 - self._enter_packets :], heard.at] if self._enter_packets > 1 else [heard.at]
        )
        self._candidates.move_to_end(key)
        self._forget_passers(heard.at)
        enough = len(track.arrivals) >= self._enter_packets and heard.at - track.arrivals[0] <= self._enter_within
        if not enough and not heard.presses:
            return ()
        del self._candidates[key]
        self._enter(key, track)
        if track.packets:
            self._unsent[key] = track
        return (PresenceEvent("enter", *key, heard.at, heard.rssi, address=heard.address),)

    def _enter(self, key: _Key, track: _Track) -> None:
        known = self._gaps.pop(key, None)
        if known is not None:
            track.gaps = known
            away = track.last.at - (known.left_at if known.left_at is not None else track.last.at)
            if 0 < away <= self._exit_gaps * self._silence_of(track):
                known.add(away, self._long_gap)  # it was silent, not gone
            known.left_at = None
        track.silence = self._silence_of(track)
        self._present[key] = track
        heappush(self._deadlines, (track.last.at + track.silence, key))

    def _forget_passers(self, now: float) -> None:
        while self._candidates:
            key, track = next(iter(self._candidates.items()))
            if now - track.last.at <= self._enter_within:
                return
            del self._candidates[key]

    def _leave(self, key: _Key, at: float, cause: ExitCause) -> PresenceEvent:
        track = self._present.pop(key)
        self._gaps[key] = track.gaps
        if len(self._gaps) > GAPS_REMEMBERED:
            self._gaps.popitem(last=False)
        last = track.last
        self._unsent.pop(key, None)
        return PresenceEvent("exit", *key, at, last.rssi, cause, address=last.address)


def _presses(heard: Heard) -> tuple[PresenceEvent, ...]:
    return tuple(
        PresenceEvent(
            "press",
            heard.identity,
            heard.scanner,
            heard.at,
            heard.rssi,
            button=how,
            address=heard.address,
            number=heard.press_number,
        )
        for how in heard.presses
    )


def _update(key: _Key, track: _Track) -> Update:
    packets = tuple(track.packets)
    track.packets.clear()
    telemetry, track.telemetry = track.telemetry, None
    return Update(*key, packets, track.measured_power, telemetry, track.last.address)
