"""JSON of a shop with its numbers as they are written: 0.1 is a tenth, and no cent is lost to binary fractions."""

import json
from decimal import Decimal, InvalidOperation
from typing import NoReturn, TypeVar

from pydantic import ValidationError

from nearcart_contract.names import Message
from nearcart_gateway.core.hooks.event import UnreadableError, unreadable

T = TypeVar("T", bound=Message)


def read_exact(model: type[T], body: bytes) -> T:
    """One document as ``model``. Raises ``UnreadableError``."""
    document = parse_exact(body)
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise unreadable(error) from None
    except (ValueError, OverflowError, InvalidOperation) as error:
        raise UnreadableError(f"a value is out of range ({type(error).__name__})") from None


def parse_exact(body: bytes) -> object:
    """JSON values, with ``Decimal`` for every number that has a fraction or an exponent. Raises ``UnreadableError``."""
    try:
        parsed: object = json.loads(body, parse_float=Decimal, parse_constant=_refuse)
        if b"\\ud" in body or b"\\uD" in body:
            json.dumps(parsed, default=str, ensure_ascii=False).encode()  # half a character can be kept nowhere
    except UnicodeError:
        raise UnreadableError("Invalid JSON: it is not UTF-8, or escapes half a character") from None
    except json.JSONDecodeError as error:
        raise UnreadableError(f"Invalid JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except (ValueError, RecursionError, InvalidOperation):
        raise UnreadableError("Invalid JSON: a number or a nesting beyond all measure") from None
    return parsed


def _refuse(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON")
