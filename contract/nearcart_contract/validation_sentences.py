"""What pydantic found wrong, as sentences: what stands there, what is allowed, the nearest valid word."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from nearcart_contract.annotation_walk import at, example, field_words, holds_secret, is_tag, item_words, literal_words
from nearcart_contract.names import LANGUAGE_PATTERN, NAME_PATTERN
from nearcart_contract.problem import allowed_words, nearest_word
from nearcart_contract.yaml_tree import Node

Location = tuple[str | int, ...]
Details = dict[str, Any]

_SECRET_WORD = re.compile(r"secret|password|passwd|token|credential|api_?key|private", re.IGNORECASE)
_USER_INFO = re.compile(r"//[^/@\s]*@")
_SHOWN_CHARACTERS = 60
_KEY = "[key]"

_PATTERNS = {
    NAME_PATTERN: "a name of 1 to 64 lower-case letters, digits and hyphens",
    LANGUAGE_PATTERN: "a language such as de or de-AT",
    r"^[A-Z]{3}$": "a currency of three capital letters (ISO 4217) such as EUR",
    r"^https?://": "an address that starts with http:// or https://",
    r"^hci[0-9]{1,3}$": "an adapter's name such as hci0",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One mistake: ``loc`` in the file's data; ``at_key`` when the key is wrong and not its value."""

    loc: Location
    message: str
    at_key: bool = False


@dataclass(frozen=True, slots=True)
class _Mistake:
    """One error of pydantic: ``branch`` is the union member it was tried as, ``union`` where that union stands."""

    loc: Location
    union: Location | None
    kind: str
    details: Details
    message: str
    annotations: tuple[Any, ...]
    secret: bool


def field_name(loc: Location) -> str:
    """``("when", "zones", 0)`` as a person writes it: ``when.zones[0]``."""
    name = ""
    for part in loc:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else part
    return name


def sentences(error: ValidationError, root: Node, model: type[BaseModel]) -> Iterator[Sentence]:
    """One sentence a mistake. A value that fits no member of a union is one mistake, not one a member."""
    mistakes = [_mistake(details, root, model) for details in error.errors(include_url=False)]
    wrong_shapes: dict[Location, list[_Mistake]] = {}
    for mistake in mistakes:
        if mistake.union == mistake.loc and mistake.kind.endswith("_type"):
            wrong_shapes.setdefault(mistake.loc, []).append(mistake)
    told = {
        mistake.union
        for mistake in mistakes
        if mistake.union is not None and mistake not in wrong_shapes.get(mistake.loc, [])
    }
    for mistake in mistakes:
        if mistake.kind == "too_short" and _has_a_wrong_member(mistake.loc, mistakes):
            continue  # pydantic counts those members only that are right
        shapes = wrong_shapes.get(mistake.loc, [])
        if mistake not in shapes:
            yield _sentence(mistake)
        elif mistake is shapes[0] and mistake.loc not in told:
            yield Sentence(mistake.loc, _found(mistake, " or ".join(_allowed(shape) for shape in shapes)))


def _has_a_wrong_member(loc: Location, mistakes: Sequence[_Mistake]) -> bool:
    return any(len(mistake.loc) > len(loc) and mistake.loc[: len(loc)] == loc for mistake in mistakes)


def _mistake(details: Any, root: Node, model: type[BaseModel]) -> _Mistake:
    full: Location = details["loc"]
    loc, union = _data_location(root, full, details["type"], model)
    annotations = at(model, full)
    secret = holds_secret(annotations) or any(isinstance(part, str) and _SECRET_WORD.search(part) for part in loc)
    context = {**details.get("ctx", {}), "input": details["input"]}
    return _Mistake(loc, union, details["type"], context, details["msg"], annotations, secret)


def _data_location(root: Node, full: Location, kind: str, model: type[BaseModel]) -> tuple[Location, Location | None]:
    """Pydantic's location without the names of union members, and the innermost union that has one."""
    loc: list[str | int] = []
    union: Location | None = None
    node = root
    for index, part in enumerate(full):
        if is_tag(at(model, full[:index]), part):
            union = tuple(loc)
        elif part in node.children:
            node = node.children[part]
            loc.append(part)
        elif part == _KEY:
            continue
        elif kind == "missing" and index == len(full) - 1:
            loc.append(part)
        else:
            union = tuple(loc)
    return tuple(loc), union


def _sentence(mistake: _Mistake) -> Sentence:
    if mistake.kind == "missing":
        return Sentence(mistake.loc, "missing; " + _needed(mistake))
    if mistake.kind == "extra_forbidden":
        name = str(mistake.loc[-1])
        known = field_words(mistake.annotations)
        return Sentence(mistake.loc, f"unknown field '{_cut(name)}', {allowed_words(name, known)}", at_key=True)
    if mistake.kind in ("union_tag_invalid", "union_tag_not_found"):
        return _wrong_tag(mistake)
    if mistake.kind in ("value_error", "assertion_error"):
        return Sentence(mistake.loc, _own_words(mistake))
    if mistake.kind == "literal_error":
        found = mistake.details["input"]
        words = _quoted(mistake.details["expected"])
        if mistake.secret or not isinstance(found, str):
            return Sentence(mistake.loc, _found(mistake, ", ".join(words)))
        return Sentence(mistake.loc, f"found '{_cut(found)}', {allowed_words(found, words)}")
    return Sentence(mistake.loc, _found(mistake, _allowed(mistake)))


