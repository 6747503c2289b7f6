"""``where:`` of an offer: a condition in CEL (Common Expression Language, cel-spec) for the odd case no field speaks of.

What one can cost is bounded before it is ever asked: its length, its depth, and how often it walks her cart.
"""

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from nearcart_contract.problem import allowed_words
from nearcart_gateway.core.offers.gates.gate import Gate, Situation, Stop, Terms

MAX_LENGTH = 500
MAX_DEPTH = 20
MAX_WALKS = 2
"""How many of ``exists``, ``all``, ``exists_one`` and ``filter`` there may be, none inside another."""

MAX_ITEMS = 100
"""Items of a cart that an expression sees."""

WORDS: dict[str, tuple[str, ...]] = {
    "moment": ("kind", "zone", "from_zone", "dwell", "button", "probability", "away_days"),
    "visitor": ("language", "tier", "segments", "known"),
    "cart": ("state", "value", "count", "items"),
    "local": ("hour", "minute", "weekday", "date"),
}
"""The variables and what each holds; text is empty and a number 0 where there is nothing. Money is a number with a point."""

ITEM_WORDS = ("sku", "title", "brand", "categories", "quantity", "price")

_FUNCTIONS = ("size", "contains", "startsWith", "endsWith", "int", "double", "string", "has")
_WALKS = ("exists", "all", "exists_one", "filter")
_TEXT = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(")
_ATTRIBUTE = re.compile(r"\b(\w+)\s*\.\s*([A-Za-z_]\w*)(?!\s*\(|\w)")
_WALK = re.compile(r"cart\s*\.\s*items\s*\.\s*(\w+)\s*\(\s*(\w+)\s*,")

_CLOCK = re.compile(r"\blocal\b|\baway_days\b")
_MONEY = re.compile(r"\bvalue\b|\bprice\b")


class WhereError(Exception):
    """An expression that can't be asked: a sentence."""


@dataclass(frozen=True, slots=True)
class Where:
    """A compiled expression: ``variables`` are those it needs."""

    source: str
    variables: tuple[str, ...]
    ask: Callable[[dict[str, Any]], object]


def compile_where(source: str) -> Where:
    """Compile an expression that keeps to the limits. Raises ``WhereError`` naming what was found and what is allowed."""
    bare = _TEXT.sub("''", source)
    _bounded(source, bare)
    _known_words(bare)
    try:
        program = _guarded(_cel().compile)(source)
    except Exception as error:
        raise WhereError(f"not an expression: {_first_line(error)}{_hint(bare)}") from None
    loops = {name for _, name in _WALK.findall(bare)}
    variables = tuple(name for name in program.variables() if name not in loops)
    for name in variables:
        if name not in WORDS:
            raise WhereError(f"unknown variable '{name}', {allowed_words(name, tuple(WORDS))}")
    return Where(source, variables, _guarded(program.execute))


def check_where(source: str) -> None:
    """Compile it and ask it of an example. Raises ``WhereError``, also when it says neither yes nor no."""
    where = compile_where(source)
    try:
        found = where.ask({name: _EXAMPLE[name] for name in where.variables})
    except Exception as error:
        raise WhereError(f"can't be answered: {_first_line(error)}") from None
    if not isinstance(found, bool):
        raise WhereError("says neither yes nor no; compare something, as in cart.value > 40.0")


def asks_the_clock(source: str) -> bool:
    """Whether it speaks of what only a clock that is right can say."""
    return _CLOCK.search(_TEXT.sub("''", source)) is not None


def asks_for_money(source: str) -> bool:
    """Whether it compares what is in the cart's currency."""
    return _MONEY.search(_TEXT.sub("''", source)) is not None


def where_gate(terms: Terms) -> Gate | None:
    """The offer's own condition. One that fails while it is asked stops its offer and nothing else."""
    if terms.offer.where is None:
        return None
    where = compile_where(terms.offer.where)
    required = " ".join(where.source.split())

    def gate(situation: Situation) -> Stop | None:
        try:
            found = where.ask({name: _MAKE[name](situation) for name in where.variables})
        except Exception as error:
            return Stop(f"its 'where' can't be answered: {_first_line(error)}", "no answer", required)
        if found is True:
            return None
        return Stop("its 'where' says no", "false" if found is False else "neither yes nor no", required)

    return gate


def _bounded(source: str, bare: str) -> None:
    """The expression is short, flat, and walks nothing but her cart, one level deep."""
    if len(source) > MAX_LENGTH:
        raise WhereError(f"{len(source)} characters long, allowed: at most {MAX_LENGTH}")
    if bare.count("!") + bare.count("-") > MAX_DEPTH or bare.count("?") > MAX_DEPTH:
        raise WhereError(f"more than {MAX_DEPTH} signs of one kind in a row of conditions; write it in fields instead")
    walks = list(_WALK.finditer(bare))
    if sum(name in _WALKS for name in _CALL.findall(bare)) > len(walks):
        raise WhereError("only cart.items can be walked, as in cart.items.exists(i, i.price > 20.0)")
    if len(walks) > MAX_WALKS:
        raise WhereError(f"walks cart.items {len(walks)} times, allowed: at most {MAX_WALKS}")
    starts = {walk.end() for walk in walks}
    depth, inside = 0, 0
    for place, sign in enumerate(bare, start=1):
        if place in starts:
            if inside:
                raise WhereError("walks cart.items inside of a walk through cart.items")
            inside = depth
        depth += (sign in "([{") - (sign in ")]}")
        if depth < inside:
            inside = 0
        if depth > MAX_DEPTH:
            raise WhereError(f"more than {MAX_DEPTH} brackets inside each other")


def _known_words(bare: str) -> None:
    for name in _CALL.findall(bare):
        if name not in (*_FUNCTIONS, *_WALKS):
            raise WhereError(f"unknown function '{name}', {allowed_words(name, (*_FUNCTIONS, *_WALKS))}")
    loops = {name: ITEM_WORDS for _, name in _WALK.findall(bare)}
    for variable, attribute in _ATTRIBUTE.findall(bare):
        known = {**WORDS, **loops}.get(variable)
        if known is not None and attribute not in known:
            words = tuple(f"{variable}.{word}" for word in known)
            found = f"{variable}.{attribute}"
            raise WhereError(f"unknown variable '{found}', {allowed_words(found, words)}")


_HINTS = (
    (re.compile(r"\b(and|or|not)\b"), "write && for and, || for or, ! for not"),
    (re.compile(r"(?<![=!<>])=(?!=)"), "write == to compare"),
    (re.compile("[“”„‘’]"), "write straight quotes, ' or \""),
)


def _hint(bare: str) -> str:
    """What people write who know other languages."""
    return "".join(f"; {hint}" for found, hint in _HINTS if found.search(bare))


@cache
def _cel() -> Any:
    """The library, when an offer first needs it. Its command line stays outside: with it, it takes 30 MB."""
    stand_in = "cel.cli" not in sys.modules
    if stand_in:
        sys.modules["cel.cli"] = ModuleType("cel.cli")
    try:
        import cel
    finally:
        if stand_in:
            sys.modules.pop("cel.cli", None)
    return cel


def _guarded(call: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A panic of the library, which no ``except Exception`` would catch, is a mistake of the expression like another."""

    def guarded(argument: Any) -> Any:
        try:
            return call(argument)
        except BaseException as error:
            if type(error).__name__ == "PanicException":
                raise WhereError("too hard for the library that reads it") from None
            raise

    return guarded


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return text.partition("ERROR: <input>:")[2] or text


def _moment_words(situation: Situation) -> dict[str, Any]:
    moment = situation.moment
    return {
        "kind": moment.kind,
        "zone": moment.zone or "",
        "from_zone": moment.from_zone or "",
        "dwell": moment.dwell_s or 0.0,
        "button": moment.button or "",
        "probability": moment.probability,
        "away_days": (moment.away_s or 0.0) / 86_400,
    }


def _visitor_words(situation: Situation) -> dict[str, Any]:
    visitor = situation.visitor
    if visitor is None:
        return {"language": "", "tier": "", "segments": [], "known": False}
    return {
        "language": visitor.language,
        "tier": visitor.tier or "",
        "segments": sorted(visitor.segments),
        "known": visitor.customer is not None,
    }


def _cart_words(situation: Situation) -> dict[str, Any]:
    known = situation.cart
    if known is None:
        return {"state": situation.cart_state, "value": 0.0, "count": 0, "items": []}
    items = known.cart.items
    return {
        "state": situation.cart_state,
        "value": float(known.cart.total),
        "count": sum(item.quantity for item in items),
        "items": [
            {
                "sku": item.sku or "",
                "title": item.title or "",
                "brand": item.brand or "",
                "categories": list(item.categories),
                "quantity": item.quantity,
                "price": float(item.unit_price),
            }
            for item in items[:MAX_ITEMS]
        ],
    }


def _local_words(situation: Situation) -> dict[str, Any]:
    local = situation.local
    weekday = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[local.weekday()]
    return {"hour": local.hour, "minute": local.minute, "weekday": weekday, "date": local.date().isoformat()}


_MAKE: Mapping[str, Callable[[Situation], dict[str, Any]]] = {
    "moment": _moment_words,
    "visitor": _visitor_words,
    "cart": _cart_words,
    "local": _local_words,
}

_EXAMPLE: Mapping[str, dict[str, Any]] = {
    "moment": {"kind": "dwell", "zone": "wine", "from_zone": "", "dwell": 20.0, "button": "", "probability": 0.9}
    | {"away_days": 0.0},
    "visitor": {"language": "en", "tier": "gold", "segments": ["vip"], "known": True},
    "cart": {"state": "open", "value": 42.5, "count": 2}
    | {
        "items": [
            {"sku": "W-1", "title": "Wine", "brand": "A", "categories": ["wine"], "quantity": 2, "price": 21.25},
        ]
    },
    "local": {"hour": 12, "minute": 0, "weekday": "wed", "date": "2026-09-30"},
}
