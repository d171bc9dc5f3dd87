"""What operators and their tools ask: is it alive, is it ready, how is it doing, what can it do."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

import sqlalchemy as sa
from litestar import MediaType, Response
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.response import Redirect
from litestar.types.internal_types import PathParameterDefinition
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from outfeed import __version__
from outfeed.database import reading
from outfeed.dialects.spark.constants import PREFIXES as SPARK_PREFIXES
from outfeed.errors import BodyTooSlow, OriginRefused, OutfeedError, RateLimited, ServerBusy, TryLater
from outfeed.fleet.counts import fleet_counts
from outfeed.fleet.states import PrintState
from outfeed.http.context import Incoming, services
from outfeed.http.routing import get_and_head
from outfeed.jobs.lock import worker_runs
from outfeed.jobs.queries import count_by_state
from outfeed.jobs.states import State
from outfeed.mesh.formats.listing import listing
from outfeed.openapi import with_security

#: Status of what these calls can meet.
_STATUS: Final[dict[type[BaseException], int]] = {
    OriginRefused: 403,
    BodyTooSlow: 408,
    RateLimited: 429,
    ServerBusy: 503,
    OutfeedError: 400,
}


def _operation_id(_handler: Any, method: Any, parts: Sequence[str | PathParameterDefinition]) -> str:
    """Return the name of a call in OpenAPI: method and path, whose case tells some of them apart."""
    names = [part if isinstance(part, str) else part.name for part in parts]
    return "_".join([str(getattr(method, "value", method)).lower(), *names])


#: The framework's own page of it is not served: it would ask foreign hosts for scripts.
OPENAPI: Final = OpenAPIConfig(
    title="Outfeed",
    version=__version__,
    path="/openapi",
    render_plugins=[],
    use_handler_docstrings=True,
    operation_id_creator=_operation_id,
)

#: Where the application keeps the calls as they are described.
_DESCRIBED: Final = "described"

#: Where Spark's calls stand once more: clients were written for one prefix or another.
_SPARK_AGAIN: Final = tuple(f"{prefix}/" for prefix in SPARK_PREFIXES if prefix)

_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Outfeed</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse;width:100%}}code{{overflow-wrap:anywhere}}
td,th{{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd}}
</style>
<h1>Outfeed {version}</h1>
<p>The export server that you own. For programs: <a href="/openapi.json">openapi.json</a>,
<a href="/healthz">healthz</a>, <a href="/readyz">readyz</a>, <a href="/metrics">metrics</a>,
<a href="/formats">formats</a>.</p>
<p>A printer shows you a code? It becomes yours by <code>POST /print/printers/register</code> with
<code>printer_name</code> and <code>registration_code</code>. Printers listen on <code>/faye</code>.</p>
<p>Calls below <code>/geom</code>, <code>/print</code>, <code>/printdb</code> and <code>/files</code> are served
below {prefixes} too.</p>
<table><tr><th>Method<th>Path<th>What it does
{rows}
</table></html>
"""


@get_and_head("/healthz")
async def get_health() -> Response[dict[str, str]]:
    """Tell that the web process answers."""
    return Response({"status": "ok", "version": __version__})


@get_and_head("/readyz")
async def get_ready(request: Incoming) -> Response[dict[str, str]]:
    """
    Tell whether requests can be served: the database answers.

    Not whether a worker runs: calls are accepted and kept without one, and whoever takes the server out of service for
    it makes an outage of a delay. `/metrics` tells that.
    """
    try:
        with reading(services(request).database) as connection:
            connection.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError:
        return Response({"status": "no database"}, status_code=503)
    return Response({"status": "ready"})


