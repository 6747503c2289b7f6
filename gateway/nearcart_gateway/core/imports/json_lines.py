"""JSON lines: one of the contract's events a line (``cart.updated``, ``order.created``), as a Standard Webhook carries them."""

from collections.abc import Iterable, Iterator

from pydantic import TypeAdapter, ValidationError

from nearcart_contract.cart import GenericEvent, ShopEvent
from nearcart_gateway.core.imports.found import Imported, Mistake, sentences

MOST_CHARACTERS = 1_000_000

_EVENT: TypeAdapter[ShopEvent] = TypeAdapter(GenericEvent)


def read_json_lines(lines: Iterable[str]) -> Iterator[Imported | Mistake]:
    """Every line, one after the other; empty ones are passed over."""
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text:
            continue
        if len(text) > MOST_CHARACTERS:
            yield Mistake(number, f"{len(text)} characters; at most {MOST_CHARACTERS} are read")
            continue
        try:
            yield Imported(number, _EVENT.validate_json(text))
        except ValidationError as error:
            yield Mistake(number, sentences(error))
