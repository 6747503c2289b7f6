"""A scanner that hears nobody: from samples over the engine to the page's health, the API's and the metrics."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from prometheus_client import generate_latest

from nearcart_contract.broker import Broker
from nearcart_contract.edge_state import Birth
from nearcart_contract.presence import Stamp
from nearcart_contract.samples import Sample, Samples
from nearcart_contract.store_file import Store
from nearcart_contract.yaml_file import load_yaml
from nearcart_gateway.core.changes import Changes
from nearcart_gateway.core.engine import Enrolled
from nearcart_gateway.core.values import Visitor
from nearcart_gateway.shell.service import Gateway
from nearcart_gateway.shell.storage.scanner_memory import write_memory

STORE = """\
store: row
name: A row
time_zone: UTC
currency: EUR
floor: {width: 12, height: 6}
scanners:
  a: {x: 2, y: 3, zone: a}
  b: {x: 5, y: 2, zone: b}
  c: {x: 7, y: 4, zone: c}
  d: {x: 10, y: 3, zone: d}
"""
BOOT = UUID(int=1)
BEGIN = 1_800_000_000.0


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    config = tmp_path / "store.yaml"
    config.write_text(STORE)
    gateway = Gateway(config, load_yaml(config, Store), Broker(host="127.0.0.1", port=1), 0.0)
    yield gateway
    gateway.close()


def minutes(gateway: Gateway, first: int, many: int, silent: str | None = None) -> None:
    """One visitor in the middle of the row, heard each second by all scanners but the silent one."""
    engine, changes = gateway._writer.engine, Changes()
    for second in range(first * 60, (first + many) * 60):
        now = BEGIN + second
        for edge in "abcd":
            heard = Sample(identity="tag", scanner=edge, packets=((0, -62),))
            sent = Stamp(at=now, monotonic=float(second), boot=BOOT)
            engine.take_samples(edge, Samples(sent=sent, samples=() if edge == silent else (heard,)), now, changes)
        engine.tick(now, changes)


def test_a_dead_scanner_is_told_wherever_somebody_looks(gateway: Gateway) -> None:
    engine = gateway._writer.engine
    engine.enrol([Enrolled(Visitor("anna", consents=frozenset({"measurement"})), ("tag",))])
    for edge in "abcd":
        born = Birth(epoch=BOOT, boot=BOOT, version="1", public_key="none", scanners=(edge,))
        engine.take_state(edge, born, BEGIN, Changes())
    minutes(gateway, 0, 6)
    assert not any(problem.startswith("scanner ") for problem in gateway._view.health().problems)
    minutes(gateway, 6, 20, silent="b")
    health = gateway._view.health()
    assert health.state == "degraded"
    assert any(problem.startswith("scanner b hears nobody") for problem in health.problems)
    metrics = generate_latest(gateway.metrics.registry).decode()
    assert 'nearcart_scanner_trouble{kind="dead",scanner="b"} 1.0' in metrics
    minutes(gateway, 26, 6)
    assert not any(problem.startswith("scanner ") for problem in gateway._view.health().problems)
    assert "scanner_trouble{" not in generate_latest(gateway.metrics.registry).decode()


def test_the_log_says_it_once(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    engine = gateway._writer.engine
    engine.enrol([Enrolled(Visitor("anna", consents=frozenset({"measurement"})), ("tag",))])
    born = Birth(epoch=BOOT, boot=BOOT, version="1", public_key="none", scanners=("b",))
    engine.take_state("b", born, BEGIN, Changes())
    minutes(gateway, 0, 6)
    minutes(gateway, 6, 20, silent="b")
    gateway._tell_troubles()
    gateway._tell_troubles()
    minutes(gateway, 26, 6)
    gateway._tell_troubles()
    said = capsys.readouterr()
    assert (said.out + said.err).count("scanner_trouble") == 1
    assert (said.out + said.err).count("scanner_well") == 1


def test_a_gateway_that_starts_again_knows_who_used_to_hear(tmp_path: Path) -> None:
    """Of a scanner that it never heard it would be sure only after hours."""
    config = tmp_path / "store.yaml"
    config.write_text(STORE)
    for first, many, silent in ((0, 6, None), (6, 20, "b")):
        gateway = Gateway(config, load_yaml(config, Store), Broker(host="127.0.0.1", port=1), 0.0)
        gateway._writer.engine.enrol([Enrolled(Visitor("anna", consents=frozenset({"measurement"})), ("tag",))])
        born = Birth(epoch=BOOT, boot=BOOT, version="1", public_key="none", scanners=("b",))
        gateway._writer.engine.take_state("b", born, BEGIN + first * 60, Changes())
        minutes(gateway, first, many, silent)
        write_memory(gateway._writing, gateway._scanner_watch.memory())
        troubles = [(each.scanner, each.kind) for each in gateway._scanner_watch.troubles]
        gateway.close()
    assert troubles == [("b", "dead")]
