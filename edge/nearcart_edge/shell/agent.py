"""The agent: radios into the core, transitions and samples to the gateway, acks and rosters back. It never stops scanning."""

import asyncio
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from random import Random
from time import thread_time
from uuid import UUID, uuid4

from aiomqtt import MqttError
from pydantic_core import to_json

from nearcart_contract.advertisement import Advertisement
from nearcart_contract.edge_file import EdgeFile
from nearcart_contract.edge_state import Birth, Death, Health, Scan
from nearcart_contract.presence import Ack, PresenceBatch
from nearcart_contract.roster import Roster
from nearcart_contract.samples import SAMPLE_INTERVAL_S
from nearcart_edge.core.pipeline import EdgePipeline
from nearcart_edge.core.roster_stream import RosterStream
from nearcart_edge.shell.clock import Clock, SteadyWall, SystemClock, instant
from nearcart_edge.shell.light_structlog import Log, structlog
from nearcart_edge.shell.link import Link, Session
from nearcart_edge.shell.messages import MessageRefusedError, parse_message
from nearcart_edge.shell.outbox import Outbox
from nearcart_edge.shell.problems import Problems
from nearcart_edge.shell.resident_memory import give_back_memory, resident_mb
from nearcart_edge.shell.samples import samples_payloads
from nearcart_edge.shell.scanner import BluezScanner, Relief, ScannerSource
from nearcart_edge.shell.sealing_key import SealingKey
from nearcart_edge.shell.transitions import Transitions
from nearcart_edge.shell.watchdog import Watchdog

HEALTH_EVERY_S = 10.0
BIRTHS_APART_S = 2.0
"""Each birth makes the gateway send the whole roster: no fault may make that a storm."""

ASK_AFTER_S, ASK_AGAIN_S = 5.0, 30.0
"""Without any roster: after so long it is said, and asked for again so often. A gateway that is there answers within a second."""

ROLL_EVERY_S = 1.0
"""How often to look whether a rolling identifier changes; a tag that is new in the roster waits this long at most."""

LOOK_EVERY_S = 0.1
"""How often to see whether private addresses wait to be looked for …"""

LOOK_SHARE, LOOK_FOR_S = 0.25, 0.005
"""… the share of a core that looking for them takes at most, and for how long at a time: the radio waits meanwhile."""

LONGEST_TICK_S = 1.0
"""An exit is due two seconds after an enter at the soonest, so looking once a second when nobody is here is enough."""

GOODBYE_S = 2.0

BIG_ROSTER = 500
"""So many new identities leave enough behind, read and unsealed, to give it back."""


