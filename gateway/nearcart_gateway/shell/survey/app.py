"""The survey's pages. Everything lies behind a link that nobody can guess and that ends with the survey."""

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException
from fastapi import Path as InPath
from fastapi.responses import FileResponse, HTMLResponse
from jinja2 import Environment, FileSystemLoader
from pydantic import BaseModel, Field

from nearcart_gateway.core.survey_walk import SurveyWalk, Tap
from nearcart_gateway.shell.survey.truth_file import write_truth
from nearcart_gateway.shell.web.security_headers import SecurityHeaders
from nearcart_gateway.shell.web.views import FloorView

HERE = Path(__file__).parent
_FILES = {
    "survey.js": (HERE / "static" / "survey.js", "text/javascript"),
    "survey.css": (HERE / "static" / "survey.css", "text/css"),
    "palette.css": (HERE.parent / "web" / "static" / "palette.css", "text/css"),
    "icon.svg": (HERE.parent / "web" / "static" / "icon.svg", "image/svg+xml"),
}
Key = Annotated[str, InPath(max_length=100)]


class TapBody(BaseModel):
    """A tap, in metres on the floor."""

    x: float = Field(allow_inf_nan=False)
    y: float = Field(allow_inf_nan=False)


def create_survey(
    floor: FloorView, walk: SurveyWalk, truth: Path, key: str, finish: Callable[[], None], now: Callable[[], float]
) -> FastAPI:
    """``truth`` is written with every tap, so that nothing is lost when the phone or this program stops. ``finish`` is called when
    the surveyor is done; ``now`` is the clock that taps are stamped with: captures must be stamped by one that agrees with it."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(SecurityHeaders)
    page = Environment(loader=FileSystemLoader(HERE), autoescape=True).get_template("page.html")

    def known(given: str) -> None:
        if not secrets.compare_digest(given.encode(), key.encode()):
            raise HTTPException(404)

    def state() -> dict[str, Any]:
        write_truth(truth, walk)
        first = walk.taps[0].at if walk.taps else None
        return {
            "changes": walk.changes,
            "taps": [{"x": tap.x, "y": tap.y} for tap in walk.taps],
            "metres": round(walk.metres(), 1),
            "seconds": round(walk.taps[-1].at - first, 1) if first is not None else 0.0,
        }

    @app.get("/{given}/")
    async def show(given: Key) -> HTMLResponse:
        known(given)
        return HTMLResponse(page.render(floor=floor, file=truth.name))

    @app.get("/{given}/taps")
    async def taps(given: Key) -> dict[str, Any]:
        known(given)
        return state()

    @app.post("/{given}/taps")
    async def tap(given: Key, body: TapBody) -> dict[str, Any]:
        known(given)
        if not (floor.left <= body.x <= floor.left + floor.width and floor.top <= body.y <= floor.top + floor.height):
            raise HTTPException(422, "that is not on the floor")
        walk.tap(Tap(now(), round(body.x, 3), round(body.y, 3)))
        return state()

    @app.delete("/{given}/taps/last")
    async def undo(given: Key) -> dict[str, Any]:
        known(given)
        walk.undo()
        return state()

    @app.post("/{given}/finish")
    async def done(given: Key) -> dict[str, Any]:
        known(given)
        said = state()
        finish()
        return said

    @app.get("/{given}/{name}")
    async def file(given: Key, name: str) -> FileResponse:
        known(given)
        if name not in _FILES:
            raise HTTPException(404)
        path, kind = _FILES[name]
        return FileResponse(path, media_type=kind)

    return app


def new_key() -> str:
    """A link's secret part."""
    return secrets.token_urlsafe(18)


def wall_clock() -> float:
    """Unix seconds, as captures have them."""
    return time.time()