def _needed(mistake: _Mistake) -> str:
    words = literal_words(mistake.annotations)
    if words:
        return f"allowed: {', '.join(words)}"
    fields = field_words(mistake.annotations)
    return f"it holds: {', '.join(fields)}" if fields else "this field is needed"


def _wrong_tag(mistake: _Mistake) -> Sentence:
    name = mistake.details["discriminator"].strip("'")
    if mistake.kind == "union_tag_not_found":
        return Sentence(
            (*mistake.loc, name), f"missing; allowed: {', '.join(literal_words(mistake.annotations, name))}"
        )
    tag = mistake.details["tag"]
    return Sentence(
        (*mistake.loc, name), f"found '{_cut(tag)}', {allowed_words(tag, _quoted(mistake.details['expected_tags']))}"
    )


def _own_words(mistake: _Mistake) -> str:
    """Our validators write whole sentences; only a secret field's may not pass."""
    if mistake.secret:
        return _found(mistake, "another value")
    return _cut(_USER_INFO.sub("//…@", str(mistake.details.get("error", mistake.message))), 400)


def _found(mistake: _Mistake, allowed: str) -> str:
    return f"found {_shown(mistake)}, allowed: {allowed}"


def _shown(mistake: _Mistake) -> str:
    value = mistake.details["input"]
    if isinstance(value, dict):
        return "a group of fields" if value else "an empty group"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if value is None:
        return "nothing"
    if mistake.secret:
        return "a value that is not shown"
    if mistake.kind in ("model_type", "model_attributes_type", "dict_type"):
        return "a single value"
    if isinstance(value, str):
        return f"'{_cut(_USER_INFO.sub('//…@', value))}'"
    return _cut(json.dumps(value))


def _cut(text: str, length: int = _SHOWN_CHARACTERS) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1] + "…"


def _quoted(listing: str) -> tuple[str, ...]:
    return tuple(re.findall(r"'([^']*)'", listing))


def _fields(mistake: _Mistake) -> str:
    words, written = field_words(mistake.annotations), example(mistake.annotations)
    such_as = f", such as {written}" if written else ""
    return f"fields below it: {', '.join(words)}{such_as}" if words else "fields below it, each 'name: value'"


def _plural(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _text(mistake: _Mistake) -> str:
    value = mistake.details["input"]
    if isinstance(value, bool | int | float) and not mistake.secret:
        return f"text; put it in quotes: '{_cut(json.dumps(value))}'"
    return "text"


def _list(mistake: _Mistake) -> str:
    value, words = mistake.details["input"], item_words(mistake.annotations)
    if words:
        near = nearest_word(value, words) if isinstance(value, str) else None
        return f"a list such as [{near or words[0]}], of {', '.join(words)}"
    written = _cut(value) if isinstance(value, str) and value and not mistake.secret else "a, b"
    return f"a list such as [{written}]"


_ALLOWED: dict[str, Callable[[_Mistake], str]] = {
    "string_type": _text,
    "string_pattern_mismatch": lambda m: _PATTERNS.get(m.details["pattern"], f"text like {m.details['pattern']}"),
    "string_too_short": lambda m: f"at least {_plural(m.details['min_length'], 'character')}",
    "string_too_long": lambda m: f"at most {_plural(m.details['max_length'], 'character')}",
    "too_short": lambda m: f"at least {_plural(m.details['min_length'], 'item')}",
    "too_long": lambda m: f"at most {_plural(m.details['max_length'], 'item')}",
    "greater_than": lambda m: f"more than {m.details['gt']}",
    "greater_than_equal": lambda m: f"{m.details['ge']} or more",
    "less_than": lambda m: f"less than {m.details['lt']}",
    "less_than_equal": lambda m: f"at most {m.details['le']}",
    "decimal_max_places": lambda m: f"at most {_plural(m.details['decimal_places'], 'decimal')}",
    "finite_number": lambda _: "a finite number",
}
_ALLOWED_BY_START: tuple[tuple[str, Callable[[_Mistake], str]], ...] = (
    ("model", _fields),
    ("dict", _fields),
    ("mapping", _fields),
    ("tuple", _list),
    ("list", _list),
    ("int", lambda _: "a whole number"),
    ("float", lambda _: "a number"),
    ("decimal", lambda _: "a number"),
    ("bool", lambda _: "true or false"),
    ("path", lambda _: "the path of a file or folder"),
)


def _allowed(mistake: _Mistake) -> str:
    if mistake.kind in _ALLOWED:
        return _ALLOWED[mistake.kind](mistake)
    for start, sentence in _ALLOWED_BY_START:
        if mistake.kind.startswith(start):
            return sentence(mistake)
    return "something else" if mistake.secret else mistake.message[:1].lower() + mistake.message[1:]
