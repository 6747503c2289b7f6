"""One scanner of another maker, as the agent knows scanners."""

import asyncio

from nearcart_edge.core.scanners.kind import Arrival, ReportRefusedError
from nearcart_edge.core.scanners.life import ScannerLife
from nearcart_edge.core.scanners.seldom import Seldom
from nearcart_edge.core.scanners.settings import ScannerSettings
from nearcart_edge.core.scanners.topics import matcher
from nearcart_edge.shell.clock import Clock
from nearcart_edge.shell.light_structlog import Log
from nearcart_edge.shell.scanner import Listener

LOOK_EVERY_S = 0.25
"""How often to look whether it has fallen silent: a tag is gone after two seconds at the soonest, and doubt has to be sooner."""

ONLINE, OFFLINE = b"online", b"offline"


class BridgedSource:
    """It is a ``ScannerSource``; the ear hands it all messages there are, and it takes its own."""

    def __init__(self, settings: ScannerSettings, clock: Clock, log: Log) -> None:
        self._settings = settings
        self._clock = clock
        self._log = log
        self._is_report = matcher(settings.reports)
        self._is_heartbeat = matcher(settings.heartbeats)
        self._life = ScannerLife(settings.doubt_after, settings.quiet_after, clock.monotonic())
        self._seldom = Seldom()
        self._listener: Listener | None = None
        self._found = False
        self._told: str | None = None
        self._doubted = False

    @property
    def scanner(self) -> str:
        """Its name in store.yaml."""
        return self._settings.scanner

    @property
    def topics(self) -> tuple[str, ...]:
        """What has to be subscribed to for it."""
        return self._settings.topics

    async def run(self, listener: Listener) -> None:
        """Tell of it for ever."""
        self._listener = listener
        while True:
            self._tell()
            await asyncio.sleep(LOOK_EVERY_S)

    def take(self, topic: str, payload: bytes, *, retained: bool) -> None:
        """A message, which may be of another scanner."""
        if self._listener is None:
            return
        if self._is_report(topic):
            if not retained:  # what a broker kept is old: nobody was heard now
                self._speaks()
                self._read(payload, self._listener)
        elif topic == self._settings.status:
            self._says(payload)
        elif not retained and self._is_heartbeat(topic):
            self._speaks()

    def cut(self, problem: str) -> None:
        """There is no connection to its broker."""
        self._life.cut(self._clock.monotonic(), problem)

    def reached(self) -> None:
        """Its broker is there."""
        self._life.reached(self._clock.monotonic())

    def _read(self, payload: bytes, listener: Listener) -> None:
        try:
            heard = self._settings.kind.read(payload, Arrival(self._clock.wall(), self.scanner))
        except ReportRefusedError as reason:
            listener.refused(self.scanner)
            if self._seldom.is_due(str(reason), self._clock.monotonic()):
                self._log.warning("report refused", scanner=self.scanner, reason=str(reason))
            return
        if heard is not None:
            listener.heard(heard)

    def _says(self, payload: bytes) -> None:
        if payload == OFFLINE:
            self._life.says_offline()
            self._tell()
        elif payload == ONLINE:
            self._speaks()

    def _speaks(self) -> None:
        self._life.speaks(self._clock.monotonic())
        if not self._found:
            self._tell()

    def _tell(self) -> None:
        if self._listener is None:
            return
        now = self._clock.monotonic()
        doubted = self._life.doubtful(now)
        if doubted != self._doubted:
            self._doubted = doubted
            self._listener.doubted(self.scanner, doubted)
        problem = self._life.problem(now)
        if problem is not None:
            if problem != self._told:
                self._found, self._told = False, problem
                self._listener.lost(self.scanner, f"scanner {self.scanner}: {problem}")
        elif self._life.known and not self._found:
            self._found, self._told = True, None
            self._listener.found(self.scanner)
