"""One device of each class: its firmware, what it says, and how a store would enrol it."""

from dataclasses import dataclass
from typing import Literal, get_args

from nearcart_contract.roster import (
    AddressIdentity,
    AltBeaconIdentity,
    BTHomeIdentity,
    EddystoneEidIdentity,
    EddystoneUidIdentity,
    IBeaconIdentity,
    Identity,
    IrkIdentity,
)
from nearcart_sim.core.beacons.address import static_address
from nearcart_sim.core.beacons.eddystone_url import eddystone_url
from nearcart_sim.core.beacons.payload import Payload, TagState
from nearcart_sim.core.beacons.registry import builder_of
from nearcart_sim.core.chance import key_of
from nearcart_sim.core.firmware import voices
from nearcart_sim.core.firmware.battery import CoinCell
from nearcart_sim.core.firmware.broadcast import Broadcast
from nearcart_sim.core.firmware.state_machine import Firmware, Hardware, Incident
from nearcart_sim.core.firmware.voices import Voice, Wearer
from nearcart_sim.core.rooms.radio_map import MEASURED_POWER_DBM

DeviceKind = Literal[
    "ibeacon", "altbeacon", "eddystone-uid", "eddystone-url", "eddystone-eid", "bthome", "heart-rate", "phone"
]
DEVICE_KINDS: tuple[DeviceKind, ...] = get_args(DeviceKind)

SHOP_UUID = "1d9f1e63-6a0e-4c5c-9d0c-5e0b6f0a8c41"
_NAMESPACE = "6e656172636172740002"
_URL = "https://example.com/hi"
_EID_EXPONENT = 9
"""A new identifier every 512 s."""

_NEARBY_INFO = bytes.fromhex("1005")
_APPLE = 0x004C


@dataclass(frozen=True, slots=True)
class Specification:
    """What a device is made with. ``on_at``: microseconds when it is switched on; ``tx_power`` in dBm."""

    name: str
    kind: DeviceKind
    interval_us: int
    tx_power: int = 0
    drift_ppm: int = 0
    battery_used: float | None = None
    on_at: int = 0
    incidents: tuple[Incident, ...] = ()


@dataclass(frozen=True, slots=True)
class Device:
    """A device as it is carried around."""

    identity: Identity
    key: int
    firmware: Firmware
    voice: Voice
    tx_power: int


def make_device(specification: Specification, seed: int, wearer: Wearer, starts_at_us: int) -> Device:
    """A device, switched on at its time. ``starts_at_us``: Unix microseconds of the scenario's beginning."""
    key = device_key(specification.name, seed)
    identity = identity_of(specification.name, specification.kind, seed)
    voice = _voice(specification, identity, seed, wearer, starts_at_us)
    cell = None
    if specification.battery_used is not None:
        cell = CoinCell(specification.battery_used, specification.tx_power)
    hardware = Hardware(specification.interval_us, specification.drift_ppm, cell)
    firmware = Firmware(key, hardware, specification.on_at, specification.incidents)
    return Device(identity, key, firmware, voice, specification.tx_power)


def device_key(name: str, seed: int) -> int:
    """The key of all chance of a device."""
    return key_of(seed, "device", name)


def identity_of(name: str, kind: DeviceKind, seed: int) -> Identity:
    """How a store enrols a device of this name: numbers, keys and addresses are made of seed and name."""
    number = key_of(seed, "identity", name)
    secret = f"{key_of(seed, 'secret', name):016x}{key_of(seed, 'secret', name, 2):016x}"
    match kind:
        case "ibeacon":
            return IBeaconIdentity(
                id=name, kind=kind, uuid=SHOP_UUID, major=number & 0xFFFF, minor=number >> 16 & 0xFFFF
            )
        case "altbeacon":
            return AltBeaconIdentity(id=name, kind=kind, id1=SHOP_UUID, id2=number & 0xFFFF, id3=number >> 16 & 0xFFFF)
        case "eddystone-uid":
            return EddystoneUidIdentity(
                id=name, kind=kind, namespace=_NAMESPACE, instance=f"{number & 0xFFFFFFFFFFFF:012x}"
            )
        case "eddystone-eid":
            return EddystoneEidIdentity(id=name, kind=kind, identity_key=secret, rotation_exponent=_EID_EXPONENT)
        case "bthome":
            return BTHomeIdentity(id=name, kind=kind, address=static_address(name), bind_key=secret)
        case "phone":
            return IrkIdentity(id=name, kind="irk", irk=secret)
        case "eddystone-url" | "heart-rate":
            return AddressIdentity(id=name, kind="address", address=static_address(name))


def _voice(specification: Specification, identity: Identity, seed: int, wearer: Wearer, starts_at_us: int) -> Voice:
    power = MEASURED_POWER_DBM + specification.tx_power
    address = static_address(specification.name)
    match identity:
        case IBeaconIdentity() | AltBeaconIdentity():
            return voices.Constant(Broadcast(address, builder_of(identity, power)(TagState(0.0, 0))))
        case EddystoneUidIdentity():
            return voices.WithTelemetry(address, builder_of(identity, power))
        case EddystoneEidIdentity():
            return voices.rolling(identity, address, power, starts_at_us, specification.drift_ppm)
        case BTHomeIdentity():
            return voices.band(identity, wearer)
        case IrkIdentity():
            return voices.phone(identity, seed, _nearby_info(seed, specification.name))
        case AddressIdentity():
            if specification.kind == "heart-rate":
                return voices.pulse(address, seed, wearer)
            return voices.Constant(Broadcast(address, eddystone_url(_URL, power)))


def _nearby_info(seed: int, name: str) -> Payload:
    """What phones say: Apple's Nearby Info, with a state that hardly changes (https://github.com/furiousMAC/continuity)."""
    state = key_of(seed, "nearby", name).to_bytes(8, "big")[:5]
    return Payload(manufacturer_data={_APPLE: _NEARBY_INFO + state})
