"""Names for people whose names nobody at the console needs: "amber fox", the same one for the same visitor in this store."""

import hashlib
import hmac
from collections.abc import Iterable

from nearcart_gateway.core.pseudonym_words import ADJECTIVES, ANIMALS


def _digest(salt: bytes, purpose: str, visitor: str) -> bytes:
    return hmac.digest(salt, f"{purpose}:{visitor}".encode(), hashlib.sha256)


def pseudonym(salt: bytes, visitor: str) -> str:
    """An adjective and an animal, by a keyed hash (HMAC-SHA-256): without the store's salt nobody can go back or link stores."""
    digest = _digest(salt, "pseudonym", visitor)
    adjective = ADJECTIVES[int.from_bytes(digest[:4]) % len(ADJECTIVES)]
    animal = ANIMALS[int.from_bytes(digest[4:8]) % len(ANIMALS)]
    return f"{adjective} {animal}"


def dot_id(salt: bytes, visitor: str) -> str:
    """The opaque id of a person's dot on the floor plan: 16 hex digits."""
    return _digest(salt, "dot", visitor).hex()[:16]


def visit_token(salt: bytes, visit: str) -> str:
    """An opaque id of a visit, whose own id holds the visitor's: 16 hex digits."""
    return _digest(salt, "visit", visit).hex()[:16]


class Pseudonyms:
    """Pseudonyms that differ: the second visitor who would be "amber fox" is "amber fox 2".

    ``known`` are numbered in the order of their keyed hashes, whatever order they come in; later ones as they come.
    """

    def __init__(self, salt: bytes, known: Iterable[str] = ()) -> None:
        self._salt = salt
        self._names: dict[str, str] = {}
        self._taken: dict[str, int] = {}
        for visitor in sorted(known, key=lambda visitor: _digest(salt, "order", visitor)):
            self.of(visitor)

    def of(self, visitor: str) -> str:
        """Her pseudonym in this store."""
        name = self._names.get(visitor)
        if name is None:
            base = pseudonym(self._salt, visitor)
            number = self._taken[base] = self._taken.get(base, 0) + 1
            name = self._names[visitor] = base if number == 1 else f"{base} {number}"
        return name

    def called(self, pseudonym: str) -> tuple[str, ...]:
        """Whoever was given this pseudonym: one visitor, or nobody."""
        return tuple(visitor for visitor, name in self._names.items() if name == pseudonym)

    def forget(self, visitor: str) -> None:
        """She was erased. Her number is not given to anybody else, so that no old row of the feed points at another."""
        self._names.pop(visitor, None)
