"""What everybody inside sends in the next minute: worked out at once, since a device costs nearly the same for one event as for sixty."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from nearcart_sim.core.air.events import Events, Microseconds, nothing
from nearcart_sim.core.days.people import Carrier
from nearcart_sim.core.days.track import Tracks
from nearcart_sim.core.firmware.broadcast import Broadcast
from nearcart_sim.core.firmware.devices import Device
from nearcart_sim.core.firmware.state_machine import Sent

MINUTE_US = 60_000_000
_MOST_EVENTS = 250_000
"""Of a minute are held in memory: 20 MB."""

People = NDArray[np.intp]
"""Numbers of those inside."""


class OnAir:
    """A carrier and her device while she is inside. ``louder``: 1/128 dB; ``latest``: what it said last, before this minute."""

    __slots__ = ("carrier", "device", "latest", "louder")

    def __init__(self, carrier: Carrier, device: Device, louder: int) -> None:
        self.carrier = carrier
        self.device = device
        self.louder = louder
        self.latest: Broadcast | None = None


def ahead_us(inside: Sequence[OnAir], piece_us: int) -> int:
    """A minute, or fewer pieces of it where so many send so often that their events would fill the memory."""
    events = sum(piece_us // on_air.carrier.specification.interval_us + 1 for on_air in inside)
    return max(1, min(MINUTE_US // piece_us, _MOST_EVENTS // max(1, events))) * piece_us


class Numbers:
    """Gives each broadcast of a minute a number."""

    def __init__(self) -> None:
        self.all: list[Broadcast] = []
        self._numbers: dict[Broadcast, int] = {}

    def number(self, broadcast: Broadcast) -> int:
        found = self._numbers.get(broadcast)
        if found is None:
            found = self._numbers[broadcast] = len(self.all)
            self.all.append(broadcast)
        return found


class Minute:
    """The minute, or less, from ``begins`` to ``until`` (microseconds) of those who are inside for any of it."""

    def __init__(self, inside: Sequence[OnAir], begins: int, until: int) -> None:
        self.carriers = [on_air.carrier for on_air in inside]
        self.broadcasts = Numbers()
        self._inside = inside
        self._begins, self._until = begins, until
        self._tracks = Tracks([carrier.track for carrier in self.carriers])
        self._latest = np.array([self._number(on_air.latest) for on_air in inside], dtype=np.int32)
        self._who, self._events = self._sent()

    def pieces(self, length_us: int) -> Iterator[tuple[int, int, Events]]:
        """What is sent, in pieces of this length: from when, until when, and the events of one device after the other."""
        piece = ((self._events.at - self._begins) // length_us).astype(np.int16)
        order = np.argsort(piece, kind="stable")
        who, events = self._who[order], self._events.rows(order)
        starts = range(self._begins, self._until, length_us)
        bounds = np.searchsorted(piece[order], np.arange(len(starts) + 1)).tolist()
        for start, first, last in zip(starts, bounds[:-1], bounds[1:], strict=True):
            rows = slice(first, last)
            self._latest[who[rows]] = events.broadcast[rows]
            yield start, min(start + length_us, self._until), events.rows(rows)
        for on_air, latest in zip(self._inside, self._latest.tolist(), strict=True):
            on_air.latest = self.broadcasts.all[latest] if latest >= 0 else None

    def present(self, instants: Microseconds) -> tuple[Microseconds, People, NDArray[np.int32]]:
        """Who is inside at each of these instants and has said something: when, who, and what she said last, up to the piece that was given
        last. In order of time, then of arrival."""
        tracks = self._tracks
        inside = (instants[:, None] >= tracks.begins) & (instants[:, None] <= tracks.ends) & (self._latest >= 0)
        instant, who = np.nonzero(inside)
        return instants[instant], who, self._latest[who]

    def places(self, who: People, at: Microseconds) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where they are, in metres."""
        x, y, _, _ = self._tracks.places(who, at)
        return x, y

    def _number(self, latest: Broadcast | None) -> int:
        return -1 if latest is None else self.broadcasts.number(latest)

    def _sent(self) -> tuple[People, Events]:
        """Everybody's events as long as she is in the store, and whose they are: one device after the other."""
        blocks = [
            on_air.device.firmware.advance(min(self._until, on_air.carrier.track.ends)) for on_air in self._inside
        ]
        counts = [len(block) for block in blocks]
        if not sum(counts):
            return np.empty(0, dtype=np.intp), nothing()
        who = np.repeat(np.arange(len(blocks)), counts)
        at = np.concatenate([block.at for block in blocks])
        keys = np.array([on_air.device.key for on_air in self._inside], dtype=np.uint64)
        louder = np.array([on_air.louder for on_air in self._inside], dtype=np.int32)
        number = np.concatenate([block.number for block in blocks])
        return who, Events(
            at, keys[who], number, *self._tracks.places(who, at), louder[who], self._said(blocks, len(at))
        )

    def _said(self, blocks: Sequence[Sent], count: int) -> NDArray[np.int32]:
        """What each event says: a device's runs, one after the other."""
        starts, numbers, row = [], [], 0
        for on_air, sent in zip(self._inside, blocks, strict=True):
            if len(sent):
                for first, broadcast in on_air.device.voice.runs(sent, on_air.device.firmware):
                    starts.append(row + first)
                    numbers.append(self.broadcasts.number(broadcast))
                row += len(sent)
        return np.repeat(np.array(numbers, dtype=np.int32), np.diff([*starts, count]))
