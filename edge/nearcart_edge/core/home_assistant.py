"""An edge as a device in Home Assistant: MQTT discovery for a whole device (www.home-assistant.io/integrations/mqtt, since 2024.11).

Its entities read the messages that the edge publishes anyway (``state`` and ``health``). None of them is about a visitor: who is there is
for the gateway alone.
"""

from collections.abc import Mapping

from nearcart_contract.topics import edge_topic

_STATE_ONLINE = "{{ 'online' if value_json.online else 'offline' }}"

_SENSORS: tuple[tuple[str, str, Mapping[str, object]], ...] = (
    ("present", "Enrolled in range", {"state_class": "measurement", "icon": "mdi:account-multiple"}),
    ("roster_size", "Roster", {"state_class": "measurement", "entity_category": "diagnostic"}),
    ("outbox_waiting", "Waiting for the gateway", {"state_class": "measurement", "entity_category": "diagnostic"}),
    ("adverts_heard", "Adverts heard", {"state_class": "total_increasing", "entity_category": "diagnostic"}),
    (
        "strangers_dropped",
        "Strangers' adverts",
        {"state_class": "total_increasing", "entity_category": "diagnostic"},
    ),
    (
        "uptime_s",
        "Uptime",
        {
            "device_class": "duration",
            "unit_of_measurement": "s",
            "state_class": "total_increasing",
            "entity_category": "diagnostic",
        },
    ),
    (
        "rss_mb",
        "Memory",
        {
            "device_class": "data_size",
            "unit_of_measurement": "MB",
            "state_class": "measurement",
            "entity_category": "diagnostic",
        },
    ),
)


def discovery_topic(prefix: str, store: str, edge: str) -> str:
    """Where Home Assistant looks for it; retained."""
    return f"{prefix}/device/nearcart-{store}-{edge}/config"


def discovery(store: str, edge: str, version: str) -> dict[str, object]:
    """The message: device, origin, and one component an entity."""
    name = f"nearcart-{store}-{edge}"
    state, health = edge_topic(store, edge, "state"), edge_topic(store, edge, "health")
    components: dict[str, object] = {
        f"{name}-{field}": {
            "platform": "sensor",
            "unique_id": f"{name}-{field}",
            "name": label,
            "state_topic": health,
            "value_template": f"{{{{ value_json.{field} | default(none) }}}}",
            **more,
        }
        for field, label, more in _SENSORS
    }
    components[f"{name}-problem"] = {
        "platform": "binary_sensor",
        "unique_id": f"{name}-problem",
        "name": "Problem",
        "device_class": "problem",
        "entity_category": "diagnostic",
        "state_topic": state,
        "value_template": "{{ 'ON' if value_json.problem else 'OFF' }}",
        "json_attributes_topic": state,
        "json_attributes_template": "{{ {'problem': value_json.problem | default(none)} | tojson }}",
    }
    return {
        "device": {
            "identifiers": [name],
            "name": f"nearcart {edge}",
            "manufacturer": "nearcart",
            "model": "edge agent",
            "sw_version": version,
        },
        "origin": {"name": "nearcart", "sw_version": version},
        "availability": [{"topic": state, "value_template": _STATE_ONLINE}],
        "components": components,
        "qos": 0,
    }
