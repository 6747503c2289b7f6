"""Eddystone-UID and Eddystone-TLM (https://github.com/google/eddystone, eddystone-uid and eddystone-tlm)."""

import struct

from nearcart_contract.advertisement import full_uuid
from nearcart_contract.roster import EddystoneUidIdentity
from nearcart_sim.core.beacons.payload import Builder, Payload, TagState

_EDDYSTONE = full_uuid("feaa")
_UID_FRAME, _TLM_FRAME, _TLM_VERSION = 0x00, 0x20, 0x00
_LOSS_OF_FIRST_METRE_DB = 41
"""Eddystone tells power at 0 m; 41 dB is what the specification says the first metre costs."""

TLM_EVERY = 10
"""One advertisement in this many is telemetry."""


def eddystone_uid(identity: EddystoneUidIdentity, measured_power: int) -> Builder:
    """UID frames with telemetry in between, as the specification advises. ``measured_power``: dBm at 1 m."""
    power_at_0m = measured_power + _LOSS_OF_FIRST_METRE_DB
    frame = struct.pack(">Bb", _UID_FRAME, power_at_0m)
    frame += bytes.fromhex(identity.namespace) + bytes.fromhex(identity.instance) + bytes(2)
    uid = _eddystone(frame)
    return lambda state: eddystone_tlm(state) if state.sent % TLM_EVERY == TLM_EVERY - 1 else uid


def eddystone_tlm(state: TagState) -> Payload:
    """One unencrypted telemetry frame: temperature as signed 8.8 fixed point, uptime in tenths of a second."""
    temperature = round(state.temperature_c * 256)
    tenths = int(state.uptime_s * 10) & 0xFFFFFFFF
    frame = struct.pack(
        ">BBHhII", _TLM_FRAME, _TLM_VERSION, state.battery_mv, temperature, state.sent & 0xFFFFFFFF, tenths
    )
    return _eddystone(frame)


def _eddystone(frame: bytes) -> Payload:
    return Payload(service_data={_EDDYSTONE: frame}, service_uuids=(_EDDYSTONE,))
