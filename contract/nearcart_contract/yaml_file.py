"""Reads the YAML files that people write: every mistake at once, each with its line, column, field and the way out.

Values of secret fields (``SecretStr``) never appear in a message.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from nearcart_contract.problem import FileProblems, Problem
from nearcart_contract.validation_sentences import field_name, sentences
from nearcart_contract.yaml_tree import Duplicate, Node, YamlMistake, parse_tree

__all__ = ["FileProblems", "Problem", "Source", "load_yaml", "parse_source", "read_source", "source_of"]

MAX_BYTES = 1_000_000

T = TypeVar("T", bound=BaseModel)
Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A file as read: its text, its plain data, and where each value stands."""

    file: Path
    text: str
    root: Node
    duplicates: tuple[Duplicate, ...] = ()

    @property
    def data(self) -> Any:
        """Mappings, lists and scalars of YAML 1.2's core schema; keys are always text."""
        return self.root.data

    def position(self, loc: Location) -> tuple[int, int]:
        """Line and column, from 1, of the value at ``loc``; of the nearest value around it where there is none."""
        node = self.root
        for part in loc:
            node = node.children.get(part, node)
        return node.line, node.column

    def key_position(self, loc: Location) -> tuple[int, int]:
        """Line and column of the key at ``loc``, or else of the value."""
        node = self.root
        for part in loc[:-1]:
            node = node.children.get(part, node)
        return node.keys.get(str(loc[-1]), self.position(loc)) if loc else self.position(loc)

    def problem(self, loc: Location, message: str) -> Problem:
        """A mistake in the value at ``loc``."""
        return Problem(self.file, *self.position(loc), field_name(loc), message)


def read_source(path: Path) -> Source:
    """Read and take apart one file. Raises ``FileProblems`` when it is missing, unreadable, too large or not YAML.

    Keys written twice are in ``duplicates``; ``parse_source`` reports them with the rest.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _whole_file(path, "there is no such file") from None
    except PermissionError:
        raise _whole_file(path, "this user may not read it: chown it to the user that this runs as") from None
    except OSError as error:
        raise _whole_file(path, f"can't be read: {error.strerror or type(error).__name__}") from None
    if len(raw) > MAX_BYTES:
        raise _whole_file(path, f"larger than {MAX_BYTES // 1000} kB, which is all that is read of one file")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise FileProblems((Problem(path, line, column, "", "not UTF-8 text; save the file as UTF-8"),)) from None
    return source_of(path, text)


def source_of(path: Path, text: str) -> Source:
    """Take apart text that stands, or would stand, in ``path``. Raises ``FileProblems`` when it is not YAML."""
    try:
        root, duplicates = parse_tree(text)
    except YamlMistake as mistake:
        raise FileProblems((Problem(path, mistake.line, mistake.column, "", mistake.message),)) from None
    return Source(path, text, root, duplicates)


def parse_source(source: Source, model: type[T]) -> T:
    """The file as ``model``. Raises ``FileProblems`` with every mistake in it, in the order of their places."""
    problems = [_twice(source, duplicate) for duplicate in source.duplicates]
    parsed: T | None = None
    try:
        parsed = model.model_validate({} if source.data is None else source.data)
    except ValidationError as error:
        for sentence in sentences(error, source.root, model):
            place = source.key_position if sentence.at_key else source.position
            problems.append(Problem(source.file, *place(sentence.loc), field_name(sentence.loc), sentence.message))
    if parsed is None or problems:
        raise FileProblems(tuple(sorted(problems, key=lambda problem: (problem.line, problem.column)))) from None
    return parsed


def load_yaml(path: Path, model: type[T]) -> T:
    """Read one file as ``model``. Raises ``FileProblems``, also for a file that is missing or unreadable."""
    return parse_source(read_source(path), model)


def _twice(source: Source, duplicate: Duplicate) -> Problem:
    message = f"written twice, first on line {duplicate.first_line}; keep one"
    return Problem(source.file, duplicate.line, duplicate.column, field_name(duplicate.path), message)


def _whole_file(path: Path, message: str) -> FileProblems:
    return FileProblems((Problem(path, 0, 0, "", message),))
