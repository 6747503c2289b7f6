"""Visits through a real gateway that is killed again and again: nothing lost, nobody told twice, no cap exceeded. Prints one JSON object.

    python benchmarks/storm.py [--visits 2000] [--seed 1] [--seconds 300]

Ten edges hear overlapping parts of every visit, over a real broker. They send batches again that were taken already, and from the
beginning of what is not acknowledged after each silence. The gateway is killed with SIGKILL at random and started again. In the
end the rows on disk and the messages that phones received are counted. An offer that could not leave within a minute of her exit is
``expired`` and says so on disk: that is counted by itself, any other that did not arrive is lost. Exits with 1 when anything is wrong.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiomqtt

from nearcart_contract.presence import Ack, PresenceBatch, Stamp, Transition
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.broker import MosquittoBroker
from nearcart_gateway.shell.storage import visitors
from nearcart_gateway.shell.storage.database import connect

EDGES = 10
BOOT = uuid.uuid4()
BATCH = 100
AGAIN, OLDER = 0.2, 0.1
"""How often a batch is sent twice, and one from before it."""
PERIOD_S = 3600.0


@dataclass
class Caps:
    """What no run may exceed, for so many visits."""

    visits: int
    rich_to_one: int = 1
    plain_to_one: int = 2

    @property
    def redemptions(self) -> int:
        return max(5, self.visits // 16)

    @property
    def plain(self) -> int:
        return max(5, self.visits // 6)

    def files(self) -> dict[str, str]:
        return {
            "campaigns/autumn.yaml": (
                "campaign: autumn\nname: Autumn\nhold_out_percent: 10\n"
                f"budget: {{redemptions: {self.redemptions}, money: {{amount: {self.redemptions * 2}, currency: EUR}}}}\n"
                "variants: {short: {}, long: {weight: 2}}\n"
            ),
            "offers/rich.yaml": (
                "offer: rich\npriority: 2\ncampaign: autumn\nwhen: {moment: enter}\nsay: Rich\nexpires_after: 2h\n"
                "give: {kind: amount, amount: 2, currency: EUR}\n"
                f"limits: {{per_visitor: {{times: {self.rich_to_one}, period: 1h}}}}\nvariants: {{long: {{say: Rich indeed}}}}\n"
            ),
            "offers/plain.yaml": (
                "offer: plain\nwhen: {moment: enter}\nsay: Plain\n"
                f"limits: {{per_visitor: {{times: {self.plain_to_one}, period: 1h}}, per_offer: {{times: {self.plain}, period: 1h}}}}\n"
            ),
        }


@dataclass
class Edge:
    """Numbers what it hears, and forgets nothing that was not acknowledged."""

    number: int
    draw: random.Random
    epoch: uuid.UUID = field(default_factory=uuid.uuid4)
    heard: list[Transition] = field(default_factory=list)
    committed: int = 0
    acked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        return f"edge-{self.number}"

    def hears(self, kind: str, identity: str) -> None:
        more: dict[str, Any] = {"cause": "silence"} if kind == "exit" else {"rssi": -60}
        sequence = len(self.heard) + 1
        self.heard.append(
            Transition(sequence=sequence, kind=kind, identity=identity, scanner=self.name, stamp=stamp(), **more)  # type: ignore[arg-type]
        )

    def batch(self, after: int) -> bytes | None:
        chosen = tuple(self.heard[after : after + BATCH])
        if not chosen:
            return None
        message = PresenceBatch(epoch=self.epoch, after=after, oldest=1, sent=stamp(), transitions=chosen)
        return message.model_dump_json(exclude_none=True).encode()

    async def send(self, client: aiomqtt.Client, sent: Counter[str]) -> None:
        """Until cancelled: what is not acknowledged, sometimes twice, sometimes what is acknowledged long since."""
        while True:
            payload = self.batch(self.committed)
            if payload is None:
                await asyncio.sleep(0.02)
                continue
            self.acked.clear()
            turns = [payload] * (2 if self.draw.random() < AGAIN else 1)
            if self.committed and self.draw.random() < OLDER:
                older = self.batch(self.draw.randrange(self.committed))
                turns.insert(0, older or payload)
            for turn in turns:
                with contextlib.suppress(
                    aiomqtt.MqttError
                ):  # not confirmed in time: it is sent again as long as it is not acknowledged
                    await client.publish(f"nearcart/v1/storm/edge/{self.name}/presence", turn, qos=1)
                _end_if_cancelled()
            sent["batches"] += len(turns)
            sent["repeated"] += len(turns) - 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self.acked.wait()


def _end_if_cancelled() -> None:
    """Python 3.11's ``wait_for``, which publishing uses, can lose a cancellation."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def stamp() -> Stamp:
    return Stamp(at=time.time(), monotonic=time.monotonic(), boot=BOOT)


