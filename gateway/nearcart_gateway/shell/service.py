"""One store's gateway: the parts, put together and run until it is told to stop."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from fastapi import FastAPI

from nearcart_contract.broker import Broker
from nearcart_contract.edge_state import Birth, Death, Health
from nearcart_contract.presence import PresenceBatch
from nearcart_contract.radio_file import Radio
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import FileProblems, load_yaml
from nearcart_gateway.core.changes import Changes, Delivery
from nearcart_gateway.core.engine import StoreEngine
from nearcart_gateway.core.scanner_health.watch import ScannerWatch
from nearcart_gateway.shell.answers import Answers
from nearcart_gateway.shell.api import GatewayApi
from nearcart_gateway.shell.broker import EmbeddedBroker
from nearcart_gateway.shell.channels import open_channels
from nearcart_gateway.shell.clock import StoreClock
from nearcart_gateway.shell.deliver import Deliverer
from nearcart_gateway.shell.enrolment import as_enrolled, roster_of, watch
from nearcart_gateway.shell.garbage import give_back_what_is_free, set_aside_what_lives
from nearcart_gateway.shell.hook_receiver import Hooks
from nearcart_gateway.shell.intake import Incoming, Intake, RefusedError, WaitingSamples
from nearcart_gateway.shell.link import Link
from nearcart_gateway.shell.load import load_engine, reach_back
from nearcart_gateway.shell.logs import set_up_logging
from nearcart_gateway.shell.metrics import GatewayMetrics
from nearcart_gateway.shell.offer_watch import OfferWatch
from nearcart_gateway.shell.own_pages import OwnPages
from nearcart_gateway.shell.people import People, finish
from nearcart_gateway.shell.receipts import Receipts
from nearcart_gateway.shell.rosters import Rosters
from nearcart_gateway.shell.scanner_memory import ScannerMemoryKeeper
from nearcart_gateway.shell.sources.all import CartSources
from nearcart_gateway.shell.sources.intake import CartIntake
from nearcart_gateway.shell.sources.secrets_watch import SourceSecrets
from nearcart_gateway.shell.standing import Standing
from nearcart_gateway.shell.storage import deliveries, orders, revisions
from nearcart_gateway.shell.storage.campaigns_kept import CampaignsKept
from nearcart_gateway.shell.storage.database import DatabaseError, connect, connect_reading
from nearcart_gateway.shell.storage.one_writer import OneWriter
from nearcart_gateway.shell.storage.visitors import EnrolledVisitor
from nearcart_gateway.shell.store_lists import StoreLists
from nearcart_gateway.shell.store_view import GatewayView
from nearcart_gateway.shell.till import Till
from nearcart_gateway.shell.visitor_files import database_path
from nearcart_gateway.shell.web.app import create_app
from nearcart_gateway.shell.web.changes import ChangeBoard
from nearcart_gateway.shell.web.listen import ListenError, serve
from nearcart_gateway.shell.web.own_page import OwnPageParts
from nearcart_gateway.shell.web.reports import Reports
from nearcart_gateway.shell.withdrawals import Withdrawals
from nearcart_gateway.shell.writer import Writer

if TYPE_CHECKING:
    from nearcart_gateway.shell.web.rest.guard import ApiLimits

log = structlog.get_logger(__name__)

EMBEDDED_PORT = 1883
CLOCK_EVERY_S = 2.0


def run_gateway(config: Path, clock_offset: float = 0.0) -> int:
    """Run until SIGINT or SIGTERM. Returns the exit code; a store that can't start is said on standard error."""
    set_up_logging()
    problems: list[str] = []
    try:
        store = load_yaml(config, Store)
        asyncio.run(_until_stopped(config, store, clock_offset))
    except* (FileProblems, DatabaseError, ListenError) as errors:
        problems += [str(error) for error in _leaves(errors)]
    if problems:
        print("\n".join(["The gateway did not start.", *problems]), file=sys.stderr)  # noqa: T201 (for the operator)
    return 2 if problems else 0


def _leaves(errors: BaseExceptionGroup[Exception]) -> Iterator[Exception]:
    """The errors of a group, and of the groups within it: a task group wraps what its tasks raise."""
    for error in errors.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


async def _until_stopped(config: Path, store: Store, clock_offset: float) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with _broker(store) as broker, asyncio.TaskGroup() as tasks:
        gateway = Gateway(config, store, broker, clock_offset)
        running = tasks.create_task(gateway.run())
        stopping = tasks.create_task(stop.wait())
        await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        running.cancel()
    log.info("gateway_stopped")


