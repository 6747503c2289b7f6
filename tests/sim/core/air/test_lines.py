"""Lines in bulk are the lines that one at a time would be."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nearcart_sim.core.air.lines import CaptureLines, texts, truth_blocks
from nearcart_sim.core.beacons.payload import Payload
from nearcart_sim.core.firmware.broadcast import Broadcast

SCANNERS = ("a1", "entrance", "x")
UUID = "0000feaa-0000-1000-8000-00805f9b34fb"
BROADCASTS = [
    Broadcast("C0:00:00:00:00:01", Payload(manufacturer_data={0x4C: b"\0\0"})),
    Broadcast("C0:00:00:00:00:02", Payload(service_data={UUID: b"\x10"}, service_uuids=(UUID,))),
    Broadcast("C0:00:00:00:00:03", Payload()),
]
SAYS = (',"manufacturer_data":{"004c":"0000"}', ',"service_data":{"feaa":"10"},"service_uuids":["feaa"]', "")
HEARD = st.lists(
    st.tuples(st.integers(0, 1 << 51), st.integers(0, 2), st.integers(0, 2), st.integers(-128, 20)), max_size=30
)


def heard_lines(lines: CaptureLines, rows: list[tuple[int, int, int, int]], broadcasts: list[Broadcast]) -> str:
    at, scanner, said, rssi = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)) if rows else (np.empty(0, dtype=np.int64),) * 4  # fmt: skip
    return b"".join(lines.blocks(at, scanner, said.astype(np.int32), rssi.astype(np.int32), broadcasts)).decode()


def one_by_one(rows: list[tuple[int, int, int, int]]) -> str:
    return "".join(
        f'{{"at":{at // 1_000_000}.{at % 1_000_000 // 100:04d},"scanner":"{SCANNERS[scanner]}",'
        f'"address":"{BROADCASTS[said].address}","rssi":{rssi}{SAYS[said]}}}\n'
        for at, scanner, said, rssi in rows
    )


@given(HEARD)
def test_packets_whatever_the_width_of_what_they_say(rows: list[tuple[int, int, int, int]]) -> None:
    assert heard_lines(CaptureLines(SCANNERS), rows, BROADCASTS) == one_by_one(rows)


def test_more_of_them_than_are_made_at_a_time() -> None:
    rows = [(at * 250, at % 3, at // 3 % 3, -at % 100 - 99) for at in range(40_000)]
    assert heard_lines(CaptureLines(SCANNERS), rows, BROADCASTS) == one_by_one(rows)


def test_what_is_said_next_has_other_numbers() -> None:
    lines = CaptureLines(SCANNERS)
    assert heard_lines(lines, [(5_000_000, 0, 0, -60)], BROADCASTS) == one_by_one([(5_000_000, 0, 0, -60)])
    turned = heard_lines(lines, [(5_000_000, 0, 0, -60)], BROADCASTS[::-1])
    assert turned == one_by_one([(5_000_000, 0, 2, -60)])


@given(st.lists(st.tuples(st.integers(0, 1 << 51), st.integers(-3_000, 80_000), st.integers(0, 9_999)), max_size=20))
def test_true_places_to_the_millimetre(rows: list[tuple[int, int, int]]) -> None:
    at, x, y = (np.array([row[number] for row in rows], dtype=np.int64) for number in range(3))
    who, zone = texts("ab" for _ in rows), texts("wine" for _ in rows)
    text = b"".join(truth_blocks(at, who, who, x / 1000, y / 1000, zone)).decode()
    assert text == "".join(
        f'{{"at":{moment // 1_000_000}.{moment % 1_000_000 // 100:04d},"address":"ab","x":{across / 1000:.3f},'
        f'"y":{down / 1000:.3f},"zone":"wine","shopper":"ab"}}\n'
        for moment, across, down in rows
    )
    assert [json.loads(line)["x"] for line in text.splitlines()] == [across / 1000 for _, across, _ in rows]
