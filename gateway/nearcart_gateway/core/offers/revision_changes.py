"""What changed from one revision of the offers to the next: for each offer, campaign and the store one line for people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from nearcart_contract.yaml_file import FileProblems, source_of
from nearcart_gateway.core.offers.store_terms import FILE

What = Literal["offer", "campaign", "store"]
Did = Literal["added", "changed", "removed"]

FIELDS_TOLD = 6
VALUE_SHOWN = 40

_MISSING = object()


@dataclass(frozen=True, slots=True)
class FileChange:
    """One offer, campaign, or the store's terms, as a revision changed it. ``file`` is where it stands now, or last stood."""

    what: What
    name: str
    did: Did
    file: str
    summary: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    file: str
    text: str
    data: Any


def changes_between(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[FileChange, ...]:
    """What a revision (file name to text) changed from the one before it, in the order of files."""
    touched = {name for name in (*before, *after) if before.get(name) != after.get(name)}
    old = _entries({name: text for name, text in before.items() if name in touched})
    new = _entries({name: text for name, text in after.items() if name in touched})
    found = [_change(key, old.get(key), new.get(key)) for key in {**old, **new}]
    return tuple(sorted((change for change in found if change is not None), key=lambda change: change.file))


def text_of(what: str, name: str, texts: Mapping[str, str]) -> str | None:
    """The file of an offer, a campaign or the store's terms among some of a revision; ``None`` where it is in none of them."""
    return next((entry.text for key, entry in _entries(texts).items() if key == (what, name)), None)


def _entries(texts: Mapping[str, str]) -> dict[tuple[What, str], _Entry]:
    found: dict[tuple[What, str], _Entry] = {}
    for file, text in texts.items():
        data = _data(file, text)
        what: What = "store" if file == FILE else "campaign" if file.startswith("campaigns/") else "offer"
        named = data.get("store" if what == "store" else what) if isinstance(data, dict) else None
        found[what, named if isinstance(named, str) else Path(file).stem] = _Entry(file, text, data)
    return found


def _data(file: str, text: str) -> Any:
    try:
        return source_of(Path(file), text).data
    except FileProblems:
        return None


def _change(key: tuple[What, str], old: _Entry | None, new: _Entry | None) -> FileChange | None:
    what, name = key
    if new is None:
        return None if old is None else FileChange(what, name, "removed", old.file)
    if old is None:
        return FileChange(what, name, "added", new.file)
    told = [*(_moved(old, new)), *_fields(old.data, new.data)]
    if not told and what == "store":
        return None
    more = f", and {len(told) - FIELDS_TOLD} more" if len(told) > FIELDS_TOLD else ""
    summary = ", ".join(told[:FIELDS_TOLD]) + more or "comments or layout only"
    return FileChange(what, name, "changed", new.file, summary)


def _moved(old: _Entry, new: _Entry) -> Iterator[str]:
    if old.file != new.file:
        yield f"moved from {old.file}"


def _fields(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """The fields that differ, each with what it was and what it is."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in {**old, **new}:
            inside = f"{path}.{name}" if path else str(name)
            yield from _fields(old.get(name, _MISSING), new.get(name, _MISSING), inside)
    elif old is _MISSING:
        yield f"{path}: {_shown(new)} (new)"
    elif new is _MISSING:
        yield f"{path} taken out (was {_shown(old)})"
    elif old != new:
        yield f"{path or 'everything'}: {_shown(old)} → {_shown(new)}"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        text = "{" + ", ".join(f"{name}: {_shown(inner)}" for name, inner in value.items()) + "}"
    elif isinstance(value, list):
        text = "[" + ", ".join(_shown(inner) for inner in value) + "]"
    elif isinstance(value, bool):
        text = str(value).lower()
    else:
        text = "nothing" if value is None else " ".join(str(value).split())
    return text if len(text) <= VALUE_SHOWN else text[: VALUE_SHOWN - 1] + "…"
