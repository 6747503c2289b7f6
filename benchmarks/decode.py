"""Decode of every test vector, and beside three peers on what each of them decodes too, in one run. Prints one JSON object.

    python benchmarks/decode.py

The peers are optional but for bleparser: `pip install beacontools TheengsDecoder`. bleparser takes a whole HCI packet, beacontools raw
advertising data, TheengsDecoder JSON; ours the split form that BlueZ and bleak give. Rounds alternate, and the best of each is told,
which is what the machine can do when nobody else uses it. Times are means in microseconds for each advert.
"""

import json
import time
import timeit
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bleparser import BleParser

from nearcart_contract.advertisement import Advertisement, short_uuid
from nearcart_contract.capture import parse_line
from nearcart_edge.core.decode import Decoder

VECTORS = Path(__file__).parents[1] / "tests" / "data" / "vectors"
ROUNDS, CALLS = 9, 20
RSSI = 0xC4


@dataclass(frozen=True)
class Peer:
    """``packet`` makes its form of an advertisement once, beforehand; ``decode`` gives something true for what it knows."""

    name: str
    bar: float
    packet: Callable[[Advertisement], Any]
    decode: Callable[[Any], object]


def adverts() -> list[Advertisement]:
    """Those of the vectors that hold a frame. What a key would open is decoded as far as it can be without it."""
    rows = [json.loads(line) for path in sorted(VECTORS.glob("*.jsonl")) for line in path.read_text().splitlines()]
    return [parse_line(json.dumps(row["capture"])) for row in rows if row["frames"]]


def raw(advertisement: Advertisement) -> bytes:
    """The advertising data that the split form was made of: flags, manufacturer data, service UUIDs and data."""
    found = bytes.fromhex("020106")
    for company, payload in advertisement.manufacturer_data.items():
        found += bytes([len(payload) + 3, 0xFF]) + company.to_bytes(2, "little") + payload
    for uuid, payload in advertisement.service_data.items():
        short = int(short_uuid(uuid), 16).to_bytes(2, "little")
        found += bytes([3, 0x03]) + short + bytes([len(payload) + 3, 0x16]) + short + payload
    return found


def hci_packet(advertisement: Advertisement) -> bytes:
    """HCI LE Advertising Report (Core 5.4, Vol 4 Part E 7.7.65.2)."""
    structures, address = raw(advertisement), bytes.fromhex(advertisement.address.replace(":", ""))
    report = bytes([0x02, 0x01, 0x03, 0x01]) + address[::-1] + bytes([len(structures)]) + structures + bytes([RSSI])
    return bytes([0x04, 0x3E, len(report)]) + report


def theengs_json(advertisement: Advertisement) -> str:
    row: dict[str, Any] = {"id": advertisement.address, "rssi": -60}
    for company, payload in advertisement.manufacturer_data.items():
        row["manufacturerdata"] = (company.to_bytes(2, "little") + payload).hex()
    for uuid, payload in advertisement.service_data.items():
        row["servicedatauuid"], row["servicedata"] = short_uuid(uuid), payload.hex()
    return json.dumps(row)


def peers() -> list[Peer]:
    parser = BleParser()
    found = [Peer("bleparser", 4, hci_packet, lambda packet: parser.parse_raw_data(packet)[0])]
    try:
        from beacontools import parse_packet
    except ImportError:
        pass
    else:
        found.append(Peer("beacontools", 20, raw, parse_packet))
    try:
        from TheengsDecoder import decodeBLE
    except ImportError:
        pass
    else:
        found.append(Peer("TheengsDecoder", 200, theengs_json, decodeBLE))
    return found


def mean_us(decode: Callable[[Any], object], packets: Sequence[Any]) -> float:
    def every() -> None:
        for packet in packets:
            decode(packet)

    return timeit.timeit(every, timer=time.process_time, number=CALLS) / CALLS / len(packets) * 1e6


def beside(peer: Peer, every: Sequence[Advertisement]) -> dict[str, float]:
    """On what both decode."""
    decoder, both = Decoder(), []
    for advertisement in every:
        try:
            known = peer.decode(peer.packet(advertisement))
        except Exception:  # a peer that fails on a packet does not decode it
            continue
        if known and decoder.decode(advertisement):
            both.append(advertisement)
    packets = [peer.packet(advertisement) for advertisement in both]
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(mean_us(decoder.decode, both))
        theirs.append(mean_us(peer.decode, packets))
    return {
        "adverts_both_decode": len(both),
        "nearcart_us": round(min(ours), 2),
        "peer_us": round(min(theirs), 2),
        "ratio": round(min(theirs) / min(ours), 1),
        "bar_ratio": peer.bar,
    }


def main() -> None:
    """Measure and print."""
    every, decoder = adverts(), Decoder()
    found: dict[str, Any] = {
        "benchmark": "decode",
        "adverts": len(every),
        "nearcart_us": round(min(mean_us(decoder.decode, every) for _ in range(ROUNDS)), 2),
        "bar_us": 8,
    }
    for peer in peers():
        found[peer.name] = beside(peer, every)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
