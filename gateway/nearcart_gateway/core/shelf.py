"""What is on the shelf of this store: how many of each SKU, and what one costs here."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

MOST_ROWS = 200_000


class ShelfError(Exception):
    """A shelf file that can't be read: a sentence with the line."""


@dataclass(frozen=True, slots=True)
class OnShelf:
    """``quantity`` in pieces; ``price`` of one in major units of the store's currency, ``None`` where the file has none."""

    quantity: int
    price: Decimal | None = None


def read_shelf(lines: Iterable[str]) -> Mapping[str, OnShelf]:
    """SKU to what is there, from the lines of a CSV file. Raises ``ShelfError`` naming line, found and allowed."""
    rows = csv.DictReader(lines)
    named = tuple(name.strip().casefold() for name in rows.fieldnames or ())
    if not {"sku", "quantity"} <= set(named):
        raise ShelfError(
            f"line 1: found columns {', '.join(named) or 'none'}; needed: sku, quantity; and price if known"
        )
    rows.fieldnames = list(named)
    shelf: dict[str, OnShelf] = {}
    for row in rows:
        sku = (row["sku"] or "").strip()
        if not sku:
            raise ShelfError(f"line {rows.line_num}: the SKU is empty")
        if len(shelf) >= MOST_ROWS:
            raise ShelfError(f"line {rows.line_num}: at most {MOST_ROWS} rows are read")
        shelf[sku] = OnShelf(_quantity(row["quantity"], rows.line_num), _price(row.get("price"), rows.line_num))
    return shelf


def _quantity(text: str | None, line: int) -> int:
    try:
        return int(text or "")
    except ValueError:
        raise ShelfError(f"line {line}: found quantity '{text or ''}', allowed: a whole number") from None


def _price(text: str | None, line: int) -> Decimal | None:
    if not (text or "").strip():
        return None
    try:
        price = Decimal(text or "")
    except InvalidOperation:
        price = Decimal("NaN")
    if not price.is_finite() or price < 0:
        raise ShelfError(f"line {line}: found price '{text}', allowed: a number such as 12.50")
    return price
