"""Rows that say how far the gateway is with each source of carts: committed with what they brought, or not at all."""

from dataclasses import dataclass, field

from nearcart_gateway.core.hooks.event import Fetch


@dataclass(frozen=True, slots=True)
class PollCursor:
    """Where a poll of one list of a source goes on."""

    source: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A thing that was fetched; with ``again_at`` (Unix seconds) it is looked at again then, and ``seen`` tells if it changed."""

    fetch: Fetch
    seen: bytes
    again_at: float | None = None


@dataclass(frozen=True, slots=True)
class NotFetched:
    """A thing that could not be fetched, for the ``failures``th time in a row."""

    fetch: Fetch
    failures: int
    next_at: float


@dataclass(frozen=True, slots=True)
class CustomerLink:
    """Whoever is enrolled by this hash of an e-mail address is this customer of the shop."""

    customer: str
    email_hash: str


@dataclass(slots=True)
class SourceRows:
    """``inbox_done`` are numbers of inbox rows that were taken; ``fetches`` what is to be fetched."""

    inbox_done: list[int] = field(default_factory=list)
    fetches: list[Fetch] = field(default_factory=list)
    fetched: list[Fetched] = field(default_factory=list)
    not_fetched: list[NotFetched] = field(default_factory=list)
    cursors: list[PollCursor] = field(default_factory=list)
    customers: list[CustomerLink] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any((self.inbox_done, self.fetches, self.fetched, self.not_fetched, self.cursors, self.customers))
