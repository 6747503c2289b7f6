"""An edge's health in Prometheus' text format (exposition format 0.0.4): what prometheus-client would write, without its 5 MB of memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from nearcart_contract.edge_state import Health

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; ``labels`` as they are written between the braces, ready."""

    name: str
    kind: Literal["counter", "gauge"]
    help: str
    value: float | None
    labels: str = ""


def metrics_text(health: Health, store: str, edge: str) -> str:
    """The page. ``store`` and ``edge`` are labels of every sample: names, which need no quoting."""
    return "\n".join(_lines(_metrics(health), f'store="{store}",edge="{edge}"')) + "\n"


def _lines(metrics: Iterable[Metric], labels: str) -> Iterator[str]:
    named = ""
    for metric in metrics:
        if metric.value is None:
            continue
        if metric.name != named:
            named = metric.name
            yield f"# HELP {named} {metric.help}"
            yield f"# TYPE {named} {metric.kind}"
        more = f",{metric.labels}" if metric.labels else ""
        yield f"{metric.name}{{{labels}{more}}} {metric.value:.15g}"


def _metrics(health: Health) -> Iterator[Metric]:
    yield Metric("nearcart_edge_uptime_seconds", "gauge", "Since the agent started.", health.uptime_s)
    yield Metric("nearcart_edge_adverts_total", "counter", "Adverts heard.", health.adverts_heard)
    yield Metric(
        "nearcart_edge_adverts_malformed_total", "counter", "Payloads that are no format.", health.adverts_malformed
    )
    yield Metric(
        "nearcart_edge_strangers_total",
        "counter",
        "Adverts of devices that are not enrolled.",
        health.strangers_dropped,
    )
    yield Metric(
        "nearcart_edge_strangers_passed_over_total",
        "counter",
        "Of those, not looked at, in a flood.",
        health.strangers_passed_over,
    )
    yield Metric(
        "nearcart_edge_addresses_not_tried_total",
        "counter",
        "Private addresses not tried against the keys.",
        health.addresses_not_tried,
    )
    yield Metric("nearcart_edge_rssi_floor_dbm", "gauge", "Packets below are not heard, in a flood.", health.rssi_floor)
    yield Metric("nearcart_edge_roster_size", "gauge", "Identities this edge knows.", health.roster_size)
    yield Metric("nearcart_edge_present", "gauge", "Enrolled identities in range.", health.present)
    yield Metric(
        "nearcart_edge_messages_refused_total", "counter", "Messages that could not be read.", health.messages_refused
    )
    yield from _outbox(health)
    rss = None if health.rss_mb is None else health.rss_mb * 1e6
    yield Metric("nearcart_edge_resident_memory_bytes", "gauge", "Resident memory.", rss)
    yield Metric(
        "nearcart_edge_clock_synchronised", "gauge", "1 when the kernel says so.", health.clock == "synchronised"
    )
    yield Metric(
        "nearcart_edge_problem", "gauge", "1 when something is wrong: state says what.", health.problem is not None
    )
    for scan in health.scans:
        yield Metric(
            "nearcart_edge_scan",
            "gauge",
            "1, with how each scanner scans.",
            1,
            f'scanner="{scan.scanner}",adapter="{scan.adapter}",mode="{scan.mode}",verdict="{scan.verdict}"',
        )


def _outbox(health: Health) -> Iterator[Metric]:
    yield Metric(
        "nearcart_edge_outbox_waiting", "gauge", "Transitions the gateway has not acknowledged.", health.outbox_waiting
    )
    outbox = health.outbox
    if outbox is None:
        return
    yield Metric("nearcart_edge_outbox_at_risk", "gauge", "Transitions in memory only.", outbox.at_risk)
    yield Metric("nearcart_edge_outbox_risked_total", "counter", "Ever in memory only.", outbox.risked)
    yield Metric("nearcart_edge_transitions_lost_total", "counter", "Neither disk nor memory took them.", outbox.lost)
    yield Metric(
        "nearcart_edge_outbox_written_bytes_total",
        "counter",
        "Bytes the outbox wrote to the card.",
        outbox.bytes_written,
    )
