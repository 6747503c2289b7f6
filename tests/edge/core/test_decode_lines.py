"""What ``nearcart decode`` prints."""

import json

from nearcart_contract.roster import EddystoneEidIdentity, IBeaconIdentity
from nearcart_edge.core.block_cipher import cipher
from nearcart_edge.core.decode_lines import decode_lines
from nearcart_edge.core.ephemeral_ids import ephemeral_id

UUID = "fda50693-a4e2-4fb1-afcf-c6eb07647825"
ANNA = IBeaconIdentity(id="anna", kind="ibeacon", uuid=UUID, major=10, minor=7)
TAG = (
    '{"at": 1.5, "scanner": "s1", "address": "C4:64:E3:00:00:01", "rssi": -60, '
    '"manufacturer_data": {"004c": "0215fda50693a4e24fb1afcfc6eb07647825000a0007c5"}}'
)


def test_one_line_out_for_one_in() -> None:
    ((readable, line),) = decode_lines([TAG])
    assert readable
    assert json.loads(line) == {
        "at": 1.5,
        "address": "C4:64:E3:00:00:01",
        "frames": [{"format": "ibeacon", "uuid": UUID, "major": 10, "minor": 7, "measured_power": -59}],
    }


def test_with_a_roster_the_identity_is_told_or_null() -> None:
    stranger = TAG.replace("000a0007", "000a0008")
    assert [json.loads(line)["identity"] for _, line in decode_lines([TAG, stranger], [ANNA])] == ["anna", None]


def test_an_unreadable_line_is_an_error_and_on_it_goes() -> None:
    lines = list(decode_lines([b"\xff\xfe\n", b"\n", b'{"at": 1}\n', TAG.encode()]))
    assert [readable for readable, _ in lines] == [False, False, True]
    assert json.loads(lines[1][1]) == {"error": "line 3: scanner: Field required"}


def test_what_a_line_proves_does_not_depend_on_those_before_it() -> None:
    emil = EddystoneEidIdentity(
        id="emil", kind="eddystone-eid", identity_key="0102030405060708090a111213141516", rotation_exponent=10
    )
    encrypt, at = cipher(bytes.fromhex(emil.identity_key)), 1_700_000_000

    def heard(periods_off: int) -> str:
        eid = ephemeral_id(encrypt, 10, at + periods_off * 1024)
        return json.dumps(
            {**json.loads(TAG), "at": at, "manufacturer_data": {}, "service_data": {"feaa": f"30f6{eid}"}}
        )

    periods_off = (0, -1, 1, -2, 2, 1, -1)
    lines = decode_lines(map(heard, periods_off), [emil])
    assert [json.loads(line)["identity"] for _, line in lines] == [
        "emil" if abs(periods) <= 1 else None for periods in periods_off
    ]
