"""What a visitor carries, as an operator writes it: parts joined by ``/``, with the kind said or recognised by its shape."""

import re

from pydantic import ValidationError

from nearcart_contract.roster import Identity
from nearcart_gateway.shell.storage import visitors

_PARTS: dict[str, tuple[str, ...]] = {
    "ibeacon": ("uuid", "major", "minor"),
    "eddystone-uid": ("namespace", "instance"),
    "altbeacon": ("id1", "id2", "id3"),
    "address": ("address",),
    "irk": ("irk",),
    "eddystone-eid": ("identity_key", "rotation_exponent", "clock_offset_s"),
    "bthome": ("address", "bind_key"),
}
_SHAPES = {
    "ibeacon": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[0-9]{1,5}/[0-9]{1,5}", re.IGNORECASE),
    "eddystone-uid": re.compile(r"[0-9a-f]{20}/[0-9a-f]{12}", re.IGNORECASE),
    "address": re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", re.IGNORECASE),
}
_SECRET = ("irk", "eddystone-eid", "bthome")


class CarriedError(Exception):
    """What is written is no tag; the sentence says what is expected and repeats no key."""


def carried_identity(kind: str, text: str) -> Identity:
    """The identity of one thing: ``kind`` as in a roster, or what it is to people (``tag``, ``card``, ``band``).

    Raises ``CarriedError``.
    """
    if kind in _PARTS:
        return _identity(kind, text)
    found = next((name for name, shape in _SHAPES.items() if shape.fullmatch(text)), None)
    if found is None:
        raise CarriedError(
            f"--{kind} '{text}' is not recognised: write UUID/MAJOR/MINOR (iBeacon), NAMESPACE/INSTANCE (Eddystone-UID)"
            " or AA:BB:CC:DD:EE:FF (a fixed address)"
        )
    return _identity(found, text)


def _identity(kind: str, text: str) -> Identity:
    names = _PARTS[kind]
    parts = text.split("/")
    if len(parts) != len(names):
        raise CarriedError(f"{_told(kind, text)} has {len(parts)} parts, expected {'/'.join(names).upper()}")
    written = {
        name: part.upper() if name == "address" else part.lower() for name, part in zip(names, parts, strict=True)
    }
    try:
        return visitors.parse_identity({"kind": kind, **written})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise CarriedError(f"{_told(kind, text)}: {first['loc'][-1]}: {first['msg']}") from error


def _told(kind: str, text: str) -> str:
    """What was given, as an error may show it: no keys."""
    return f"--{kind}" if kind in _SECRET else f"--{kind} '{text}'"
