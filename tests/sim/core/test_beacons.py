"""What tags send: against payloads of the specifications, and read back by the edge's own decoder."""

import struct
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_contract.advertisement import Advertisement, full_uuid
from nearcart_contract.roster import (
    AddressIdentity,
    AltBeaconIdentity,
    EddystoneUidIdentity,
    IBeaconIdentity,
    Identity,
    IrkIdentity,
)
from nearcart_edge.core.decode import Decoder
from nearcart_edge.core.identify import Identifier
from nearcart_sim.core.beacons.eddystone import TLM_EVERY, eddystone_tlm
from nearcart_sim.core.beacons.payload import Payload, TagState
from nearcart_sim.core.beacons.registry import builder_of

FRESH = TagState(uptime_s=0.0, sent=0)
EDDYSTONE = full_uuid("feaa")


def test_ibeacon_is_what_an_iphone_in_airlocate_sends() -> None:
    identity = IBeaconIdentity(id="a", kind="ibeacon", uuid="fda50693-a4e2-4fb1-afcf-c6eb07647825", major=10, minor=7)
    payload = builder_of(identity, -59)(FRESH)
    assert payload.manufacturer_data == {0x004C: bytes.fromhex("0215fda50693a4e24fb1afcfc6eb07647825000a0007c5")}


def test_altbeacon_follows_its_specification() -> None:
    identity = AltBeaconIdentity(id="a", kind="altbeacon", id1="00010203-0405-0607-0809-0a0b0c0d0e0f", id2=1, id3=2)
    payload = builder_of(identity, -59)(FRESH)
    assert payload.manufacturer_data == {0x0118: bytes.fromhex("beac000102030405060708090a0b0c0d0e0f00010002c500")}


def test_eddystone_uid_tells_its_power_at_nothing_not_at_one_metre() -> None:
    identity = EddystoneUidIdentity(
        id="a", kind="eddystone-uid", namespace="00010203040506070809", instance="0a0b0c0d0e0f"
    )
    payload = builder_of(identity, -51)(FRESH)
    assert payload.service_data == {EDDYSTONE: bytes.fromhex("00f6000102030405060708090a0b0c0d0e0f0000")}
    assert payload.service_uuids == (EDDYSTONE,)


def test_eddystone_tlm_follows_its_specification() -> None:
    state = TagState(uptime_s=60.0, sent=100, battery_mv=3000, temperature_c=21.5)
    assert eddystone_tlm(state).service_data == {EDDYSTONE: bytes.fromhex("20000bb815800000006400000258")}


def test_a_uid_tag_sends_telemetry_now_and_then() -> None:
    build = builder_of(EddystoneUidIdentity(id="a", kind="eddystone-uid", namespace="00" * 10, instance="00" * 6), -59)
    frame_types = [build(TagState(0.0, sent)).service_data[EDDYSTONE][0] for sent in range(3 * TLM_EVERY)]
    assert frame_types.count(0x20) == 3
    assert frame_types[0] == 0x00


def test_a_kind_that_can_not_be_played_is_named() -> None:
    with pytest.raises(ValueError, match=r"'dora' is of kind 'irk'.*ibeacon, altbeacon"):
        builder_of(IrkIdentity(id="dora", kind="irk", irk="00" * 16), -59)


uint16 = st.integers(0, 0xFFFF)
uuids = st.uuids().map(str)
identities: st.SearchStrategy[Identity] = st.one_of(
    st.builds(IBeaconIdentity, id=st.just("x"), kind=st.just("ibeacon"), uuid=uuids, major=uint16, minor=uint16),
    st.builds(AltBeaconIdentity, id=st.just("x"), kind=st.just("altbeacon"), id1=uuids, id2=uint16, id3=uint16),
    st.builds(
        EddystoneUidIdentity,
        id=st.just("x"),
        kind=st.just("eddystone-uid"),
        namespace=st.binary(min_size=10, max_size=10).map(bytes.hex),
        instance=st.binary(min_size=6, max_size=6).map(bytes.hex),
    ),
)


@given(identities, st.integers(-100, 0))
def test_the_edge_recognises_every_tag(identity: Identity, measured_power: int) -> None:
    payload = builder_of(identity, measured_power)(FRESH)
    heard = _heard(payload)
    frames = Decoder().decode(heard)
    assert [frame.format for frame in frames] == [identity.kind]
    assert Identifier([identity]).prove(heard, frames) == "x"


def test_a_strangers_phone_is_no_beacon() -> None:
    payload = builder_of(AddressIdentity(id="s", kind="address", address="4A:00:00:00:00:01"), -59)(FRESH)
    assert Decoder().decode(_heard(payload)) == ()


@given(st.integers(0, 10_000), st.floats(-40, 85), st.integers(0, 2**32 - 1), st.floats(0, 1e7))
def test_telemetry_reads_back(battery_mv: int, temperature_c: float, sent: int, uptime_s: float) -> None:
    frame = eddystone_tlm(TagState(uptime_s, sent, battery_mv, temperature_c)).service_data[EDDYSTONE]
    _, _, volts, temperature, count, tenths = struct.unpack(">BBHhII", frame)
    assert (volts, count) == (battery_mv, sent)
    assert temperature / 256 == pytest.approx(temperature_c, abs=1 / 256)
    assert tenths / 10 == pytest.approx(uptime_s, abs=0.1)


def test_uuid_of_an_ibeacon_is_not_reversed() -> None:
    uuid = UUID("00112233-4455-6677-8899-aabbccddeeff")
    payload = builder_of(IBeaconIdentity(id="a", kind="ibeacon", uuid=str(uuid), major=0, minor=0), -59)(FRESH)
    assert uuid.bytes in payload.manufacturer_data[0x004C]


def _heard(payload: Payload) -> Advertisement:
    return Advertisement(
        0.0, "s", "C0:00:00:00:00:01", -60, payload.manufacturer_data, payload.service_data, payload.service_uuids
    )
