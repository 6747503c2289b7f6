"""Each visitor's own page: its link's secret as a hash, what may be shown there, and browsers that take pushes for her."""

import hashlib
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearcart_contract.offer_message import OfferMessage
from nearcart_gateway.core.changes import DeliveryState
from nearcart_gateway.shell.storage.visitors import UnknownVisitorError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

MOST_BROWSERS = 10
"""A visitor's; one more takes the place of her oldest."""

MOST_OFFERS = 20

_SECRET_BYTES = 24


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """A browser that takes pushes: where they go, and its keys (RFC 8291), base64url without padding."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """An offer that may stand on her page, and how far it has come in its channel."""

    offer: OfferMessage
    channel: str
    state: DeliveryState


def make_page(connection: sqlite3.Connection, visitor: str, now: float) -> str:
    """The secret of a new link to her page; a link from before opens nothing any more. Raises ``UnknownVisitorError``."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    try:
        connection.execute("INSERT OR REPLACE INTO own_pages VALUES (?, ?, ?)", (visitor, _digest(secret), now))
    except sqlite3.IntegrityError as error:
        raise UnknownVisitorError(
            f"nobody is enrolled as '{visitor}'; `nearcart visitors list` shows who is"
        ) from error
    return secret


def close_page(connection: sqlite3.Connection, visitor: str) -> bool:
    """Let her link open nothing any more, and send no pushes; False when there was none."""
    connection.execute("DELETE FROM push_subscriptions WHERE visitor = ?", (visitor,))
    return connection.execute("DELETE FROM own_pages WHERE visitor = ?", (visitor,)).rowcount > 0


def whose_page(connection: sqlite3.Connection, secret: str) -> str | None:
    """The visitor whose link has this secret. The hash is looked up, so that time tells nothing of the secret."""
    row = connection.execute("SELECT visitor FROM own_pages WHERE digest = ?", (_digest(secret),)).fetchone()
    return None if row is None else str(row[0])


def offers_now(
    connection: sqlite3.Connection, visitor: str, channels: Sequence[str], pages: Sequence[str], now: float
) -> list[ShownOffer]:
    """Offers said to her and still good, newest first: what reached her through ``channels``, and what waits for her page.

    ``channels`` and ``pages`` are names of store.yaml, ``pages`` those of kind ``page``.
    """
    rows = connection.execute(
        f"SELECT body, channel, state FROM deliveries WHERE visitor = ? AND expires_at > ? AND (state IN ('sent', 'delivered', 'seen') AND channel IN"  # noqa: S608 (marks)
        f" ({_marks(channels)}) OR state = 'waiting' AND channel IN ({_marks(pages)}))"
        " AND key NOT IN (SELECT key FROM withdrawals) ORDER BY created_at DESC, key LIMIT ?",
        (visitor, now, *channels, *pages, MOST_OFFERS),
    )
    return [ShownOffer(OfferMessage.model_validate_json(body), channel, state) for body, channel, state in rows]


def agrees(connection: sqlite3.Connection, visitor: str, purpose: str) -> bool:
    """Whether she agrees to a purpose now, through whatever channel."""
    row = connection.execute(
        "SELECT 1 FROM visitors, json_each(visitors.consents) AS agreed WHERE visitors.id = ? AND (agreed.value = ? OR"
        " agreed.value LIKE ? || '/%')",
        (visitor, purpose, purpose),
    ).fetchone()
    return row is not None


def language_of(connection: sqlite3.Connection, visitor: str) -> str | None:
    """The language she reads."""
    row = connection.execute("SELECT language FROM visitors WHERE id = ?", (visitor,)).fetchone()
    return None if row is None else str(row[0])


def subscribe(connection: sqlite3.Connection, visitor: str, browser: PushSubscription, now: float) -> None:
    """Send her pushes to this browser too, and nobody else's to it."""
    connection.execute(
        "INSERT OR REPLACE INTO push_subscriptions VALUES (?, ?, ?, ?, ?)",
        (browser.endpoint, visitor, browser.p256dh, browser.auth, now),
    )
    connection.execute(
        "DELETE FROM push_subscriptions WHERE visitor = ? AND endpoint NOT IN (SELECT endpoint FROM push_subscriptions"
        " WHERE visitor = ? ORDER BY at DESC, endpoint LIMIT ?)",
        (visitor, visitor, MOST_BROWSERS),
    )


def unsubscribe(connection: sqlite3.Connection, visitor: str, endpoint: str) -> None:
    """Send nothing to this browser of hers any more."""
    connection.execute("DELETE FROM push_subscriptions WHERE visitor = ? AND endpoint = ?", (visitor, endpoint))


def browsers_of(connection: sqlite3.Connection, visitor: str) -> list[PushSubscription]:
    """Where her pushes go."""
    rows = connection.execute(
        "SELECT endpoint, p256dh, auth FROM push_subscriptions WHERE visitor = ? ORDER BY at, endpoint", (visitor,)
    )
    return [PushSubscription(*row) for row in rows]


def push_key(connection: sqlite3.Connection) -> "ec.EllipticCurvePrivateKey":
    """The key by which push services know this store (RFC 8292), made once at random. Never to be shown or logged.

    Browsers are subscribed for this key: with another one they would all have to ask again.
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    scalar = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    connection.execute("INSERT OR IGNORE INTO meta VALUES ('push_key', ?)", (f"{scalar:064x}",))
    kept = connection.execute("SELECT value FROM meta WHERE key = 'push_key'").fetchone()[0]
    return ec.derive_private_key(int(kept, 16), ec.SECP256R1())


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
