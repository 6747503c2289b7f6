"""The API's readable page, made of its OpenAPI document. Nothing is loaded from elsewhere."""

import re
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from nearcart_gateway.shell.web.pages import HERE
from nearcart_gateway.shell.web.rest.problems import WORDS

_BACKTICKS = re.compile(r"`([^`]+)`")


def api_page(described: dict[str, Any]) -> str:
    """The page as HTML; everything put in is escaped."""
    return _template().render(api=described, operations=_by_tag(described), problems=WORDS)


def _by_tag(described: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            row = {"method": method.upper(), "path": path, **operation, "answers": sorted(operation["responses"])}
            row.setdefault("parameters", [])
            found.setdefault(operation["tags"][0], []).append(row)
    return found


def _code(text: str) -> Markup:
    """Text with its `words in backticks` as code."""
    return Markup(_BACKTICKS.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped before)


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["code"] = _code
    return environment.get_template("api.html")
