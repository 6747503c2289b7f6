"""Every route with every role, generated from the OpenAPI document: a new route can't be forgotten here."""

from typing import Any

import httpx
import pytest

from nearcart_gateway.core.roles import ROLES, Role
from nearcart_gateway.shell.web.rest.app import Api

from .conftest import SECRETS, Shop

DOCUMENT = Api(open_here=True).document()
STREAM = "/api/v1/events"
VALUES = {
    "visitor": "anna",
    "decision": "1",
    "offer": "hello",
    "campaign": "autumn",
    "identity": "t-none",
    "order": "r-1",
}
OPERATIONS = [
    (method, path, operation) for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()
]


def url(path: str) -> str:
    return path.format_map(VALUES)


def example(operation: dict[str, Any]) -> object:
    """A body as the document's own examples have it."""
    body = operation.get("requestBody")
    if body is None:
        return None
    schema = body["content"]["application/json"]["schema"]
    name = schema.get("$ref", "/").rpartition("/")[2]
    if name:
        return DOCUMENT["components"]["schemas"][name]["examples"][0]
    return {"kind": "address", "address": "00:11:22:33:44:55"}


def test_every_operation_says_what_it_needs_and_every_error() -> None:
    assert len(OPERATIONS) > 20
    for _method, path, operation in OPERATIONS:
        assert operation["x-nearcart-permission"], path
        assert operation["summary"], path
        assert {"401", "403", "413", "422", "429", "500", "503"} <= set(operation["responses"]), path
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"], (path, status)


@pytest.mark.parametrize("role", [*ROLES, None])
async def test_each_role_gets_the_documented_answer(shop: Shop, role: Role | None) -> None:
    wrong = []
    async with shop.client(role) as client:
        # What removes something comes last, so that there is something to show before.
        for method, path, operation in sorted(OPERATIONS, key=lambda found: found[0] == "delete"):
            if path == STREAM:
                continue
            answer = await client.request(method, url(f"http://127.0.0.1{path}"), json=example(operation))
            allowed = (role or "console") in operation["x-nearcart-roles"]
            refused = 403 if role else 401
            expected = {200, 201, 204, 404, 409} if allowed else {refused}
            if answer.status_code not in expected or str(answer.status_code) not in operation["responses"]:
                wrong.append((method, path, answer.status_code, answer.text))
    assert not wrong


@pytest.mark.parametrize("role", [*ROLES, None])
async def test_no_secret_is_in_any_answer(shop: Shop, role: Role | None) -> None:
    answers: list[httpx.Response] = []
    bad = {"text": 7, "id": "anna", "identities": [{"kind": "irk", "irk": SECRETS[-1] + "0"}], "irk": SECRETS[-1]}
    async with shop.client(role) as client:
        for method, path, operation in sorted(OPERATIONS, key=lambda found: found[0] == "delete"):
            if path != STREAM:
                for body in (example(operation), bad):
                    answers.append(await client.request(method, url(f"http://127.0.0.1{path}"), json=body))
        for path in ("/api/openapi.json", "/api/docs"):
            answers.append(await client.get(f"http://127.0.0.1{path}"))
    told = "\n".join(answer.text + repr(answer.headers) for answer in answers)
    for secret in (*SECRETS, *shop.keys.values()):
        assert secret not in told
        assert secret.split("_", 2)[-1] not in told


@pytest.mark.parametrize("role", ["marketer", None])
async def test_who_may_not_see_ids_sees_none_anywhere(shop: Shop, role: Role | None) -> None:
    async with shop.client(role) as client:
        for path in ("/decisions", "/decisions/2", "/visits", "/people"):
            text = (await client.get(path)).text
            for visitor in ("anna", "visitor-1", "7012"):
                assert visitor not in text, path


async def test_roles_that_may_see_ids_do(shop: Shop) -> None:
    async with shop.client("integrator") as client:
        shown = (await client.get("/decisions/2")).json()
        assert shown["visitor"]["id"] == "anna"
        assert shown["key"].endswith("anna.1.dwell.offer")
