"""The web application: every part built once, every dialect mounted, and the door where errors become answers."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cached_property, lru_cache, partial
from typing import Any, Final

import structlog
from litestar import Litestar, Response
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Receive, Scope, Send

from outfeed import operations
from outfeed.bayeux.asgi import BayeuxApp, bayeux_app, is_below
from outfeed.clock import now_ms
from outfeed.database import is_passing
from outfeed.dialects import acc, aps, bim360, itwin, markups, oidc, spark
from outfeed.dialects.spark.channel import PrinterChannel
from outfeed.errors import OutfeedError, ServerBusy
from outfeed.http.addresses import counted_address
from outfeed.http.bearer import guard_open
from outfeed.http.bodies import is_unread
from outfeed.http.context import Incoming
from outfeed.http.hosts import with_sound_hosts
from outfeed.http.origins import guarded
from outfeed.http.paths import on_raw_path
from outfeed.logs import log_broken
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

#: Where printers listen: outside all prefixes (specs/spark.md, section 1).
CHANNEL: Final = "/faye"

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

#: When to come again where the database had no time: whoever is told so has waited for half a minute already.
BUSY_RETRY_S: Final = 5

#: What is no word about the life of the application.
_TALKS: Final = frozenset({ScopeType.HTTP, ScopeType.WEBSOCKET})


class Application:
    """The ASGI application: the routes, and the channel of printers beside them."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._routes = with_sound_hosts(_routes(services, lifespan=self._up))
        self._guarded_channel = guarded(self._speak, is_open=lambda: services.settings.open)
        self._app = on_raw_path(self._pass_on, any_case=itwin.FIRST_SEGMENTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or speak on a WebSocket."""
        await self._app(scope, receive, send)

    async def end_channel(self) -> None:
        """Answer all who wait on the channel and close it: they would keep the server from ending."""
        await self._channel.aclose()

    def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Take what is at or below the channel's path past the framework, which would cost each printer memory."""
        is_channels = scope["type"] in _TALKS and is_below(scope["path"], CHANNEL)
        return (self._guarded_channel if is_channels else self._routes)(scope, receive, send)

    def _speak(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        return self._channel(scope, receive, send)

    @asynccontextmanager
    async def _up(self, _app: Litestar) -> AsyncIterator[None]:
        """Send commands to printers, and tell clients of print jobs, while the application is up."""
        await self._printers.start()
        telling = asyncio.create_task(self._services.callbacks.run(), name="callbacks")
        telling.add_done_callback(log_broken)
        yield
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        await self.end_channel()
        await self._printers.stop()

    @cached_property
    def _printers(self) -> PrinterChannel:
        return PrinterChannel(self._services)

    @cached_property
    def _channel(self) -> BayeuxApp:
        # Each poll asks; there are seldom more addresses than this at a time.
        counted_as = lru_cache(maxsize=10_000)(partial(counted_address, self._services.settings))
        return bayeux_app(self._printers.bayeux, path=CHANNEL, counted_as=counted_as)


def build_app(settings: Settings) -> Application:
    """Return the ASGI application for these settings, with its database opened and brought up to date."""
    return application(Services.build(settings, clock=now_ms))


def application(services: Services) -> Application:
    """Return the ASGI application over parts that were built already."""
    return Application(services)


def _routes(services: Services, *, lifespan: Callable[[Litestar], AbstractAsyncContextManager[None]]) -> ASGIApp:
    return Litestar(
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
        exception_handlers={HTTPException: answer, OutfeedError: answer, Exception: answer},
        middleware=[guard_open],  # and no guard: the framework copies the handler for each guard of each request
        cors_config=CORS,
        openapi_config=operations.OPENAPI,
        state=State({"services": services}),
        lifespan=[lifespan],
        on_shutdown=[services.close],
        logging_config=None,
        request_max_body_size=None,  # each reader of a body has a limit of its own
    )


def answer(request: Incoming, error: Exception) -> Response[Any]:
    """Answer an error in the words of the dialect whose path it is: the request's door."""
    # The route and not the path, where printers' addresses have their signature.
    route = request.scope.get("path_template", "")
    if is_passing(error):
        log.warning("database_busy", route=route, error=type(error).__name__, reason=str(error))
        error = ServerBusy(BUSY_RETRY_S)
    if not isinstance(error, HTTPException | OutfeedError):
        request.state.incident = str(uuid.uuid4())
        log.error("request_broke", incident=request.state.incident, route=route, exc_info=error)
    respond = next(responder for owns, responder in RESPONDERS if owns(request.url.path))
    response = respond(request, error)
    if is_unread(request):
        response.headers["Connection"] = "close"
    return response
