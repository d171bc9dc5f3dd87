"""The four calls of Mesh Export: each parses, asks, renders."""

from functools import partial
from typing import Any, Final

from litestar import Response, delete, post
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.itwin import exports_wire as wire
from outfeed.dialects.itwin.checks import body_of, id_of
from outfeed.dialects.itwin.constants import Area
from outfeed.dialects.itwin.errors import absent, absent_as
from outfeed.dialects.itwin.exports_constants import MODIFY_SCOPES, READ_SCOPES
from outfeed.dialects.itwin.exports_links import list_root
from outfeed.dialects.itwin.paging import Page, is_full, links_json, query_of
from outfeed.dialects.itwin.readers import reader_of
from outfeed.dialects.itwin.storage import mesh_href
from outfeed.errors import NotAllowed, NotMeaningful
from outfeed.exports.models import ExportQuery, ModelExport, ModelExportRequest, Reader
from outfeed.http.context import Incoming, services
from outfeed.http.routing import get_and_head
from outfeed.identity.caller import Caller
from outfeed.services import Services

Answer = Response[dict[str, Any]]

#: Answers have links that open the files to anybody: no cache keeps them.
_UNCACHED: Final = {"Cache-Control": "no-store"}


@get_and_head("/mesh-export")
async def get_exports(request: Incoming) -> Answer:
    """Return a page of exports; looking for those of one model may start the export of its newest version."""
    reader = await reader_of(request, *READ_SCOPES)
    query, asked = wire.parse_list(query_of(request))
    look = _listed if request.method == "GET" else _found
    found = await to_thread.run_sync(look, services(request), reader, query)
    shown, full = found[: query.top], is_full(request)
    href = partial(mesh_href, request)
    entries = [wire.export_json(export, asked, href=href) if full else wire.minimal_json(export) for export in shown]
    page = Page(top=query.top, skip=query.skip)
    links = links_json(request, page, more=len(found) > len(shown), nulls=False, root=list_root(request))
    applied = {"Preference-Applied": f"return={'representation' if full else 'minimal'}"}
    return Response({"exports": entries, "_links": links}, headers=_UNCACHED | applied)


@get_and_head("/mesh-export/{export_id:str}")
async def get_export(request: Incoming, export_id: FromPath[str]) -> Answer:
    """Return an export, with the link to its files once it is complete."""
    reader = await reader_of(request, *READ_SCOPES)
    known_id = id_of(export_id)
    if known_id is None:
        raise absent("ExportNotFound")
    with absent_as("ExportNotFound"):
        export = services(request).model_exports.get(reader, known_id)
    asked = wire.asked_type(query_of(request), export)
    shown = wire.export_json(export, asked, href=partial(mesh_href, request))
    return Response({"export": shown}, headers=_UNCACHED)


@post("/mesh-export", status_code=202)
async def post_export(request: Incoming) -> Answer:
    """Start to export a version of a model; the same again is the same export."""
    caller = await _member(request)
    wanted, asked = wire.parse_start(await body_of(request, Area.MESH_EXPORT, wire.CANNOT_START))
    export = await to_thread.run_sync(_started, services(request), caller, wanted)
    shown = wire.export_json(export, asked, href=partial(mesh_href, request))
    return Response({"export": shown}, status_code=202, headers=_UNCACHED)


@delete("/mesh-export/{export_id:str}", status_code=204)
async def delete_export(request: Incoming, export_id: FromPath[str]) -> None:
    """Delete an export that has ended, and its files."""
    caller = await _member(request)
    known_id = wire.deletable_id(export_id)
    try:
        with absent_as("ExportNotFound"):
            await to_thread.run_sync(services(request).model_exports.delete, caller, known_id)
    except NotMeaningful as error:
        raise wire.undeletable(error.detail) from error


async def _member(request: Incoming) -> Caller:
    """Return who may change something; a share key only reads."""
    reader = await reader_of(request, *MODIFY_SCOPES)
    if not isinstance(reader, Caller):
        raise NotAllowed("A share key only reads.")
    return reader


def _found(parts: Services, reader: Reader, query: ExportQuery) -> list[ModelExport]:
    return parts.model_exports.find(reader, query)


def _listed(parts: Services, reader: Reader, query: ExportQuery) -> list[ModelExport]:
    """Find exports; if the version that is looked for has none, start one for next time, if the operator lets it."""
    found, wanted = _found(parts, reader, query), wire.automatic(query)
    if wanted and parts.settings.auto_exports and isinstance(reader, Caller):
        parts.model_exports.start_if_none(reader, wanted, any_type=query.type is None)
    return found


def _started(parts: Services, caller: Caller, wanted: ModelExportRequest) -> ModelExport:
    """Start an export, and tell a model that is not there from a version that is not."""
    with absent_as("iModelNotFound"):
        parts.models.get(caller, wanted.model_id)
    with absent_as("ChangesetNotFound"):
        return parts.model_exports.start(caller, wanted)


#: What the dialect mounts.
HANDLERS: Final = [get_exports, get_export, post_export, delete_export]
