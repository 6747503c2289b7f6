"""What many identities cost an edge: a new private address against 5,000 keys, a known one, 10,000 rolling tags, and memory. Prints one JSON object.

python benchmarks/identities.py
"""

import json
import os
import resource
import statistics
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from nearcart_contract.advertisement import Advertisement, full_uuid
from nearcart_contract.edge_file import Tracking
from nearcart_contract.roster import EddystoneEidIdentity, IBeaconIdentity, Identity, IrkIdentity
from nearcart_edge.core.identify import Identifier
from nearcart_edge.core.pipeline import EdgePipeline

KEYS, TAGS, ROLLING = 5000, 10_000, 10_000
NOW = 1_790_000_000.0


def key(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


def stranger(number: int) -> Advertisement:
    """A resolvable address that is nobody's."""
    octets = bytes([0x40 | number % 64]) + number.to_bytes(5, "big")
    return Advertisement(NOW, "s", ":".join(f"{octet:02X}" for octet in octets), -70)


def took_us(act: Callable[[int], object], times: int) -> float:
    found = []
    for number in range(times):
        began = time.perf_counter_ns()
        act(number)
        found.append((time.perf_counter_ns() - began) / 1000)
    return round(statistics.median(found), 2)


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * resource.getpagesize() / 1e6, 1)


def main() -> None:
    """Measure and print."""
    started = resident_mb()
    pipeline = EdgePipeline(tracking=Tracking())
    phones: list[Identity] = [IrkIdentity(id=f"p-{n}", kind="irk", irk=key(f"p{n}")) for n in range(KEYS)]
    tags: list[Identity] = [
        IBeaconIdentity(
            id=f"t-{n}", kind="ibeacon", uuid="fda50693-a4e2-4fb1-afcf-c6eb07647825", major=n // 256, minor=n % 256
        )
        for n in range(TAGS)
    ]
    pipeline.enrol(0.0, phones + tags)
    del phones, tags
    with_roster = resident_mb()
    knows = Identifier(IrkIdentity(id=f"p-{n}", kind="irk", irk=key(f"p{n}")) for n in range(KEYS))
    known = stranger(7)
    found = {
        "new_address_against_5000_keys_ms": round(took_us(lambda n: pipeline.hear(stranger(n), n), 200) / 1000, 2),
        "known_address_us": took_us(lambda n: knows.prove(known, ()), 20_000),
        "mb_started": started,
        "mb_with_5000_keys_and_10000_tags": with_roster,
    }
    rolling = EdgePipeline(tracking=Tracking())
    eid = Advertisement(
        NOW, "s", "C4:64:E3:00:00:01", -70, {}, {full_uuid("feaa"): bytes.fromhex("30f60011223344556677")}
    )
    without = took_us(lambda n: rolling.hear(eid, n / 100), 20_000)
    rolling.enrol(
        300.0,
        [
            EddystoneEidIdentity(id=f"e-{n}", kind="eddystone-eid", identity_key=key(f"e{n}"), rotation_exponent=10)
            for n in range(ROLLING)
        ],
    )
    began = time.perf_counter()
    rolling.roll(NOW)
    found |= {
        "rolling_tags_computed_s": round(time.perf_counter() - began, 2),
        "advert_with_no_rolling_tags_us": without,
        "advert_with_10000_rolling_tags_us": took_us(lambda n: rolling.hear(eid, 1000 + n / 100), 20_000),
        "bars": {"new_ms": 3, "known_us": 2, "mb": 75},
    }
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    main()
