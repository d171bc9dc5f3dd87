"""The web application: every part built once, every dialect mounted, and the door where errors become answers."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

import structlog
from litestar import Litestar, Response
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp

from outfeed import operations
from outfeed.clock import now_ms
from outfeed.dialects import acc, aps, bim360, itwin, markups, oidc, spark
from outfeed.errors import OutfeedError
from outfeed.http.bearer import guard_open
from outfeed.http.context import Incoming
from outfeed.http.paths import on_raw_path
from outfeed.services import Services
from outfeed.settings import Settings

log: structlog.stdlib.BoundLogger = structlog.get_logger()

Responder = Callable[[Incoming, Exception], Response[Any]]

#: Who answers an error: the first that owns the path. The last owns all.
RESPONDERS: Final[list[tuple[Callable[[str], bool], Responder]]] = [
    (aps.owns, aps.respond),
    (bim360.owns, bim360.respond),
    (acc.owns, acc.respond),
    (itwin.owns, itwin.respond),
    (markups.owns, markups.respond),
    (oidc.owns, oidc.respond),
    (spark.owns, spark.respond),
    (lambda _path: True, operations.respond),
]

#: Vendors' browser clients call from other origins, and from pages opened from disk (specs/spark.md, section 3.5).
CORS: Final = CORSConfig(
    allow_origins=["*"],
    allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    allow_headers=["*"],
    expose_headers=[
        "ETag",
        "Content-Length",
        "Content-Range",
        "Content-Disposition",
        "Retry-After",
        "Location",
        "Range",
        "x-ads-chunk-sha1",
        "x-ads-content-sha1",
        "x-ads-user-defined-metadata",
        "X-Max-Return",
        "Preference-Applied",
        "ITwinPlatform-RateLimited-Tier",
        "ITwinPlatform-RateLimited-API",
        "ITwinPlatform-RateLimited-Operation",
        "ITwinPlatform-RateLimited-Application",
    ],
    max_age=3600,
)


def build_app(settings: Settings) -> ASGIApp:
    """Return the ASGI application for these settings, with its database opened and brought up to date."""
    return application(Services.build(settings, clock=now_ms))


def application(services: Services) -> ASGIApp:
    """Return the ASGI application over parts that were built already."""
    app = Litestar(
        route_handlers=[
            *spark.routers(),
            *aps.routers(),
            *bim360.routers(),
            *acc.routers(),
            *itwin.routers(),
            *markups.routers(),
            *oidc.routers(),
            *operations.HANDLERS,
        ],
        exception_handlers={HTTPException: _answer, OutfeedError: _answer, Exception: _answer},
        guards=[guard_open],
        cors_config=CORS,
        openapi_config=operations.OPENAPI,
        state=State({"services": services}),
        lifespan=[partial(_telling, services)],
        on_shutdown=[services.close],
        logging_config=None,
        request_max_body_size=None,  # each reader of a body has a limit of its own
    )
    return on_raw_path(app, any_case=itwin.FIRST_SEGMENTS)


@asynccontextmanager
async def _telling(services: Services, _app: Litestar) -> AsyncIterator[None]:
    """Tell clients of print jobs while the application is up."""
    running = asyncio.create_task(services.callbacks.run())
    running.add_done_callback(_log_end)
    yield
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def _log_end(task: asyncio.Task[None]) -> None:
    """Say so if what should run for ever has broken."""
    if not task.cancelled() and (error := task.exception()):
        log.error("callbacks_broke", exc_info=error)


def _answer(request: Incoming, error: Exception) -> Response[Any]:
    """Answer an error in the words of the dialect whose path it is: the request's door."""
    if not isinstance(error, HTTPException | OutfeedError):
        request.state.incident = str(uuid.uuid4())
        log.error("request_broke", incident=request.state.incident, path=request.url.path, exc_info=error)
    respond = next(responder for owns, responder in RESPONDERS if owns(request.url.path))
    return respond(request, error)
