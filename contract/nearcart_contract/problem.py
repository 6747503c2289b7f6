"""A mistake in a file that a person wrote: where it is, what was found, what is allowed."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

_WORDS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. ``line`` and ``column`` count from 1; both are 0 where the whole file is meant.

    ``field`` is the place in the file's own words (``when.zones[0]``), empty at the top.
    """

    file: Path
    line: int
    column: int
    field: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else str(self.file)
        what = f"{self.field}: {self.message}" if self.field else self.message
        return f"{where}  {what}"


class FileProblems(Exception):  # noqa: N818 - it is many mistakes, not one error
    """All mistakes of a file or a folder, in the order of their places."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def allowed_words(found: str, allowed: tuple[str, ...]) -> str:
    """The end of a sentence about a word that is not one of ``allowed``: these words, and the nearest if one is near."""
    if not allowed:
        return "nothing is allowed here"
    shown = ", ".join(allowed[:_WORDS_SHOWN])
    more = f" and {len(allowed) - _WORDS_SHOWN} more" if len(allowed) > _WORDS_SHOWN else ""
    nearest = nearest_word(found, allowed)
    return f"allowed: {shown}{more}" + (f"; did you mean '{nearest}'?" if nearest else "")


def nearest_word(found: str, allowed: tuple[str, ...]) -> str | None:
    """The allowed word most like the found one, upper and lower case being alike; ``None`` when none is near."""
    by_folded = {word.casefold(): word for word in reversed(allowed)}
    matches = get_close_matches(found[:200].casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[matches[0]] if matches else None
