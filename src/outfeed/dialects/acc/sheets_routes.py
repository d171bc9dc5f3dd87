"""The sheets of a project, so that a client can choose what to export."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from litestar import Response, post
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.acc import sheets_wire as wire
from outfeed.dialects.autodesk.acting import acting_in
from outfeed.dialects.autodesk.fields import params_of
from outfeed.dialects.autodesk.names import parse_project
from outfeed.http.context import Incoming, base_url, services
from outfeed.http.paths import decoded
from outfeed.http.routing import get_and_head
from outfeed.library.items import ItemVersion

Answer = Response[dict[str, Any]]

_SHEETS: Final = "/construction/sheets/v1/projects/{project_id:str}/sheets"


@get_and_head(_SHEETS)
async def get_sheets(request: Incoming, project_id: FromPath[str]) -> Answer:
    """Return a page of a project's sheets, by number."""
    project = parse_project(decoded(project_id))
    caller = await acting_in(request, project, "data:read")
    pairs = list(request.query_params.multi_items())
    query = wire.parse_list(pairs)
    look = partial(services(request).items.sheets, skip=query.offset, top=query.limit, text=query.text)
    found, total = ([], 0) if query.none else await to_thread.run_sync(look, caller, project)
    address = f"{base_url(request)}{request.scope['path']}"
    return Response(wire.list_json(_sheets(request, found), query, total, address=address, pairs=pairs))


@post(_SHEETS + ":batch-get", status_code=200)
async def post_sheets_batch_get(request: Incoming, project_id: FromPath[str]) -> Answer:
    """Return the sheets with some ids, in their order; what is none, or not the caller's, is left out."""
    project = parse_project(decoded(project_id))
    caller = await acting_in(request, project, "data:read")
    ids = wire.parse_ids(await params_of(request))
    found = await to_thread.run_sync(services(request).items.some, caller, project, ids)
    return Response({"results": _sheets(request, found)})


def _sheets(request: Incoming, items: Sequence[ItemVersion]) -> list[dict[str, Any]]:
    """Return those of some versions that are of sheets, with the names of who made them."""
    people = services(request).identity.people(list({item.version.created_by for item in items}))
    names = {person.id: person.name for person in people}
    return [wire.sheet_json(item, item.page, names) for item in items if item.page]


#: What the dialect mounts.
HANDLERS: Final = [get_sheets, post_sheets_batch_get]
