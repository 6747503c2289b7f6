"""Updates as the message that carries them."""

from dataclasses import asdict
from uuid import UUID

from nearcart_contract.samples import MAX_SAMPLES, Samples, Telemetry
from nearcart_edge.core.presence import Update
from nearcart_edge.core.telemetry import TagTelemetry
from nearcart_edge.shell.clock import Instant
from nearcart_edge.shell.samples import samples_payloads


def samples_messages(updates: list[Update], sent: Instant) -> list[Samples]:
    """What the gateway's own model makes of the payloads."""
    return [Samples.model_validate_json(payload) for payload in samples_payloads(updates, sent)]


NOW = Instant(monotonic=100.0, wall=1.7e9, boot=UUID(int=1))


def test_packets_are_told_in_milliseconds_before_sent() -> None:
    update = Update(
        "anna", "door", ((99.75, -60), (99.9, -61)), -59, TagTelemetry(battery_mv=3000), "C4:64:E3:00:00:01"
    )
    (message,) = samples_messages([update], NOW)
    (sample,) = message.samples
    assert sample.packets == ((250, -60), (100, -61))
    assert (sample.measured_power, sample.telemetry) == (-59, Telemetry(battery_mv=3000))
    assert message.sent.monotonic == 100.0
    assert "C4:64" not in message.model_dump_json()


def test_nothing_heard_is_no_message() -> None:
    assert samples_messages([], NOW) == []
    assert samples_messages([Update("anna", "door", ())], NOW) == []


def test_a_measured_power_that_can_t_be_is_not_told() -> None:
    (message,) = samples_messages([Update("anna", "door", ((99.0, -60),), measured_power=-169)], NOW)
    assert message.samples[0].measured_power is None


def test_a_crowd_takes_several_messages() -> None:
    updates = [Update(f"tag-{number}", "door", ((99.0, -60),)) for number in range(MAX_SAMPLES + 1)]
    assert [len(message.samples) for message in samples_messages(updates, NOW)] == [MAX_SAMPLES, 1]


def test_every_field_of_telemetry_is_sent() -> None:
    told = TagTelemetry(battery_mv=3000, battery_percent=90, temperature_c=21.5, heart_rate=72)
    (message,) = samples_messages([Update("anna", "door", ((99.0, -60),), None, told)], NOW)
    assert message.samples[0].telemetry is not None
    assert message.samples[0].telemetry.model_dump() == asdict(told)
