"""What scanners heard of one person: RSSI over time, the nearest scanners in colour, and above it who truly was the nearest."""

from bisect import bisect_left
from itertools import pairwise
from math import dist
from statistics import median

from nearcart_sim.core.plots import svg
from nearcart_sim.core.plots.scene import Packet, Place, Scene

_HEIGHT = 420
_STRIP = 26
_LEFT = svg.MARGIN + 52
_SHOWN = 6
_QUIETEST, _LOUDEST = -105, -35
_MEDIAN_S = 3.0
_SILENCE_S, _SILENCE_GAPS = 6.0, 5
"""A line does not go on over a silence of so many seconds, and of so many times the usual gap."""


def traces(scene: Scene, who: str) -> str:
    """Dots are packets, lines the median of three seconds. Raises ``KeyError`` for somebody who was not heard."""
    packets, track = sorted(scene.packets[who]), scene.tracks[who]
    begins, ends = packets[0][0], packets[-1][0]
    axis = _Axis(begins, max(ends, begins + 1.0))
    near = _nearest(scene, track)
    shown = _most_often_nearest(near, packets)
    body = [*axis.grid(), *_strip(axis, near, shown)]
    for number, scanner in enumerate(shown):
        mine = [(at, rssi) for at, name, rssi in packets if name == scanner]
        colour = svg.COLOURS[number]
        body += [
            f'<circle cx="{axis.x(at):.1f}" cy="{axis.y(rssi):.1f}" r="1.6" fill="{colour}" fill-opacity="0.35"/>'
            for at, rssi in mine
        ]
        body += [
            svg.polyline([(axis.x(at), axis.y(level)) for at, level in part], colour=colour, width=2)
            for part in _unbroken(_medians(mine))
        ]
        x, y = svg.MARGIN + number % 4 * 240, axis.bottom + 62 + number // 4 * 24
        body += [svg.line(x, y - 5, x + 24, y - 5, colour=colour, width=3), svg.text(x + 32, y, scanner)]
    scanners = {name for _, name, _ in packets}
    title = f"{who} was heard by {len(scanners)} scanners in {scene.name}"
    under = (
        "RSSI in dBm; dots are packets, lines the median of 3 s; the strip is the scanner that truly was the nearest."
    )
    return svg.page(title, under, axis.bottom + 110, body)


class _Axis:
    """Time across, dBm up."""

    def __init__(self, begins: float, ends: float) -> None:
        self.begins, self.ends = begins, ends
        self.top = svg.TOP + _STRIP + 12
        self.bottom = self.top + _HEIGHT
        self._scale = (svg.WIDTH - svg.MARGIN - _LEFT) / (ends - begins)

    def x(self, at: float) -> float:
        return _LEFT + (min(self.ends, max(self.begins, at)) - self.begins) * self._scale

    def y(self, rssi: float) -> float:
        return self.bottom - (rssi - _QUIETEST) / (_LOUDEST - _QUIETEST) * _HEIGHT

    def grid(self) -> list[str]:
        body = []
        for level in range(-100, _LOUDEST, 10):
            body.append(svg.line(_LEFT, self.y(level), svg.WIDTH - svg.MARGIN, self.y(level)))
            body.append(svg.text(_LEFT - 8, self.y(level) + 5, f"{level}", colour=svg.SOFT, anchor="end", size=12))
        step = next(
            step for step in (10, 30, 60, 300, 600, 1800, 3600, 14_400) if (self.ends - self.begins) / step <= 12
        )
        first = -(-self.begins // step) * step
        while first <= self.ends:
            body.append(svg.line(self.x(first), self.bottom, self.x(first), self.bottom + 5, colour=svg.SOFT))
            words = f"{first:.0f} s" if step < 60 else f"{first / 60:.0f} min"
            body.append(svg.text(self.x(first), self.bottom + 22, words, colour=svg.SOFT, anchor="middle", size=12))
            first += step
        return body


def _nearest(scene: Scene, track: list[Place]) -> list[tuple[float, str]]:
    """The nearest scanner at each change."""
    scanners = {name: (each.x, each.y) for name, each in scene.layout.scanners.items()}
    changes: list[tuple[float, str]] = []
    for at, x, y in track:
        name = min(scanners, key=lambda each: dist(scanners[each], (x, y)))
        if not changes or changes[-1][1] != name:
            changes.append((at, name))
    return changes


def _most_often_nearest(near: list[tuple[float, str]], packets: list[Packet]) -> list[str]:
    """Those that were the nearest, in that order, then those that heard most; six at most."""
    counted: dict[str, int] = {}
    for _, name, _ in packets:
        counted[name] = counted.get(name, 0) + 1
    first = [name for name in dict.fromkeys(name for _, name in near) if name in counted]
    rest = sorted(counted, key=lambda name: -counted[name])
    return list(dict.fromkeys([*first, *rest]))[:_SHOWN]


def _strip(axis: _Axis, near: list[tuple[float, str]], shown: list[str]) -> list[str]:
    body = []
    ends = [at for at, _ in near[1:]] + [axis.ends]
    for (at, name), end in zip(near, ends, strict=True):
        left, right = axis.x(at), axis.x(end)
        colour, ink = (
            (svg.COLOURS[shown.index(name)], svg.ON_COLOURS[shown.index(name)])
            if name in shown
            else (svg.LINE, svg.INK)
        )
        body.append(svg.rect(left, svg.TOP, max(0.0, right - left), _STRIP - 8, fill=colour))
        if right - left > 7 * len(name) + 8:
            body.append(svg.text(left + 5, svg.TOP + 14, name, size=12, colour=ink))
    return body


def _medians(rows: list[tuple[float, int]]) -> list[tuple[float, float]]:
    times = [at for at, _ in rows]
    return [
        (at, median(rssi for _, rssi in rows[bisect_left(times, at - _MEDIAN_S) : number + 1]))
        for number, at in enumerate(times)
    ]


def _unbroken(rows: list[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """Parts without a long silence in them."""
    gaps = [later - at for (at, _), (later, _) in pairwise(rows)]
    longest = max(_SILENCE_S, _SILENCE_GAPS * median(gaps)) if gaps else _SILENCE_S
    parts = [[row] for row in rows[:1]]
    for row, gap in zip(rows[1:], gaps, strict=True):
        if gap > longest:
            parts.append([])
        parts[-1].append(row)
    return parts
