"""Where she stands. ``Locator`` is the door that a better method comes in by; this first one is what careful peers do.

The loudest zone by the median of the last three seconds of every scanner, and another zone takes over only when it is louder
by the hysteresis (the constants' effect on real recordings stands in docs/accuracy.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from nearcart_contract.store_file import Layout, Locate
from nearcart_gateway.core.values import Position


class Locator(Protocol):
    """Takes packets, says positions. Times are the gateway's Unix seconds, RSSI in dBm."""

    def hear(self, visitor: str, scanner: str, at: float, rssi: int) -> None:
        """One packet. Packets may come out of order within a second or two."""

    def locate(self, now: float) -> Iterable[Position]:
        """The positions of everybody heard since the last call."""

    def forget(self, visitor: str) -> None:
        """She left."""

    def shift(self, seconds: float) -> None:
        """The clock was stepped by ``seconds``."""


PACKETS_KEPT = 64
"""Packets kept of one visitor at one scanner at most. A list, as a deque takes 600 bytes for the first of them."""


@dataclass(slots=True)
class _Track:
    heard: dict[str, list[tuple[float, int]]] = field(default_factory=dict)
    zone: str | None = None


class MedianLocator:
    """The loudest zone by median RSSI, with hysteresis; position is the scanners' mean weighted by field strength."""

    def __init__(self, layout: Layout, settings: Locate) -> None:
        self._scanners = layout.scanners
        self._window = settings.window_s
        self._hysteresis = settings.hysteresis_db
        self._tracks: dict[str, _Track] = {}
        self._fresh: set[str] = set()

    def hear(self, visitor: str, scanner: str, at: float, rssi: int) -> None:
        track = self._tracks.get(visitor)
        if track is None:
            track = self._tracks[visitor] = _Track()
        packets = track.heard.get(scanner)
        if packets is None:
            if scanner not in self._scanners:
                return
            packets = track.heard[scanner] = []
        if len(packets) == PACKETS_KEPT:
            del packets[0]
        packets.append((at, rssi))
        self._fresh.add(visitor)

    def locate(self, now: float) -> list[Position]:
        positions = [self._position(visitor, self._tracks[visitor], now) for visitor in sorted(self._fresh)]
        self._fresh.clear()
        return [position for position in positions if position is not None]

    def forget(self, visitor: str) -> None:
        self._tracks.pop(visitor, None)
        self._fresh.discard(visitor)

    def shift(self, seconds: float) -> None:
        for track in self._tracks.values():
            for scanner, packets in track.heard.items():
                track.heard[scanner] = [(at + seconds, rssi) for at, rssi in packets]

    def _position(self, visitor: str, track: _Track, now: float) -> Position | None:
        medians = self._medians(track, now)
        if not medians:
            return None
        loudest: dict[str, float] = {}
        for scanner, median in medians.items():
            zone = self._scanners[scanner].zone
            loudest[zone] = max(median, loudest.get(zone, median))
        best = max(loudest, key=lambda zone: loudest[zone])
        if track.zone not in loudest or loudest[best] > loudest[track.zone] + self._hysteresis:
            track.zone = best
        zone = track.zone
        strengths = {scanner: 10 ** (median / 10) for scanner, median in medians.items()}
        total = sum(strengths.values())
        x = sum(self._scanners[scanner].x * strength for scanner, strength in strengths.items()) / total
        y = sum(self._scanners[scanner].y * strength for scanner, strength in strengths.items()) / total
        share = sum(value for scanner, value in strengths.items() if self._scanners[scanner].zone == zone) / total
        return Position(visitor=visitor, at=now, zone=zone, probability=round(share, 3), x=x, y=y, error=2.5)

    def _medians(self, track: _Track, now: float) -> dict[str, float]:
        oldest = now - self._window
        medians: dict[str, float] = {}
        for scanner, packets in track.heard.items():
            while packets and packets[0][0] < oldest:
                del packets[0]
            if packets:
                levels = sorted(rssi for _, rssi in packets)
                middle = len(levels) // 2
                medians[scanner] = levels[middle] if len(levels) % 2 else (levels[middle - 1] + levels[middle]) / 2
        return medians
