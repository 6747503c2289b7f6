"""How often the button of a band was pressed, and how often the band said so: the truth beside what edges hear."""

from dataclasses import dataclass, replace

from nearcart_sim.core.firmware.devices import Specification, device_key
from nearcart_sim.core.firmware.state_machine import Firmware, Hardware


@dataclass(frozen=True, slots=True)
class Press:
    """``at``: microseconds when she pressed; ``told``: 0 of a press that was swallowed or fell into a restart, 2 of one that bounced."""

    at: int
    button: str
    told: int


def presses_of(specification: Specification, seed: int, until: int) -> list[Press]:
    """Every time that she pressed before ``until`` (microseconds), in order."""
    hers = [
        each for each in specification.incidents if each.kind in ("press", "bounce", "swallowed") and each.at < until
    ]
    if not hers:
        return []
    hardware = Hardware(specification.interval_us, specification.drift_ppm)
    firmware = Firmware(device_key(specification.name, seed), hardware, specification.on_at, specification.incidents)
    firmware.advance(until)
    told = {press.at for press in firmware.presses}
    presses: list[Press] = []
    for each in sorted(hers, key=lambda incident: incident.at):
        if each.kind == "bounce":
            presses[-1] = replace(presses[-1], told=presses[-1].told + (each.at in told))
        else:
            presses.append(Press(each.at, each.button, int(each.at in told)))
    return presses
