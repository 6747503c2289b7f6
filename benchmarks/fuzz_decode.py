"""Random and mutated payloads through decode: none may raise, none may take long. Prints one JSON object; exits with 1 on a failure.

    python benchmarks/fuzz_decode.py [--payloads 2000000] [--seed 1]

Half are random bytes under a company or service that some format knows, half are test vectors with bytes changed, cut off or added.
Time is the thread's own CPU time, so that a busy machine does not count.
"""

import argparse
import gc
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

from nearcart_contract.advertisement import Advertisement
from nearcart_contract.capture import parse_line
from nearcart_edge.core.decode import Decoder
from nearcart_edge.core.formats.registry import MANUFACTURERS, SERVICES
from nearcart_edge.core.strangers import network_of

VECTORS = Path(__file__).parents[1] / "tests" / "data" / "vectors"
LONGEST_MS = 1.0


def payloads(random: Random) -> Iterator[Advertisement]:
    """Without end."""
    lines = [line for path in sorted(VECTORS.glob("*.jsonl")) for line in path.read_text().splitlines()]
    vectors = [parse_line(json.dumps(json.loads(line)["capture"])) for line in lines]
    companies, services = sorted(MANUFACTURERS), sorted(SERVICES)
    empty = replace(vectors[0], manufacturer_data={}, service_data={})
    while True:
        yield replace(empty, manufacturer_data={random.choice(companies): random.randbytes(random.randrange(32))})
        yield replace(empty, service_data={random.choice(services): random.randbytes(random.randrange(32))})
        for _ in range(2):
            vector = random.choice(vectors)
            yield replace(
                vector,
                manufacturer_data={key: _mutated(random, value) for key, value in vector.manufacturer_data.items()},
                service_data={key: _mutated(random, value) for key, value in vector.service_data.items()},
            )


def _mutated(random: Random, payload: bytes) -> bytes:
    changed = bytearray(payload)
    for _ in range(random.randrange(1, 4)):
        what = random.randrange(3)
        if what == 0 and changed:
            changed[random.randrange(len(changed))] = random.randrange(256)
        elif what == 1:
            del changed[random.randrange(len(changed) + 1) :]
        else:
            changed += random.randbytes(random.randrange(1, 5))
    return bytes(changed)


def took(decoder: Decoder, advertisement: Advertisement) -> tuple[int, int]:
    """Nanoseconds of this thread's CPU time, and how many frames were found."""
    began = time.thread_time_ns()
    found = decoder.decode(advertisement)
    for frame in found:
        frame.describe(), frame.telemetry, frame.heart_rate, frame.presses, frame.press_number, frame.static_key
    network_of(advertisement)
    return time.thread_time_ns() - began, len(found)


def main() -> int:
    """Run, print, and say whether it held."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--payloads", type=int, default=2_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    decoder, frames, longest = Decoder(), 0, 0
    raised: list[str] = []
    gc.collect()
    gc.freeze()  # as an edge does at its start: else the collector looks at all that was imported, now and then
    for number, advertisement in enumerate(payloads(Random(given.seed))):
        if number == given.payloads:
            break
        try:
            taken, made = took(decoder, advertisement)
            if taken > LONGEST_MS * 1e6:  # a payload that is slow is slow again; a machine that was busy is not
                taken = min(taken, *(took(Decoder(), advertisement)[0] for _ in range(3)))
            frames += made
            longest = max(longest, taken)
        except Exception as error:  # whatever it is, it is what we look for
            raised.append(f"{error!r}: {advertisement}"[:300])
    found = {
        "payloads": given.payloads,
        "frames": frames,
        "malformed": decoder.malformed,
        "raised": raised[:10],
        "longest_ms": round(longest / 1e6, 3),
        "bar_ms": LONGEST_MS,
    }
    print(json.dumps(found, indent=2))
    return 1 if raised or longest > LONGEST_MS * 1e6 else 0


if __name__ == "__main__":
    sys.exit(main())
