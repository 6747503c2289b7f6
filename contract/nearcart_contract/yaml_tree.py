"""YAML text as a tree whose every value knows its line and column.

Scalars follow the core schema of YAML 1.2 (specification 1.2.2, section 10.3.2): ``no``, ``on``, ``22:00`` and dates are
text. The tree is built from PyYAML's events, so that depth, size and aliases can be bounded before anything is built.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

MAX_DEPTH = 40
"""Lists and mappings inside each other at most."""

MAX_VALUES = 50_000
"""Values in one file at most, those repeated by aliases counted each time."""

_TOO_DEEP = f"more than {MAX_DEPTH} lists and mappings inside each other"

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT_TAGS = ("!", "tag:yaml.org,2002:str")

_NULL = re.compile(r"(?:null|Null|NULL|~|)")
_BOOL = re.compile(r"(?:true|True|TRUE|(false|False|FALSE))")
_INT = re.compile(r"[-+]?[0-9]{1,1000}")
_OCTAL = re.compile(r"0o([0-7]{1,1000})")
_HEX = re.compile(r"0x([0-9a-fA-F]{1,1000})")
_FLOAT = re.compile(
    r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
)


class YamlMistake(Exception):  # noqa: N818 - a mistake of the person who wrote the file
    """Text that is not YAML as we read it: a sentence and its place, counted from 1. Never quotes the file."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


@dataclass(slots=True)
class Node:
    """One value of the file: its data, where it starts, and for a mapping or list the nodes inside."""

    data: Any
    line: int
    column: int
    size: int = 1
    children: dict[str | int, "Node"] = field(default_factory=dict)
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A key written twice in one mapping: where the second and the first stand."""

    path: tuple[str | int, ...]
    line: int
    column: int
    first_line: int


def parse_tree(text: str) -> tuple[Node, tuple[Duplicate, ...]]:
    """The only document in ``text``, and every key written twice (the first is kept).

    Raises ``YamlMistake`` at the first thing that can't be read.
    """
    builder = _Builder(yaml.parse(text, Loader=_LOADER))
    try:
        return builder.document(), tuple(builder.duplicates)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise YamlMistake(_syntax_sentence(error, text), line, column) from None
    except yaml.reader.ReaderError as error:
        raise YamlMistake(*_unreadable(error, text)) from None


class _Builder:
    """Recursive descent over the event stream, at most ``MAX_DEPTH`` deep."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._anchors: dict[str, Node] = {}
        self._path: list[str | int] = []
        self._values = 0
        self.duplicates: list[Duplicate] = []

    def document(self) -> Node:
        next(self._events)
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            return Node(None, 1, 1)
        root = self._node(next(self._events))
        next(self._events)
        second = next(self._events)
        if not isinstance(second, yaml.StreamEndEvent):
            raise _mistake(second, "a second document starts here; one file holds one")
        return root

    def _node(self, event: yaml.Event) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if len(self._path) >= MAX_DEPTH:
            raise _mistake(event, _TOO_DEEP)
        self._count(1, event)
        node = self._whole(event)
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _whole(self, event: yaml.Event) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return Node(_scalar(event), *_place(event))
        if isinstance(event, yaml.CollectionStartEvent) and event.tag is not None:
            raise _mistake(event, "tags (!name) are not read here; leave it out")
        return self._mapping(event) if isinstance(event, yaml.MappingStartEvent) else self._sequence(event)

    def _alias(self, event: yaml.AliasEvent) -> Node:
        target = self._anchors.get(event.anchor or "")
        if target is None:
            raise _mistake(
                event, "an alias (*name) without its anchor (&name) before it; put text that starts with * in quotes"
            )
        self._count(target.size, event)
        return target

    def _count(self, values: int, event: yaml.Event) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            raise _mistake(event, f"more than {MAX_VALUES} values in one file, those repeated by aliases included")

    def _sequence(self, start: yaml.Event) -> Node:
        node = Node([], *_place(start))
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            self._add(node, len(node.data), event)
            node.data.append(node.children[len(node.data)].data)
        return node

    def _mapping(self, start: yaml.Event) -> Node:
        node = Node({}, *_place(start))
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = _key(event)
            if key in node.keys:
                self.duplicates.append(Duplicate((*self._path, key), *_place(event), node.keys[key][0]))
                self._node(next(self._events))
                continue
            node.keys[key] = _place(event)
            self._add(node, key, next(self._events))
            node.data[key] = node.children[key].data
        return node

    def _add(self, parent: Node, part: str | int, event: yaml.Event) -> None:
        self._path.append(part)
        child = parent.children[part] = self._node(event)
        self._path.pop()
        parent.size += child.size


def _key(event: yaml.Event) -> str:
    """A key is always its text: ``404:`` and ``yes:`` name themselves."""
    if not isinstance(event, yaml.ScalarEvent):
        raise _mistake(event, "a list, mapping or alias stands where a field's name belongs")
    return str(event.value)


def _scalar(event: yaml.ScalarEvent) -> str | int | float | bool | None:
    text = str(event.value)
    if event.tag is not None and event.tag not in _TEXT_TAGS:
        raise _mistake(event, "tags (!name) are not read here; put text that starts with ! in quotes")
    if event.style or event.tag is not None:
        return text
    return resolve_scalar(text)


def resolve_scalar(text: str) -> str | int | float | bool | None:
    """A plain scalar's value by the core schema; whatever is neither null, true, false nor a number is text."""
    if _NULL.fullmatch(text):
        return None
    if match := _BOOL.fullmatch(text):
        return match[1] is None
    if _INT.fullmatch(text):
        return int(text)
    if match := _OCTAL.fullmatch(text):
        return int(match[1], 8)
    if match := _HEX.fullmatch(text):
        return int(match[1], 16)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _mistake(event: yaml.Event, message: str) -> YamlMistake:
    return YamlMistake(message, *_place(event))


def _syntax_sentence(error: yaml.MarkedYAMLError, text: str) -> str:
    """What the parser says, without the parts in which it quotes the file (a secret may stand there)."""
    problem = error.problem or "it can't be read"
    if "tag handle" in problem:
        return "not YAML: tags (!name) are not read here; put text that starts with ! in quotes"
    if "nesting depth" in problem:  # libyaml has a bound of its own since PyYAML 6.0.4, and reads ahead of our count
        return _TOO_DEEP
    mark, begins = error.problem_mark, error.context_mark
    if mark is not None and _at(text, mark.line, mark.column) == "\t":
        return "not YAML: a tab stands here; indent with spaces"
    begun = f" that begins on line {begins.line + 1}" if begins and mark and begins.line != mark.line else ""
    context = f" ({error.context}{begun})" if error.context else ""
    return f"not YAML: {problem}{context}; check indentation, and put text that holds ': ' or ' #' in quotes"


def _at(text: str, line: int, column: int) -> str:
    """The character there, both counted from 0."""
    return (text.split("\n")[line : line + 1] or [""])[0][column : column + 1]


def _unreadable(error: yaml.reader.ReaderError, text: str) -> tuple[str, int, int]:
    for number, line in enumerate(text.split("\n"), 1):
        for column, character in enumerate(line, 1):
            if not _printable(character):
                return f"character U+{ord(character):04X} is not allowed in YAML", number, column
    return f"not YAML: {error.reason}", 1, 1


def _printable(character: str) -> bool:
    """YAML 1.2.2, production [1] ``c-printable``."""
    code = ord(character)
    if code < 0xA0:
        return code in (0x09, 0x0A, 0x0D, 0x85) or 0x20 <= code < 0x7F
    return not (0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF))
