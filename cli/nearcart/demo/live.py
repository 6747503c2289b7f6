"""The demo in a terminal: who is in the shop, and what was decided. Words and colours are the page's."""

import sys
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from nearcart.demo.records import DecisionRow
from nearcart.demo.show import Names, Picture, Shopper, outcome_text

SENT, GHOST, WAITING, TROUBLE = "#009E73", "#56B4E9", "#E69F00", "#D55E00"
"""Okabe and Ito's colours, which colour-blind readers tell apart; a sign stands beside each."""

_SIGNS = {"sent": ("✓", SENT), "ghost": ("◌", GHOST), "withheld": ("–", "bright_black")}
_FRAMES_PER_S = 4
_SAYINGS = 3
_LINES_OF_FRAME = 6
"""Title, counts, headings and gaps."""


class LiveShow:
    """Use as a context; draws over itself until it is left."""

    def __init__(self, title: str, url: str, zone: ZoneInfo, names: Names) -> None:
        """``title``: the shop and what it runs on; ``url``: of its page."""
        self._title = title
        self._url = url
        self._zone = zone
        self._names = names
        self._console = Console(file=sys.stdout)
        self._picture: Picture | None = None
        self._decisions: deque[DecisionRow] = deque(maxlen=100)
        self._sayings: deque[Text] = deque(maxlen=_SAYINGS)
        self._counts = dict.fromkeys(_SIGNS, 0)
        self._live = Live(
            console=self._console,
            refresh_per_second=_FRAMES_PER_S,
            get_renderable=self._draw,
            vertical_overflow="crop",
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def say(self, text: str, *, trouble: bool = False) -> None:
        self._sayings.append(Text(("✗ " if trouble else "") + text, style=TROUBLE if trouble else ""))

    def decided(self, row: DecisionRow) -> None:
        self._decisions.appendleft(row)
        self._counts[row.outcome] = self._counts.get(row.outcome, 0) + 1

    def picture(self, picture: Picture) -> None:
        self._picture = picture

    def _draw(self) -> RenderableType:
        parts: list[RenderableType] = [self._head(), self._counted(), *self._sayings]
        rows = self._console.height - _LINES_OF_FRAME - len(self._sayings)
        if self._picture:
            shoppers = self._picture.shoppers[: max(3, rows // 2)]
            parts += ["", self._floor(shoppers), "", self._feed(max(3, rows - len(shoppers)))]
        return Group(*parts)

    def _head(self) -> Text:
        head = Text(self._title, style="bold")
        if self._picture:
            head.append(f"  {self._local(self._picture.clock)}", style="not bold")
        return head.append("  ").append(self._url, style=f"not bold underline link {self._url}")

    def _floor(self, shoppers: Sequence[Shopper]) -> Table:
        table = _table("In the shop", "carries", "stands in", "the gateway says")
        for shopper in shoppers:
            known = Text(shopper.seen_in or "nobody it knows", style="" if shopper.seen_in else "bright_black")
            table.add_row(shopper.name, shopper.carries, shopper.stands_in or "the door", known)
        if not shoppers:
            table.add_row("Nobody yet", "", "", "")
        return table

    def _feed(self, rows: int) -> Table:
        table = _table("Decided", "who", "where", "said, or why not")
        for row in list(self._decisions)[:rows]:
            sign, colour = _SIGNS.get(row.outcome, ("?", ""))
            when = Text(f"{sign} {self._local(row.at)}", style=colour)
            table.add_row(when, self._names(row.visitor), row.zone or "the shop", Text(outcome_text(row), style=colour))
        if not self._decisions:
            table.add_row("Nothing yet", "", "", "")
        return table

    def _counted(self) -> Text:
        picture = self._picture
        if picture is None:
            return Text("getting ready …", style=WAITING)
        line = Text(f"{picture.adverts_heard:,} adverts · {picture.visits} visits · ")
        line.append(f"✓ {picture.delivered} sent", style=SENT)
        line.append(f" · – {self._counts['withheld']} silent", style="bright_black")
        line.append(f" · ◌ {self._counts['ghost']} ghost", style=GHOST)
        return line.append(" · Ctrl-C stops", style="bright_black")

    def _local(self, at: float) -> str:
        return f"{datetime.fromtimestamp(at, self._zone):%H:%M:%S}"


def _table(*headings: str) -> Table:
    """Narrow columns, and one at the end that takes what is left and breaks its lines."""
    table = Table(box=None, expand=True, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for heading in headings[:-1]:
        table.add_column(heading, no_wrap=True, overflow="ellipsis", max_width=28)
    table.add_column(headings[-1], ratio=1)
    return table
