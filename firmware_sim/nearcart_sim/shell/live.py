"""A scenario played live: its scanners are adapters of one virtual BlueZ, and any BlueZ client hears its air as it comes."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from math import ceil
from types import TracebackType
from typing import Self

from nearcart_contract.advertisement import Advertisement
from nearcart_sim.core.days.adverts import true_advertisements
from nearcart_sim.core.days.play import CHUNK_S, Chunk, Play
from nearcart_sim.core.days.radio_faults import Act, acts, without_radio_faults
from nearcart_sim.core.days.scenario_file import ScenarioFile
from nearcart_sim.shell.bluez import VirtualBluez
from nearcart_sim.shell.bluez.adapter import Fault

_HEADSTART_S = 1.0
"""Before its clock starts, in which the first minute is worked out."""
_SLACK_S = 0.005
"""A packet may come this much before its time: a nap for each would cost more than the packet."""
_TOGETHER = 500
"""While it is behind, the D-Bus daemon gets its turn after so many packets."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Seconds of the scenario: from where, and how many; ``speed``: how many times real time."""

    begins: float = 0.0
    lasts: float | None = None
    speed: float = 1.0


class LiveScenario:
    """A virtual BlueZ while the context is open, and the scenario's air in it while ``run`` runs. Scanner i is ``hci{i}``.

    When ``run`` starts, the scenario's clock is set so that its ``begins`` is now: rolling identifiers are right at speed 1.
    """

    def __init__(
        self,
        scenario: ScenarioFile,
        seed: int,
        excerpt: Excerpt = Excerpt(),
        *,
        planned: Callable[[float, float], None] = lambda _, __: None,
    ) -> None:
        """``planned`` as of ``Play``. Raises ``ValueError`` for an excerpt that begins when the scenario has ended."""
        lasts = scenario.lasts.total_seconds()
        if not 0 <= excerpt.begins < lasts:
            raise ValueError(f"it lasts {lasts:g} s: there is nothing to play from {excerpt.begins:g} s on")
        ends = lasts if excerpt.lasts is None else min(lasts, excerpt.begins + excerpt.lasts)
        self.play = Play(without_radio_faults(scenario), seed, ends, planned=planned)
        self.behind_s = 0.0
        self._excerpt = excerpt
        self._acts = [act for act in acts(scenario, self.play.layout) if act.at < ends * 1e6]
        self.adapters = {scanner: f"hci{number}" for number, scanner in enumerate(self.play.scanners)}
        self.bluez = VirtualBluez(tuple(self.adapters.values()))
        self._out: Counter[str] = Counter()
        self._restarting = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._began = 0.0

    async def __aenter__(self) -> Self:
        """Raises ``DBusDaemonError``."""
        await self._stack.enter_async_context(self.bluez)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def now_us(self) -> int:
        """The scenario's time: microseconds since its beginning."""
        return round((self._excerpt.begins + (time.monotonic() - self._began) * self._excerpt.speed) * 1e6)

    @property
    def told(self) -> int:
        """Packets that BlueZ has told its clients of."""
        return self.bluez.adverts_sent

    def scanned(self) -> list[str]:
        """Scanners that somebody listens with now."""
        return [
            scanner
            for scanner, adapter in self.adapters.items()
            if self.bluez.discovering(adapter) or self.bluez.monitored(adapter)
        ]

    async def run(self, played: Callable[[Chunk], None] = lambda _: None, *, places: bool = False) -> None:
        """Play it to its end. ``played`` gets each chunk when its time is over, with ``places`` where everybody was."""
        begins = self._excerpt.begins
        self.play.starts_at_us = ceil(time.time() + _HEADSTART_S - begins) * 1_000_000
        self._began = time.monotonic() - time.time() + self.play.starts_at_us / 1e6 + begins
        async with asyncio.TaskGroup() as group:
            faults = group.create_task(self._break())
            async for chunk in _ahead(self.play.chunks(places=places, begins_at=begins)):
                if chunk.begins / 1e6 + CHUNK_S > begins:
                    await self._air(chunk)
                    played(chunk)
            faults.cancel()
        await self.bluez.drain()

    async def do(self, act: Act) -> None:
        """Something goes wrong, or right again. An adapter that is out twice has to be plugged in twice."""
        adapter = self.adapters.get(act.scanner, "")
        match act.doing:
            case "unplug":
                self._out[adapter] += 1
                if self._out[adapter] == 1:
                    self.bluez.remove_adapter(adapter)
            case "plug":
                self._out[adapter] -= 1
                if self._out[adapter] == 0:
                    self.bluez.add_adapter(adapter)
                self._out[adapter] = max(0, self._out[adapter])
            case "deafen" | "stall":
                self.bluez.break_adapter(adapter, Fault("deaf", act.mended_by))
            case "mend":
                self.bluez.break_adapter(adapter, None)
            case "restart":
                async with self._restarting:
                    await self.bluez.restart_bluetoothd(act.seconds / self._excerpt.speed)

    async def _break(self) -> None:
        async with asyncio.TaskGroup() as group:
            for act in self._acts:
                if act.at >= self._excerpt.begins * 1e6:
                    await asyncio.sleep(max(0.0, self._ahead_s(act.at)))
                    group.create_task(self.do(act))

    async def _air(self, chunk: Chunk) -> None:
        for number, (at, heard) in enumerate(true_advertisements(self.play, chunk)):
            if at < self._excerpt.begins * 1e6:
                continue
            ahead = self._ahead_s(at)
            if ahead > _SLACK_S:
                await asyncio.sleep(ahead)
            elif number % _TOGETHER == 0:
                self.behind_s = max(self.behind_s, -ahead)
                await self.bluez.drain()
            self._receive(heard)
        await asyncio.sleep(max(0.0, self._ahead_s(min(chunk.begins + CHUNK_S * 1_000_000, self.play.seconds * 1e6))))

    def _receive(self, heard: Advertisement) -> None:
        self.bluez.advertise(
            self.adapters[heard.scanner],
            heard.address,
            heard.rssi if heard.rssi is not None else -127,
            manufacturer_data=heard.manufacturer_data,
            service_data=heard.service_data,
            service_uuids=heard.service_uuids,
            tx_power=heard.tx_power,
        )

    def _ahead_s(self, at: float) -> float:
        """Seconds of this machine until the scenario's time ``at``, microseconds."""
        return (at / 1e6 - self._excerpt.begins) / self._excerpt.speed - (time.monotonic() - self._began)


async def _ahead(chunks: Iterator[Chunk]) -> AsyncIterator[Chunk]:
    """One chunk is worked out in a thread while the one before it is in the air."""
    coming = asyncio.create_task(asyncio.to_thread(next, chunks, None))
    try:
        while (chunk := await coming) is not None:
            coming = asyncio.create_task(asyncio.to_thread(next, chunks, None))
            yield chunk
    finally:
        coming.cancel()
