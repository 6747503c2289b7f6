"""An answer of a GraphQL API: its data, what it says went wrong, and how long the shop wants to be left alone.

Errors stand in an answer of status 200 (https://spec.graphql.org, 7.1), Shopify's with a code and, beside them, what the query
cost (https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from nearcart_gateway.core.asking.ask import ShopAnswerError
from nearcart_gateway.core.asking.pace import LONGEST_S
from nearcart_gateway.core.hooks.event import UnreadableError
from nearcart_gateway.core.hooks.exact_json import parse_exact

THROTTLED_S = 1.0
"""Where a shop asks for patience and does not say how much."""

_CODE = re.compile(r"[A-Za-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class GraphQLAnswer:
    """``data`` is empty where the shop asks for patience: then the same question is to be asked again."""

    data: Mapping[str, Any]
    throttled: bool
    rest_s: float


def read_graphql(body: bytes, may_be_denied: Collection[str]) -> GraphQLAnswer:
    """Read an answer. A field of ``may_be_denied`` that the key may not read is taken as empty.

    Raises ``ShopAnswerError`` for any other error, with its codes alone: a shop's own words may hold anything.
    """
    try:
        answer = parse_exact(body)
    except UnreadableError:
        raise ShopAnswerError("the answer is not JSON") from None
    if not isinstance(answer, dict):
        raise ShopAnswerError("the answer is no answer of GraphQL")
    errors = [error for error in _list(answer.get("errors")) if isinstance(error, dict)]
    rest_s = _rest_s(at(answer, "extensions", "cost"))
    if any(_code(error) == "THROTTLED" for error in errors):
        return GraphQLAnswer({}, True, max(rest_s, THROTTLED_S))
    _refuse(errors, may_be_denied)
    data = answer.get("data")
    if not isinstance(data, dict):
        raise ShopAnswerError("the answer has no data")
    return GraphQLAnswer(data, False, rest_s)


def at(value: object, *path: str) -> Any:
    """What stands at a path of names; ``None`` where it ends before."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _refuse(errors: list[dict[str, Any]], may_be_denied: Collection[str]) -> None:
    for error in errors:
        code, field = _code(error), _field(error)
        if code == "ACCESS_DENIED" and field in may_be_denied:
            continue
        if code == "ACCESS_DENIED":
            what = f"'{field}'" if field else "what is asked for"
            raise ShopAnswerError(f"the shop does not let this token read {what}: has the app all scopes it needs?")
        if code == "undefinedField":
            raise ShopAnswerError("this version of the shop's API lacks a field that is asked for: is 'version' right?")
        raise ShopAnswerError(f"the shop answered with an error ({code or 'without a code'})")


def _code(error: dict[str, Any]) -> str:
    said = at(error, "extensions", "code")
    return said if isinstance(said, str) and _CODE.fullmatch(said) else ""


def _field(error: dict[str, Any]) -> str:
    """The field that an error is about: the last name of its path."""
    names = [name for name in _list(error.get("path")) if isinstance(name, str) and _CODE.fullmatch(name)]
    return names[-1] if names else ""


def _rest_s(cost: object) -> float:
    """Until the bucket holds what the next question of this kind asks for."""
    asked, there, restored = (
        _number(at(cost, *path))
        for path in (
            ("requestedQueryCost",),
            ("throttleStatus", "currentlyAvailable"),
            ("throttleStatus", "restoreRate"),
        )
    )
    if asked is None or there is None or not restored or there >= asked:
        return 0.0
    return min((asked - there) / restored, LONGEST_S)


def _number(value: object) -> float | None:
    try:
        return max(float(value), 0.0) if not isinstance(value, bool) else None  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
