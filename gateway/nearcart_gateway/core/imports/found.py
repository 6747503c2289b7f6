"""What an import finds: an event to take, or a mistake to tell."""

from dataclasses import dataclass

from pydantic import ValidationError

from nearcart_contract.cart import ShopEvent

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Imported:
    """One cart or order; ``line`` is where it begins, counted from 1."""

    line: int
    event: ShopEvent


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, where, and what is allowed."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


def sentences(error: ValidationError) -> str:
    """The first mistakes of a model, with what was found: it is the operator's own file."""
    details = error.errors(include_url=False, include_context=False)
    told = []
    for detail in details[:_SHOWN]:
        where = ".".join(str(part) for part in detail["loc"] if part not in ("cart.updated", "order.created"))
        found = detail["input"]
        shown = f" (found {found!r:.60})" if isinstance(found, str | int | float | bool) or found is None else ""
        told.append(f"{where or 'line'}: {detail['msg']}{shown}")
    more = f"; and {len(details) - _SHOWN} more" if len(details) > _SHOWN else ""
    return "; ".join(told) + more
