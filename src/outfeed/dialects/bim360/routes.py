"""The two calls of page exports: each parses, asks, renders."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from litestar import Response, post
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.autodesk import derivative_files as files
from outfeed.dialects.autodesk.acting import acting_in
from outfeed.dialects.autodesk.fields import params_of
from outfeed.dialects.autodesk.names import VersionName, parse_id, parse_project, version_urn
from outfeed.dialects.bim360 import wire
from outfeed.errors import NotFound, NotMeaningful
from outfeed.exports.sheets import SheetExport
from outfeed.http.context import Incoming, base_url, services
from outfeed.http.paths import decoded
from outfeed.http.routing import get_and_head
from outfeed.identity.caller import Caller
from outfeed.library.items import ItemVersion

Answer = Response[dict[str, Any]]

_VERSION: Final = "/bim360/docs/v1/projects/{project_id:str}/versions/{version_id:str}"
#: Answers have links that open the page to anybody: no cache keeps them.
_UNCACHED: Final = {"Cache-Control": "no-store"}
#: Sheets of a file that a refusal names.
_MOST_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class _Place:
    """What the address of a call names."""

    caller: Caller
    project_id: str
    version: VersionName


@post(_VERSION + "/exports", status_code=200)
async def post_export(request: Incoming, project_id: FromPath[str], version_id: FromPath[str]) -> Answer:
    """Start to export a sheet; the same again is the same export, with a new link once it is complete."""
    number, _ = wire.split_number(request.query_params.get("version", ""))
    return await _start(request, await _place(request, project_id, version_id, number))


@post(_VERSION, status_code=200)
async def post_export_unencoded(request: Incoming, project_id: FromPath[str], version_id: FromPath[str]) -> Answer:
    """Do the same for a client that does not encode the version's name, so that the path goes on in the query."""
    number, rest = wire.split_number(request.query_params.get("version", ""))
    if rest != "exports":
        raise NotFound("There is no such call.")
    return await _start(request, await _place(request, project_id, version_id, number))


@get_and_head(_VERSION + "/exports/{export_id:str}")
async def get_export(
    request: Incoming, project_id: FromPath[str], version_id: FromPath[str], export_id: FromPath[str]
) -> Answer:
    """Return an export, with a new link to the page once it is complete."""
    number, _ = wire.split_number(request.query_params.get("version", ""))
    return await _status(request, await _place(request, project_id, version_id, number), decoded(export_id))


@get_and_head(_VERSION)
async def get_export_unencoded(request: Incoming, project_id: FromPath[str], version_id: FromPath[str]) -> Answer:
    """Do the same for a client that does not encode the version's name."""
    number, rest = wire.split_number(request.query_params.get("version", ""))
    call, _, export_id = rest.partition("/")
    if call != "exports":
        raise NotFound("There is no such call.")
    return await _status(request, await _place(request, project_id, version_id, number), export_id)


async def _place(request: Incoming, project_id: str, version_id: str, number: str) -> _Place:
    """Return what an address names; raise unless the caller may see the project, and it has such exports."""
    project = parse_project(decoded(project_id))
    caller = await acting_in(request, project, "data:read")
    if services(request).projects.get(caller, project).details.get("platform") == "acc":
        raise NotMeaningful("The project is one of ACC: export its files by /construction/files/v1.")
    return _Place(caller, project, wire.version_of(decoded(version_id), number))


async def _start(request: Incoming, place: _Place) -> Answer:
    choice = wire.parse_start(await params_of(request))
    parts, version = services(request), place.version
    item = parts.items.version(place.caller, place.project_id, version.model_id, version.index)
    if item.page is None:
        raise NotMeaningful(_pages_instead(request, place.caller, item))
    start = partial(parts.sheet_exports.start_page, markups=choice.markups, hyperlinks=choice.hyperlinks)
    export = await to_thread.run_sync(start, place.caller, place.project_id, version.model_id, version.index)
    return _shown(request, export, version)


async def _status(request: Incoming, place: _Place, export_id: str) -> Answer:
    version, known_id = place.version, parse_id(export_id, "Export")
    page = services(request).sheet_exports.page
    export = await to_thread.run_sync(page, place.caller, place.project_id, version.model_id, version.index, known_id)
    return _shown(request, export, version)


def _shown(request: Incoming, export: SheetExport, version: VersionName) -> Answer:
    download = _download(request, export, version) if export.artifact else None
    return Response(wire.export_json(export, download), headers=_UNCACHED)


def _download(request: Incoming, export: SheetExport, version: VersionName) -> wire.Download:
    """Return the addresses of a finished page; every time a new link, and the old one lives out its time."""
    urn = version_urn(version.model_id, version.index)
    path = files.page_path(urn, export.id, export.job_id)
    encoded, resource = path.partition("/")[0], files.resource_id(path)
    return wire.Download(
        version_urn=encoded,
        resource_id=resource,
        link=base_url(request) + wire.link_path(encoded, resource),
        signed_url=files.signed_url(request, path, services(request).settings.sheet_link_ttl_s),
    )


def _pages_instead(request: Incoming, caller: Caller, item: ItemVersion) -> str:
    """Return the sentence that leads from a file to its sheets."""
    pages = services(request).items.pages_of(caller, item.version.id)
    if not pages:
        return "The version is a file's and has no sheets; the sheets of a drawing in Plans can be exported."
    names = [version_urn(page.model.id, page.version.index) for page in pages[:_MOST_NAMED]]
    more = f", and {len(pages) - len(names)} more" if len(pages) > len(names) else ""
    return f"The version is a file's: export its sheets, which are {', '.join(names)}{more}."


#: What the dialect mounts.
HANDLERS: Final = [post_export, post_export_unencoded, get_export, get_export_unencoded]
