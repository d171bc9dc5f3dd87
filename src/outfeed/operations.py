"""What operators and their tools ask: is it alive, is it ready, how is it doing, what can it do."""

from typing import Any, Final

import sqlalchemy as sa
from litestar import MediaType, Response
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from outfeed import __version__
from outfeed.database import reading
from outfeed.errors import NotFound, OutfeedError, RateLimited, Unauthenticated
from outfeed.http.context import Incoming, services
from outfeed.http.routing import get_and_head
from outfeed.jobs.queries import count_by_state
from outfeed.jobs.states import State

#: The framework's own page of it is not served: it would ask foreign hosts for scripts.
OPENAPI: Final = OpenAPIConfig(title="Outfeed", version=__version__, path="/openapi", render_plugins=[])


@get_and_head("/healthz")
async def get_health() -> Response[dict[str, str]]:
    """Tell that the web process answers."""
    return Response({"status": "ok", "version": __version__})


@get_and_head("/readyz")
async def get_ready(request: Incoming) -> Response[dict[str, str]]:
    """Tell whether requests can be served: the database answers."""
    try:
        with reading(services(request).database) as connection:
            connection.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError:
        return Response({"status": "no database"}, status_code=503)
    return Response({"status": "ready"})


@get_and_head("/metrics")
async def get_metrics(request: Incoming) -> Response[bytes]:
    """Return numbers for Prometheus. Nothing in them names a user or a file."""
    registry = CollectorRegistry()
    jobs = Gauge("outfeed_jobs", "Jobs by state.", ["state"], registry=registry)
    with reading(services(request).database) as connection:
        counts = count_by_state(connection)
    for state in State:
        jobs.labels(state=state.value).set(counts.get(state.value, 0))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


@get_and_head("/openapi.json")
async def get_openapi(request: Incoming) -> Response[dict[str, Any]]:
    """Return the calls of this server as OpenAPI."""
    return Response(request.app.openapi_schema.to_schema())


def respond(request: Incoming, error: Exception) -> Response[dict[str, Any]]:
    """Answer an error on a path that no dialect owns."""
    if isinstance(error, HTTPException):
        return _error(error.status_code, "http", error.detail)
    if isinstance(error, OutfeedError):
        status = {NotFound: 404, Unauthenticated: 401, RateLimited: 429}.get(type(error), 400)
        return _error(status, error.code, str(error))
    return _error(500, "unexpected", f"An unexpected error; incident {request.state.get('incident')}.")


def _error(status: int, code: str, message: str) -> Response[dict[str, Any]]:
    return Response({"error": {"code": code, "message": message}}, status_code=status, media_type=MediaType.JSON)


HANDLERS: Final = [get_health, get_ready, get_metrics, get_openapi]
