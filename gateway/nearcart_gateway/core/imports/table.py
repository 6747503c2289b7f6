"""CSV: a line for each article of a cart, or a line for each order. The columns of the first line say which.

Lines of one cart have the same id in ``cart``; what they say of the cart itself must agree.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from nearcart_contract.cart import Cart, CartItem, CartUpdated, Order, OrderCreated
from nearcart_contract.problem import allowed_words
from nearcart_gateway.core.imports.found import Imported, Mistake, sentences

MOST_ROWS = 1_000_000

_ITEM = ("sku", "product", "title", "categories", "brand", "quantity", "unit_price")
_CART = ("cart", "customer", "token", "currency", "value", "state", "created_at", "updated_at")
_ORDER = ("order", "customer", "cart_token", "currency", "total", "placed_at")
_NEEDED = {"cart": ("cart", "updated_at"), "order": ("order", "total", "placed_at")}
_TIMES = ("created_at", "updated_at", "placed_at")
_MONEY = ("value", "total", "unit_price")

_Row = dict[str, str]


class _RowError(Exception):
    """What is wrong with a line."""


def read_table(lines: Iterable[str]) -> Iterator[Imported | Mistake]:
    """Every cart or order of a table, each with the line it begins in."""
    source = iter(lines)
    head = next(source, "")
    delimiter = max(",;\t", key=head.count)
    columns = _columns(head.lstrip("\ufeff"), delimiter)
    wrong = _wrong_columns(columns)
    if wrong is not None:
        yield Mistake(1, wrong)
        return
    rows = _rows(csv.reader(source, delimiter=delimiter, strict=True), columns)
    yield from _orders(rows) if "order" in columns else _carts(rows)


def _columns(head: str, delimiter: str) -> list[str]:
    try:
        return [name.strip().casefold() for name in next(csv.reader([head], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _wrong_columns(columns: list[str]) -> str | None:
    """What is wrong with the first line, if anything."""
    kind = "order" if "order" in columns else "cart"
    allowed = _ORDER if kind == "order" else (*_CART, *_ITEM)
    missing = [name for name in _NEEDED[kind] if name not in columns]
    if missing:
        return f"found columns {', '.join(filter(None, columns)) or 'none'}; needed: {', '.join(missing)}"
    for name in columns:
        if name not in allowed:
            return f"found column '{name}', {allowed_words(name, allowed)}"
    twice = sorted({name for name in columns if columns.count(name) > 1})
    return f"found twice: {', '.join(twice)}" if twice else None


def _rows(reader: Any, columns: list[str]) -> Iterator[tuple[int, _Row] | Mistake]:
    """Number and filled cells of each line after the first; one that is no CSV ends the table."""
    count = 0
    while True:
        line = reader.line_num + 2
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Mistake(line, f"is not CSV ({error})")
            return
        count += 1
        if count > MOST_ROWS:
            yield Mistake(line, f"at most {MOST_ROWS} lines are read")
            return
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            yield Mistake(line, f"found {len(cells)} cells, the first line has {len(columns)}")
            continue
        yield line, {name: cell.strip() for name, cell in zip(columns, cells, strict=True) if cell.strip()}


def _orders(rows: Iterable[tuple[int, _Row] | Mistake]) -> Iterator[Imported | Mistake]:
    for row in rows:
        if isinstance(row, Mistake):
            yield row
            continue
        line, cells = row
        try:
            values = _values(cells)
            order = Order.model_validate({**values, "id": values.pop("order", "")})
            yield Imported(line, OrderCreated(type="order.created", timestamp=order.placed_at, data=order))
        except _RowError as error:
            yield Mistake(line, str(error))
        except ValidationError as error:
            yield Mistake(line, sentences(error))


def _carts(rows: Iterable[tuple[int, _Row] | Mistake]) -> Iterator[Imported | Mistake]:
    """A cart is made when all of its lines are known; one wrong line and the whole cart is left out."""
    first: dict[str, tuple[int, dict[str, Any]]] = {}
    items: dict[str, list[CartItem]] = {}
    wrong: set[str] = set()
    for row in rows:
        if isinstance(row, Mistake):
            yield row
            continue
        line, cells = row
        name = cells.get("cart", "")
        try:
            values = _values(cells)
            about = {key: value for key, value in values.items() if key in _CART and key != "cart"}
            known = first.setdefault(name, (line, about))
            _must_agree(about, known)
            items.setdefault(name, []).extend(_item(values))
        except _RowError as error:
            wrong.add(name)
            yield Mistake(line, str(error))
        except ValidationError as error:
            wrong.add(name)
            yield Mistake(line, sentences(error))
    for name, (line, about) in first.items():
        if name not in wrong:
            yield _cart(line, name, about, items[name])


def _cart(line: int, name: str, about: dict[str, Any], items: list[CartItem]) -> Imported | Mistake:
    try:
        cart = Cart.model_validate({"id": name, "items": items, "state": "open" if items else "empty", **about})
    except ValidationError as error:
        return Mistake(line, sentences(error))
    return Imported(line, CartUpdated(type="cart.updated", timestamp=cart.updated_at, data=cart))


def _item(values: dict[str, Any]) -> list[CartItem]:
    """The article of a line, unless it has none: an empty cart is a line without one."""
    cells = {key: value for key, value in values.items() if key in _ITEM}
    if not cells:
        return []
    if "categories" in cells:
        cells["categories"] = tuple(part.strip() for part in str(cells["categories"]).split("|") if part.strip())
    return [CartItem.model_validate(cells)]


def _must_agree(about: dict[str, Any], known: tuple[int, dict[str, Any]]) -> None:
    line, before = known
    for name, value in about.items():
        if before.get(name) != value:
            raise _RowError(f"{name} is not what line {line} says of the same cart")


def _values(cells: _Row) -> dict[str, Any]:
    """Cells with times and money read: times need an offset, money a point."""
    return {name: _value(name, text) for name, text in cells.items()}


def _value(name: str, text: str) -> object:
    if name in _TIMES:
        return _time(name, text)
    if name in _MONEY:
        return _money(name, text)
    return text


def _time(name: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _RowError(f"found {name} '{text}', allowed: a time such as 2026-11-25T10:00:00+01:00") from None
    if at.tzinfo is None:
        raise _RowError(f"{name} '{text}' has no offset, and could be any hour: write such as {text}+01:00 or {text}Z")
    return at


def _money(name: str, text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise _RowError(f"found {name} '{text}', allowed: a number with a point, such as 12.50")
    return amount
