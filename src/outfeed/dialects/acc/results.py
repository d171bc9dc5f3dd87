"""Where the result of an export lies: an address that needs no token, until the result's time is over."""

from typing import Any, Final
from urllib.parse import quote

from litestar import Response
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.autodesk.names import parse_id
from outfeed.exports.sheets import SheetExport
from outfeed.http.context import Incoming, base_url, services
from outfeed.http.paths import decoded
from outfeed.http.ranges import blob_response, disposition
from outfeed.http.routing import get_and_head

_RESULTS: Final = "/construction/exports"


def is_over(request: Incoming, export: SheetExport) -> bool:
    """Tell whether the time of a result is over: then the export is to be started again."""
    return export.artifact is not None and services(request).clock() >= _end_ms(request, export)


def result_url(request: Incoming, export: SheetExport) -> str:
    """Return the address of a result, which works until the result's time is over, however often it is asked for."""
    path = _path(export.id, export.file_name)
    query = services(request).links.sign("GET", path, expires_at_ms=_end_ms(request, export), scope={})
    return f"{base_url(request)}{path}?{query}"


@get_and_head(f"{_RESULTS}/{{export_id:str}}/{{file_name:str}}")
async def get_result(request: Incoming, export_id: FromPath[str], file_name: FromPath[str]) -> Response[Any]:
    """Return the result of an export to whoever has its address; a token is neither asked for nor looked at."""
    parts, id_, name = services(request), decoded(export_id), decoded(file_name)
    query = request.scope["query_string"].decode("latin-1")
    # However a client encodes the path, the names are what was signed.
    parts.links.verify(request.method, _path(id_, name), query, now_ms=parts.clock())
    found = await to_thread.run_sync(parts.sheet_exports.artifact, parse_id(id_, "Export"))
    return blob_response(
        request, parts.blobs, found, headers={"Content-Disposition": disposition(name, attachment=True)}
    )


def _end_ms(request: Incoming, export: SheetExport) -> int:
    """Return when the time of a result is over; of one that was there before, it counts from the start."""
    begun = max(export.finished_at or 0, export.created_at)
    return begun + 1000 * services(request).settings.link_ttl_s


def _path(export_id: str, file_name: str) -> str:
    return f"{_RESULTS}/{export_id}/{quote(file_name, safe='')}"


#: What the dialect mounts.
HANDLERS: Final = [get_result]
