"""``*.truth.jsonl``: where a carried tag really was, one instant a line. A survey writes it, the simulator too."""

from collections.abc import Iterable, Iterator

from pydantic import Field, ValidationError

from nearcart_contract.names import Message


class TruthError(ValueError):
    """A line that can't be read; the message says what was found and what is allowed."""


class TruthLine(Message):
    """One instant. Metres, as in the layout."""

    at: float = Field(description="Unix seconds", allow_inf_nan=False)
    address: str | None = Field(default=None, max_length=64, description="the tag's; none: the only one there is")
    x: float = Field(allow_inf_nan=False)
    y: float = Field(allow_inf_nan=False)
    zone: str | None = None


def read_truth(lines: Iterable[str]) -> Iterator[TruthLine]:
    """Every line that is not empty. Raises ``TruthError``."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield TruthLine.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "line"
            raise TruthError(f"line {number}: {where}: {first['msg']}") from None
