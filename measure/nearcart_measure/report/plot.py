"""The interval over time as SVG: one message, said in its title, with a text alternative. No scripts, no styles of its own."""

from collections.abc import Iterator, Sequence
from datetime import date
from html import escape

from nearcart_measure.report.result import Evening

WIDE, NARROW, HEIGHT = 720, 340, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 12, 40
PIXELS_A_DATE = 80

LEAST_SPAN, MOST_SPAN = 0.1, 2.0
"""Of the axis, as a lift: what is beyond is cut off, and said."""


def interval_plot(evenings: Sequence[Evening], what: str, width: int = WIDE) -> str:
    """``what`` is what the lift is of, in a word or two. Empty without two evenings."""
    if len(evenings) < 2:
        return ""
    axes = _Axes(evenings, width)
    last = evenings[-1]
    title = f"{what}: how much more with the offer, evening by evening"
    told = f"From {evenings[0].day} to {last.day}. On the last evening {_percent(last.lift)}, between {_percent(last.low)} and {_percent(last.high)}."  # fmt: skip
    parts = [
        f'<svg class="plot" viewBox="0 0 {width} {HEIGHT}" role="img" aria-labelledby="title-{width} told-{width}">',
        f'<title id="title-{width}">{escape(title)}</title><desc id="told-{width}">{escape(told)}</desc>',
        *axes.level_lines(),
        *axes.day_marks(),
        f'<path class="band" d="{axes.band()}"/>',
        f'<path class="middle" d="{axes.line([(e.day, e.lift) for e in evenings])}"/>',
        f'<circle class="last" cx="{axes.x(last.day):.1f}" cy="{axes.y(last.lift):.1f}" r="4"/>',
        "</svg>",
    ]
    return "\n".join(parts)


class _Axes:
    """Days across, the lift upwards; nothing is always on it."""

    def __init__(self, evenings: Sequence[Evening], width: int) -> None:
        self._evenings, self._width = evenings, width
        days = [date.fromisoformat(each.day).toordinal() for each in evenings]
        self._first, self._last = days[0], max(days[-1], days[0] + 1)
        reach = max((abs(bound) for each in evenings[len(evenings) // 4 :] for bound in (each.low, each.high)), default=0.0)  # fmt: skip
        reach = min(max(reach, LEAST_SPAN), MOST_SPAN)
        self._step = next(step for step in (0.05, 0.1, 0.2, 0.25, 0.5, 1.0) if reach / step <= 4 or step == 1.0)
        self._top = self._step * -(-reach // self._step)
        self._bottom = max(-self._top, -1.0)

    def x(self, day: str) -> float:
        share = (date.fromisoformat(day).toordinal() - self._first) / (self._last - self._first)
        return LEFT + share * (self._width - LEFT - RIGHT)

    def y(self, lift: float) -> float:
        inside = min(max(lift, self._bottom), self._top)
        return TOP + (self._top - inside) / (self._top - self._bottom) * (HEIGHT - TOP - BOTTOM)

    def line(self, points: Sequence[tuple[str, float]]) -> str:
        return "M" + " L".join(f"{self.x(day):.1f} {self.y(lift):.1f}" for day, lift in points)

    def band(self) -> str:
        upper = [(each.day, each.high) for each in self._evenings]
        lower = [(each.day, each.low) for each in reversed(self._evenings)]
        return f"{self.line(upper)} L{self.line(lower)[1:]} Z"

    def level_lines(self) -> Iterator[str]:
        levels = round((self._top - self._bottom) / self._step)
        for number in range(levels + 1):
            lift = self._bottom + number * self._step
            kind = "zero" if abs(lift) < self._step / 2 else "level"
            y = self.y(lift)
            yield f'<line class="{kind}" x1="{LEFT}" x2="{self._width - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield f'<text class="tick" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_percent(lift)}</text>'
        y = self.y(0.0)
        yield f'<text x="{self._width - RIGHT}" y="{y + 16:.1f}" text-anchor="end">no difference</text>'

    def day_marks(self) -> Iterator[str]:
        days = self._last - self._first
        most = (self._width - LEFT - RIGHT) / PIXELS_A_DATE
        every = next((step for step in (1, 2, 7, 14, 28, 91) if days / step <= most), 182)
        for offset in range(0, days + 1, every):
            day = date.fromordinal(self._first + offset)
            anchor = "start" if offset == 0 else "middle" if offset + every <= days else "end"
            yield f'<text class="tick" x="{self.x(day.isoformat()):.1f}" y="{HEIGHT - 14}" text-anchor="{anchor}">{day.day} {day:%b}</text>'


def _percent(lift: float) -> str:
    return "0 %" if round(lift * 100) == 0 else f"{lift * 100:+.0f} %".replace("-", "−")
