"""A question to a shop's API, its answer, and what each platform's file offers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from nearcart_gateway.core.hooks.event import Fetch, News
from nearcart_gateway.core.hooks.platform import Payload

OVERLAP = timedelta(minutes=5)
"""A poll looks back this far behind the newest change it knows: what was written late is found, and repeats are harmless."""


class ShopAnswerError(Exception):
    """An answer that is not what the platform documents; the text says what, without its content."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One GET, or a POST where it has a body. Headers hold the key, and are never shown."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Page:
    """Some documents of a list. ``newest`` is the latest change among them; ``after`` asks for the next page.

    ``in_order``: the list goes from the oldest change to the newest, so that a poll that ends here can go on from here.
    ``wanted`` are things too long for a list, each to be fetched by itself. ``rest_s`` is how long the shop wants to be left
    alone before the next question, where its answer says so.
    """

    documents: tuple[Payload, ...] = ()
    newest: datetime | None = None
    after: Ask | None = None
    wanted: tuple[Fetch, ...] = ()
    rest_s: float = 0.0
    in_order: bool = False


class Asker(Protocol):
    """One source's API. ``lists`` are what can be polled, each with a cursor of its own."""

    lists: tuple[str, ...]

    def poll(self, name: str, since: datetime) -> Ask:
        """The first page of what changed since then."""

    def page(self, name: str, ask: Ask, answer: Answer) -> Page:
        """Read a page. Raises ``ShopAnswerError``."""

    def fetch(self, wanted: Fetch) -> Ask:
        """Ask for one thing that a webhook named."""

    def fetched(self, wanted: Fetch, answer: Answer, now: float) -> Payload | None:
        """What was asked for, as its reader takes it; ``None``: there is no such thing. ``now`` is Unix seconds.

        Raises ``ShopAnswerError``.
        """

    def gone(self, wanted: Fetch, now: float) -> tuple[News, ...]:
        """What it means that there is no such thing (any more)."""

    def again_after(self, wanted: Fetch, news: tuple[News, ...], now: float) -> float | None:
        """In how many seconds to ask again for a thing that no webhook follows; ``None``: not at all."""


def cursor_after(known: datetime, newest: datetime | None, now: datetime) -> datetime:
    """Where a poll goes on: never backwards, and never past now, whatever a shop's clock says."""
    return known if newest is None else max(known, min(newest, now))


def iso(at: datetime) -> str:
    """In UTC, to the second, as every platform here takes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
