"""One line of JSON in, one line out, whatever stands in it: a bad line is told in a sentence and ends nothing."""

import difflib
import json
from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from nearcart_measure.core.undefined import Undefined
from nearcart_measure.tables.families import FAMILIES
from nearcart_measure.tables.figures import Figures

_SHOWN_CHARACTERS = 60


class _Unreadable(ValueError):  # noqa: N818 (never leaves this file)
    """The line is no case; the message is a sentence."""


def answers(lines: Iterable[bytes]) -> Iterator[str]:
    """A line of figures, or ``{"error": "a sentence"}``, for each line that is not blank."""
    for line in lines:
        if line.strip():
            yield answer(line)


def answer(line: bytes) -> str:
    """Never raises, and never says NaN or Infinity."""
    try:
        return json.dumps(_figures(line), allow_nan=False)
    except (_Unreadable, Undefined) as error:
        return _error(str(error))
    except ValidationError as error:
        return _error(_sentence(error))
    except (ArithmeticError, ValueError):
        return _error("the numbers are too large or too small to reckon with.")


def _figures(line: bytes) -> Figures:
    try:
        case = json.loads(line)
    except (ValueError, RecursionError):
        raise _Unreadable('the line is not JSON; a line is {"family": "…", "inputs": {…}}.') from None
    if not isinstance(case, dict) or not isinstance(case.get("family"), str) or "inputs" not in case:
        raise _Unreadable('the line has no family or no inputs; a line is {"family": "…", "inputs": {…}}.')
    family = FAMILIES.get(case["family"])
    if family is None:
        raise _Unreadable(_unknown(case["family"]))
    return family(case["inputs"])


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name[:_SHOWN_CHARACTERS], FAMILIES, n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(FAMILIES)}."
    return f"{_short(name)} is no family of tables{hint}"


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(["inputs", *(str(part) for part in first["loc"])])
    if first["type"] == "missing":
        return f"{where} is missing."
    return f"{where}: {_short(first['input'])} does not fit: {first['msg'][:1].lower()}{first['msg'][1:]}."


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def _error(sentence: str) -> str:
    return json.dumps({"error": sentence})
