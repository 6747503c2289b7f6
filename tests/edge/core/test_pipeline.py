"""Advertisement in, presence out: the whole core."""

from dataclasses import replace

from nearcart_contract.advertisement import Advertisement, full_uuid
from nearcart_contract.edge_file import Tracking
from nearcart_contract.roster import EddystoneUidIdentity, IBeaconIdentity
from nearcart_edge.core.pipeline import Counts, EdgePipeline
from nearcart_edge.core.presence import PresenceEvent
from nearcart_edge.core.telemetry import TagTelemetry

UUID = "fda50693-a4e2-4fb1-afcf-c6eb07647825"
ANNA = IBeaconIdentity(id="anna", kind="ibeacon", uuid=UUID, major=10, minor=7)
BEN = EddystoneUidIdentity(id="ben", kind="eddystone-uid", namespace="00010203040506070809", instance="0a0b0c0d0e0f")
ADDRESS = "C4:64:E3:00:00:01"
TAG = Advertisement(
    0.0, "door", ADDRESS, -60, {0x004C: bytes.fromhex("0215fda50693a4e24fb1afcfc6eb07647825000a0007c5")}
)
UID = Advertisement(
    0.0, "door", ADDRESS, -60, {}, {full_uuid("feaa"): bytes.fromhex("00f6000102030405060708090a0b0c0d0e0f")}
)
TLM = replace(UID, service_data={full_uuid("feaa"): bytes.fromhex("20000bb815800000006400000258")})


def test_an_enrolled_tag_enters_is_sampled_and_leaves() -> None:
    pipeline = EdgePipeline([ANNA], Tracking(enter_packets=2, exit_after_s=10))
    assert pipeline.hear(TAG, 100.0) == ()
    assert pipeline.hear(replace(TAG, rssi=-55), 100.5) == (
        PresenceEvent("enter", "anna", "door", 100.5, -55, address=ADDRESS),
    )
    (update,) = pipeline.take_samples(100.6)
    assert (update.identity, update.scanner, update.address) == ("anna", "door", ADDRESS)
    assert update.packets == ((100.0, -60), (100.5, -55))
    assert update.measured_power == -59
    assert pipeline.next_deadline() == 110.5
    assert [(event.kind, event.at, event.cause) for event in pipeline.tick(111)] == [("exit", 110.5, "silence")]


def test_a_stranger_is_a_count_and_nothing_else() -> None:
    pipeline = EdgePipeline([BEN], Tracking(enter_packets=1))
    for at in range(100):
        assert pipeline.hear(TAG, at) == ()
    assert pipeline.take_samples(100) == ()
    assert pipeline.present == 0
    assert pipeline.counts == Counts(heard=100, malformed=0, strangers=100)
    assert ADDRESS not in repr(vars(pipeline._identifier))


def test_malformed_payloads_are_counted() -> None:
    pipeline = EdgePipeline([ANNA])
    pipeline.hear(replace(TAG, manufacturer_data={0x004C: b"\x02\x15"}), 1.0)
    assert pipeline.counts == Counts(heard=1, malformed=1, strangers=1)


def test_telemetry_reaches_the_sample_of_its_tag() -> None:
    pipeline = EdgePipeline([BEN], Tracking(enter_packets=1))
    pipeline.hear(UID, 1.0)
    pipeline.hear(TLM, 1.1)
    (update,) = pipeline.take_samples(1.2)
    assert update.telemetry == TagTelemetry(battery_mv=3000, temperature_c=21.5)
    assert update.measured_power == -51
    assert len(update.packets) == 2


def test_a_withdrawn_consent_is_an_exit_and_then_nothing_more() -> None:
    pipeline = EdgePipeline([ANNA], Tracking(enter_packets=1))
    pipeline.hear(TAG, 1.0)
    assert [(event.kind, event.at) for event in pipeline.enrol(2.0, remove=["anna"])] == [("exit", 2.0)]
    assert pipeline.hear(TAG, 3.0) == ()
    assert pipeline.take_samples(3.1) == ()
    assert pipeline.enrolled == 0


def test_somebody_enrolled_while_in_range_enters_with_the_next_packets() -> None:
    pipeline = EdgePipeline(tracking=Tracking(enter_packets=1))
    assert pipeline.hear(TAG, 1.0) == ()
    assert pipeline.enrol(2.0, add=[ANNA]) == ()
    assert [event.kind for event in pipeline.hear(TAG, 3.0)] == ["enter"]


def test_a_stranger_s_packet_lets_due_exits_out() -> None:
    pipeline = EdgePipeline([ANNA], Tracking(enter_packets=1, exit_after_s=10))
    pipeline.hear(TAG, 1.0)
    assert [(event.kind, event.at) for event in pipeline.hear(UID, 50.0)] == [("exit", 11.0)]


def test_time_that_runs_backwards_stands_still() -> None:
    pipeline = EdgePipeline([ANNA], Tracking(enter_packets=1, exit_after_s=10))
    pipeline.hear(TAG, 100.0)
    pipeline.hear(TAG, 50.0)
    assert pipeline.next_deadline() == 110.0


def test_a_lost_radio_is_not_a_visitor_who_left() -> None:
    pipeline = EdgePipeline([ANNA], Tracking(enter_packets=1))
    pipeline.hear(TAG, 1.0)
    assert [event.cause for event in pipeline.scanner_lost("door", 2.0)] == ["scanner_lost"]


def test_a_replay_enrols_whatever_it_decodes() -> None:
    pipeline = EdgePipeline(tracking=Tracking(enter_packets=1), enrol_all=True)
    assert [event.identity for event in pipeline.hear(TAG, 1.0)] == [f"ibeacon-{UUID}-10-7"]
