"""Takes transitions from the core to the outbox, and from the outbox to the gateway."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import takewhile
from typing import TypeVar

from nearcart_contract.edge_state import OutboxState
from nearcart_contract.presence import Ack, PresenceBatch, Transition
from nearcart_edge.core.batches import Batches, Send
from nearcart_edge.core.last_hour import LastHour
from nearcart_edge.core.presence import PresenceEvent
from nearcart_edge.shell.clock import Clock, instant
from nearcart_edge.shell.crash_points import crash_point
from nearcart_edge.shell.light_structlog import Log
from nearcart_edge.shell.outbox import Outbox, Unnumbered
from nearcart_edge.shell.problems import Problems

MAX_PENDING = 20_000
"""Transitions that may wait for the disk; past it new ones are lost, and counted."""

AT_ONCE = 100
"""Transitions in one commit: more would only hold more memory at a time."""

Publish = Callable[[PresenceBatch], Awaitable[None]]
T = TypeVar("T")


class Transitions:
    """One thread does all disk work, so that a slow card never holds up the radio; what comes meanwhile shares a commit."""

    def __init__(self, outbox: Outbox, clock: Clock, problems: Problems, log: Log) -> None:
        self._outbox = outbox
        self._clock = clock
        self._problems = problems
        self._log = log
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="outbox")
        self._batches = Batches(outbox.held())
        self._pending: list[Unnumbered] = []
        self._being_stored = 0
        self._overrun = 0
        self._written = LastHour()
        self._arrived = asyncio.Event()
        self._changed = asyncio.Event()
        self._quiet = asyncio.Event()
        if not self._batches.waiting:
            self._quiet.set()
        problems.say("outbox", outbox.problem)

    @property
    def waiting(self) -> int:
        """Transitions that the gateway has not acknowledged."""
        return len(self._pending) + self._being_stored + self._batches.waiting

    @property
    def state(self) -> OutboxState:
        """The outbox in figures."""
        outbox = self._outbox
        written = outbox.bytes_written
        self._written.note(self._clock.monotonic(), written or 0)
        return OutboxState(
            at_risk=outbox.at_risk + len(self._pending),
            risked=outbox.risked,
            lost=outbox.lost + self._overrun,
            bytes_written=written,
            bytes_last_hour=None if written is None else self._written.last_hour,
        )

    def record(self, events: Sequence[PresenceEvent]) -> None:
        """Take transitions, to be stored before anything else is done with them."""
        if not events:
            return
        now = instant(self._clock)
        room = MAX_PENDING - len(self._pending)
        if room < len(events):
            self._overrun += len(events) - room
            self._log.error("transitions lost: the disk does not answer", lost=len(events) - room)
        self._pending += [Unnumbered(event, now.stamp(event.at)) for event in events[:room]]
        self._quiet.clear()
        self._arrived.set()

    async def store(self) -> None:
        """Store what is recorded, for ever."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            await self._store_pending()

    async def send(self, publish: Publish) -> None:
        """Send what waits over a new connection, for as long as it lasts."""
        self._batches.reconnected()
        while True:
            self._changed.clear()
            send = self._batches.next(self._clock.monotonic())
            if send is not None:
                await self._send(send, publish)
                continue
            await self._wait_for_change()

    async def acknowledge(self, ack: Ack) -> None:
        """The gateway has these on its disk."""
        forget = self._batches.acknowledge(ack.epoch, ack.committed)
        if forget is not None:
            crash_point("after_ack")
            await self._on_disk(self._outbox.forget, forget.epoch, forget.upto)
            self._problems.say("outbox", self._outbox.problem)
        if self.waiting == 0:
            self._quiet.set()
        self._changed.set()

    async def drained(self) -> None:
        """Wait until the gateway has everything."""
        await self._quiet.wait()

    async def close(self) -> None:
        """Store what is still pending and close the file."""
        await self._store_pending()
        await self._on_disk(self._outbox.close)
        self._disk.shutdown()

    async def _store_pending(self) -> None:
        while self._pending:
            entries, self._pending = self._pending[:AT_ONCE], self._pending[AT_ONCE:]
            await self._store(entries)

    async def _store(self, entries: Sequence[Unnumbered]) -> None:
        self._being_stored += len(entries)
        try:
            kept = await self._on_disk(self._outbox.append, entries)
            if kept:
                self._batches.add(self._outbox.epoch, self._outbox.newest, kept)
        finally:
            self._being_stored -= len(entries)
        if kept < len(entries):
            self._log.error("transitions lost: the outbox is full", lost=len(entries) - kept)
        self._problems.say("outbox", self._outbox.problem)
        self._changed.set()

    async def _send(self, send: Send, publish: Publish) -> None:
        try:
            held = await self._on_disk(self._outbox.read, send.epoch, send.after, send.upto)
        except sqlite3.Error as error:
            self._problems.say("outbox", f"the outbox can't be read ({error}): look at the card's health")
            await asyncio.sleep(1)
            return
        transitions = _unbroken(held, send.after)
        if not transitions:
            self._skip(send, held)
            return
        await publish(
            PresenceBatch(
                epoch=send.epoch,
                after=send.after,
                oldest=send.after + 1,
                sent=instant(self._clock).stamp(),
                transitions=transitions,
            )
        )
        crash_point("after_send")

    def _skip(self, send: Send, held: Sequence[Transition]) -> None:
        upto = held[0].sequence - 1 if held else send.upto
        self._log.error("the card lost transitions", epoch=str(send.epoch), after=send.after, upto=upto)
        self._batches.acknowledge(send.epoch, upto)

    async def _wait_for_change(self) -> None:
        deadline = self._batches.deadline()
        timeout = None if deadline is None else max(0.0, deadline - self._clock.monotonic())
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._changed.wait()

    async def _on_disk(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work, *arguments)


def _unbroken(held: Sequence[Transition], after: int) -> tuple[Transition, ...]:
    numbered = takewhile(lambda pair: pair[0] == pair[1].sequence, enumerate(held, after + 1))
    return tuple(transition for _, transition in numbered)
