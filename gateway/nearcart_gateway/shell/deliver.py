"""Takes offers from the outbox to their channels, always with the same key, never too late: at least once where who receives it
knows the key, at most once where not. What follows what is ``core.delivery``'s to say; here are the queues, the sending, the disk.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

import structlog

from nearcart_gateway.core.changes import Changes, Delivery
from nearcart_gateway.core.delivery import (
    BACK_OFF_S,
    OPEN,
    Ask,
    No,
    NotTaken,
    Outcome,
    Step,
    Taken,
    Unsure,
    addressed,
    after_attempt,
    after_restart,
    before_attempt,
    latest,
    moment_of,
    shifted,
    visit_ended,
)
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.values import Visit
from nearcart_gateway.shell.channels.base import ChannelDelivery, NotDeliveredError, OutcomeUnknownError, SkippedError
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.crash import crash_point
from nearcart_gateway.shell.link import NotConnectedError
from nearcart_gateway.shell.writer import NotCommittedError

log = structlog.get_logger(__name__)

AT_ONCE = 16
"""Deliveries under way at the same time through one channel."""

Save = Callable[[Callable[[StoreEngine, Changes], None]], Awaitable[None]]
Settled = Callable[[Delivery], None]
Refusal = Callable[[Delivery, str], No | None]
"""Asked before each attempt, and of each channel that could take over: why it may not be used now, or ``None``."""

Heard = Callable[[Delivery], float]
"""When she was last heard in the visit that an offer belongs to, Unix seconds; 0 when not since the start."""

Read = Callable[[str], Delivery | None]
"""A delivery as the database has it, by its key."""


class Deliverer:
    """Works off deliveries that wait. Each channel has workers of its own, so that a slow webhook holds up nobody's phone."""

    def __init__(
        self,
        channels: dict[str, ChannelDelivery],
        clock: StoreClock,
        save: Save,
        settled: Settled,
        refusal: Refusal = lambda _delivery, _channel: None,
        heard: Heard = lambda _: 0.0,
        read: Read = lambda _: None,
    ) -> None:
        self._channels = channels
        self._clock = clock
        self._save = save
        self._settled = settled
        self._refusal = refusal
        self._heard = heard
        self._read = read
        self._lanes: dict[str, asyncio.Queue[str]] = {name: asyncio.Queue() for name in channels}
        self._no_channel: asyncio.Queue[str] = asyncio.Queue()
        self._known: dict[str, Delivery] = {}
        self._of_visit: dict[str, set[str]] = {}
        self._under_way: dict[str, asyncio.Event] = {}
        self._held: set[str] = set()
        self.counted: Counter[tuple[str, str]] = Counter()

    def __len__(self) -> int:
        """How many wait, or are under way."""
        return len(self._known)

    def add(self, deliveries: Iterable[Delivery]) -> None:
        """Offers that were committed just now."""
        for delivery in deliveries:
            if delivery.key not in self._known:
                self._remember(delivery)
                self._line_up(delivery)

    def take_up(self, deliveries: Iterable[Delivery]) -> None:
        """What the database says still waited when the gateway stopped."""
        now = self._clock.now()
        self.add(each if each.state == "sending" else after_restart(each, now).delivery for each in deliveries)

    def visits_ended(self, visits: Iterable[Visit]) -> None:
        """What belongs to these visits may leave for a minute more."""
        if not self._of_visit:
            return
        for visit in visits:
            if visit.left_at is not None:
                for key in self._of_visit.get(visit.id, ()):
                    self._known[key] = visit_ended(self._known[key], visit.left_at)

    def find(self, key: str) -> Delivery | None:
        """One as it is known now, whether it still waits or not; ``None`` when there is none."""
        return self._known.get(key) or self._read(key)

    def arrived(self, delivery: Delivery) -> None:
        """A receipt says so: one that still waits has no need to leave again."""
        if delivery.key not in self._known:
            return
        self._known[delivery.key] = delivery
        if delivery.state not in OPEN and delivery.key not in self._under_way:
            self._forget(delivery)
            self.counted[delivery.channel, delivery.state] += 1

    def hold(self, key: str) -> None:
        """It is being taken back: no attempt begins any more."""
        self._held.add(key)

    def release(self, key: str) -> None:
        """It was taken back, and that is on disk."""
        self._held.discard(key)

    async def stopped(self, key: str) -> Delivery | None:
        """One that is held, as it stands now that no attempt is under way; ``None`` when it is not known, such as one erased."""
        while (busy := self._under_way.get(key)) is not None:
            await busy.wait()
        delivery = self._known.get(key)
        if delivery is None:
            return self._read(key)
        self._forget(delivery)
        self.counted[delivery.channel, "withdrawn"] += 1
        return delivery

    def shift(self, seconds: float) -> list[Delivery]:
        """The clock was stepped by ``seconds``; returns what is to be written down of it."""
        self._known = {key: shifted(delivery, seconds) for key, delivery in self._known.items()}
        return list(self._known.values())

    async def run(self) -> None:
        """Deliver until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for lane in (*self._lanes.values(), self._no_channel):
                    for _ in range(AT_ONCE):
                        tasks.create_task(self._work(lane))
        finally:
            for channel in self._channels.values():
                await channel.close()

    async def _work(self, lane: asyncio.Queue[str]) -> None:
        while True:
            delivery = self._known.get(await lane.get())
            if delivery is None or delivery.key in self._held:
                continue
            done = self._under_way[delivery.key] = asyncio.Event()
            try:
                await self._go_on(delivery)
            finally:
                del self._under_way[delivery.key]
                done.set()

    async def _go_on(self, delivery: Delivery) -> None:
        """One try, if it may leave now, and its outcome on disk."""
        ask = self._ask(delivery)
        step = before_attempt(delivery, self._clock.now(), ask, self._heard(delivery))
        if delivery.state == "sending":
            step = after_restart(delivery, self._clock.now())
        elif step.send:
            outcome = await self._attempt(delivery)
            if isinstance(outcome, NotTaken) and outcome.broker:
                ask = self._ask_without_broker(ask)
            crash_point("before_mark")
            step = after_attempt(self._known.get(delivery.key, delivery), outcome, self._clock.now(), ask)
        elif not step.receipts:
            self._line_up(step.delivery)
            return
        await self._take(step)

    async def _attempt(self, delivery: Delivery) -> Outcome:
        channel = self._channels[delivery.channel]
        if not channel.repeatable and not await self._keep(Step(replace(delivery, state="sending"))):
            return NotTaken("that it is being sent could not be written down")
        try:
            crash_point("before_send")
            got = await channel.deliver(delivery)
            crash_point("after_send")
        except NotDeliveredError as error:
            skipped = isinstance(error, SkippedError)
            return NotTaken(str(error), final=error.final, skipped=skipped, maybe=error.maybe, wait_s=error.wait_s)
        except NotConnectedError as error:
            return NotTaken(str(error), maybe=error.maybe, broker=True)
        except OutcomeUnknownError as error:
            return Unsure(str(error))
        except Exception as error:
            # A mistake of ours. Its text may hold what the channel keeps secret, and it must not take the other channels with it.
            problem = f"the channel went wrong: {type(error).__name__}"
            return NotTaken(problem, maybe=True) if channel.repeatable else Unsure(problem)
        return Taken(got or "sent")

    async def _take(self, step: Step) -> None:
        """Remember and write down what became of one; who is not at the end of its way is lined up again."""
        delivery, before = step.delivery, self._known.get(step.delivery.key)
        moved = before is not None and before.channel != delivery.channel
        if moved:
            visitor = None if self._channels[delivery.channel].in_public else delivery.visitor
            delivery = replace(delivery, body=addressed(delivery.body, visitor))
        self._remember(delivery)
        kept = await self._keep(replace(step, delivery=delivery))
        if before is not None and moved and not kept:
            # What is on disk says the old channel; were this one used, a restart could use both.
            delivery = replace(before, next_at=self._clock.now() + BACK_OFF_S[0])
            self._remember(delivery)
        delivery = latest(delivery, self._known.get(delivery.key))
        if delivery.error is not None:
            log.warning("offer_not_delivered", channel=delivery.channel, state=delivery.state, problem=delivery.error)
        if delivery.state in OPEN:
            self._line_up(self._known[delivery.key])
            return
        self._forget(delivery)
        self.counted[delivery.channel, delivery.state] += 1
        self._settled(delivery)

    def _ask(self, delivery: Delivery) -> Ask:
        def ask(channel: str) -> No | None:
            if channel != delivery.channel and self._carries_another(channel, delivery):
                return No("skipped", f"'{channel}' carries another offer of this moment")
            return self._refusal(delivery, channel)

        return ask

    def _ask_without_broker(self, ask: Ask) -> Ask:
        over_broker = {name for name, channel in self._channels.items() if channel.over_broker}
        return lambda name: No("skipped", "it needs the broker too") if name in over_broker else ask(name)

    def _carries_another(self, channel: str, delivery: Delivery) -> bool:
        others = (self._known[key] for key in self._of_visit.get(delivery.visit, ()) if key != delivery.key)
        return any(other.channel == channel and moment_of(other.key) == moment_of(delivery.key) for other in others)

    def _remember(self, delivery: Delivery) -> None:
        self._known[delivery.key] = delivery
        self._of_visit.setdefault(delivery.visit, set()).add(delivery.key)

    def _forget(self, delivery: Delivery) -> None:
        self._known.pop(delivery.key, None)
        keys = self._of_visit.get(delivery.visit, set())
        keys.discard(delivery.key)
        if not keys:
            self._of_visit.pop(delivery.visit, None)

    def _line_up(self, delivery: Delivery) -> None:
        """Into its channel's lane, now or when it is to be tried again."""
        self._known[delivery.key] = delivery
        lane = self._lanes.get(delivery.channel, self._no_channel)
        wait = delivery.next_at - self._clock.now()
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, lane.put_nowait, delivery.key)
        else:
            lane.put_nowait(delivery.key)

    async def _keep(self, step: Step) -> bool:
        """Write it down. If the disk refuses, the row still waits: after a restart it leaves again with the same key."""

        def apply(_engine: StoreEngine, changes: Changes) -> None:
            changes.deliveries.append(latest(step.delivery, self._known.get(step.delivery.key)))
            changes.receipts += step.receipts

        try:
            await self._save(apply)
        except NotCommittedError as error:
            self.counted[step.delivery.channel, "not_marked"] += 1
            log.error(
                "delivery_not_marked", channel=step.delivery.channel, state=step.delivery.state, problem=str(error)
            )
            return False
        return True
