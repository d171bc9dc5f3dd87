"""The calls of the markups API."""

import uuid
from functools import partial
from typing import Any, Final

from litestar import Response, delete, patch, post

from outfeed import to_thread
from outfeed.dialects.autodesk.acting import acting_in
from outfeed.dialects.autodesk.names import parse_project, parse_version
from outfeed.dialects.markups import wire
from outfeed.http.bodies import parse_json, read_body
from outfeed.http.context import Incoming, services
from outfeed.http.paths import decoded
from outfeed.http.routing import get_and_head
from outfeed.identity.caller import Caller
from outfeed.sheets.markups.xfdf import read_xfdf
from outfeed.sheets.markups.xfdf_write import write_xfdf

#: Of a markup, and of a file of markups.
MOST_BYTES: Final = 4 << 20

_ALL: Final = "/projects/{project_id:str}/versions/{version_name:str}/markups"
_ONE: Final = f"{_ALL}/{{markup_id:str}}"


@get_and_head(_ALL)
async def get_markups(request: Incoming) -> Response[Any]:
    """Return the markups of a version that the caller sees, or of one `page`: as JSON, or as XFDF by `Accept`."""
    caller, project_id, version_id = await _found(request, "data:read")
    page = wire.parse_page(request.query_params.get("page"))
    records = await to_thread.run_sync(
        partial(services(request).markups.of_version, caller, project_id, version_id, page=page)
    )
    if wire.XFDF in request.headers.get("accept", "").lower():
        written = await to_thread.run_sync(write_xfdf, [(record.page, record.markup) for record in records])
        return Response(written, media_type=wire.XFDF, headers={"Vary": "Accept"})
    shown = await to_thread.run_sync(partial(wire.list_json, records, principal_id=caller.principal_id))
    return Response(shown, headers={"Vary": "Accept"})


@post(_ALL, status_code=201)
async def post_markups(request: Incoming) -> Response[Any]:
    """Keep a markup that comes as JSON, or all of a file of XFDF."""
    caller, project_id, version_id = await _found(request, "data:write")
    body = await read_body(request, max_bytes=MOST_BYTES)
    kept = _import if wire.XFDF in request.headers.get("content-type", "").lower() else _create
    return Response(await to_thread.run_sync(kept, request, caller, project_id, version_id, body), status_code=201)


@get_and_head(_ONE)
async def get_markup(request: Incoming) -> Response[Any]:
    """Return a markup."""
    caller, project_id, version_id = await _found(request, "data:read")
    record = services(request).markups.get(caller, project_id, version_id, _markup_id(request))
    return Response(wire.markup_json(record, principal_id=caller.principal_id))


@patch(_ONE)
async def patch_markup(request: Incoming) -> Response[Any]:
    """Change the shapes of the caller's own markup, publish it, or take it back."""
    caller, project_id, version_id = await _found(request, "data:write")
    body = await read_body(request, max_bytes=MOST_BYTES)
    changed = await to_thread.run_sync(_change, request, caller, project_id, version_id, _markup_id(request), body)
    return Response(changed)


@delete(_ONE)
async def delete_markup(request: Incoming) -> None:
    """Remove the caller's own markup."""
    caller, project_id, version_id = await _found(request, "data:write")
    parts = services(request)
    await to_thread.run_sync(parts.markups.delete, caller, project_id, version_id, _markup_id(request))


def _create(request: Incoming, caller: Caller, project_id: str, version_id: str, body: bytes) -> dict[str, Any]:
    new = wire.parse_new(parse_json(body))
    record = services(request).markups.create(caller, project_id, version_id, new)
    return wire.markup_json(record, principal_id=caller.principal_id)


def _import(request: Incoming, caller: Caller, project_id: str, version_id: str, body: bytes) -> dict[str, Any]:
    published = wire.parse_published(request.query_params.get("published"))
    parts = services(request)
    found, lost = read_xfdf(body, now=parts.clock())
    records = parts.markups.import_all(caller, project_id, version_id, found, published=published)
    return wire.imported_json(records, lost, principal_id=caller.principal_id)


def _change(
    request: Incoming, caller: Caller, project_id: str, version_id: str, markup_id: str, body: bytes
) -> dict[str, Any]:
    change = wire.parse_change(parse_json(body))
    record = services(request).markups.update(
        caller, project_id, version_id, markup_id, shapes=change.shapes, published=change.published
    )
    return wire.markup_json(record, principal_id=caller.principal_id)


async def _found(request: Incoming, scope: str) -> tuple[Caller, str, str]:
    """
    Return whom the call acts for, and the ids of its project and its version.

    Raises
    ------
    NotFound
        If there is no such version of this project, or it is not the caller's.
    """
    project_id = parse_project(decoded(request.path_params["project_id"]))
    caller = await acting_in(request, project_id, scope)
    name, items = decoded(request.path_params["version_name"]), services(request).items
    try:
        return caller, project_id, str(uuid.UUID(name))
    except ValueError:
        version = parse_version(name)
    return caller, project_id, items.version(caller, project_id, version.model_id, version.index).version.id


def _markup_id(request: Incoming) -> str:
    return decoded(request.path_params["markup_id"])


#: What the application mounts.
HANDLERS: Final = [get_markups, post_markups, get_markup, patch_markup, delete_markup]
