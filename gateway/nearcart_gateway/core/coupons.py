"""Pools of coupon codes: each code is given to one decision, and to no other."""

import hashlib
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

MOST_CODES = 500_000


_ERASED = "sha256:"


def erased_code(pool: str, code: str) -> str:
    """What is kept of a code whose visitor was erased: enough never to give it again."""
    return _ERASED + hashlib.sha256(f"{pool}:{code}".encode()).hexdigest()


class CouponError(Exception):
    """A file of codes that can't be read: a sentence with the line."""


@dataclass(frozen=True, slots=True)
class GivenCoupon:
    """A code and the key of the decision that it was given to."""

    pool: str
    code: str
    decision: str


class CouponBook:
    """The codes of every pool that are still to be given, in the order of their files."""

    def __init__(self) -> None:
        self._given: dict[str, set[str]] = {}
        self._left: dict[str, deque[str]] = {}

    def load(self, given: Iterable[tuple[str, str]]) -> None:
        """Take up (pool, code) of those that were given before."""
        for pool, code in given:
            self._given.setdefault(pool, set()).add(code)

    def fill(self, pool: str, codes: Iterable[str]) -> None:
        """What the file of a pool holds now."""
        given = self._given.setdefault(pool, set())
        left = (code for code in codes if code not in given)
        if any(code.startswith(_ERASED) for code in given):
            left = (code for code in left if erased_code(pool, code) not in given)
        self._left[pool] = deque(left)

    def next(self, pool: str) -> str | None:
        """The code that would be given next; ``None`` when the pool is empty or unknown."""
        left = self._left.get(pool)
        return left[0] if left else None

    def give(self, pool: str, code: str) -> None:
        """It is given, and never again."""
        self._given.setdefault(pool, set()).add(code)
        left = self._left.get(pool)
        if left and left[0] == code:
            left.popleft()

    def left(self, pool: str) -> int:
        """How many are still to be given."""
        return len(self._left.get(pool, ()))


def read_codes(lines: Iterable[str]) -> tuple[str, ...]:
    """The codes of a file, one a line; empty lines don't count. Raises ``CouponError`` naming the line."""
    codes: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        code = line.strip()
        if not code:
            continue
        if len(code) > 64 or not code.isprintable() or " " in code:
            raise CouponError(f"line {number}: a code has 1 to 64 characters and no spaces")
        if code in codes:
            raise CouponError(f"line {number}: the same code as in line {codes[code]}")
        if len(codes) >= MOST_CODES:
            raise CouponError(f"line {number}: at most {MOST_CODES} codes are read")
        codes[code] = number
    return tuple(codes)
