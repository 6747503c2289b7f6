"""The agent over a real broker, with a scripted radio and a gateway that keeps books."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import aiomqtt
import pytest
from pydantic import SecretStr

from nearcart_contract.advertisement import Advertisement
from nearcart_contract.edge_file import EdgeFile
from nearcart_contract.edge_state import Death, Scan
from nearcart_contract.roster import IrkIdentity
from nearcart_contract.topics import MAX_PAYLOAD_BYTES
from nearcart_edge.core import private_address
from nearcart_edge.shell import agent as agent_module
from nearcart_edge.shell.agent import EdgeAgent
from nearcart_edge.shell.clock import SystemClock
from nearcart_edge.shell.light_structlog import structlog
from nearcart_edge.shell.scanner import Listener

from ..conftest import BookkeepingGateway


class Radio:
    """A scanner that hears what the test says."""

    scanner = "till"

    def __init__(self) -> None:
        self.listener: Listener | None = None

    async def run(self, listener: Listener) -> None:
        self.listener = listener
        listener.found(self.scanner)
        await asyncio.Event().wait()

    def hears(self, minor: int, rssi: int = -60, address: str = "C4:64:E3:00:00:01") -> None:
        payload = bytes.fromhex("0215fda50693a4e24fb1afcfc6eb07647825000a") + minor.to_bytes(2, "big") + b"\xc5"
        assert self.listener is not None
        self.listener.heard(Advertisement(0.0, self.scanner, address, rssi, {0x004C: payload}))

    def hears_twice(self, minor: int) -> None:
        self.hears(minor)
        self.hears(minor)


class Running:
    """An agent at work, its radio, and its log."""

    def __init__(self, config: EdgeFile) -> None:
        self.radio = Radio()
        self.log = structlog.testing.LogCapture()
        self.agent = EdgeAgent(
            config,
            sources=[self.radio],
            random=Random(1),
            log=structlog.wrap_logger(structlog.PrintLogger(), processors=[self.log]),
        )
        self.stop = asyncio.Event()

    def lines(self, event: str) -> list[str]:
        return [str(entry.get("reason", "")) for entry in self.log.entries if entry["event"] == event]

    def knows(self, count: int) -> bool:
        return self.agent._pipeline.enrolled == count

    async def until_it_knows(self, count: int) -> None:
        async with asyncio.timeout(15):
            while not self.knows(count):
                await asyncio.sleep(0.01)


@asynccontextmanager
async def running(config: EdgeFile) -> AsyncIterator[Running]:
    edge = Running(config)
    task = asyncio.create_task(edge.agent.run(edge.stop))
    try:
        yield edge
    finally:
        edge.stop.set()
        await task


async def test_a_tag_enters_is_sampled_and_leaves(config, gateway) -> None:
    async with running(config) as edge:
        await edge.until_it_knows(3)
        edge.radio.hears_twice(1)
        await gateway.until(lambda: gateway.transitions and gateway.samples)
        (enter,) = gateway.transitions
        assert (enter.kind, enter.identity, enter.scanner, enter.rssi) == ("enter", "tag-1", "till", -60)
        assert enter.stamp.boot == SystemClock().boot
        (sample,) = gateway.samples[0].samples
        assert (sample.identity, sample.measured_power) == ("tag-1", -59)
        assert [rssi for _, rssi in sample.packets] == [-60, -60]
        await gateway.until(lambda: len(gateway.transitions) == 2)
        exit_ = gateway.transitions[1]
        assert (exit_.kind, exit_.cause, exit_.sequence) == ("exit", "silence", 2)
        assert exit_.stamp.monotonic - enter.stamp.monotonic == pytest.approx(2, abs=0.01)


async def test_birth_says_who_and_goodbye_says_when_it_ends(config, gateway) -> None:
    async with running(config):
        await gateway.until(lambda: gateway.births)
        birth = gateway.births[0]
        assert (birth.scanners, birth.boot, birth.problem) == (("till",), SystemClock().boot, None)
        await gateway.until(lambda: gateway.healths)
        assert gateway.healths[0].epoch == birth.epoch
        assert gateway.healths[0].rss_mb is not None
    await gateway.until(lambda: isinstance(gateway.states[-1], Death))
    async with aiomqtt.Client("127.0.0.1", gateway.port) as late:
        await late.subscribe("nearcart/v1/shop/edge/till/state")
        message = await anext(aiter(late.messages))
        assert message.retain
        assert Death.model_validate_json(message.payload).epoch == birth.epoch


async def test_each_start_has_its_own_epoch_and_key(config, gateway) -> None:
    for _ in range(2):
        async with running(config):
            await gateway.until(lambda: gateway.births and gateway.states[-1] is gateway.births[-1])
        await gateway.until(lambda: isinstance(gateway.states[-1], Death))
    first, second = gateway.births[0], gateway.births[-1]
    assert first.epoch != second.epoch
    assert first.public_key != second.public_key


async def test_a_stop_tells_that_the_radio_is_gone(config, gateway) -> None:
    async with running(config) as edge:
        await edge.until_it_knows(3)
        edge.radio.hears_twice(1)
        await gateway.until(lambda: gateway.transitions)
    assert [(each.kind, each.cause) for each in gateway.transitions] == [("enter", None), ("exit", "scanner_lost")]


async def test_strangers_are_a_count(config, gateway, tmp_path: Path) -> None:
    async with running(config) as edge:
        await edge.until_it_knows(3)
        for minor in range(500, 600):
            edge.radio.hears(minor, address="DE:AD:BE:EF:00:01")
        edge.radio.hears_twice(1)
        await gateway.until(lambda: gateway.transitions)
        assert edge.agent._health().strangers_dropped == 100
    assert {each.identity for each in gateway.transitions} == {"tag-1"}
    assert "DE:AD:BE" not in repr((gateway.states, gateway.healths, gateway.samples, gateway.batches, edge.log.entries))
    for file in tmp_path.glob("outbox.sqlite*"):
        assert b"DE:AD:BE" not in file.read_bytes()


async def test_withdrawn_consent_ends_it_at_once(config, gateway) -> None:
    async with running(config) as edge:
        await edge.until_it_knows(3)
        edge.radio.hears_twice(1)
        await gateway.until(lambda: gateway.transitions)
        await gateway.send_roster(removed=("tag-1",))
        await gateway.until(lambda: len(gateway.transitions) == 2)
        edge.radio.hears_twice(1)
        edge.radio.hears_twice(2)
        await gateway.until(lambda: len(gateway.transitions) == 3)
    assert [(each.identity, each.kind) for each in gateway.transitions[:3]] == [
        ("tag-1", "enter"),
        ("tag-1", "exit"),
        ("tag-2", "enter"),
    ]


async def test_a_sealed_key_is_opened_and_shown_nowhere(config, gateway, tmp_path: Path) -> None:
    irk = "ec0234a357c8ad05341010a60a397d9b"
    gateway.identities = (IrkIdentity(id="dora", kind="irk", irk=irk),)
    async with running(config) as edge:
        await edge.until_it_knows(1)
        edge.radio.hears(900, address="70:81:94:0D:FB:AA")
        edge.radio.hears(900, address="70:81:94:0D:FB:AA")
        await gateway.until(lambda: gateway.transitions)
    assert gateway.transitions[0].identity == "dora"
    assert irk not in repr((edge.log.entries, gateway.states, gateway.healths))
    for file in tmp_path.glob("outbox.sqlite*"):
        assert irk.encode() not in file.read_bytes()


async def test_a_phone_whose_address_cannot_be_tried_at_once_is_found_a_moment_later(
    config, gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_address, "TRIES_PER_S", 0)
    gateway.identities = (IrkIdentity(id="dora", kind="irk", irk="ec0234a357c8ad05341010a60a397d9b"),)
    async with running(config) as edge:
        await edge.until_it_knows(1)
        async with asyncio.timeout(15):
            while not gateway.transitions:
                edge.radio.hears(900, address="70:81:94:0D:FB:AA")
                await asyncio.sleep(0.02)
        assert edge.agent._health().addresses_not_tried >= 1
    assert gateway.transitions[0].identity == "dora"


async def test_what_it_cannot_read_is_one_log_line_and_one_count_each(config, gateway) -> None:
    async with running(config) as edge:
        await edge.until_it_knows(3)
        await gateway.publish("ack", "not JSON")
        await gateway.publish("ack", '{"epoch": "no uuid", "committed": 1}')
        await gateway.publish("roster", b"x" * (MAX_PAYLOAD_BYTES + 1))
        await gateway.publish(
            "roster", '{"stream": "5b2ef8d4-0000-4000-8000-000000000000", "number": 0, "complete": 1}'
        )
        edge.radio.hears_twice(1)
        await gateway.until(lambda: gateway.transitions)
        async with asyncio.timeout(5):
            while edge.agent._health().messages_refused < 4:
                await asyncio.sleep(0.01)
        assert edge.knows(3)
    reasons = edge.lines("message refused")
    assert len(reasons) == 4
    assert reasons[0].startswith("message: Invalid JSON")
    assert reasons[1].startswith("epoch: ")
    assert reasons[2] == f"it has {MAX_PAYLOAD_BYTES + 1} bytes; at most {MAX_PAYLOAD_BYTES} are allowed"
    assert reasons[3].startswith("number: ")


async def test_a_hole_in_the_roster_makes_it_ask_again(config, gateway) -> None:
    async with running(config) as edge:
        await edge.until_it_knows(3)
        gateway.number += 1
        gateway.identities = gateway.identities[:1]
        await gateway.send_roster(removed=("tag-3",))
        await gateway.until(lambda: len(gateway.births) >= 2)
        await edge.until_it_knows(1)


def rssis(gateway: BookkeepingGateway) -> set[int]:
    return {
        rssi
        for message in gateway.samples
        for sample in message.samples
        for _, rssi in sample.packets
        if rssi is not None
    }


async def test_a_broker_that_dies_costs_samples_but_no_transition(config, mosquitto, gateway) -> None:
    async with running(config) as edge:
        await edge.until_it_knows(3)
        edge.radio.hears_twice(1)
        await gateway.until(lambda: gateway.transitions)
        mosquitto.kill()
        async with asyncio.timeout(15):
            while edge.agent._link.connected:
                await asyncio.sleep(0.01)
        edge.radio.hears_twice(2)
        edge.radio.hears_twice(3)
        mosquitto.start()
        again = type(gateway)(mosquitto.port, identities=gateway.identities, committed=gateway.committed)
        async with again.connected():
            await again.until(lambda: {"tag-1", "tag-2", "tag-3"} <= {each.identity for each in again.transitions})
            assert again.births[0].epoch == gateway.births[0].epoch
            edge.radio.hears(2, rssi=-41)
            await again.until(lambda: -41 in rssis(again))
            assert rssis(again) == {-41}, "what was heard meanwhile is of no use now"
    entered = [each.identity for each in again.transitions if each.kind == "enter"]
    assert sorted(entered) == ["tag-1", "tag-2", "tag-3"]
    sequences = [each.sequence for each in again.transitions]
    assert sequences == list(range(1, len(sequences) + 1))


async def test_an_unanswered_transition_is_sent_again_and_survives_a_restart(config, gateway) -> None:
    gateway.acks = False
    async with running(config) as edge:
        await edge.until_it_knows(3)
        edge.radio.hears_twice(1)
        await gateway.until(lambda: len(gateway.batches) >= 2)
        assert edge.agent._health().outbox_waiting >= 1
    gateway.acks = True
    async with running(config):
        await gateway.until(lambda: len(gateway.transitions) >= 2)
    first = gateway.births[0].epoch
    assert [each.kind for each in gateway.committed[first]] == ["enter", "exit"]


async def test_a_lost_radio_is_a_problem_in_state_until_it_is_found(config, gateway) -> None:
    async with running(config) as edge:
        await edge.until_it_knows(3)
        edge.radio.hears_twice(1)
        assert edge.radio.listener is not None
        edge.radio.listener.lost("till", "adapter hci0 is not there: plug it in")
        await gateway.until(lambda: gateway.births[-1].problem == "adapter hci0 is not there: plug it in")
        await gateway.until(lambda: len(gateway.transitions) == 2)
        assert gateway.transitions[1].cause == "scanner_lost"
        edge.radio.listener.found("till")
        await gateway.until(lambda: gateway.births[-1].problem is None)


async def test_an_edge_that_nobody_told_anything_says_so_and_asks_again(config, gateway, monkeypatch) -> None:
    monkeypatch.setattr(agent_module, "ASK_AFTER_S", 0.1)
    monkeypatch.setattr(agent_module, "ASK_AGAIN_S", 0.2)
    monkeypatch.setattr(agent_module, "BIRTHS_APART_S", 0.1)
    gateway.answers = False
    async with running(config) as edge:
        await gateway.until(lambda: len(gateway.births) >= 4)
        assert gateway.births[-1].problem == "this edge knows nobody: no gateway has told it yet who is enrolled"
        edge.radio.hears_twice(1)
        assert edge.agent._health().present == 0
        gateway.answers = True
        await edge.until_it_knows(3)
        await gateway.until(lambda: gateway.births[-1].problem is None)


async def test_the_outbox_in_figures_is_in_health(config, gateway) -> None:
    async with running(config) as edge:
        await edge.until_it_knows(3)
        edge.radio.hears_twice(1)
        await gateway.until(lambda: gateway.transitions)
        outbox = edge.agent._health().outbox
        assert outbox is not None
        assert (outbox.at_risk, outbox.risked, outbox.lost) == (0, 0, 0)
        assert outbox.bytes_written
        assert outbox.bytes_last_hour


async def test_without_a_place_for_the_outbox_the_edge_works_and_says_so(config, gateway, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    outbox = config.outbox.model_copy(update={"path": tmp_path / "taken" / "outbox.sqlite"})
    async with running(config.model_copy(update={"outbox": outbox})) as edge:
        await edge.until_it_knows(3)
        assert "can't be opened" in (gateway.births[0].problem or "")
        edge.radio.hears_twice(1)
        await gateway.until(lambda: gateway.transitions)
        assert edge.agent._health().outbox.risked == 1


async def test_how_it_scans_is_in_state_health_and_log(config, gateway) -> None:
    scan = Scan(scanner="till", adapter="hci0", mode="passive", verdict="formats-only", told="the formats")
    gateway.identities = (*gateway.identities, IrkIdentity(id="dora", kind="irk", irk="ec" * 16))
    async with running(config) as edge:
        await edge.until_it_knows(4)
        assert edge.radio.listener is not None
        edge.radio.listener.scans(scan)
        await gateway.until(lambda: gateway.births[-1].scans == (scan,))
        assert "does not hear 1 of the roster" in (gateway.births[-1].problem or "")
        assert edge.agent._health().scans == (scan,)
        refused = scan.model_copy(
            update={"mode": "active", "verdict": "refused", "told": "passive scanning is refused"}
        )
        edge.radio.listener.scans(refused)
        await gateway.until(lambda: gateway.births[-1].problem == "passive scanning is refused")
    assert [entry["verdict"] for entry in edge.log.entries if entry["event"] == "scan"] == ["formats-only", "refused"]


async def test_a_wrong_port_is_said_and_tried_again(tmp_path: Path) -> None:
    config = EdgeFile.model_validate(
        {"store": "shop", "edge": "till", "broker": {"port": 1}, "outbox": {"path": tmp_path / "outbox.sqlite"}}
    )
    async with running(config) as edge:
        async with asyncio.timeout(5):
            while edge.agent._problems.text is None:
                await asyncio.sleep(0.01)
        assert edge.agent._problems.text.startswith("no connection to the broker at 127.0.0.1:1 (")


async def test_a_broker_that_refuses_is_told_apart_and_no_password_is_shown(config, mosquitto, tmp_path: Path) -> None:
    (tmp_path / "strict").mkdir()
    strict = type(mosquitto)(tmp_path / "strict", anonymous=False).start()
    broker = config.broker.model_copy(
        update={"port": strict.port, "username": "till", "password": SecretStr("canary-7c1e")}
    )
    async with running(config.model_copy(update={"broker": broker})) as edge:
        async with asyncio.timeout(5):
            while edge.agent._problems.text is None:
                await asyncio.sleep(0.01)
        assert "refuses this edge" in edge.agent._problems.text
        assert "check broker.username and broker.password" in edge.agent._problems.text
    strict.kill()
    assert "canary-7c1e" not in repr((edge.log.entries, vars(edge.agent), vars(edge.agent._link)))
