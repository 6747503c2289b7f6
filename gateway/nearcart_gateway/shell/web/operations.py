"""For machines that watch: ``/healthz`` for a supervisor, ``/metrics`` for Prometheus."""

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from nearcart_gateway.shell.web.views import HealthState, PartState, StoreView


class Healthz(BaseModel):
    """Open to everybody, so it holds words and no sentences: those are in ``/api/health``."""

    state: HealthState
    broker: PartState
    database: PartState
    offers: PartState
    offers_revision: str | None
    uptime_s: float


def operation_routes(view: StoreView, registry: CollectorRegistry) -> APIRouter:
    """``/healthz`` and ``/metrics``."""
    routes = APIRouter(tags=["operations"])

    @routes.get("/healthz", summary="Status 200 while the gateway serves; degraded is no reason to restart it")
    async def healthz() -> Healthz:
        health = view.health()
        return Healthz(
            state=health.state,
            broker=health.broker,
            database=health.database,
            offers=health.offers,
            offers_revision=health.offers_revision,
            uptime_s=round(health.uptime, 1),
        )

    @routes.get("/metrics", summary="Counters and gauges in Prometheus's text format", response_class=Response)
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return routes
