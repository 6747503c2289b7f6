"""What each class of device says: its payloads by event, the address it says them from, and who it is to a store.

A voice turns the columns of ``Sent`` into runs: from this event on, this broadcast. A new class is a voice here and its line in ``devices``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nearcart_contract.roster import BTHomeIdentity, EddystoneEidIdentity, IrkIdentity
from nearcart_sim.core.beacons.address import resolvable_address
from nearcart_sim.core.beacons.bthome import BandState, bthome
from nearcart_sim.core.beacons.eddystone import TLM_EVERY
from nearcart_sim.core.beacons.eddystone_eid import eddystone_eid, ephemeral_id
from nearcart_sim.core.beacons.heart_rate import heart_rate
from nearcart_sim.core.beacons.payload import Builder, Payload, TagState
from nearcart_sim.core.chance import key_of
from nearcart_sim.core.firmware.battery import millivolts
from nearcart_sim.core.firmware.broadcast import Broadcast
from nearcart_sim.core.firmware.state_machine import Firmware, Sent

Run = tuple[int, Broadcast]
"""From the event of this row on."""

ROTATION_S = 15 * 60
"""How long a private address lives (Core Vol 3 Part C Appendix A: recommended TGAP(private_addr_int))."""

_SAYS_STEPS_EVERY_S = 10
_BEATS_EVERY_S = 1
STEP_M = 0.7


class Voice(Protocol):
    """What one device says."""

    def runs(self, sent: Sent, firmware: Firmware) -> list[Run]:
        """The broadcasts of these events, in order; the first begins at row 0."""
        ...


@dataclass(slots=True)
class Constant:
    """Always the same."""

    broadcast: Broadcast

    def runs(self, sent: Sent, firmware: Firmware) -> list[Run]:
        return [(0, self.broadcast)]


class WithTelemetry:
    """Eddystone-UID with a TLM frame in between, which tells voltage, events and uptime."""

    def __init__(self, address: str, builder: Builder) -> None:
        self._address = address
        self._builder = builder
        self._usual = Broadcast(address, builder(TagState(0.0, 0)))

    def runs(self, sent: Sent, firmware: Firmware) -> list[Run]:
        runs: list[Run] = [(0, self._usual)]
        for row in np.flatnonzero(sent.sent % TLM_EVERY == TLM_EVERY - 1).tolist():
            runs += [(row, Broadcast(self._address, self._builder(self._state(sent, firmware, row))))]
            runs += [(row + 1, self._usual)]
        return runs

    def _state(self, sent: Sent, firmware: Firmware, row: int) -> TagState:
        at = int(sent.at[row])
        uptime = (at - int(sent.booted_at[row])) / 1e6
        used = firmware.used(int(sent.number[row]), at)
        return TagState(uptime, int(sent.sent[row]), battery_mv=millivolts(used))


class Changing:
    """A broadcast that changes with a number that each event has: a period, a minute, a press. ``say`` is told it, and how many events
    there were before."""

    def __init__(
        self, period: Callable[[Sent, Firmware], NDArray[np.int64]], say: Callable[[int, Firmware, int], Broadcast]
    ) -> None:
        self._period = period
        self._say = say
        self._last: tuple[int, Broadcast] | None = None

    def runs(self, sent: Sent, firmware: Firmware) -> list[Run]:
        periods = self._period(sent, firmware)
        starts = [0, *(np.flatnonzero(np.diff(periods)) + 1).tolist()]
        return [(row, self._broadcast(int(periods[row]), firmware, int(sent.number[row]))) for row in starts]

    def _broadcast(self, period: int, firmware: Firmware, number: int) -> Broadcast:
        if self._last is None or self._last[0] != period:
            self._last = (period, self._say(period, firmware, number))
        return self._last[1]


@dataclass(frozen=True, slots=True)
class Wearer:
    """What a band's sensors feel: metres walked until a time (microseconds)."""

    walked: Callable[[int], float]

    def steps(self, at: int) -> int:
        return int(self.walked(at) / STEP_M)

    def moving(self, at: int) -> bool:
        """Whether she walked in the last two seconds."""
        return self.walked(at) - self.walked(at - 2_000_000) > STEP_M


def phone(identity: IrkIdentity, seed: int, payload: Payload) -> Changing:
    """A phone: the same payload from a new resolvable private address every 15 minutes after it was switched on."""
    irk = bytes.fromhex(identity.irk)

    def period(sent: Sent, firmware: Firmware) -> NDArray[np.int64]:
        return np.asarray((sent.at - sent.booted_at) // (ROTATION_S * 1_000_000) + sent.booted_at)

    return Changing(
        period, lambda turn, *_: Broadcast(resolvable_address(irk, key_of(seed, identity.id, "prand", turn)), payload)
    )


def rolling(
    identity: EddystoneEidIdentity, address: str, measured_power: int, starts_at_us: int, drift_ppm: int
) -> Changing:
    """Eddystone-EID: its identifier follows its own clock, which was right when the scenario began (Unix microseconds)."""

    def counter(sent: Sent, firmware: Firmware) -> NDArray[np.int64]:
        own = starts_at_us + sent.at - sent.at * drift_ppm // 1_000_000
        return np.asarray(own // 1_000_000 - identity.clock_offset_s) >> identity.rotation_exponent

    def say(period: int, *_: object) -> Broadcast:
        eid = ephemeral_id(identity, period << identity.rotation_exponent)
        return Broadcast(address, eddystone_eid(eid, measured_power))

    return Changing(counter, say)


def band(identity: BTHomeIdentity, wearer: Wearer) -> Changing:
    """A BTHome band: battery, motion and steps every ten seconds, and presses at once. Its packet id counts hundredths of seconds."""
    key = bytes.fromhex(identity.bind_key) if identity.bind_key else None

    def packet_id(sent: Sent, firmware: Firmware) -> NDArray[np.int64]:
        routine = sent.at // (_SAYS_STEPS_EVERY_S * 1_000_000) * (_SAYS_STEPS_EVERY_S * 100)
        pressed_at = np.array([0, *(press.at // 10_000 for press in firmware.presses)])
        last = pressed_at[np.searchsorted(pressed_at[1:], sent.at // 10_000, side="right")]
        return np.where(sent.press > 0, last, np.maximum(routine, np.where(last > 0, last + 1, 0)))

    def say(packet_id: int, firmware: Firmware, number: int) -> Broadcast:
        at = packet_id * 10_000
        press = next((press for press in firmware.presses if press.at // 10_000 == packet_id), None)
        state = BandState(
            packet_id,
            round(100 * (1 - min(1.0, firmware.used(number, at)))),
            wearer.moving(at),
            wearer.steps(at),
            press.button if press else None,
        )
        return Broadcast(identity.address, bthome(state, identity.address, key))

    return Changing(packet_id, say)


def pulse(address: str, seed: int, wearer: Wearer) -> Changing:
    """A heart-rate band: faster while she walks."""

    def second(sent: Sent, firmware: Firmware) -> NDArray[np.int64]:
        return np.asarray(sent.at // (_BEATS_EVERY_S * 1_000_000))

    def say(second: int, *_: object) -> Broadcast:
        calm = 68 + key_of(seed, "pulse", address, second // 20) % 9
        return Broadcast(address, heart_rate(calm + 14 * wearer.moving(second * 1_000_000)))

    return Changing(second, say)
