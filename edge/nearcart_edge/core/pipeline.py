"""The edge's core in one object: advertisement in, presence events and updates out. The live agent and replays run this."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from nearcart_contract.advertisement import Advertisement
from nearcart_contract.edge_file import Tracking
from nearcart_contract.roster import Identity
from nearcart_edge.core.decode import Decoder
from nearcart_edge.core.flood import Flood
from nearcart_edge.core.formats.frame import Frame
from nearcart_edge.core.identify import Identifier
from nearcart_edge.core.presence import PresenceEvent, Update
from nearcart_edge.core.presses import Presses
from nearcart_edge.core.telemetry import TagTelemetry
from nearcart_edge.core.track import Heard, Tracker


@dataclass(frozen=True, slots=True)
class Counts:
    """Since the start: adverts heard, payloads malformed, adverts of strangers (a count is all that is kept of them).

    Of those of strangers ``passed_over`` were not looked at in a flood, and of ``not_tried`` the address was not looked for among the keys yet.
    """

    heard: int
    malformed: int
    strangers: int
    passed_over: int = 0
    not_tried: int = 0


class EdgePipeline:
    """Decode, identify, track. ``now`` is seconds on one clock of the caller's; should it run backwards, it stands still."""

    def __init__(
        self,
        identities: Iterable[Identity] = (),
        tracking: Tracking | None = None,
        *,
        enrol_all: bool = False,
        bounded: bool = False,
    ) -> None:
        """``bounded``: never do more in a second than an edge can, whatever is on the air; ``tick`` must be called every second then."""
        self._flood = Flood() if bounded else None
        self._decoder = Decoder()
        self._identifier = Identifier(identities, enrol_all=enrol_all)
        self._presses = Presses()
        self._tracker = Tracker(tracking)
        self._now = float("-inf")
        self._ahead: float | None = None
        self._heard = 0
        self._strangers = 0

    @property
    def counts(self) -> Counts:
        passed_over = self._flood.passed_over if self._flood is not None else 0
        return Counts(self._heard, self._decoder.malformed, self._strangers, passed_over, self._identifier.not_tried)

    @property
    def flood(self) -> Flood | None:
        """How many strangers there are, and what is done about it."""
        return self._flood

    @property
    def enrolled(self) -> int:
        """Identities in the roster."""
        return len(self._identifier)

    @property
    def known_by_address(self) -> int:
        """Identities that no format proves, only an address."""
        return self._identifier.known_by_address

    @property
    def present(self) -> int:
        """Identities in range."""
        return self._tracker.present

    def hear(self, advertisement: Advertisement, now: float) -> tuple[PresenceEvent, ...]:
        """One advertisement; most give nothing."""
        now = self._forward(now)
        self._heard += 1
        frames = self._identifier.open(advertisement, self._decoder.decode(advertisement))
        at = None if self._ahead is None else now + self._ahead
        identity = self._identifier.identify(advertisement, frames, at)
        if identity is None:
            self._note_stranger(advertisement.address, advertisement.rssi)
            return self._tracker.tick(now)
        if self._flood is not None:
            self._flood.enrolled(advertisement.address, advertisement.rssi)
        power, telemetry = _tag_data(frames, health=self._identifier.shares_health(identity))
        heard = Heard(identity, advertisement.scanner, now, advertisement.rssi, advertisement.address, power, telemetry)
        for frame in frames:
            if frame.presses and self._identifier.prove(advertisement, (frame,), at) == identity:
                heard.presses, heard.press_number = self._presses.new(identity, frame, now), frame.press_number
        return self._tracker.hear(heard)

    def passes_over(self, address: str) -> bool:
        """Whether a packet of this address needs no look, as there is a flood and it is a stranger's. It is counted then."""
        if self._flood is None or not self._flood.shedding or not self._flood.passes_over(address):
            return False
        self._heard += 1
        self._strangers += 1
        return True

    def know_time(self, wall: float, now: float) -> None:
        """``now`` is ``wall`` in Unix seconds. Until this is said advertisements are as old as they say themselves."""
        self._ahead = wall - now

    def rolls(self, wall: float) -> bool:
        """Whether identifiers that roll have to be computed for ``wall`` (Unix seconds)."""
        return self._identifier.rolls(wall)

    def roll(self, wall: float) -> None:
        """Compute identifiers that roll. May run in a thread beside all else but ``enrol``."""
        self._identifier.roll(wall)

    @property
    def addresses_wait(self) -> bool:
        """Whether private addresses wait to be looked for among the keys, as too many new ones came at once."""
        return self._identifier.addresses_wait

    def look_for_addresses(self) -> None:
        """Look for those that wait, one step of it: half a millisecond of a desktop's core. Spread the steps over time."""
        self._identifier.look_for_addresses()

    def tick(self, now: float) -> tuple[PresenceEvent, ...]:
        """Exits that are due."""
        now = self._forward(now)
        if self._flood is not None:
            self._flood.tick(now)
            self._identifier.refill(now)
        return self._tracker.tick(now)

    def next_deadline(self) -> float | None:
        """When ``tick`` has something to give if nothing more is heard."""
        return self._tracker.next_deadline()

    def take_samples(self, now: float) -> tuple[Update, ...]:
        """The packets of everybody present since the last call. Call it every ``SAMPLE_INTERVAL_S`` at most."""
        self._forward(now)
        return self._tracker.take_updates()

    def scanner_lost(self, scanner: str, now: float) -> tuple[PresenceEvent, ...]:
        """The radio is gone: exits of everybody it heard."""
        return self._tracker.scanner_lost(scanner, self._forward(now))

    def doubt(self, scanner: str, doubted: bool) -> None:
        """Whether the radio itself may be gone: until that is known, nobody leaves it by silence."""
        self._tracker.doubt(scanner, doubted)

    def enrol(self, now: float, add: Iterable[Identity] = (), remove: Iterable[str] = ()) -> tuple[PresenceEvent, ...]:
        """A change of the roster. Whoever is removed leaves at once."""
        now = self._forward(now)
        removed = tuple(remove)
        self._identifier.update(self._without_health(add), removed)
        if self._flood is not None:
            self._flood.forget()
        for identity in removed:
            self._presses.forget(identity)
        return tuple(event for identity in removed for event in self._tracker.withdraw(identity, now))

    def _without_health(self, add: Iterable[Identity]) -> Iterator[Identity]:
        """These identities; what was heard of one that takes its health data back is forgotten."""
        for entry in add:
            if self._identifier.shares_health(entry.id) and not entry.health:
                self._tracker.drop_telemetry(entry.id)
            yield entry

    def _note_stranger(self, address: str, rssi: int | None) -> None:
        self._strangers += 1
        if self._flood is not None:
            self._flood.stranger(address, rssi, sure=self._identifier.tried)

    def _forward(self, now: float) -> float:
        if now > self._now:
            self._now = now
        return self._now


def _tag_data(frames: Sequence[Frame], *, health: bool) -> tuple[int | None, TagTelemetry | None]:
    """Measured power and telemetry; a heart rate only where ``health`` data may be told."""
    power: int | None = None
    telemetry: TagTelemetry | None = None
    for frame in frames:
        power = frame.power_at_1m if power is None else power
        telemetry = frame.telemetry if telemetry is None else telemetry
    if health:
        telemetry = _with_heart_rate(frames, telemetry)
    return power, telemetry


def _with_heart_rate(frames: Sequence[Frame], telemetry: TagTelemetry | None) -> TagTelemetry | None:
    rate = next((frame.heart_rate for frame in frames if frame.heart_rate is not None), None)
    return telemetry if rate is None else replace(telemetry or TagTelemetry(), heart_rate=rate)
