"""What the page shows, as JSON. ``/openapi.json`` describes it."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from nearcart_gateway.shell.web.views import (
    DecisionDetail,
    DecisionView,
    EdgeView,
    FloorView,
    HealthView,
    PersonView,
    StoreView,
)

MOST_DECISIONS = 200
"""In one answer."""

Limit = Annotated[int, Query(ge=1, le=MOST_DECISIONS, description="at most so many")]
Before = Annotated[str | None, Query(max_length=300, description="key of a decision: only older ones")]


def api_routes(view: StoreView) -> APIRouter:
    """The routes under ``/api``."""
    routes = APIRouter(prefix="/api", tags=["console"])

    @routes.get("/floor", summary="The floor plan")
    async def floor() -> FloorView:
        return view.floor()

    @routes.get("/people", summary="Who is where now")
    async def people() -> tuple[PersonView, ...]:
        return view.people()

    @routes.get("/decisions", summary="Decisions, newest first")
    async def decisions(limit: Limit = 50, before: Before = None) -> tuple[DecisionView, ...]:
        return view.decisions(limit, before)

    @routes.get("/decisions/{key:path}", summary="One decision with every offer that was looked at")
    async def decision(key: str) -> DecisionDetail:
        return decision_or_404(view, key)

    @routes.get("/edges", summary="The edges and how they are")
    async def edges() -> tuple[EdgeView, ...]:
        return view.edges()

    @routes.get("/health", summary="The gateway and what is wrong")
    async def health() -> HealthView:
        return view.health()

    return routes


def decision_or_404(view: StoreView, key: str) -> DecisionDetail:
    """The decision, or the answer that there is none. Raises ``HTTPException``."""
    found = view.decision(key)
    if found is None:
        raise HTTPException(404, "There is no decision with this key; it may be older than what the store keeps.")
    return found
