"""A webhook ready to be sent."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HookRequest:
    """Body and headers; the signature in them is over exactly these bytes."""

    body: bytes
    headers: Mapping[str, str]
