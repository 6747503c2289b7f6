"""Heart rates: told of nobody whose roster entry does not allow it, and not a packet longer than it does."""

from dataclasses import replace

import pytest

from nearcart_contract.advertisement import Advertisement, full_uuid
from nearcart_contract.edge_file import Tracking
from nearcart_contract.roster import AddressIdentity
from nearcart_edge.core.pipeline import EdgePipeline
from nearcart_edge.core.telemetry import TagTelemetry

ADDRESS = "C4:64:E3:00:00:01"
BAND = AddressIdentity(id="dora", kind="address", address=ADDRESS)
SHARING = BAND.model_copy(update={"health": True})
BATTERY = full_uuid("180f")
STRAP = Advertisement(0.0, "till", ADDRESS, -60, {}, {full_uuid("180d"): bytes([0, 72])})
POLAR = Advertisement(0.0, "till", ADDRESS, -60, {0x006B: bytes.fromhex("7200083c")})


def pipeline(*identities: AddressIdentity) -> EdgePipeline:
    return EdgePipeline(identities, Tracking(enter_packets=1))


def told(edge: EdgePipeline, now: float) -> TagTelemetry | None:
    (update,) = edge.take_samples(now)
    return update.telemetry


@pytest.mark.parametrize("advertisement", [STRAP, replace(POLAR, manufacturer_data={0x006B: bytes.fromhex("02083c")})])
def test_a_heart_rate_is_told_only_of_who_agreed_to_it(advertisement: Advertisement) -> None:
    edge = pipeline(BAND)
    edge.hear(advertisement, 1.0)
    assert told(edge, 1.1) is None
    edge = pipeline(SHARING)
    edge.hear(advertisement, 1.0)
    found = told(edge, 1.1)
    assert found is not None
    assert found.heart_rate in (72, 0x3C)


def test_what_else_it_tells_is_told_either_way() -> None:
    both = replace(STRAP, service_data={**STRAP.service_data, BATTERY: b"\x5a"})
    edge = pipeline(BAND)
    edge.hear(both, 1.0)
    assert told(edge, 1.1) == TagTelemetry(battery_percent=90)
    edge = pipeline(SHARING)
    edge.hear(both, 1.0)
    assert told(edge, 1.1) == TagTelemetry(battery_percent=90, heart_rate=72)


def test_a_withdrawn_consent_ends_it_with_what_was_heard_and_not_told_yet() -> None:
    edge = pipeline(SHARING)
    edge.hear(STRAP, 1.0)
    edge.enrol(1.05, add=[BAND])
    assert told(edge, 1.1) is None
    edge.hear(STRAP, 1.2)
    assert told(edge, 1.3) is None
    edge.enrol(1.4, add=[SHARING])
    edge.hear(STRAP, 1.5)
    assert told(edge, 1.6) == TagTelemetry(heart_rate=72)
    edge.enrol(1.7, remove=["dora"])
    edge.enrol(1.8, add=[BAND])
    edge.hear(STRAP, 1.9)
    assert told(edge, 2.0) is None, "nor is an old word good for a new entry"
