"""Who an advertisement proves to be."""

from dataclasses import replace

from nearcart_contract.advertisement import Advertisement, full_uuid
from nearcart_contract.roster import (
    AddressIdentity,
    AltBeaconIdentity,
    BTHomeIdentity,
    EddystoneEidIdentity,
    EddystoneUidIdentity,
    IBeaconIdentity,
    IrkIdentity,
)
from nearcart_edge.core.block_cipher import cipher
from nearcart_edge.core.decode import Decoder
from nearcart_edge.core.ephemeral_ids import ephemeral_id
from nearcart_edge.core.formats.eddystone_eid import EddystoneEid
from nearcart_edge.core.identify import Identifier

UUID = "fda50693-a4e2-4fb1-afcf-c6eb07647825"
ANNA = IBeaconIdentity(id="anna", kind="ibeacon", uuid=UUID, major=10, minor=7)
BEN = EddystoneUidIdentity(id="ben", kind="eddystone-uid", namespace="00010203040506070809", instance="0a0b0c0d0e0f")
CLEO = AltBeaconIdentity(id="cleo", kind="altbeacon", id1="00010203-0405-0607-0809-0a0b0c0d0e0f", id2=1, id3=2)
DORA = IrkIdentity(id="dora", kind="irk", irk="ec0234a357c8ad05341010a60a397d9b")
GINA = AddressIdentity(id="gina", kind="address", address="C4:64:E3:00:00:01")

IBEACON = {0x004C: bytes.fromhex("0215fda50693a4e24fb1afcfc6eb07647825000a0007c5")}
ALTBEACON = {0x0118: bytes.fromhex("beac000102030405060708090a0b0c0d0e0f00010002c500")}
UID = {full_uuid("feaa"): bytes.fromhex("00f6000102030405060708090a0b0c0d0e0f")}
TLM = {full_uuid("feaa"): bytes.fromhex("20000bb815800000006400000258")}


def advert(
    address: str = "D0:00:00:00:00:01",
    manufacturer: dict[int, bytes] | None = None,
    service: dict[str, bytes] | None = None,
) -> Advertisement:
    return Advertisement(0.0, "s", address, -60, manufacturer or {}, service or {})


def identified(identifier: Identifier, advertisement: Advertisement) -> str | None:
    return identifier.identify(advertisement, Decoder().decode(advertisement))


def test_each_kind_of_identity_is_proven_by_its_own_packet() -> None:
    identifier = Identifier([ANNA, BEN, CLEO, DORA, GINA])
    assert identified(identifier, advert(manufacturer=IBEACON)) == "anna"
    assert identified(identifier, advert(service=UID)) == "ben"
    assert identified(identifier, advert(manufacturer=ALTBEACON)) == "cleo"
    assert identified(identifier, advert("70:81:94:0D:FB:AA")) == "dora"
    assert identified(identifier, advert("c4:64:e3:00:00:01")) == "gina"


def test_a_stranger_is_nobody() -> None:
    identifier = Identifier([ANNA])
    assert identified(identifier, advert(manufacturer=ALTBEACON)) is None
    assert identified(identifier, advert()) is None


def test_a_rolling_identifier_proves_its_tag_once_it_is_computed() -> None:
    emil = EddystoneEidIdentity(
        id="emil",
        kind="eddystone-eid",
        identity_key="0102030405060708090a111213141516",
        rotation_exponent=10,
        clock_offset_s=1_700_000_000,
    )
    identifier, eid = Identifier([emil]), EddystoneEid("a9b76a71c5f89290", -10)
    heard = replace(advert(), at=1_700_000_000.0)
    assert identifier.prove(heard, (eid,)) is None
    assert identifier.rolls(heard.at)
    identifier.roll(heard.at)
    assert identifier.prove(heard, (eid,)) == "emil"
    identifier.update(remove=["emil"])
    assert identifier.prove(heard, (eid,)) is None


def test_a_rolling_identifier_that_is_over_proves_nothing_even_from_its_tags_address() -> None:
    key, start = bytes.fromhex("0102030405060708090a111213141516"), 1_700_000_000
    emil = EddystoneEidIdentity(id="emil", kind="eddystone-eid", identity_key=key.hex(), rotation_exponent=10)
    identifier = Identifier([emil])
    said = bytes.fromhex("30f6") + bytes.fromhex(ephemeral_id(cipher(key), 10, start))

    def heard_at(at: float) -> str | None:
        identifier.roll(at)
        return identified(identifier, Advertisement(at, "s", "C0:00:00:00:00:01", -60, {}, {full_uuid("feaa"): said}))

    assert heard_at(start) == "emil"
    assert heard_at(start + 4 * 1024) is None


def test_a_device_of_bthome_without_a_key_is_proven_by_its_address() -> None:
    identifier = Identifier([BTHomeIdentity(id="finn", kind="bthome", address="54:48:E6:8F:80:A5")])
    assert identified(identifier, advert("54:48:E6:8F:80:A5")) == "finn"


def test_telemetry_belongs_to_whom_its_address_last_proved_to_be() -> None:
    identifier = Identifier([ANNA, BEN])
    assert identified(identifier, advert(service=TLM)) is None
    assert identified(identifier, advert(manufacturer=IBEACON)) == "anna"
    assert identified(identifier, advert(service=TLM)) == "anna"
    assert identified(identifier, advert(service=UID)) == "ben"
    assert identified(identifier, advert(service=TLM)) == "ben"
    assert identified(identifier, advert("D0:00:00:00:00:02", service=TLM)) is None


def test_an_address_proves_nothing_by_itself_after_a_frame_did() -> None:
    identifier = Identifier([ANNA])
    identified(identifier, advert(manufacturer=IBEACON))
    assert identified(identifier, advert()) is None
    assert identified(identifier, advert(manufacturer=ALTBEACON)) is None


def test_alone_telemetry_proves_nobody() -> None:
    identifier = Identifier([ANNA])
    identified(identifier, advert(manufacturer=IBEACON))
    telemetry = advert(service=TLM)
    assert identifier.prove(telemetry, Decoder().decode(telemetry)) is None


def test_whoever_is_removed_is_a_stranger_at_once_telemetry_included() -> None:
    identifier = Identifier([ANNA, GINA])
    identified(identifier, advert(manufacturer=IBEACON))
    identifier.update(remove=["anna", "gina", "never-known"])
    assert identified(identifier, advert(manufacturer=IBEACON)) is None
    assert identified(identifier, advert(service=TLM)) is None
    assert identified(identifier, advert(GINA.address)) is None
    assert len(identifier) == 0


def test_a_changed_entry_replaces_its_old_form() -> None:
    identifier = Identifier([ANNA])
    identifier.update(add=[CLEO.model_copy(update={"id": "anna"})])
    assert identified(identifier, advert(manufacturer=IBEACON)) is None
    assert identified(identifier, advert(manufacturer=ALTBEACON)) == "anna"


def test_a_tag_handed_on_stays_with_its_new_owner_when_the_old_one_is_removed() -> None:
    identifier = Identifier([ANNA])
    identifier.update(add=[ANNA.model_copy(update={"id": "zoe"})])
    identifier.update(remove=["anna"])
    assert identified(identifier, advert(manufacturer=IBEACON)) == "zoe"


def test_a_replay_may_enrol_whatever_it_decodes() -> None:
    identifier = Identifier(enrol_all=True)
    assert identified(identifier, advert(manufacturer=IBEACON)) == f"ibeacon-{UUID}-10-7"
    assert identified(identifier, advert(service=UID)) == "eddystone-uid-00010203040506070809-0a0b0c0d0e0f"
    assert identified(identifier, advert()) is None
