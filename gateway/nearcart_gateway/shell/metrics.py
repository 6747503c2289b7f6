"""Prometheus metrics of the gateway: counters that the parts keep, read when somebody asks."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from nearcart_gateway.core.changes import Changes
from nearcart_gateway.shell.deliver import Deliverer
from nearcart_gateway.shell.hook_receiver import Hooks
from nearcart_gateway.shell.link import Link
from nearcart_gateway.shell.receipts import Receipts
from nearcart_gateway.shell.sources.state import SourceStates
from nearcart_gateway.shell.writer import Writer


class GatewayMetrics:
    """Collects from the parts. Labels are bounded: gates, channels, edges and sources, never visitors."""

    def __init__(
        self, writer: Writer, deliverer: Deliverer, receipts: Receipts, hooks: Hooks, link: Link, sources: SourceStates
    ) -> None:
        self.refused: Counter[str] = Counter()
        self.transitions = 0
        self.samples_shed = 0
        self.decisions: Counter[tuple[str, str]] = Counter()
        self.registry = CollectorRegistry()
        self._writer, self._deliverer, self._hooks, self._link = writer, deliverer, hooks, link
        self._receipts = receipts
        self._sources = sources
        self._group = Histogram(
            "nearcart_commit_transitions",
            "Transitions in one commit",
            registry=self.registry,
            buckets=(1, 10, 100, 1000),
        )
        self.registry.register(self)

    def committed(self, changes: Changes) -> None:
        """Count what a commit held."""
        self.transitions += len(changes.transitions)
        if changes.transitions:
            self._group.observe(len(changes.transitions))
        for decision in changes.decisions:
            self.decisions[decision.outcome, decision.gate or ""] += 1

    def collect(self) -> Iterable[Metric]:
        """Called by the registry."""
        yield _counter(
            "nearcart_messages_refused", "MQTT messages not taken", ("why",), {(k,): v for k, v in self.refused.items()}
        )
        yield _counter("nearcart_transitions", "Transitions committed", (), {(): self.transitions})
        yield _counter("nearcart_samples_shed", "Samples dropped because too many waited", (), {(): self.samples_shed})
        yield _counter("nearcart_decisions", "Decisions", ("outcome", "gate"), self.decisions)
        yield _counter("nearcart_deliveries", "Deliveries settled", ("channel", "state"), self._deliverer.counted)
        yield _counter(
            "nearcart_receipts", "Receipts of apps, screens and programs", ("outcome",), self._receipts.counted
        )
        yield _gauge("nearcart_deliveries_waiting", "Deliveries that wait or are under way", len(self._deliverer))
        yield _counter("nearcart_hooks", "Webhooks received", ("source", "outcome"), self._hooks.counted)
        yield _counter("nearcart_sources", "Questions to shops' APIs", ("source", "outcome"), self._sources.counted)
        kept = GaugeMetricFamily("nearcart_set_aside", "Payloads that could not be read, kept", labels=("source",))
        for source, payloads in self._hooks.set_aside().items():
            kept.add_metric((source,), payloads)
        yield kept
        yield _counter(
            "nearcart_engine",
            "What the engine and its writer counted",
            ("what",),
            {(k,): v for k, v in self._writer.counted.items()},
        )
        yield _counter(
            "nearcart_broker_connections", "Connections made to the broker", (), {(): self._link.connections}
        )
        trouble = GaugeMetricFamily(
            "nearcart_scanner_trouble", "1: a scanner is dead, moved or off", labels=("scanner", "kind")
        )
        watch = self._writer.engine.scanner_watch
        for each in watch.troubles if watch is not None else ():
            trouble.add_metric((each.scanner, each.kind), 1)
        yield trouble
        inside = len(self._writer.engine.visits.open_visits())
        yield _gauge("nearcart_open_visits", "Visitors in the store now", inside)


def _counter(name: str, text: str, labels: tuple[str, ...], values: Mapping[Any, int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def _gauge(name: str, text: str, value: int) -> Metric:
    family = GaugeMetricFamily(name, text)
    family.add_metric([], value)
    return family