class EdgeAgent:
    """One edge. ``run`` is all there is to call; the rest is what it does."""

    def __init__(
        self,
        config: EdgeFile,
        *,
        sources: Sequence[ScannerSource] | None = None,
        clock: Clock | None = None,
        random: Random | None = None,
        log: Log | None = None,
    ) -> None:
        """``sources``: what to hear with; else the adapters in ``config``. Paths in ``config`` must be absolute or relative to
        the working folder."""
        self._config = config
        self._log = log or structlog.get_logger("nearcart.edge")
        self._clock = clock or SystemClock()
        self._epoch: UUID = uuid4()
        self._steady = SteadyWall(self._clock)
        self._started = self._clock.monotonic()
        self._key = SealingKey.make()
        self._sources = adapters(config) if sources is None else tuple(sources)
        self._pipeline = EdgePipeline(tracking=config.tracking, bounded=True)
        self._roster = RosterStream(self._key.unseal)
        self._problems = Problems(self._log)
        self._transitions = Transitions(self._outbox(), self._clock, self._problems, self._log)
        self._link = Link(
            config.broker,
            config.store,
            config.edge,
            Death(epoch=self._epoch),
            problems=self._problems,
            random=random or Random(),  # noqa: S311
            log=self._log,
        )
        self._birth_wanted = asyncio.Event()
        self._scans: dict[str, Scan] = {}
        self._messages_refused = 0

    @property
    def epoch(self) -> UUID:
        """The random id that this run's transitions are numbered under."""
        return self._epoch

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set, then say goodbye."""
        self._log.info("started", store=self._config.store, edge=self._config.edge, epoch=str(self._epoch))
        async with asyncio.TaskGroup() as group:
            radios = [group.create_task(source.run(self)) for source in self._sources]
            rest = [
                group.create_task(work)
                for work in (
                    self._exits(),
                    self._roll(),
                    self._look_for_addresses(),
                    self._ask_for_roster(),
                    self._metrics(),
                    self._transitions.store(),
                    self._link.run(self._serve),
                    Watchdog().run(),
                )
            ]
            await stop.wait()
            await _cancelled(radios)
            await self._say_goodbye()
            await _cancelled(rest)
        await self._transitions.close()
        self._log.info("stopped", waiting=self._transitions.waiting)

    def heard(self, advertisement: Advertisement) -> None:
        """One packet, from a scanner."""
        self._transitions.record(self._pipeline.hear(advertisement, self._clock.monotonic()))

    def found(self, scanner: str) -> None:
        """A scanner scans."""
        self._log.info("scanning", scanner=scanner)
        self._problems.say(scanner, None)

    def lost(self, scanner: str, problem: str) -> None:
        """A scanner does not scan."""
        self._problems.say(scanner, problem)
        self._transitions.record(self._pipeline.scanner_lost(scanner, self._clock.monotonic()))

    def scans(self, scan: Scan) -> None:
        """How a scanner scans, and what it hears that way."""
        if self._scans.get(scan.scanner) == scan:
            return
        self._scans[scan.scanner] = scan
        self._log.info("scan", **scan.model_dump())
        self._problems.say(f"{scan.scanner} mode", scan.told if scan.verdict == "refused" else None)
        self._say_who_is_not_heard()
        self._birth_wanted.set()

    def relief(self) -> Relief:
        """What need not be heard, as there are too many strangers."""
        flood = self._pipeline.flood
        if flood is None:
            return Relief()
        return Relief(flood.floor, self._pipeline.passes_over if flood.shedding else None)

    def _say_flood(self) -> None:
        relief = self.relief()
        told = None
        if relief.floor is not None:
            told = f"so many strangers that only packets from {relief.floor} dBm on are heard, for some minutes"
        elif relief.passes_over is not None:
            told = "so many strangers that not each of their packets is looked at"
        self._problems.say("flood", told)

    def _say_who_is_not_heard(self) -> None:
        deaf = [scan.scanner for scan in self._scans.values() if scan.mode == "passive"]
        known = self._pipeline.known_by_address
        self._problems.say(
            "passive scanning",
            f"passive scanning ({', '.join(deaf)}) does not hear {known} of the roster, known by address or IRK: set scanning: active"
            if deaf and known
            else None,
        )

    def refused(self, scanner: str) -> None:
        """A message of a scanner that can't be read: counted, and nothing else is lost by it."""
        self._messages_refused += 1

    def doubted(self, scanner: str, doubted: bool) -> None:
        """A scanner that may be gone itself: nobody leaves by its silence."""
        self._pipeline.doubt(scanner, doubted)

    def _outbox(self) -> Outbox:
        return Outbox(self._config.outbox.path, self._epoch, self._clock.wall(), max_mb=self._config.outbox.max_mb)

    async def _exits(self) -> None:
        while True:
            now = self._clock.monotonic()
            self._transitions.record(self._pipeline.tick(now))
            self._say_flood()
            deadline = self._pipeline.next_deadline()
            await asyncio.sleep(LONGEST_TICK_S if deadline is None else min(LONGEST_TICK_S, max(0.0, deadline - now)))

    async def _look_for_addresses(self) -> None:
        """Those of a flood, too many to be tried as they come. The radio is heard between the steps."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            while self._pipeline.addresses_wait:
                began = thread_time()
                while self._pipeline.addresses_wait and thread_time() - began < LOOK_FOR_S:
                    self._pipeline.look_for_addresses()
                await asyncio.sleep((thread_time() - began) * (1 / LOOK_SHARE - 1))

    async def _roll(self) -> None:
        """Identifiers that roll are computed in a thread: ten thousand take a second, and the radio does not wait."""
        while True:
            await asyncio.sleep(ROLL_EVERY_S)
            wall = self._steady.now()
            self._pipeline.know_time(wall, self._clock.monotonic())
            if self._pipeline.rolls(wall):
                await asyncio.to_thread(self._pipeline.roll, wall)

    async def _ask_for_roster(self) -> None:
        """Until somebody told it who is enrolled."""
        await asyncio.sleep(ASK_AFTER_S)
        while not self._roster.ever_complete:
            self._problems.say("roster", "this edge knows nobody: no gateway has told it yet who is enrolled")
            self._birth_wanted.set()
            await asyncio.sleep(ASK_AGAIN_S)

    async def _metrics(self) -> None:
        config = self._config
        if config.metrics is None:
            return
        from nearcart_edge.core.metrics_text import metrics_text
        from nearcart_edge.shell.metrics_page import MetricsPage  # most edges have none in memory

        page = MetricsPage(config.metrics, lambda: metrics_text(self._health(), config.store, config.edge), self._log)
        await page.run()

    async def _say_goodbye(self) -> None:
        now = self._clock.monotonic()
        for source in self._sources:
            self._transitions.record(self._pipeline.scanner_lost(source.scanner, now))
        if not self._link.connected:
            return
        try:
            async with asyncio.timeout(GOODBYE_S):
                await self._transitions.drained()
        except TimeoutError:
            self._log.info("the gateway did not take everything: the rest waits in the outbox")
        try:
            async with asyncio.timeout(GOODBYE_S):
                await self._link.goodbye()
        except (TimeoutError, MqttError) as error:
            self._log.info("no goodbye: the last will says it", error=str(error))

    async def _serve(self, session: Session) -> None:
        """Everything that needs the broker, for as long as one connection lasts."""
        await self._be_born(session)
        await self._introduce(session)
        async with asyncio.TaskGroup() as group:
            for work in (self._births, self._send_transitions, self._send_samples, self._send_health, self._receive):
                group.create_task(work(session))

    async def _be_born(self, session: Session) -> None:
        self._birth_wanted.clear()
        self._problems.changed.clear()
        await session.publish("state", self._birth(), qos=1, retain=True)

    async def _introduce(self, session: Session) -> None:
        """To Home Assistant, where edge.yaml asks for it."""
        config = self._config
        if config.home_assistant is None:
            return
        from nearcart_edge.core.home_assistant import discovery, discovery_topic

        topic = discovery_topic(config.home_assistant.prefix, config.store, config.edge)
        await session.publish_at(topic, to_json(discovery(config.store, config.edge, _version())))

    async def _births(self, session: Session) -> None:
        """Repeat the birth when the roster has a hole or the problem is another."""
        while True:
            await asyncio.sleep(BIRTHS_APART_S)
            await _either(self._birth_wanted, self._problems.changed)
            await self._be_born(session)

    async def _send_transitions(self, session: Session) -> None:
        async def publish(batch: PresenceBatch) -> None:
            await session.publish("presence", batch, qos=1)

        await self._transitions.send(publish)

    async def _send_samples(self, session: Session) -> None:
        self._pipeline.take_samples(self._clock.monotonic())  # what was heard while offline is of no use now
        while True:
            await asyncio.sleep(SAMPLE_INTERVAL_S)
            now = instant(self._clock)
            for payload in samples_payloads(self._pipeline.take_samples(now.monotonic), now):
                await session.publish_bytes("samples", payload, qos=0)

    async def _send_health(self, session: Session) -> None:
        while True:
            await session.publish("health", self._health(), qos=0)
            await asyncio.sleep(HEALTH_EVERY_S)

    async def _receive(self, session: Session) -> None:
        async for message in session.messages:
            try:
                parsed = parse_message(message)
            except MessageRefusedError as reason:
                self._messages_refused += 1
                self._log.warning("message refused", topic=message.topic.value, reason=str(reason))
                continue
            await (self._transitions.acknowledge(parsed) if isinstance(parsed, Ack) else self._take_roster(parsed))

    async def _take_roster(self, message: Roster) -> None:
        change = self._roster.apply(message)
        if self._roster.ever_complete:
            self._problems.say("roster", None)
        if change.added or change.remove:
            now = self._clock.monotonic()
            self._transitions.record(self._pipeline.enrol(now, change.add, change.remove))
            self._log.info("roster", size=self._pipeline.enrolled, added=len(change.added), removed=len(change.remove))
            self._say_who_is_not_heard()
            if len(change.added) >= BIG_ROSTER:
                give_back_memory()
        for reason in change.refused:
            self._messages_refused += 1
            self._log.warning("roster entry refused", reason=reason)
        if change.ask_again:
            self._log.info("a piece of the roster is missing: asking again")
            self._birth_wanted.set()

    def _birth(self) -> Birth:
        return Birth(
            epoch=self._epoch,
            boot=self._clock.boot,
            version=_version(),
            public_key=self._key.public_text,
            scanners=tuple(source.scanner for source in self._sources),
            scans=tuple(self._scans.values()),
            clock=self._clock.kernel(),
            problem=self._problems.text,
        )

    def _health(self) -> Health:
        counts = self._pipeline.counts
        return Health(
            epoch=self._epoch,
            uptime_s=self._clock.monotonic() - self._started,
            adverts_heard=counts.heard,
            adverts_malformed=counts.malformed,
            strangers_dropped=counts.strangers,
            strangers_passed_over=counts.passed_over,
            addresses_not_tried=counts.not_tried,
            rssi_floor=self.relief().floor,
            roster_size=self._pipeline.enrolled,
            present=self._pipeline.present,
            outbox_waiting=self._transitions.waiting,
            outbox=self._transitions.state,
            messages_refused=self._messages_refused,
            rss_mb=resident_mb(),
            scans=tuple(self._scans.values()),
            clock=self._clock.kernel(),
            problem=self._problems.text,
        )


def adapters(config: EdgeFile) -> tuple[ScannerSource, ...]:
    """The Bluetooth adapters that an edge.yaml names."""
    named = [adapter.adapter for adapter in config.adapters]
    return tuple(
        BluezScanner(adapter.adapter, adapter.scanner or config.edge, config.scanning, named)
        for adapter in config.adapters
    )


def _version() -> str:
    try:
        return version("nearcart")
    except PackageNotFoundError:
        return "unknown"


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _either(*events: asyncio.Event) -> None:
    tasks = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
