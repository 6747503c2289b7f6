"""What PyPI's TheengsGateway 1.8.0 really published of five enrolled devices (recorded by ``make theengs``), through the edge's pipeline."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from nearcart_contract.roster import (
    BTHomeIdentity,
    EddystoneEidIdentity,
    EddystoneUidIdentity,
    IBeaconIdentity,
    Identity,
    IrkIdentity,
)
from nearcart_edge.core.pipeline import EdgePipeline
from nearcart_edge.core.presence import PresenceEvent
from nearcart_edge.core.scanners.kind import Arrival
from nearcart_edge.core.scanners.registry import KINDS
from nearcart_edge.core.scanners.theengs import KIND

DATA = Path(__file__).parents[3] / "data" / "scanners"

EVERYBODY: tuple[Identity, ...] = (
    IBeaconIdentity(id="ibeacon", kind="ibeacon", uuid="f7826da6-4fa2-4e98-8024-bc5b71e0893e", major=1, minor=7),
    EddystoneUidIdentity(id="uid", kind="eddystone-uid", namespace="edd1ebeac04e5defa017", instance="0bdb87539b67"),
    EddystoneEidIdentity(
        id="eid",
        kind="eddystone-eid",
        identity_key="01020304050607080910111213141516",
        rotation_exponent=4,
        clock_offset_s=0,
    ),
    IrkIdentity(id="irk", kind="irk", irk="ec0234a357c8ad05341010a60a397d9b"),
    BTHomeIdentity(
        id="bthome", kind="bthome", address="54:48:E6:8F:80:A5", bind_key="231d39c1d7cc1ab1aee224cd096db932"
    ),
)


def events(pipeline: EdgePipeline, recording: str) -> Iterator[PresenceEvent]:
    at = 0.0
    for line in (DATA / recording).read_text().splitlines():
        message = json.loads(line)
        if message["topic"].endswith("/LWT"):
            continue
        at = message["at"]
        if pipeline.rolls(at):
            pipeline.roll(at)
        advert = KIND.read(message["payload"].encode(), Arrival(at, "bridge"))
        assert advert is not None
        yield from pipeline.hear(advert, at)
    yield from pipeline.tick(at + KIND.tracking.exit_after_s)


@pytest.mark.parametrize("recording", ["theengs-1.8.0-padv.jsonl", "theengs-1.8.0-as-it-comes.jsonl"])
def test_each_of_them_enters_once_and_leaves_once(recording: str) -> None:
    """The phone has two addresses in each recorded stay, and one has a rest of the scanner's in it; neither is an exit."""
    pipeline = EdgePipeline(EVERYBODY, KIND.tracking)
    told = Counter((event.kind, event.identity) for event in events(pipeline, recording))
    assert told == Counter({(kind, person.id): 1 for kind in ("enter", "exit") for person in EVERYBODY})
    assert pipeline.counts.strangers == 4
    assert pipeline.counts.malformed == 0


def test_a_payload_left_out_is_made_again_byte_for_byte() -> None:
    told = []
    for recording in ("theengs-1.8.0-padv.jsonl", "theengs-1.8.0-as-it-comes.jsonl"):
        payloads = [json.loads(line)["payload"] for line in (DATA / recording).read_text().splitlines()]
        report = next(payload for payload in payloads if "IBEACON" in payload)
        advert = KINDS["theengs"].read(report.encode(), Arrival(0.0, "bridge"))
        assert advert is not None
        told.append(("manufacturerdata" in report, advert.manufacturer_data))
    assert told[0][1] == told[1][1]
    assert [raw for raw, _ in told] == [True, False]
