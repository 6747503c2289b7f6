"""The published schemas accept what the models accept and refuse what they refuse; the generated page is fresh."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from nearcart_contract.asyncapi import asyncapi_document
from nearcart_contract.mqtt_page import mqtt_page
from nearcart_contract.published import FILES, MESSAGES, WEBHOOKS, Publication
from nearcart_contract.schema import schema_of, write_schemas

ROOT = Path(__file__).parents[2]
SAMPLED = (*MESSAGES, *WEBHOOKS)
ALL = (*SAMPLED, *FILES)


def named(publication: Publication) -> str:
    return publication.name


def of(name: str) -> dict[str, Any]:
    return next(schema_of(publication) for publication in ALL if publication.name == name)


@pytest.mark.parametrize("publication", ALL, ids=named)
def test_every_schema_is_a_schema(publication: Publication) -> None:
    Draft202012Validator.check_schema(schema_of(publication))


@pytest.mark.parametrize("publication", SAMPLED, ids=named)
def test_every_sample_fits_its_model_and_its_schema(publication: Publication) -> None:
    publication.check_sample()
    Draft202012Validator(schema_of(publication)).validate(publication.sample)


@pytest.mark.parametrize("publication", SAMPLED, ids=named)
def test_a_sample_without_its_first_required_field_fits_neither(publication: Publication) -> None:
    schema = schema_of(publication)
    broken = {key: value for key, value in publication.sample.items() if key != schema["required"][0]}
    with pytest.raises(ValidationError):
        Draft202012Validator(schema).validate(broken)


def test_an_editor_accepts_durations_and_times_as_people_write_them() -> None:
    offer = {
        "offer": "wine",
        "when": {"moment": "dwell", "dwell": "20s", "hours": {"start": "14:00", "end": "20:30"}},
        "say": "Still thinking?",
    }
    Draft202012Validator(of("offer")).validate(offer)


@pytest.mark.parametrize("dwell", ["twenty", "PT20S", "20 years"])
def test_an_editor_refuses_a_duration_that_the_check_would_refuse(dwell: str) -> None:
    offer = {"offer": "wine", "when": {"moment": "dwell", "dwell": dwell}, "say": "Still thinking?"}
    with pytest.raises(ValidationError):
        Draft202012Validator(of("offer")).validate(offer)


def test_an_editor_shows_a_misspelt_field() -> None:
    with pytest.raises(ValidationError, match="prioritty"):
        Draft202012Validator(of("offer")).validate(
            {"offer": "wine", "when": {"moment": "enter"}, "say": "Hello", "prioritty": 3}
        )


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def looked_up(document: Any, reference: str) -> Any:
    for part in reference.removeprefix("#/").split("/"):
        document = document[part]
    return document


def test_asyncapi_names_every_message_once_and_every_reference_leads_somewhere() -> None:
    document = asyncapi_document("1.2.3")
    for reference in references(document):
        assert looked_up(document, reference) is not None
    sent = [reference["$ref"] for operation in document["operations"].values() for reference in operation["messages"]]
    assert sorted(reference.rsplit("/", 1)[1] for reference in sent) == sorted(message.name for message in MESSAGES)
    assert document["channels"]["state"]["address"] == "nearcart/v1/{store}/edge/{edge}/state"
    assert set(document["channels"]["state"]["messages"]) == {"birth", "death"}
    assert set(document["channels"]["state"]["parameters"]) == {"store", "edge"}
    assert document["operations"]["send-ack"]["action"] == "send"


def test_asyncapi_writes_tuples_as_draft_07_does() -> None:
    text = json.dumps(asyncapi_document("1.2.3"))
    assert "prefixItems" not in text
    packets = asyncapi_document("1.2.3")["components"]["schemas"]["Sample"]["properties"]["packets"]
    assert [entry["type"] for entry in packets["items"]["items"]] == ["integer", "integer"]


def test_schemas_are_written_as_files(tmp_path: Path) -> None:
    written = write_schemas(tmp_path / "new" / "folder", "1.2.3")
    assert {path.name for path in written} >= {"presence.schema.json", "offer.schema.json", "asyncapi.json"}
    assert json.loads((tmp_path / "new" / "folder" / "asyncapi.json").read_text())["info"]["version"] == "1.2.3"


def test_the_page_of_messages_is_fresh() -> None:
    assert (ROOT / "docs" / "mqtt.md").read_text() == mqtt_page(), "run `make docs` and commit docs/mqtt.md"
