"""ManufacturerData or ServiceData of one device: what was heard, and its form on D-Bus, made once a change."""

from collections.abc import Mapping
from typing import Generic, TypeVar

from dbus_fast import Variant

Key = TypeVar("Key", int, str)


class Payloads(Generic[Key]):
    """Payloads by company id or UUID. False while empty."""

    __slots__ = ("_heard", "_signature", "variant")

    def __init__(self, signature: str, heard: Mapping[Key, bytes]) -> None:
        self._signature = signature
        self._heard: dict[Key, bytes] = {}
        self._replace(dict(heard))

    def __bool__(self) -> bool:
        return bool(self._heard)

    def hear(self, payloads: Mapping[Key, bytes], duplicate_data: bool) -> bool:
        """Whether bluetoothd tells the property now.

        With duplicates it forgets the payloads before it takes the new ones, so it always does; without, it adds to
        what it knows and tells only what is new (BlueZ src/device.c, device_set_manufacturer_data).
        """
        if duplicate_data:
            if self._heard != payloads:
                self._replace(dict(payloads))
            return True
        if all(self._heard.get(key) == payload for key, payload in payloads.items()):
            return False
        self._replace({**self._heard, **payloads})
        return True

    def _replace(self, heard: dict[Key, bytes]) -> None:
        self._heard = heard
        self.variant = Variant(self._signature, {key: Variant("ay", payload) for key, payload in heard.items()})
