"""The page for Prometheus, read by prometheus-client's own parser; and what Home Assistant is told, with its templates at work."""

import json
from uuid import UUID

import pytest
from jinja2 import Environment
from prometheus_client.parser import text_string_to_metric_families

from nearcart_contract.edge_state import Birth, Death, Health, OutboxState, Scan
from nearcart_edge.core.home_assistant import discovery, discovery_topic
from nearcart_edge.core.metrics_text import metrics_text

EPOCH = UUID(int=1)
SCANS = tuple(
    Scan(scanner=name, adapter=f"hci{number}", mode="active", verdict="every-kind", told="everything")
    for number, name in enumerate(("till", "door"))
)
HEALTH = Health(
    epoch=EPOCH,
    uptime_s=12.5,
    adverts_heard=123_456_789_012,
    adverts_malformed=1,
    strangers_dropped=2,
    strangers_passed_over=3,
    addresses_not_tried=4,
    rssi_floor=-80,
    roster_size=5,
    present=6,
    outbox_waiting=7,
    outbox=OutboxState(at_risk=8, risked=9, lost=10, bytes_written=11, bytes_last_hour=12),
    messages_refused=13,
    rss_mb=50.5,
    scans=SCANS,
    clock="synchronised",
    problem='quotes " and\nlines',
)


def samples(health: Health) -> dict[str, float]:
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(metrics_text(health, "shop", "till")):
        assert family.documentation
        for sample in family.samples:
            assert (sample.labels["store"], sample.labels["edge"]) == ("shop", "till")
            scanner = sample.labels.get("scanner")
            found[sample.name + (f".{scanner}" if scanner else "")] = sample.value
    return found


def test_every_figure_is_there_under_its_name() -> None:
    found = samples(HEALTH)
    assert found == {
        "nearcart_edge_uptime_seconds": 12.5,
        "nearcart_edge_adverts_total": 123_456_789_012,
        "nearcart_edge_adverts_malformed_total": 1,
        "nearcart_edge_strangers_total": 2,
        "nearcart_edge_strangers_passed_over_total": 3,
        "nearcart_edge_addresses_not_tried_total": 4,
        "nearcart_edge_rssi_floor_dbm": -80,
        "nearcart_edge_roster_size": 5,
        "nearcart_edge_present": 6,
        "nearcart_edge_outbox_waiting": 7,
        "nearcart_edge_outbox_at_risk": 8,
        "nearcart_edge_outbox_risked_total": 9,
        "nearcart_edge_transitions_lost_total": 10,
        "nearcart_edge_outbox_written_bytes_total": 11,
        "nearcart_edge_messages_refused_total": 13,
        "nearcart_edge_resident_memory_bytes": 50_500_000,
        "nearcart_edge_clock_synchronised": 1,
        "nearcart_edge_problem": 1,
        "nearcart_edge_scan.till": 1,
        "nearcart_edge_scan.door": 1,
    }


def test_what_is_not_known_is_not_there() -> None:
    found = samples(HEALTH.model_copy(update={"rssi_floor": None, "outbox": None, "rss_mb": None, "problem": None}))
    assert "nearcart_edge_rssi_floor_dbm" not in found
    assert "nearcart_edge_transitions_lost_total" not in found
    assert found["nearcart_edge_problem"] == 0


def rendered(template: str, message: Birth | Death | Health) -> str:
    """As Home Assistant does: ``value_json`` is the message; ``none`` renders as ``None``, which makes a state unknown."""
    value = json.loads(message.model_dump_json(exclude_none=True))
    return Environment(autoescape=True).from_string(template).render(value_json=value)


BIRTH = Birth(epoch=EPOCH, boot=EPOCH, version="1", public_key="k", scanners=("till",))


def test_home_assistant_s_entities_read_the_messages_that_there_are() -> None:
    told = discovery("shop", "till", "0.1.0")
    assert discovery_topic("homeassistant", "shop", "till") == "homeassistant/device/nearcart-shop-till/config"
    assert told["origin"] == {"name": "nearcart", "sw_version": "0.1.0"}
    components = told["components"]
    assert isinstance(components, dict)
    for name, component in components.items():
        assert component["unique_id"] == name
        if component["platform"] == "sensor":
            assert component["state_topic"] == "nearcart/v1/shop/edge/till/health"
            field = name.removeprefix("nearcart-shop-till-")
            assert rendered(component["value_template"], HEALTH) == str(getattr(HEALTH, field))
    bare = HEALTH.model_copy(update={"rss_mb": None})
    assert rendered(components["nearcart-shop-till-rss_mb"]["value_template"], bare) == "None"


@pytest.mark.parametrize(
    ("state", "available", "problem"),
    [
        (BIRTH, "online", "OFF"),
        (BIRTH.model_copy(update={"problem": "deaf"}), "online", "ON"),
        (Death(epoch=EPOCH), "offline", "OFF"),
    ],
)
def test_its_availability_and_problem(state: Birth | Death, available: str, problem: str) -> None:
    told = discovery("shop", "till", "0.1.0")
    components, availability = told["components"], told["availability"]
    assert isinstance(components, dict)
    assert isinstance(availability, list)
    assert rendered(availability[0]["value_template"], state) == available
    component = components["nearcart-shop-till-problem"]
    assert component["state_topic"] == availability[0]["topic"] == "nearcart/v1/shop/edge/till/state"
    assert rendered(component["value_template"], state) == problem
