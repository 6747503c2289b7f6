"""Somebody who sends what is not hers: a copy of a shopper's tag, or a recording of it, from a place of her own."""

from collections.abc import Callable, Sequence

import numpy as np

from nearcart_sim.core.air.events import Events
from nearcart_sim.core.beacons.address import static_address
from nearcart_sim.core.chance import CounterStream, key_of
from nearcart_sim.core.days.people import Carrier
from nearcart_sim.core.days.scenario_file import Replay, ScenarioFile, Spoof
from nearcart_sim.core.firmware.broadcast import Broadcast
from nearcart_sim.core.firmware.devices import Device, make_device
from nearcart_sim.core.firmware.state_machine import Firmware, Hardware, Sent
from nearcart_sim.core.firmware.voices import Run, Wearer
from nearcart_sim.core.floor import Floor, Spot

Number = Callable[[Broadcast], int]


class Attacker:
    """Stands at ``spot`` and sends ``victim``'s frames: freshly from an address of her own (a spoof), or as they were heard
    ``later`` microseconds before, address and all (a replay)."""

    def __init__(
        self, key: int, spot: Spot, victim: Carrier, device: Device, begins: int, ends: int, later: int
    ) -> None:
        self.key = key
        self.spot = spot
        self.victim = victim
        self.begins, self.ends, self.later = begins, ends, later
        self._device = device

    @property
    def attack(self) -> str:
        """In the scenario's own word."""
        return "replay" if self.later else "spoof"

    def events(self, begins: int, until: int, number: Number) -> Events | None:
        """What she sends from ``begins`` to ``until``. Has to be asked in order of time."""
        if until <= self.begins or begins >= self.ends:
            return None
        sent = self._device.firmware.advance(min(until, self.ends) - self.later)
        if not len(sent):
            return None
        said = np.zeros(len(sent), dtype=np.int32)
        for row, broadcast in self._device.voice.runs(sent, self._device.firmware):
            said[row:] = number(broadcast)
        keep = sent.at + self.later >= self.begins
        if not keep.any():
            return None
        count = int(keep.sum())
        still = np.zeros(count)
        return Events(
            sent.at[keep] + self.later,
            np.full(count, self.key, dtype=np.uint64),
            sent.number[keep],
            still + self.spot[0],
            still + self.spot[1],
            still,
            still,
            np.zeros(count, dtype=np.int32),
            said[keep],
        )


def attackers(
    scenario: ScenarioFile, floor: Floor, people: Sequence[Carrier], seed: int, starts_at_us: int
) -> list[Attacker]:
    """Those of a scenario who find a victim before it ends."""
    found = []
    for order, fault in enumerate(scenario.faults):
        if not isinstance(fault, Spoof | Replay):
            continue
        at, lasts = _us(fault.at.total_seconds()), _us(fault.lasts.total_seconds())
        victim = _victim(people, fault.device, at)
        if victim is None:
            continue
        key = key_of(seed, "attacker", order)
        spot = floor.spot_in(fault.zone, CounterStream(key))
        if isinstance(fault, Spoof):
            device = _copy(victim, seed, key, round(fault.interval_ms * 1000), victim.track.begins)
            found.append(Attacker(key, spot, victim, device, victim.track.begins, victim.track.begins + lasts, 0))
        else:
            device = make_device(victim.specification, seed, Wearer(victim.track.walked), starts_at_us)
            later = _us(fault.later.total_seconds())
            begins = victim.track.begins + later
            found.append(
                Attacker(key, spot, victim, device, begins, min(begins + lasts, victim.track.ends + later), later)
            )
    return found


def _victim(people: Sequence[Carrier], kind: str, at: int) -> Carrier | None:
    """The first enrolled shopper with such a device who comes at or after ``at``."""
    fitting = [
        carrier
        for carrier in people
        if carrier.role == "shopper" and carrier.specification.kind == kind and carrier.track.begins >= at
    ]
    return min(fitting, key=lambda carrier: carrier.track.begins, default=None)


def _copy(victim: Carrier, seed: int, key: int, interval_us: int, on_at: int) -> Device:
    """A device that says what the victim's says, from an address of its own and in its own time."""
    original = make_device(victim.specification, seed, Wearer(victim.track.walked), 0)
    voice = _Impostor(original, static_address(f"attacker-{key}"))
    return Device(original.identity, key, Firmware(key, Hardware(interval_us), on_at), voice, 0)


class _Impostor:
    """The words of another device, from one's own address."""

    def __init__(self, original: Device, address: str) -> None:
        self._original = original
        self._address = address
        self._copies: dict[Broadcast, Broadcast] = {}

    def runs(self, sent: Sent, firmware: Firmware) -> list[Run]:
        runs = self._original.voice.runs(sent, firmware)
        return [(row, self._as_mine(broadcast)) for row, broadcast in runs]

    def _as_mine(self, broadcast: Broadcast) -> Broadcast:
        return self._copies.setdefault(broadcast, Broadcast(self._address, broadcast.payload))


def _us(seconds: float) -> int:
    return round(seconds * 1e6)
