"""The page and the piece of it that is loaded on a click. Jinja2 escapes everything that is put in."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from nearcart_gateway.shell.web.api import decision_or_404
from nearcart_gateway.shell.web.fate_words import fate_words
from nearcart_gateway.shell.web.gate_words import gate_words
from nearcart_gateway.shell.web.views import DecisionDetail, FloorView, Point, StoreView

UNITS_PER_METRE = 100
"""The plan is drawn in centimetres: whole numbers, and letters of a size that browsers draw well."""

HERE = Path(__file__).parent


def page_routes(view: StoreView, *, reports: bool = False) -> APIRouter:
    """``/`` and the details of a decision; ``reports`` says whether there are any to link to."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    templates = page_templates()

    @routes.get("/")
    async def floor_page() -> HTMLResponse:
        floor = view.floor()
        return HTMLResponse(
            templates.get_template("floor.html").render(floor=floor, grid=grid_lines(floor), reports=reports)
        )

    @routes.get("/decisions/{key:path}")
    async def decision_details(key: str) -> HTMLResponse:
        template = templates.get_template("decision.html")
        try:
            detail = decision_or_404(view, key)
        except HTTPException as missing:
            return HTMLResponse(template.render(detail=None, problem=missing.detail))
        zone = ZoneInfo(view.floor().time_zone)
        return HTMLResponse(template.render(detail=detail, at=_local_time(detail, view.floor()), zone=zone))

    return routes


def units(metres: float) -> int:
    """A length on the plan."""
    return round(metres * UNITS_PER_METRE)


def corners(shape: tuple[Point, ...]) -> str:
    """A polygon for SVG's ``points``."""
    return " ".join(f"{units(x)},{units(y)}" for x, y in shape)


def grid_lines(floor: FloorView, every_m: int = 1) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Where the faint lines of the floor run: x of the upright ones, y of the level ones, in metres."""
    step = every_m if max(floor.width, floor.height) <= 40 else 5 * every_m
    across = tuple(floor.left + i * step for i in range(1, int(floor.width / step + 0.999)))
    down = tuple(floor.top + i * step for i in range(1, int(floor.height / step + 0.999)))
    return across, down


def _local_time(detail: DecisionDetail, floor: FloorView) -> str:
    local = datetime.fromtimestamp(detail.decision.at, ZoneInfo(floor.time_zone))
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M:%S}"


def time_of_day(at: float, zone: ZoneInfo) -> str:
    """A time (Unix seconds) as the store's clocks show it."""
    return f"{datetime.fromtimestamp(at, zone):%H:%M:%S}"


def page_templates() -> Environment:
    """The console's templates; whatever is put in is escaped."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        units=units, corners=corners, gate_words=gate_words, fate_words=fate_words, local_time=time_of_day
    )
    return environment
