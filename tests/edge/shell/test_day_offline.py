"""A day without a gateway, in simulated time through the real core, outbox and disk: then every transition, in order, and live ones soon."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from nearcart_contract.advertisement import Advertisement
from nearcart_contract.edge_file import Tracking
from nearcart_contract.presence import MAX_TRANSITIONS, Ack, PresenceBatch, Transition
from nearcart_contract.roster import IBeaconIdentity
from nearcart_edge.core.pipeline import EdgePipeline
from nearcart_edge.shell.light_structlog import structlog
from nearcart_edge.shell.outbox import Outbox
from nearcart_edge.shell.problems import Problems
from nearcart_edge.shell.transitions import AT_ONCE, Transitions

EPOCH, BOOT, TAGS = UUID(int=1), UUID(int=2), 200
PAYLOAD = bytes.fromhex("0215fda50693a4e24fb1afcfc6eb07647825000a")


class SimulatedClock:
    """A clock that a test moves."""

    boot = BOOT

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return 1.79e9 + self.now

    def kernel(self) -> str:
        return "synchronised"


class Zone:
    """An edge's core and outbox in a busy zone: somebody comes every 18 seconds and stays for a quarter of an hour."""

    def __init__(self, path: Path) -> None:
        self.clock = SimulatedClock()
        log = structlog.wrap_logger(structlog.PrintLogger(), processors=[structlog.testing.LogCapture()])
        self.problems = Problems(log)
        self.outbox = Outbox(path, EPOCH, self.clock.wall())
        self.transitions = Transitions(self.outbox, self.clock, self.problems, log)  # type: ignore[arg-type]
        tags = [
            IBeaconIdentity(
                id=f"tag-{n}", kind="ibeacon", uuid="fda50693-a4e2-4fb1-afcf-c6eb07647825", major=10, minor=n
            )
            for n in range(TAGS)
        ]
        self.pipeline = EdgePipeline(tags, Tracking(enter_packets=1, exit_gaps=0), bounded=True)
        self.made = 0

    def record(self, tag: int | None) -> None:
        """Let exits fall due, and hear a tag."""
        events = self.pipeline.tick(self.clock.now)
        if tag is not None:
            payload = PAYLOAD + tag.to_bytes(2, "big") + b"\xc5"
            heard = Advertisement(0.0, "till", "C4:64:E3:00:00:01", -60, {0x004C: payload})
            events += self.pipeline.hear(heard, self.clock.now)
        self.made += len(events)
        self.transitions.record(events)

    async def day(self, hours: int = 24) -> None:
        for step in range(hours * 200):
            self.clock.now += 18
            self.record(step % TAGS)
            if step % 25 == 24:
                await self.stored()

    async def stored(self) -> None:
        while self.transitions._pending or self.transitions._being_stored:
            await asyncio.sleep(0)
            await self.transitions._store_pending()


class Gateway:
    """Commits what follows what it has, and acks; notes after how many batches each transition came."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.committed: list[Transition] = []
        self.batches: list[PresenceBatch] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.live: list[int] = []

    async def publish(self, batch: PresenceBatch) -> None:
        self.batches.append(batch)
        held = self.committed[-1].sequence if self.committed else 0
        if batch.after <= held:
            self.committed += [each for each in batch.transitions if each.sequence > held]
        ack = Ack(epoch=batch.epoch, committed=self.committed[-1].sequence)
        self.tasks.append(asyncio.create_task(self.zone.transitions.acknowledge(ack)))


@pytest.fixture
async def zone(tmp_path: Path) -> AsyncIterator[Zone]:
    zone = Zone(tmp_path / "outbox.sqlite")
    yield zone
    await zone.transitions.close()


async def test_after_a_day_every_transition_arrives_once_in_order_and_live_ones_follow_at_once(zone: Zone) -> None:
    await zone.day()
    backlog = zone.made
    assert backlog > 9000
    assert zone.transitions.waiting == backlog
    assert zone.transitions.state.at_risk == 0
    gateway = Gateway(zone)
    sending = asyncio.create_task(zone.transitions.send(gateway.publish))
    storing = asyncio.create_task(zone.transitions.store())
    zone.clock.now += 60
    zone.record(0)
    async with asyncio.timeout(30):
        await zone.transitions.drained()
    for task in (sending, storing):
        task.cancel()
    await asyncio.gather(sending, storing, *gateway.tasks, return_exceptions=True)
    assert [each.sequence for each in gateway.committed] == list(range(1, zone.made + 1))
    stamps = [each.stamp.monotonic for each in gateway.committed]
    assert stamps == sorted(stamps)
    assert zone.made > backlog, "something happened live"
    assert len(gateway.batches) <= backlog / MAX_TRANSITIONS + 3, "a day in as few batches as hold it"
    assert zone.problems.text is None


async def test_a_day_costs_the_card_little_and_says_how_much(zone: Zone) -> None:
    await zone.day(hours=1)
    state = zone.transitions.state
    assert state.bytes_written is not None
    per_transition = state.bytes_written / zone.made
    assert per_transition < 8 * 4096, "a commit for each of some 25 would still be less than eight pages a transition"
    await zone.day(hours=1)
    assert state.bytes_last_hour is not None
    assert zone.transitions.state.bytes_last_hour == pytest.approx(zone.transitions.state.bytes_written / 2, rel=0.6)
    before = zone.transitions.state.bytes_written
    zone.clock.now += 3600
    await zone.stored()
    assert zone.transitions.state.bytes_written == before, "no transition, no commit"


async def test_a_commit_holds_all_that_wait(zone: Zone) -> None:
    for tag in range(50):
        zone.record(tag)
    commits = []
    append = zone.outbox.append
    zone.outbox.append = lambda entries: commits.append(len(entries)) or append(entries)  # type: ignore[method-assign]
    await zone.stored()
    assert commits == [50]
    assert AT_ONCE >= 50