@get_and_head("/metrics")
async def get_metrics(request: Incoming) -> Response[bytes]:
    """Return numbers for Prometheus. Nothing in them names a user or a file."""
    registry, parts = CollectorRegistry(), services(request)
    heard_since = parts.clock() - 1000 * parts.settings.printer_offline_s
    with reading(parts.database) as connection:
        counts = count_by_state(connection)
        fleet = fleet_counts(connection, heard_since=heard_since)
    _by_label(registry, "outfeed_jobs", "Jobs by state.", "state", {state: counts.get(state, 0) for state in State})
    Gauge("outfeed_worker_runs", "Whether a worker is there to run jobs, 1 or 0.", registry=registry).set(
        worker_runs(parts.settings.data)
    )
    _by_label(
        registry,
        "outfeed_printers",
        "Printers by whether they were heard of lately.",
        "availability",
        {"online": fleet.online, "offline": fleet.offline, "unclaimed": fleet.unclaimed},
    )
    states = {state.value: fleet.jobs.get(state, 0) for state in PrintState}
    _by_label(registry, "outfeed_print_jobs", "Print jobs by state.", "state", states)
    Gauge("outfeed_commands_waiting", "Commands that no printer has acknowledged.", registry=registry).set(
        fleet.waiting
    )
    Gauge("outfeed_callbacks_waiting", "Things that clients are still to be told.", registry=registry).set(fleet.untold)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _by_label(registry: CollectorRegistry, name: str, help_: str, label: str, numbers: Mapping[str, int]) -> None:
    """Add a metric that has a number for each value of one label."""
    gauge = Gauge(name, help_, [label], registry=registry)
    for value, number in numbers.items():
        gauge.labels(str(value)).set(number)


@get_and_head("/formats")
async def get_formats() -> Response[dict[str, Any]]:
    """Return the formats that are read and written, what each holds, and what each pair keeps and loses."""
    return Response(listing())


@get_and_head("/openapi.json")
async def get_openapi(request: Incoming) -> Response[dict[str, Any]]:
    """Return the calls of this server as OpenAPI."""
    return Response(_described(request))


@get_and_head("/docs")
async def get_docs(request: Incoming) -> Response[str]:
    """Return a page that lists the calls of this server; it needs no script and asks no other host."""
    paths: dict[str, dict[str, Any]] = _described(request)["paths"]
    rows = [
        f"<tr><td>{method.upper()}<td><code>{escape(path)}</code><td>{escape(_first_line(call))}"
        for path, calls in sorted(paths.items())
        for method, call in calls.items()
        if method != "head" and not path.startswith(_SPARK_AGAIN)
    ]
    prefixes = ", ".join(f"<code>{prefix}</code>" for prefix in SPARK_PREFIXES if prefix)
    page = _PAGE.format(version=__version__, rows="\n".join(rows), prefixes=prefixes)
    return Response(page, media_type=MediaType.HTML)


def _described(request: Incoming) -> dict[str, Any]:
    """Return the calls as OpenAPI. They are put together once: that takes a third of a second, and anybody may ask."""
    state = request.app.state
    if _DESCRIBED not in state:
        found = request.app.openapi_schema.to_schema()
        for call in (call for calls in found["paths"].values() for call in calls.values()):
            # The framework's own form of an error, which no call answers with: each API has its own.
            call["responses"].pop("400", None)
        state[_DESCRIBED] = with_security(found)
    described: dict[str, Any] = state[_DESCRIBED]
    return described


def _first_line(call: dict[str, Any]) -> str:
    """Return the sentence that says what a call does."""
    return str(call.get("description") or "").partition("\n")[0]


@get_and_head("/")
async def get_root() -> Redirect:
    """Send whoever opens the server's address in a browser to the page that lists its calls."""
    return Redirect("/docs")


def respond(request: Incoming, error: Exception) -> Response[dict[str, Any]]:
    """Answer an error on a path that no dialect owns."""
    if isinstance(error, HTTPException):
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "request_refused")
        return _error(error.status_code, code, error.detail)
    if isinstance(error, OutfeedError):
        answer = _error(next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), error.code, str(error))
        answer.headers |= {"Retry-After": str(error.retry_after_s)} if isinstance(error, TryLater) else {}
        return answer
    return _error(500, "unexpected", f"An unexpected error; incident {request.state.get('incident')}.")


def _error(status: int, code: str, message: str) -> Response[dict[str, Any]]:
    return Response({"error": {"code": code, "message": message}}, status_code=status, media_type=MediaType.JSON)


HANDLERS: Final = [get_health, get_ready, get_metrics, get_formats, get_openapi, get_docs, get_root]
