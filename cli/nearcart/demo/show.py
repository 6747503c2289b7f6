"""What the demo tells while it runs: one port, and the plain lines that a file or a pipe gets."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TextIO
from zoneinfo import ZoneInfo

from nearcart.demo.records import DecisionRow

Names = Callable[[str], str]
"""Visitor's id to the pseudonym that the page shows."""


@dataclass(frozen=True, slots=True)
class Shopper:
    """Somebody who truly is in the shop. ``stands_in`` is the truth, ``seen_in`` the gateway's belief, ``None`` for nobody."""

    name: str
    carries: str
    stands_in: str | None
    seen_in: str | None


@dataclass(frozen=True, slots=True)
class Picture:
    """One look at the shop. ``clock`` is the shop's, Unix seconds."""

    clock: float
    shoppers: Sequence[Shopper]
    visits: int
    adverts_heard: int
    delivered: int


class Show(Protocol):
    """Where a demo's news go."""

    def say(self, text: str, *, trouble: bool = False) -> None:
        """A sentence."""

    def decided(self, row: DecisionRow) -> None:
        """A decision was made."""

    def picture(self, picture: Picture) -> None:
        """How the shop is now; a few times a second."""


def outcome_text(row: DecisionRow) -> str:
    """What was decided, as the page's feed says it."""
    if row.outcome == "sent":
        return f"{row.text} ({row.channel})"
    if row.outcome == "ghost":
        return f"ghost: would have said on {row.channel}: {row.text}"
    return row.reason if row.reason.startswith("silent") else f"silent: {row.reason}"


class PlainShow:
    """One line a sentence or decision."""

    def __init__(self, zone: ZoneInfo, names: Names, stream: TextIO = sys.stdout) -> None:
        self._zone = zone
        self._names = names
        self._stream = stream

    def say(self, text: str, *, trouble: bool = False) -> None:
        print(f"trouble: {text}" if trouble else text, file=self._stream, flush=True)

    def decided(self, row: DecisionRow) -> None:
        at = datetime.fromtimestamp(row.at, self._zone)
        who = f"{self._names(row.visitor)} in {row.zone}" if row.zone else self._names(row.visitor)
        print(f"{at:%H:%M:%S}  {who}: {outcome_text(row)}", file=self._stream, flush=True)

    def picture(self, picture: Picture) -> None:
        """Lines are about what happened, not about how things are."""
