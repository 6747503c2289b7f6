"""What is on the air in ``theengs.py``: five enrolled devices, each proven another way, and strangers' phones."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from nearcart_contract.advertisement import full_uuid
from nearcart_edge.core.block_cipher import cipher
from nearcart_edge.core.ephemeral_ids import ephemeral_id
from nearcart_edge.core.private_address import AddressHash
from nearcart_sim.shell.bluez import VirtualBluez

INTERVAL_S = 1.0
ADDRESS_ROLLS_S = 12.0
STRANGERS = 20

_IRK = bytes.fromhex("ec0234a357c8ad05341010a60a397d9b")
_EID_KEY, _EID_EXPONENT = bytes.fromhex("01020304050607080910111213141516"), 4
_BIND_KEY, _BUTTON = bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932"), "54:48:E6:8F:80:A5"


@dataclass
class Device:
    """``enrol``: the option of ``nearcart visitors add``, and what follows it. ``sent``: Unix seconds of its packets."""

    name: str
    enrol: tuple[str, str] | None
    address: Callable[[float], str]
    manufacturer_data: Callable[[float], Mapping[int, bytes]] = lambda _: {}
    service_data: Callable[[float], Mapping[str, bytes]] = lambda _: {}
    rssi: int = -60
    sent: list[float] = field(default_factory=list)


def devices() -> list[Device]:
    """Those who are enrolled."""
    ibeacon = bytes.fromhex("0215f7826da64fa24e988024bc5b71e0893e00010007c5")
    uid = bytes.fromhex("00ef" + "edd1ebeac04e5defa017" + "0bdb87539b67")
    return [
        Device(
            "ibeacon",
            ("--ibeacon", "f7826da6-4fa2-4e98-8024-bc5b71e0893e/1/7"),
            lambda _: "C4:64:E3:00:00:01",
            manufacturer_data=lambda _: {0x004C: ibeacon},
        ),
        Device(
            "eddystone-uid",
            ("--eddystone", "edd1ebeac04e5defa017/0bdb87539b67"),
            lambda _: "C4:64:E3:00:00:02",
            service_data=lambda _: {full_uuid("feaa"): uid},
        ),
        Device(
            "eddystone-eid",
            ("--eid", f"{_EID_KEY.hex()}/{_EID_EXPONENT}/0"),
            lambda _: "C4:64:E3:00:00:03",
            service_data=lambda now: {full_uuid("feaa"): b"\x30\xef" + _eid(now)},
        ),
        Device(
            "irk",
            ("--irk", _IRK.hex()),
            _private_address,
            manufacturer_data=lambda _: {0xFFFF: b"shop app"},
        ),
        Device(
            "bthome",
            ("--bthome", f"{_BUTTON}/{_BIND_KEY.hex()}"),
            lambda _: _BUTTON,
            service_data=lambda now: {full_uuid("fcd2"): _bthome(now)},
        ),
    ]


def strangers() -> list[Device]:
    """Whom nobody enrolled: phones with Apple's Nearby payload, and things with a maker's."""
    return [
        Device(
            f"stranger-{number}",
            None,
            _constant(f"{'4A' if number % 2 else 'DA'}:00:00:00:00:{number:02X}"),
            _nearby if number % 2 else _thing,
            rssi=-75,
        )
        for number in range(STRANGERS)
    ]


class Air:
    """Devices that advertise once a second on ``hci0``; whoever is in ``silent`` does not."""

    def __init__(self, bluez: VirtualBluez, everybody: list[Device]) -> None:
        self._bluez = bluez
        self._everybody = everybody
        self.silent: set[str] = {device.name for device in everybody if device.enrol}

    async def run(self) -> None:
        """For ever."""
        async with asyncio.TaskGroup() as group:
            for device in self._everybody:
                group.create_task(self._advertise(device))

    async def _advertise(self, device: Device) -> None:
        await asyncio.sleep(random.random() * INTERVAL_S)
        while True:
            if device.name not in self.silent:
                self._send(device, time.time())
            await asyncio.sleep(INTERVAL_S + random.random() * 0.01)  # advDelay: Core, Vol 6 Part B 4.4.2.2.1

    def _send(self, device: Device, now: float) -> None:
        device.sent.append(now)
        self._bluez.advertise(
            "hci0",
            device.address(now),
            device.rssi + random.choice((-3, 0, 3)),
            manufacturer_data=device.manufacturer_data(now),
            service_data=device.service_data(now),
        )


def _constant(address: str) -> Callable[[float], str]:
    return lambda _: address


def _nearby(_: float) -> Mapping[int, bytes]:
    return {0x004C: bytes.fromhex("1005031c") + random.randbytes(3)}


def _thing(_: float) -> Mapping[int, bytes]:
    return {0x0E2B: b"thing" + random.randbytes(2)}


def _private_address(now: float) -> str:
    roll = int(now / ADDRESS_ROLLS_S)
    prand = (0x400000 | roll & 0x3FFFFF).to_bytes(3, "big")
    return (prand + AddressHash(_IRK).of(prand)).hex(":").upper()


def _eid(now: float) -> bytes:
    return bytes.fromhex(ephemeral_id(cipher(_EID_KEY), _EID_EXPONENT, int(now)))


def _bthome(now: float) -> bytes:
    """Battery 97 %, encrypted: bthome.io/encryption."""
    information, counter = b"\x41", int(now).to_bytes(4, "little")
    nonce = bytes.fromhex(_BUTTON.replace(":", "")) + b"\xd2\xfc" + information + counter
    sealed = AESCCM(_BIND_KEY, tag_length=4).encrypt(nonce, b"\x01\x61", None)
    return information + sealed[:-4] + counter + sealed[-4:]
