"""JSON Schema (2020-12) of every message, webhook and user file, generated from the models."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from nearcart_contract.asyncapi import asyncapi_document
from nearcart_contract.mqtt_page import mqtt_page
from nearcart_contract.published import FILES, MESSAGES, WEBHOOKS, Publication

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LOCAL_TIME = r"^([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"
_DURATION = r"^[0-9]{1,7}\s*[smhdw]$"


class AsPeopleWrite(GenerateJsonSchema):
    """Durations and times of day as our files write them (``20s``, ``21:00``), not as ISO 8601 does."""

    def timedelta_schema(self, schema: core_schema.TimedeltaSchema) -> JsonSchemaValue:
        """A number and its unit."""
        return {"type": "string", "pattern": _DURATION, "examples": ["20s", "5m", "2h", "7d", "1w"]}

    def time_schema(self, schema: core_schema.TimeSchema) -> JsonSchemaValue:
        """Hours and minutes, in the store's time zone."""
        return {"type": "string", "pattern": _LOCAL_TIME, "examples": ["09:00", "21:30"]}


def schema_of(publication: Publication) -> dict[str, Any]:
    """The JSON Schema that accepts what the model accepts."""
    generated = TypeAdapter(publication.model).json_schema(schema_generator=AsPeopleWrite, mode="validation")
    generated["$schema"] = _DIALECT
    generated["title"] = f"nearcart {publication.name}"
    generated["description"] = publication.about
    if publication.sample:
        generated["examples"] = [publication.sample]
    return generated


def write_schemas(folder: Path, version: str) -> tuple[Path, ...]:
    """Write every schema, ``asyncapi.json`` and ``mqtt.md`` into ``folder``, which is made if need be; returns the files.

    Raises ``OSError``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        f"{publication.name}.schema.json": _json(schema_of(publication))
        for publication in (*MESSAGES, *WEBHOOKS, *FILES)
    }
    texts["asyncapi.json"] = _json(asyncapi_document(version))
    texts["mqtt.md"] = mqtt_page()
    for name, text in texts.items():
        (folder / name).write_text(text)
    return tuple(folder / name for name in texts)


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"
