"""Raw advertising data: split as BlueZ splits it, and refused when it is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearcart_contract.ad_structures import AdStructureError, split_ad
from nearcart_contract.advertisement import full_uuid
from nearcart_contract.capture import CaptureError, parse_line

LINE = '{"at": 1, "scanner": "s", "address": "AA:BB:CC:DD:EE:FF", "rssi": -60, %s}'


def test_every_kind_of_part() -> None:
    raw = "020106020af40303aafe0512341200ab05169acd01020620010000ff0a04ff4c00021107" + bytes(range(16)).hex()
    found = split_ad(bytes.fromhex(raw + "000000"))
    assert found.tx_power == -12
    assert found.manufacturer_data == {0x004C: b"\x02"}
    assert found.service_data == {full_uuid("cd9a"): b"\x01\x02", full_uuid("ff000001"): b"\x0a"}
    assert found.service_uuids == (full_uuid("feaa"), "0f0e0d0c-0b0a-0908-0706-050403020100")


@pytest.mark.parametrize("raw", ["03", "0201", "1aff4c00"])
def test_what_is_cut_off_is_refused(raw: str) -> None:
    with pytest.raises(AdStructureError, match="begins at byte 0"):
        split_ad(bytes.fromhex(raw))
    with pytest.raises(CaptureError, match="raw"):
        parse_line(LINE % f'"raw": "{raw}"')


def test_parts_that_are_given_stand() -> None:
    found = parse_line(LINE % '"raw": "04ff4c0002020af4", "manufacturer_data": {"004c": "ff"}, "tx_power": 3')
    assert (found.manufacturer_data, found.tx_power) == ({0x004C: b"\xff"}, 3)


@given(st.binary(max_size=62))
def test_any_bytes_are_split_or_refused(data: bytes) -> None:
    try:
        split_ad(data)
    except AdStructureError:
        return