@contextlib.asynccontextmanager
async def _broker(store: Store) -> AsyncIterator[Broker]:
    """The broker of the store file, or an embedded one on loopback for as long as the gateway runs."""
    if store.broker is not None:
        yield store.broker
        return
    log.info("embedded_broker", port=EMBEDDED_PORT, note="for one machine; a store runs Mosquitto: nearcart init")
    async with EmbeddedBroker("127.0.0.1", EMBEDDED_PORT):
        yield Broker(host="127.0.0.1", port=EMBEDDED_PORT)


class Gateway:
    """All parts of one store's gateway over one database."""

    def __init__(self, config: Path, store: Store, broker: Broker, clock_offset: float) -> None:
        self.store = store
        self._radio = load_yaml(config.parent / store.radio, Radio) if store.radio else None
        self._scanner_watch = ScannerWatch(store, self._radio)
        self._troubles_told: frozenset[tuple[str, str]] = frozenset()
        self._config = config
        self._path = database_path(config, store)
        self._held = OneWriter(self._path)
        self._writing = connect(self._path)
        self._reading = connect_reading(self._path)
        self._clock = StoreClock(clock_offset)
        finish(self._writing, self._path, store, self._clock.now())
        self._scanner_memory = ScannerMemoryKeeper(self._scanner_watch, self._writing)
        self._salt = revisions.store_salt(self._writing)
        self._offers = OfferWatch(config.parent, store, self._writing, self._clock)
        self._lists = StoreLists(config.parent, store)
        self._intake = Intake(store)
        self._board = ChangeBoard()
        self._link = Link(store.store, broker, self._receive)
        self._rosters = Rosters(store.store, self._link.publish)
        self._answers = Answers(store.store, self._link.publish, self._rosters)
        self._writer = Writer(self._load, self._writing, self._clock, self._committed)
        self._own_pages = OwnPages(self._path, self._clock.now)
        channels = open_channels(store, self._link.publish, self._own_pages)
        standing = Standing(store, lambda: self._writer.engine, self._reading)
        self._deliverer = Deliverer(
            channels,
            self._clock,
            self._writer.commit,
            self._settled,
            standing.refusal,
            standing.heard_at,
            lambda key: deliveries.read_delivery(self._reading, key),
        )
        self.receipts = Receipts(store, self._deliverer, self._clock, self._writer)
        self._withdrawals = Withdrawals(store.store, self._deliverer, channels, self._clock, self._writer.commit)
        self._cart_intake = CartIntake(self._writer, self._clock, self._reading)
        secrets = SourceSecrets(config, store)
        self._hooks = Hooks(secrets, self._cart_intake, self._clock, self._reading)
        self._sources = CartSources(store, secrets, self._cart_intake, self._clock, self._path, self._reading)
        self._view = GatewayView(
            store=store,
            writer=self._writer,
            link=self._link,
            offers=self._offers,
            clock=self._clock,
            reading=self._reading,
            salt=self._salt,
            board=self._board,
            started_at=self._clock.now(),
            sources=self._sources.states,
        )
        self._till = Till(self._writer, self._clock, self._reading)
        self._people = People(store, self._path, self._writer, self._clock, self._view.forget)
        self._api: GatewayApi | None = None
        self.metrics = GatewayMetrics(
            self._writer, self._deliverer, self.receipts, self._hooks, self._link, self._sources.states
        )

    async def run(self) -> None:
        """Run until cancelled."""
        self._withdrawals.add(orders.read_withdrawals_to_tell(self._reading))
        self._deliverer.take_up(deliveries.read_waiting(self._reading))
        app = self.web()
        try:
            async with serve(app, self.store.console) as page, asyncio.TaskGroup() as tasks:
                if page.moved:
                    log.warning("page_moved", note=f"port {page.wanted} is taken, the page is on {page.port}")
                log.info("gateway_started", store=self.store.store, page=page.url, database=str(self._path))
                tasks.create_task(self._writer.run())
                tasks.create_task(self._answers.run())
                tasks.create_task(self._deliverer.run())
                tasks.create_task(self._withdrawals.run())
                tasks.create_task(self.receipts.run())
                tasks.create_task(watch(self._path, self._enrolled, self._people.enrolment))
                tasks.create_task(self._people.run())
                tasks.create_task(self._offers.run(self._writer.put))
                tasks.create_task(self._lists.run(self._writer.put))
                tasks.create_task(self._keep_time())
                tasks.create_task(self._sources.run())
                tasks.create_task(self._link.run())
        finally:
            self.close()

    def web(self, limits: "ApiLimits | None" = None) -> FastAPI:
        """The console, and the API beside it."""
        self._api = GatewayApi(
            self.store, self._path, self._view, self._till, self.receipts, self._people, self._clock.now, limits
        )
        own_pages = OwnPageParts(self.store, self._own_pages, self.receipts.say)
        reports = Reports(self._config, self._campaigns, self._clock.now)
        console, registry = self.store.console, self.metrics.registry
        return create_app(self._view, self._hooks, console, registry, self._api.open, own_pages, reports)

    def _campaigns(self) -> tuple[str, ...]:
        with contextlib.closing(connect_reading(self._path)) as connection:
            return CampaignsKept(connection).names()

    def close(self) -> None:
        """Close the database."""
        if self._api is not None:
            self._api.close()
        self._own_pages.close()
        self._reading.close()
        self._writing.close()
        self._held.release()

    def _load(self, now: float) -> StoreEngine:
        engine = load_engine(self.store, self._offers.compiled, self._writing, now, self._radio)
        self._lists.fill(engine)
        engine.scanner_watch = self._scanner_watch
        return engine

    async def _receive(self, topic: str, payload: bytes) -> None:
        try:
            if self.receipts.heard(topic, payload):
                return
            incoming = self._intake.read(topic, payload)
        except RefusedError as error:
            self._refuse(error)
            return
        if incoming is not None:
            await self._hand_on(incoming)

    async def _hand_on(self, incoming: Incoming) -> None:
        edge, message, received_at = incoming.edge, incoming.message, self._clock.now()
        match message:
            case WaitingSamples():
                if not self._writer.offer(partial(self._take_samples, message, received_at), message.count):
                    self.metrics.samples_shed += message.count
            case PresenceBatch():
                await self._writer.put(
                    lambda engine, changes: engine.take_batch(edge, message, received_at, changes),
                    len(message.transitions),
                )
            case Birth() | Death():
                await self._writer.put(lambda engine, changes: engine.take_state(edge, message, received_at, changes))
            case Health():
                await self._writer.put(lambda engine, _changes: engine.take_health(edge, message, received_at))

    def _take_samples(self, waiting: WaitingSamples, received_at: float, engine: StoreEngine, changes: Changes) -> None:
        try:
            engine.take_samples(waiting.edge, waiting.read(), received_at, changes)
        except RefusedError as error:
            self._refuse(error)

    def _refuse(self, error: RefusedError) -> None:
        self.metrics.refused[error.counter] += 1
        log.warning("message_refused", why=error.counter, problem=str(error))

    async def _committed(self, changes: Changes) -> None:
        self._answers.add(changes.acks, changes.births)
        self._deliverer.add(
            deliveries.first(decision, changes.offers[decision.key], self._clock.now(), changes.through[decision.key])
            for decision in changes.decisions
            if decision.key in changes.offers
        )
        self._deliverer.visits_ended(changes.visits.values())
        self._own_pages.tell(changes.deliveries)
        self._withdrawals.add(changes.withdrawals.values())
        self._board.notify("people")
        if changes.decisions or changes.deliveries:
            self._board.notify("decisions")
        if changes.births:
            self._board.notify("edges", "health")
        self.metrics.committed(changes)

    def _settled(self, _delivery: Delivery) -> None:
        self._board.notify("decisions")

    async def _enrolled(self, everybody: list[EnrolledVisitor]) -> None:
        enrolled = [as_enrolled(visitor) for visitor in everybody]
        await self._writer.put(lambda engine, changes: engine.enrol(enrolled))
        await self._rosters.want(roster_of(everybody, health_data=self.store.health_data))
        set_aside_what_lives()

    async def _keep_time(self) -> None:
        """Every few seconds: has the kernel's clock been set, and who is silent?"""
        while True:
            synchronised = self._clock.state() != "unsynchronised"
            stepped = self._clock.step()
            if stepped:
                log.warning("clock_stepped", seconds=round(stepped, 3))
            moved = self._deliverer.shift(stepped) if stepped else []

            await self._writer.put(partial(self._take_time, synchronised, stepped, moved))
            give_back_what_is_free()
            self._tell_troubles()
            await self._scanner_memory.keep(self._writer, asyncio.get_running_loop().time())
            self._board.notify("edges", "health")
            await asyncio.sleep(CLOCK_EVERY_S)

    def _tell_troubles(self) -> None:
        """A line of the log when a scanner is found dead, moved or off, and when it is well again."""
        troubles = {(each.scanner, each.kind): each.sentence for each in self._scanner_watch.troubles}
        for key in troubles.keys() - self._troubles_told:
            log.warning("scanner_trouble", scanner=key[0], kind=key[1], problem=troubles[key])
        for scanner, kind in self._troubles_told - troubles.keys():
            log.info("scanner_well", scanner=scanner, was=kind)
        self._troubles_told = frozenset(troubles)

    def _take_time(
        self, synchronised: bool, stepped: float, moved: list[Delivery], engine: StoreEngine, changes: Changes
    ) -> None:
        """``moved`` are the deliveries that wait, moved along with a step of the clock."""
        engine.clock_synchronised = synchronised
        if stepped:
            engine.shift(stepped, changes)
            changes.deliveries += moved
            reach_back(engine, self._writing, self._clock.now())
        engine.look_for_silent_edges(self._clock.now(), changes)
