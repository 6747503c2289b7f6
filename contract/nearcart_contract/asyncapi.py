"""The AsyncAPI 3.0 document of a store's MQTT topics, as the gateway sees them: what it receives and what it sends."""

import re
from typing import Any

from pydantic.json_schema import models_json_schema

from nearcart_contract.names import NAME_PATTERN
from nearcart_contract.published import MESSAGES, MqttMessage

_PARAMETERS = {
    "store": "The store's id in store.yaml.",
    "edge": "The edge's name in store.yaml.",
    "visitor": "The visitor's id, as enrolled.",
    "zone": "A zone of the floor plan.",
}


def asyncapi_document(version: str) -> dict[str, Any]:
    """The whole document; ``version`` is that of nearcart."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for message in MESSAGES:
        name = _channel_name(message)
        channel = channels.setdefault(name, _channel(message.topic))
        channel["messages"][message.name] = {"$ref": f"#/components/messages/{message.name}"}
        operation = operations.setdefault(_verb(message) + "-" + name, _operation(message, name))
        operation["messages"].append({"$ref": f"#/channels/{name}/messages/{message.name}"})
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "nearcart in a store",
            "version": version,
            "description": "Presence from BLE edges to the gateway, offers from it. Names match " + NAME_PATTERN,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"store": {"host": "gateway.local:1883", "protocol": "mqtt", "protocolVersion": "3.1.1"}},
        "channels": channels,
        "operations": operations,
        "components": {"messages": {message.name: _message(message) for message in MESSAGES}, "schemas": _schemas()},
    }


def _channel_name(message: MqttMessage) -> str:
    """``state`` for …/edge/{edge}/state, ``visitor-offer`` for …/visitor/{visitor}/offer."""
    words = [word for word in message.topic.split("/")[3:] if not word.startswith("{")]
    return words[-1] if words[0] == "edge" else "-".join(words)


def _channel(topic: str) -> dict[str, Any]:
    names = re.findall(r"{(\w+)}", topic)
    return {
        "address": topic,
        "messages": {},
        "parameters": {name: {"description": _PARAMETERS[name]} for name in names},
    }


def _verb(message: MqttMessage) -> str:
    return "send" if message.sender == "gateway" else "receive"


def _operation(message: MqttMessage, channel: str) -> dict[str, Any]:
    return {
        "action": _verb(message),
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [],
        "bindings": {"mqtt": {"qos": message.qos, "retain": message.retained}},
    }


def _message(message: MqttMessage) -> dict[str, Any]:
    return {
        "name": message.name,
        "summary": message.about,
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{message.model.__name__}"},
        "examples": [{"name": message.name, "payload": message.sample}],
    }


def _schemas() -> dict[str, Any]:
    models = list(dict.fromkeys(message.model for message in MESSAGES))
    _, generated = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    definitions: dict[str, Any] = _in_draft_07(generated["$defs"])
    return definitions


def _in_draft_07(node: Any) -> Any:
    """AsyncAPI's own schemas extend JSON Schema draft 07, which writes a tuple as ``items`` and has no ``prefixItems``."""
    if isinstance(node, list):
        return [_in_draft_07(item) for item in node]
    if not isinstance(node, dict):
        return node
    renamed = {"items" if key == "prefixItems" else key: _in_draft_07(value) for key, value in node.items()}
    if "discriminator" in renamed and isinstance(renamed["discriminator"], dict):
        renamed["discriminator"] = renamed["discriminator"]["propertyName"]
    return renamed
