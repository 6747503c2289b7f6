"""Updates as the message that carries them."""

from collections.abc import Iterator, Sequence

from pydantic_core import to_json

from nearcart_contract.samples import MAX_SAMPLES
from nearcart_edge.core.presence import Update
from nearcart_edge.core.telemetry import TagTelemetry
from nearcart_edge.shell.clock import Instant

_MEASURED_POWER = range(-127, 21)


def samples_payloads(updates: Sequence[Update], sent: Instant) -> Iterator[bytes]:
    """``Samples`` messages, as few as hold them all; packets in milliseconds before ``sent``.

    Encoded without the contract's models: four times a second for a full shop they would cost as much as all the rest.
    """
    stamp = sent.stamp().model_dump(mode="json")
    samples = [_sample(update, sent.monotonic) for update in updates if update.packets]
    for start in range(0, len(samples), MAX_SAMPLES):
        yield to_json({"sent": stamp, "samples": samples[start : start + MAX_SAMPLES]})


def _sample(update: Update, sent: float) -> dict[str, object]:
    sample: dict[str, object] = {
        "identity": update.identity,
        "scanner": update.scanner,
        "packets": [(max(0, round((sent - at) * 1000)), rssi) for at, rssi in update.packets],
    }
    if update.measured_power in _MEASURED_POWER:
        sample["measured_power"] = update.measured_power
    if update.telemetry is not None:
        sample["telemetry"] = _telemetry(update.telemetry)
    return sample


def _telemetry(told: TagTelemetry) -> dict[str, object]:
    fields = {
        "battery_mv": told.battery_mv,
        "battery_percent": told.battery_percent,
        "temperature_c": told.temperature_c,
        "heart_rate": told.heart_rate,
    }
    return {name: value for name, value in fields.items() if value is not None}
