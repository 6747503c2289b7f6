"""Decode of one iBeacon advert beside bleparser, in one run. Prints one JSON object.

    python benchmarks/decode.py

bleparser takes the whole HCI packet; ours the split form that BlueZ and bleak give, so bleparser also takes the packet apart. The
rounds alternate, and the best of each is told, which is what the machine can do when nobody else uses it.
"""

import json
import timeit

from bleparser import BleParser

from nearcart_contract.advertisement import Advertisement
from nearcart_edge.core.decode import Decoder

ROUNDS, CALLS = 15, 5000

PAYLOAD = bytes.fromhex("0215fda50693a4e24fb1afcfc6eb07647825000a0007c5")
ADDRESS = bytes.fromhex("C464E3000001")
RSSI = -60


def hci_packet() -> bytes:
    """HCI LE Advertising Report (Core 5.4, Vol 4 Part E 7.7.65.2) with flags and Apple's manufacturer data."""
    structures = bytes.fromhex("020106") + bytes([len(PAYLOAD) + 3, 0xFF, 0x4C, 0x00]) + PAYLOAD
    report = (
        bytes([0x02, 0x01, 0x03, 0x01]) + ADDRESS[::-1] + bytes([len(structures)]) + structures + bytes([RSSI & 0xFF])
    )
    return bytes([0x04, 0x3E, len(report)]) + report


def main() -> None:
    """Measure and print."""
    decoder, parser, packet = Decoder(), BleParser(), hci_packet()
    advertisement = Advertisement(0.0, "s", "C4:64:E3:00:00:01", RSSI, {0x004C: PAYLOAD})
    (frame,) = decoder.decode(advertisement)
    beacon, _ = parser.parse_raw_data(packet)
    assert beacon is not None and beacon["major"] == frame.major == 10, "both must decode the same beacon"
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(timeit.timeit(lambda: decoder.decode(advertisement), number=CALLS) / CALLS)
        theirs.append(timeit.timeit(lambda: parser.parse_raw_data(packet), number=CALLS) / CALLS)
    print(
        json.dumps(
            {
                "benchmark": "decode",
                "nearcart_us": round(min(ours) * 1e6, 2),
                "bleparser_us": round(min(theirs) * 1e6, 2),
                "ratio": round(min(theirs) / min(ours), 1),
                "bars": {"nearcart_us": 5, "ratio": 5},
            }
        )
    )


if __name__ == "__main__":
    main()
