"""Exports of files and of sheets: each call parses, asks, renders."""

from functools import partial
from typing import Any, Final

from litestar import Response, post
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.acc import exports_wire as wire
from outfeed.dialects.acc.results import is_over, result_url
from outfeed.dialects.autodesk.acting import USER_HEADER, acting_in
from outfeed.dialects.autodesk.fields import params_of
from outfeed.dialects.autodesk.names import parse_id, parse_project
from outfeed.errors import MissingField, NotFound
from outfeed.exports.sheet_requests import SheetExportKind
from outfeed.http.context import Incoming, services
from outfeed.http.paths import decoded
from outfeed.http.routing import get_and_head
from outfeed.identity.caller import Caller

Answer = Response[dict[str, Any]]

_FILES: Final = "/construction/files/v1/projects/{project_id:str}/exports"
_SHEETS: Final = "/construction/sheets/v1/projects/{project_id:str}/exports"
#: Answers have links that open the result to anybody: no cache keeps them.
_UNCACHED: Final = {"Cache-Control": "no-store"}


@post(_FILES, status_code=202)
async def post_files(request: Incoming, project_id: FromPath[str]) -> Answer:
    """Start to export files: one PDF as a PDF, all else as a ZIP."""
    project = parse_project(decoded(project_id))
    caller = await _user_in(request, project, "data:write")
    versions, options = wire.parse_files(await params_of(request))
    start = partial(services(request).sheet_exports.start_files, file_name=options.file_name)
    names = [(version.model_id, version.index) for version in versions]
    export = await to_thread.run_sync(start, caller, project, names, options.markups)
    return Response(wire.started_json(export), status_code=202, headers=_UNCACHED)


@get_and_head(_FILES + "/{export_id:str}")
async def get_files(request: Incoming, project_id: FromPath[str], export_id: FromPath[str]) -> Answer:
    """Return an export of files, to whoever has started it."""
    project = parse_project(decoded(project_id))
    caller = await _user_in(request, project, "data:read")
    return await _status(request, caller, project, export_id, SheetExportKind.FILES)


@post(_SHEETS, status_code=202)
async def post_sheets(request: Incoming, project_id: FromPath[str]) -> Answer:
    """Start to export sheets, joined to one PDF."""
    project = parse_project(decoded(project_id))
    caller = await acting_in(request, project, "data:write")
    ids, options = wire.parse_sheets(await params_of(request))
    start = partial(services(request).sheet_exports.start_sheets, file_name=options.file_name)
    export = await to_thread.run_sync(start, caller, project, ids, options.markups)
    return Response(wire.started_json(export), status_code=202, headers=_UNCACHED)


@get_and_head(_SHEETS + "/{export_id:str}")
async def get_sheets_export(request: Incoming, project_id: FromPath[str], export_id: FromPath[str]) -> Answer:
    """Return an export of sheets, to whoever has started it."""
    project = parse_project(decoded(project_id))
    caller = await acting_in(request, project, "data:read")
    return await _status(request, caller, project, export_id, SheetExportKind.SHEETS)


async def _user_in(request: Incoming, project_id: str, scope: str) -> Caller:
    """Return whom a call acts for, who is a person: the files module lets no app act as itself."""
    caller = await acting_in(request, project_id, scope)
    if services(request).identity.is_service(caller):
        raise MissingField(f"User id is required: an app's own token needs {USER_HEADER}.")
    return caller


async def _status(request: Incoming, caller: Caller, project_id: str, export_id: str, kind: SheetExportKind) -> Answer:
    known_id = parse_id(decoded(export_id), "Export")
    export = await to_thread.run_sync(services(request).sheet_exports.get, caller, project_id, known_id, kind)
    if is_over(request, export):
        raise NotFound("The result was there for its time: start the export again.")
    url = result_url(request, export) if export.artifact else ""
    return Response(wire.export_json(export, url), headers=_UNCACHED)


#: What the dialect mounts.
HANDLERS: Final = [post_files, get_files, post_sheets, get_sheets_export]
