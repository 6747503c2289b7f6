"""The API's OpenAPI document: what each operation needs is taken from the routes themselves."""

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from nearcart_gateway.core.roles import GRANTS, PERMISSIONS, ROLES, Permission, may, roles_with
from nearcart_gateway.shell.web.rest.callers import Needs
from nearcart_gateway.shell.web.rest.problems import ProblemBody

_SCHEMES = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "nck_…",
        "description": "A key: `nearcart keys add NAME --role ROLE` prints it once.",
    },
    "console": {
        "type": "http",
        "scheme": "basic",
        "description": "The console's password (user `nearcart`): what the page shows, by pseudonym, and nothing else.",
    },
}

_ABOUT = (
    "One store's gateway for programs. Send a key as `Authorization: Bearer nck_…`; its role decides what it may do. "
    "Lists come in pages: send `next` back as `cursor`. Errors are problem details (RFC 9457) that say what was found and "
    "what is allowed. Times carry their zone. Rates are limited a key and an address: 429 says how long to wait."
)


def document(app: FastAPI, parts: Iterable[APIRouter], version: str, *, open_here: bool = False) -> dict[str, Any]:
    """The document. ``open_here``: the console asks no password, so what it shows needs no key on this machine.

    Raises ``LookupError`` for a route that doesn't say what it needs.
    """
    described = get_openapi(
        title="nearcart", version=version, summary="A store's gateway", description=_ABOUT, routes=app.routes
    )
    described["servers"] = [{"url": "/", "description": "the gateway that serves this document"}]
    components = described.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    schemas.update(problem.pop("$defs", {}))
    schemas["ProblemBody"] = problem
    components["securitySchemes"] = _SCHEMES
    for operation, permission in _operations(described, parts):
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = _without_null(parameter["schema"])
        operation["security"] = _security(permission, open_here=open_here)
        operation["x-nearcart-permission"] = permission
        operation["x-nearcart-roles"] = [viewer for viewer in GRANTS if may(viewer, permission)]
    described["x-nearcart-permissions"] = {
        permission: {"about": about, "roles": list(roles_with(permission))} for permission, about in PERMISSIONS.items()
    }
    described["x-nearcart-all-roles"] = list(ROLES)
    return described


def permission_of(route: APIRoute) -> Permission:
    """What a route needs. Raises ``LookupError`` when it does not say."""
    for dependency in route.dependant.dependencies:
        if isinstance(dependency.call, Needs):
            return dependency.call.permission
    raise LookupError(f"{route.path} does not say which permission it needs")


def _operations(described: dict[str, Any], parts: Iterable[APIRouter]) -> Iterator[tuple[dict[str, Any], Permission]]:
    routes = (route for part in parts for route in part.routes if isinstance(route, APIRoute))
    for route in routes:
        for method in sorted(route.methods or ()):
            yield described["paths"][route.path][method.lower()], permission_of(route)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is there or not; no text stands for ``null``."""
    others = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(others) != 1:
        return schema
    return {**{name: value for name, value in schema.items() if name not in ("anyOf", "default")}, **others[0]}


def methods_at(parts: Iterable[APIRouter], path: str) -> list[str]:
    """Every method that some route has at a path, for ``Allow``."""
    routes = (route for part in parts for route in part.routes if isinstance(route, APIRoute))
    return sorted({method for route in routes if route.path_regex.match(path) for method in route.methods or ()})


def _security(permission: Permission, *, open_here: bool) -> list[dict[str, list[str]]]:
    if not may("console", permission):
        return [{"key": []}]
    return [{"key": []}, {}] if open_here else [{"key": []}, {"console": []}]


def roles_table() -> str:
    """Which role may do what, as a Markdown table: the one in docs/api.md."""
    lines = [f"| permission | {' | '.join(ROLES)} |", f"| --- |{' --- |' * len(ROLES)}"]
    for permission, about in PERMISSIONS.items():
        marks = " | ".join("yes" if may(role, permission) else "" for role in ROLES)
        lines.append(f"| **{permission}**: {about} | {marks} |")
    return "\n".join(lines)