class Storm:
    """A store's folder, its gateway, and what its phones received."""

    def __init__(self, home: Path, caps: Caps, seed: int) -> None:
        self.home, self.caps, self.draw = home, caps, random.Random(seed)
        self.edges = [Edge(number, random.Random(seed * 100 + number)) for number in range(EDGES)]
        self.sent: Counter[str] = Counter()
        self.received: Counter[str] = Counter()
        self.told: dict[str, tuple[str, str]] = {}
        self.kills = 0
        self.gateway: asyncio.subprocess.Process | None = None

    async def start_gateway(self) -> None:
        config = self.home / "store.yaml"
        with (self.home / "gateway.log").open("ab") as log:
            self.gateway = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "nearcart", "gateway", "run", "--config", str(config), stdout=log, stderr=log
            )

    async def kill_gateway(self) -> None:
        if self.gateway is not None:
            with contextlib.suppress(ProcessLookupError):
                self.gateway.send_signal(signal.SIGKILL)
            await self.gateway.wait()

    async def killer(self) -> None:
        """Kill it at a random time after it began to take something, and start it again."""
        while True:
            before = sum(edge.committed for edge in self.edges)
            while sum(edge.committed for edge in self.edges) == before:
                await asyncio.sleep(0.01)
            await asyncio.sleep(self.draw.uniform(0.0, 14.0))
            await self.kill_gateway()
            self.kills += 1
            await self.start_gateway()

    async def listen(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            parts = str(message.topic).split("/")
            document = json.loads(bytes(message.payload))  # type: ignore[arg-type]
            if parts[-1] == "ack":
                edge, ack = self.edges[int(parts[4].removeprefix("edge-"))], Ack.model_validate(document)
                if ack.epoch == edge.epoch:
                    edge.committed = max(edge.committed, ack.committed)
                    edge.acked.set()
            else:
                self.received[document["key"]] += 1
                self.told[document["key"]] = (document["visitor"], document["offer"])

    async def visit(self, identity: str) -> None:
        """She passes two to five edges, which hear her in overlapping turns."""
        passed = self.draw.sample(self.edges, self.draw.randint(2, 5))
        for edge in passed:
            edge.hears("enter", identity)
            await asyncio.sleep(self.draw.uniform(0.0, 0.4))
        for edge in self.draw.sample(passed, len(passed)):
            edge.hears("exit", identity)
            await asyncio.sleep(self.draw.uniform(0.0, 0.2))

    async def visits(self, identities: list[str], pace: float) -> None:
        async with asyncio.TaskGroup() as tasks:
            for number in range(self.caps.visits):
                tasks.create_task(self.visit(identities[number % len(identities)]))
                await asyncio.sleep(1 / pace)


async def run(visits: int, seed: int, seconds: float) -> dict[str, Any]:
    pace = max(visits / (seconds * 0.7), 20.0)
    with tempfile.TemporaryDirectory() as folder:
        caps = Caps(visits)
        storm = Storm(Path(folder), caps, seed)
        async with MosquittoBroker() as broker:
            identities = prepare(storm.home, broker.port, caps)
            async with aiomqtt.Client("127.0.0.1", broker.port, max_inflight_messages=200) as client:
                for topic in ("edge/+/ack", "visitor/+/offer"):
                    await client.subscribe(f"nearcart/v1/storm/{topic}", qos=1)
                began = time.monotonic()
                await asyncio.wait_for(weather(storm, client, identities, pace), seconds * 2)
                took = time.monotonic() - began
        return found(storm, took)


async def weather(storm: Storm, client: aiomqtt.Client, identities: list[str], pace: float) -> None:
    """Visits while it is killed; then it is left alone until everything is acknowledged and delivered."""
    await storm.start_gateway()
    async with asyncio.TaskGroup() as tasks:
        lasting = [tasks.create_task(storm.listen(client))]
        lasting += [tasks.create_task(edge.send(client, storm.sent)) for edge in storm.edges]
        killing = tasks.create_task(storm.killer())
        await storm.visits(identities, pace)
        await asyncio.sleep(2)
        killing.cancel()
        await asyncio.wait({killing})
        if storm.gateway is None or storm.gateway.returncode is not None:
            await storm.start_gateway()
        while any(edge.committed < len(edge.heard) for edge in storm.edges) or waiting(storm.home):
            await asyncio.sleep(0.2)
        await asyncio.sleep(7)  # the last visits linger five seconds
        for task in lasting:
            task.cancel()
    await storm.kill_gateway()


def prepare(home: Path, port: int, caps: Caps) -> list[str]:
    """The store's files and its visitors, about two visits each; their roster ids."""
    scanners = "\n".join(f"  edge-{n}: {{x: {n * 4}, y: 2, zone: zone-{n}}}" for n in range(EDGES))
    store = (
        f"store: storm\nname: Storm\ntime_zone: UTC\ncurrency: EUR\nscanners:\n{scanners}\n"
        f"broker: {{host: 127.0.0.1, port: {port}}}\nconsole: {{port: 0}}\nchannels: {{phone: {{kind: phone}}}}\n"
    )
    for name, text in {"store.yaml": store, **caps.files()}.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(text)
    connection = connect(home / load_yaml(home / "store.yaml", Store).database)
    connection.execute("PRAGMA synchronous=OFF")
    identities = []
    for number in range(max(50, caps.visits // 2)):
        fields = {"kind": "ibeacon", "uuid": str(uuid.UUID(int=7)), "major": number // 60_000, "minor": number % 60_000}
        identity = visitors.parse_identity(dict(fields))
        agreed = frozenset({"measurement"} if number % 20 == 0 else {"offers"})
        visitors.add(connection, Visitor(f"v-{number}", consents=agreed), [identity], time.time())
        identities.append(identity.id)
    connection.close()
    return identities


def waiting(home: Path) -> int:
    return int(rows(home, "SELECT count(*) FROM deliveries WHERE state = 'waiting'")[0][0])


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(f"file:{home / 'nearcart.sqlite'}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


def found(storm: Storm, took: float) -> dict[str, Any]:
    """What there is on disk and on the phones, and what is wrong with it."""
    home, heard = storm.home, sum(len(edge.heard) for edge in storm.edges)
    sent = {key for (key,) in rows(home, "SELECT key FROM decisions WHERE outcome = 'sent'")}
    states = dict(rows(home, "SELECT key, state FROM deliveries"))
    not_received = Counter(states.get(key, "no delivery") for key in sent - set(storm.received))
    too_late = not_received.pop("expired", 0)
    wrong = {
        "transitions_lost": heard - rows(home, "SELECT count(*) FROM transitions")[0][0],
        "visits_undecided": rows(
            home,
            "SELECT count(*) FROM visits v WHERE NOT EXISTS (SELECT 1 FROM decisions d WHERE d.visit = v.id AND d.kind = 'enter')",
        )[0][0],
        "offers_lost": sum(not_received.values()),
        "offers_twice": twice(storm, sent),
        "caps_exceeded": exceeded(home, storm.caps),
        "without_consent": sum(int(who.removeprefix("v-")) % 20 == 0 for who, _ in storm.told.values()),
    }
    outcomes = dict(rows(home, "SELECT outcome || coalesce(':' || gate, ''), count(*) FROM decisions GROUP BY 1"))
    return {
        "visits": storm.caps.visits,
        "visits_on_disk": rows(home, "SELECT count(*) FROM visits")[0][0],
        "seconds": round(took, 1),
        "edges": EDGES,
        "transitions": heard,
        "batches": storm.sent["batches"],
        "batches_sent_again": storm.sent["repeated"],
        "kills": storm.kills,
        "outcomes": outcomes,
        "messages_repeated_with_the_same_key": sum(count - 1 for count in storm.received.values()),
        "expired_before_they_could_leave": too_late,
        "lost_by_state": dict(not_received),
        "wrong": wrong,
    }


def twice(storm: Storm, sent: set[str]) -> int:
    """Messages that no decision stands behind, and moments with more than one decision."""
    strangers = len(set(storm.received) - sent)
    again = rows(storm.home, "SELECT count(*) - count(DISTINCT moment) FROM decisions")[0][0]
    visits = rows(
        storm.home,
        "SELECT count(*) FROM (SELECT 1 FROM decisions WHERE kind = 'enter' AND zone IS NULL GROUP BY visit HAVING count(*) > 1)",
    )
    return int(strangers + again + visits[0][0])


def exceeded(home: Path, caps: Caps) -> int:
    """By how much any cap or budget was passed, all together."""
    made = rows(home, "SELECT visitor, offer, at FROM decisions WHERE outcome IN ('sent', 'ghost')")
    over = max(0, most([at for _, offer, at in made if offer == "plain"]) - caps.plain)
    to_one: dict[tuple[str, str], list[float]] = {}
    for visitor, offer, at in made:
        to_one.setdefault((visitor, offer), []).append(at)
    for (_, offer), times in to_one.items():
        over += max(0, most(times) - (caps.rich_to_one if offer == "rich" else caps.plain_to_one))
    held = rows(home, "SELECT money FROM ledger WHERE campaign = 'autumn' AND state IN ('held', 'redeemed')")
    over += max(0, len(held) - caps.redemptions)
    return over + max(0, int(sum((Decimal(row[0]) for row in held), Decimal(0))) - caps.redemptions * 2)


def most(times: list[float]) -> int:
    """The most in any window of the period."""
    times, first, best = sorted(times), 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - PERIOD_S:
            first += 1
        best = max(best, last - first + 1)
    return best


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--visits", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(2), "big"))
    parser.add_argument("--seconds", type=float, default=60.0, help="about how long it should take; the pace follows")
    given = parser.parse_args()
    result = asyncio.run(run(given.visits, given.seed, given.seconds))
    print(json.dumps({"seed": given.seed, **result}, indent=2))
    sys.exit(1 if any(result["wrong"].values()) else 0)
