"""Takes a list apart into the JSON of each of its elements, as it was written: readers see what the shop sent."""

import json
import re
from collections.abc import Iterator
from typing import Any

from nearcart_gateway.core.asking.ask import ShopAnswerError

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")


def elements(body: bytes, name: str | None = None) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Every object of a list, raw and parsed; with ``name`` the list is the only member of an object. Raises ``ShopAnswerError``."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise ShopAnswerError("the answer is not UTF-8") from None
    start = re.compile(r"\s*\[" if name is None else rf'\s*\{{\s*"{re.escape(name)}"\s*:\s*\[').match(text)
    if start is None:
        raise ShopAnswerError("the answer is no list" if name is None else f"the answer is no list of {name}")
    at = _skip(text, start.end())
    while text[at : at + 1] != "]":
        parsed, end = _one(text, at)
        yield text[at:end].encode(), parsed if isinstance(parsed, dict) else {}
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            raise ShopAnswerError("the answer's list does not end")


def _one(text: str, at: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        raise ShopAnswerError("the answer is not JSON") from None


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at
