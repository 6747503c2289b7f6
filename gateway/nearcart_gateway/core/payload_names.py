"""Does a payload that nobody could read speak of her? Asked when everything of hers is to be erased."""

import json
import re
from collections.abc import Callable, Collection, Iterator

_ADDRESS = re.compile(r"[^\s\"'<>,;:()\[\]{}\\]+@[^\s\"'<>,;:()\[\]{}\\]+")


def names_her(body: bytes, names: Collection[str], hers: Callable[[str], bool]) -> bool:
    """Whether a name of hers (customer id, loyalty number …) stands in it as a value, or an e-mail address that is ``hers``.

    In what is no JSON a value is a word of its own: better one payload too many than one too few.
    """
    text = body.decode("utf-8", errors="replace")
    try:
        values = list(_values(json.loads(text)))
    except (ValueError, RecursionError):
        values = [text, *re.split(r"[^\w.@-]+", text)]
    if any(value in names for value in values):
        return True
    return any(hers(address) for value in values for address in _ADDRESS.findall(value))


def _values(document: object) -> Iterator[str]:
    """Every text and number of a JSON document, keys too."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str | int | float):
            yield str(value)
