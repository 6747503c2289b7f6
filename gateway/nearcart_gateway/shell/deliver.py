"""Takes offers from the outbox to their channels, always with the same key, never after they expired: at least once where who
receives it knows the key, at most once where not."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

import structlog

from nearcart_gateway.core.changes import Changes, Delivery
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.shell.channels.base import ChannelDelivery, NotDeliveredError, OutcomeUnknownError, SkippedError
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.crash import crash_point
from nearcart_gateway.shell.link import NotConnectedError
from nearcart_gateway.shell.writer import NotCommittedError

log = structlog.get_logger(__name__)

BACK_OFF_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
AT_ONCE = 16
"""Deliveries under way at the same time through one channel."""

Save = Callable[[Callable[[StoreEngine, Changes], None]], Awaitable[None]]
Delivered = Callable[[Delivery], None]
Refusal = Callable[[Delivery], str | None]
"""Asked before each attempt: why this may not leave any more, or ``None``."""


class Deliverer:
    """Works off deliveries that wait. Each channel has workers of its own, so that a slow webhook holds up nobody's phone."""

    def __init__(
        self,
        channels: dict[str, ChannelDelivery],
        clock: StoreClock,
        save: Save,
        delivered: Delivered,
        refusal: Refusal = lambda _: None,
    ) -> None:
        self._channels = channels
        self._clock = clock
        self._save = save
        self._delivered = delivered
        self._refusal = refusal
        self._lanes: dict[str, asyncio.Queue[Delivery]] = {name: asyncio.Queue() for name in channels}
        self._no_channel: asyncio.Queue[Delivery] = asyncio.Queue()
        self._known: set[str] = set()
        self.counted: Counter[str] = Counter()

    def add(self, deliveries: Iterable[Delivery]) -> None:
        """Offers that were committed, and at start those that still waited."""
        for delivery in deliveries:
            if delivery.key not in self._known:
                self._known.add(delivery.key)
                self._line_up(delivery)

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

    async def _work(self, lane: asyncio.Queue[Delivery]) -> None:
        while True:
            delivery = await self._attempt(await lane.get())
            if delivery.state == "waiting":
                self._line_up(delivery)
                continue
            self._known.discard(delivery.key)
            self.counted[delivery.state] += 1
            self._delivered(delivery)

    def _line_up(self, delivery: Delivery) -> None:
        """Into its channel's lane, now or when it is to be tried again."""
        lane = self._lanes.get(delivery.channel, self._no_channel)
        wait = delivery.next_at - self._clock.now()
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, lane.put_nowait, delivery)
        else:
            lane.put_nowait(delivery)

    async def _attempt(self, delivery: Delivery) -> Delivery:
        """One try, and its outcome on disk."""
        outcome = await self._try(delivery)
        crash_point("before_mark")
        await self._keep(outcome)
        if outcome.error is not None:
            log.warning("offer_not_delivered", channel=outcome.channel, state=outcome.state, problem=outcome.error)
        return outcome

    async def _try(self, delivery: Delivery) -> Delivery:
        now = self._clock.now()
        if delivery.state == "sending":
            error = "the gateway stopped while it was being sent; it may have arrived, so it is not sent again"
            return replace(delivery, state="unknown", error=error)
        if now >= delivery.expires_at:
            return replace(delivery, state="expired", error=delivery.error or "it expired before it could leave")
        refused = self._refusal(delivery)
        if refused is not None:
            return replace(delivery, state="withdrawn", error=refused)
        channel = self._channels.get(delivery.channel)
        if channel is None:
            return replace(
                delivery, state="failed", error=f"channel '{delivery.channel}' is not in store.yaml any more"
            )
        attempts = delivery.attempts + 1
        if not channel.repeatable and not await self._keep(replace(delivery, state="sending", attempts=attempts)):
            return replace(
                delivery, next_at=now + BACK_OFF_S[0], error="that it is being sent could not be written down"
            )
        try:
            crash_point("before_send")
            await channel.deliver(delivery)
            crash_point("after_send")
        except (NotDeliveredError, NotConnectedError) as error:
            final = isinstance(error, NotDeliveredError) and error.final
            pause = BACK_OFF_S[min(attempts, len(BACK_OFF_S)) - 1]
            state = "skipped" if isinstance(error, SkippedError) else "failed" if final else "waiting"
            return replace(delivery, state=state, attempts=attempts, next_at=now + pause, error=str(error))  # type: ignore[arg-type]
        except OutcomeUnknownError as error:
            return replace(delivery, state="unknown", attempts=attempts, error=str(error))
        published_at = self._clock.now()
        return replace(delivery, state="delivered", attempts=attempts, published_at=published_at, error=None)

    async def _keep(self, delivery: Delivery) -> bool:
        """Write the outcome. If the disk refuses, the row still waits: after a restart it leaves again with the same key."""

        def apply(_engine: StoreEngine, changes: Changes) -> None:
            changes.deliveries.append(delivery)

        try:
            await self._save(apply)
        except NotCommittedError as error:
            self.counted["not_marked"] += 1
            log.error("delivery_not_marked", key=delivery.key, problem=str(error))
            return False
        return True
