"""Takes offers back: what waits never leaves, and who has one already is told that it is over, as long as it would have held."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import structlog

from nearcart_contract.offer_message import OfferWithdrawn
from nearcart_gateway.core.changes import Changes, Delivery
from nearcart_gateway.core.delivery import BACK_OFF_S, may_have_arrived, withdraw
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.orders import Withdrawal
from nearcart_gateway.shell.channels.base import ChannelDelivery, NotDeliveredError, OutcomeUnknownError
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.crash import crash_point
from nearcart_gateway.shell.deliver import Deliverer, Save
from nearcart_gateway.shell.link import NotConnectedError
from nearcart_gateway.shell.writer import NotCommittedError

log = structlog.get_logger(__name__)

AT_ONCE = 16


class Withdrawals:
    """Works off what is to be taken back. ``store`` is the store's id."""

    def __init__(
        self, store: str, deliverer: Deliverer, channels: dict[str, ChannelDelivery], clock: StoreClock, save: Save
    ) -> None:
        self._store = store
        self._deliverer = deliverer
        self._channels = channels
        self._clock = clock
        self._save = save
        self._waiting: asyncio.Queue[tuple[Withdrawal, int]] = asyncio.Queue()

    def add(self, withdrawals: Iterable[Withdrawal]) -> None:
        """What was committed just now, and at start what was not told yet."""
        for withdrawal in withdrawals:
            self._deliverer.hold(withdrawal.key)
            self._waiting.put_nowait((withdrawal, 0))

    async def run(self) -> None:
        """Take back until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(self._work())

    async def _work(self) -> None:
        while True:
            withdrawal, attempts = await self._waiting.get()
            try:
                await self._take_back(withdrawal)
            except (NotDeliveredError, NotConnectedError, NotCommittedError) as error:
                self._again(withdrawal, attempts, str(error))
            except Exception as error:
                self._again(withdrawal, attempts, type(error).__name__)

    async def _take_back(self, withdrawal: Withdrawal) -> None:
        """Raises what says that it has to be tried again. First nothing leaves any more, then whoever has it is told."""
        delivery = await self._deliverer.stopped(withdrawal.key)
        if delivery is not None:
            delivery = await self._stop(delivery, withdrawal)
        told = delivery is None or await self._tell(delivery, withdrawal)
        crash_point("before_mark")
        await self._save(partial(_write_down, delivery, withdrawal, told, self._clock.now()))
        self._deliverer.release(withdrawal.key)

    async def _stop(self, delivery: Delivery, withdrawal: Withdrawal) -> Delivery:
        step = withdraw(delivery, withdrawal.reason, self._clock.now())

        def apply(_engine: StoreEngine, changes: Changes) -> None:
            changes.deliveries.append(step.delivery)
            changes.receipts += step.receipts

        if step.receipts:
            await self._save(apply)
        return step.delivery

    async def _tell(self, delivery: Delivery, withdrawal: Withdrawal) -> bool:
        """Whoever may have it; whether everybody knows now, which is so too when nobody has it or its time is up."""
        channel = self._channels.get(delivery.channel)
        if not may_have_arrived(delivery) or self._clock.now() >= delivery.expires_at:
            return True
        message = OfferWithdrawn(
            key=delivery.key,
            store=self._store,
            visitor=delivery.visitor,
            zone=delivery.zone,
            reason=withdrawal.reason,
            withdrawn_at=datetime.fromtimestamp(withdrawal.at, UTC),
        )
        try:
            return channel is not None and await channel.withdraw(delivery, message)
        except NotDeliveredError as error:
            if not error.final:
                raise
            log.warning("withdrawal_refused", channel=delivery.channel, problem=str(error))
        except OutcomeUnknownError as error:
            log.warning("withdrawal_not_confirmed", channel=delivery.channel, problem=str(error))
        return False

    def _again(self, withdrawal: Withdrawal, attempts: int, problem: str) -> None:
        log.warning("withdrawal_not_told", problem=problem)
        wait = BACK_OFF_S[min(attempts, len(BACK_OFF_S) - 1)]
        asyncio.get_running_loop().call_later(wait, self._waiting.put_nowait, (withdrawal, attempts + 1))


def _write_down(
    delivery: Delivery | None, withdrawal: Withdrawal, told: bool, now: float, _engine: StoreEngine, changes: Changes
) -> None:
    """That it is done; what could not be told stays to be seen in the delivery."""
    changes.withdrawals_told[withdrawal.key] = now
    if delivery is not None and not told:
        changes.deliveries.append(replace(delivery, error=f"{withdrawal.reason}; who has it could not be told"))
