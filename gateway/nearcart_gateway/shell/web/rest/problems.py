"""Answers to what can't be done, as RFC 9457 problem details: what was found, what is allowed, what to do."""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"

_SECRET_FIELDS = frozenset({"irk", "identity_key", "bind_key", "email"})
_FOUND_SHOWN = 100
_MISTAKES_SHOWN = 50


class Mistake(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(examples=["body.identities[0].major"])
    message: str = Field(examples=["Input should be less than or equal to 65535"])
    found: str | None = Field(default=None, description="what stood there, cut short; never of a secret field")


class ProblemBody(BaseModel):
    """RFC 9457, section 3. ``type`` leads to the readable page."""

    type: str = Field(examples=["/api/docs#problem-404"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(ge=400, le=599, examples=[404])
    detail: str = Field(examples=["Nobody is enrolled as 'ana'. GET /api/v1/visitors lists who is."])
    errors: list[Mistake] = Field(default=[], description="every mistake in the request, where there are any")


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(
        self, status: int, detail: str, errors: Iterable[Mistake] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """What the client gets."""
        body = ProblemBody(
            type=f"/api/docs#problem-{self.status}",
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
            errors=self.errors,
        )
        return Response(body.model_dump_json(), self.status, self.headers, MEDIA_TYPE)


WORDS: dict[int, str] = {
    400: "The request can't be read: its body is no JSON, or it ended early.",
    401: "No key, or one that is unknown, expired or revoked.",
    403: "The key's role may not do this.",
    404: "There is no such thing.",
    405: "This path is there, and can't be asked in this way; `Allow` says how.",
    408: "The body came too slowly.",
    409: "It exists already, and differs.",
    412: "It was changed meanwhile: `If-Match` names another version.",
    413: "The body is too large.",
    422: "A value is not what is allowed; `errors` lists every one.",
    429: "Too many requests, or too many wrong keys; `Retry-After` says for how long to wait.",
    500: "A mistake of ours; the gateway's log has it.",
    503: "Too busy, or a question that takes too long; `Retry-After` says when to try again.",
}
"""Every status of a problem and what it means, for the documentation."""

ALWAYS = (400, 401, 403, 405, 408, 413, 422, 429, 500, 503)
"""What every operation can answer."""

_RETRY = {
    "Retry-After": {"description": "seconds to wait", "required": True, "schema": {"type": "integer", "minimum": 0}}
}


def declared(*more: int) -> dict[int | str, dict[str, Any]]:
    """The problems of an operation, for OpenAPI: those of every one and these."""
    return {status: _declared(status) for status in sorted({*ALWAYS, *more})}


def _declared(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemBody"}
    described: dict[str, Any] = {"description": WORDS[status], "content": {MEDIA_TYPE: {"schema": schema}}}
    if status in (429, 503):
        described["headers"] = _RETRY
    return described


def add_handlers(app: FastAPI, methods_at: Callable[[str], list[str]]) -> None:
    """All errors of this application leave it as problems. ``methods_at`` says what is possible at a path."""

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        path = request.url.path[:200]
        if error.status_code == 405:
            allowed = ", ".join(methods_at(request.url.path))
            detail = f"{request.method[:20]} is not possible at {path}. Allowed: {allowed}."
            return ProblemError(405, detail, headers={"Allow": allowed}).response()
        detail = str(error.detail)
        if error.status_code == 404:
            detail = f"There is nothing at {path}. GET /api/docs describes what there is."
        return ProblemError(error.status_code, detail, headers=error.headers).response()

    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, http)


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return error.response()


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(entry["type"] == "json_invalid" for entry in found):
        return ProblemError(400, "The body is not JSON.", [_mistake(entry) for entry in found]).response()
    mistakes = [_mistake(entry) for entry in found[:_MISTAKES_SHOWN]]
    number = "One value is" if len(found) == 1 else f"{len(found)} values are"
    return ProblemError(422, f"{number} not what is allowed here; errors says which and why.", mistakes).response()


def _mistake(entry: Mapping[str, Any]) -> Mistake:
    place = tuple(entry["loc"])
    return Mistake(where=_where(place), message=str(entry["msg"]), found=_found(place, entry.get("input")))


def _where(place: tuple[str | int, ...]) -> str:
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text[:300]


def _found(place: tuple[str | int, ...], value: object) -> str | None:
    """Scalars only: a whole object could hold a secret field."""
    if not isinstance(value, str | int | float) or any(part in _SECRET_FIELDS for part in place):
        return None
    text = str(value)
    return text if len(text) <= _FOUND_SHOWN else text[:_FOUND_SHOWN] + "…"
