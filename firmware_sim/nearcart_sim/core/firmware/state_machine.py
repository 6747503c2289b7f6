"""The state machine that every advertising device runs: switched on, advertising, pressed, restarting, empty.

Advertising is the Core specification's (5.4, Vol 6 Part B 4.4.2.2): advInterval, by the device's own clock, and each time 0 to 10 ms beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nearcart_sim.core.chance import key_of, words
from nearcart_sim.core.firmware.battery import CoinCell

State = Literal["off", "advertising", "pressed", "restarting", "empty"]

MAX_ADV_DELAY_US = 10_000
_RESTART_US = 2_000_000
"""From a reset to the first packet."""
_PRESSED_US = 800_000
_PRESSED_INTERVAL_US = 100_000
"""A press is told again and again for so long, as the first packets may be lost."""


@dataclass(frozen=True, slots=True)
class Incident:
    """What happens to a device: a restart, a new firmware with another interval, a press, its button's bounce, which makes another of it, or a press
    that the button swallows. ``at``: microseconds."""

    at: int
    kind: Literal["reboot", "update", "press", "bounce", "swallowed"]
    interval_us: int = 0
    button: str = "press"


@dataclass(frozen=True, slots=True)
class Hardware:
    """``interval_us``: advInterval; ``drift_ppm``: how much its clock is slow (above 0) or fast."""

    interval_us: int
    drift_ppm: int = 0
    cell: CoinCell | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The advertising events of a while, as columns. ``number`` counts them for ever, ``sent`` since the last restart,
    ``booted_at`` is that restart; ``press`` counts presses from 1, 0 while none is told."""

    at: NDArray[np.int64]
    number: NDArray[np.int64]
    sent: NDArray[np.int64]
    booted_at: NDArray[np.int64]
    press: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.at)


class Firmware:
    """One device. ``advance`` gives its events up to a time; times are microseconds since the scenario's beginning."""

    def __init__(self, key: int, hardware: Hardware, on_at: int, incidents: Sequence[Incident] = ()) -> None:
        """``key`` of its chance; it is switched on at ``on_at``."""
        self.state: State = "off"
        self.presses: list[Incident] = []
        self.booted_at = on_at
        self._hardware = hardware
        self._interval_us = hardware.interval_us
        self._delays = np.array([key_of(key, "advDelay")], dtype=np.uint64)
        self._on_at = on_at
        self._incidents = sorted(incidents, key=lambda incident: incident.at, reverse=True)
        self._number = 0
        self._sent = 0
        self._next = on_at + key_of(key, "first") % self._interval_us
        self._changes_at: int | None = None

    @property
    def number(self) -> int:
        """Events so far."""
        return self._number

    def used(self, number: int, at: int) -> float:
        """Share of its cell that is gone after so many events; 0 for a device that is charged every night."""
        cell = self._hardware.cell
        return cell.used_after(number, (at - self._on_at) / 1e6) if cell else 0.0

    def advance(self, until: int) -> Sent:
        """Every event before ``until`` that was not given yet."""
        if self.state == "off":
            self.state = "advertising"
        blocks = []
        while True:
            turn = min(until, self._next_change())
            blocks.append(self._advertise(turn))
            if turn >= until:
                break
            self._change(turn)
        if len(blocks) == 1:
            return Sent(*blocks[0])
        return Sent(*(np.concatenate(column) for column in zip(*blocks, strict=True)))

    def _next_change(self) -> int:
        """When the state changes next: by itself, or by an incident."""
        own = self._changes_at if self._changes_at is not None else 1 << 62
        return min(own, self._incidents[-1].at if self._incidents else 1 << 62)

    def _change(self, now: int) -> None:
        """The table of the state machine."""
        if self._changes_at is not None and self._changes_at <= now:
            self._changes_at = None
            if self.state in ("pressed", "restarting"):
                self.state = "advertising"
            return
        incident = self._incidents.pop()
        match self.state, incident.kind:
            case ("empty", _) | (_, "swallowed"):
                pass
            case _, "reboot" | "update":
                self._restart(now, incident)
            case "advertising" | "pressed", "press" | "bounce":
                self.presses.append(incident)
                self.state, self._changes_at, self._next = "pressed", now + _PRESSED_US, now

    def _restart(self, now: int, incident: Incident) -> None:
        if incident.kind == "update":
            self._interval_us = incident.interval_us
        self.state, self._changes_at = "restarting", now + _RESTART_US
        self.booted_at = self._next = now + _RESTART_US
        self._sent = 0

    def _advertise(self, until: int) -> tuple[NDArray[np.int64], ...]:
        at = self._times(until)
        if self._hardware.cell is not None and len(at):
            at = self._while_it_lasts(at)
        count = len(at)
        number = np.arange(self._number, self._number + count)
        sent = np.arange(self._sent, self._sent + count)
        self._number, self._sent = self._number + count, self._sent + count
        press = len(self.presses) if self.state == "pressed" else 0
        return at, number, sent, np.full(count, self.booted_at), np.full(count, press)

    def _times(self, until: int) -> NDArray[np.int64]:
        """The events before ``until`` as the interval has them."""
        if self.state in ("empty", "restarting") or self._next >= until:
            return np.empty(0, dtype=np.int64)
        interval = _PRESSED_INTERVAL_US if self.state == "pressed" else self._interval_us
        interval += interval * self._hardware.drift_ppm // 1_000_000
        most = (until - self._next) // interval + 1
        drawn = words(self._delays, np.arange(self._number, self._number + most)) >> np.uint64(48)
        delays = (drawn * np.uint64(MAX_ADV_DELAY_US + 1) >> np.uint64(16)).astype(np.int64)
        times = self._next + np.concatenate(([0], np.cumsum(interval + delays)))
        count = int(np.searchsorted(times, until))
        self._next = int(times[count])
        return times[:count]

    def _while_it_lasts(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Up to the event for which the cell is too empty."""
        if self.used(self._number + len(at), int(at[-1])) < 1:
            return at
        self.state = "empty"
        last = next(count for count, moment in enumerate(at, 1) if self.used(self._number + count, int(moment)) >= 1)
        return at[: last - 1]
