"""Items and their versions under `/data/v1`: what they are, what they come from, and what can be downloaded of them."""

from typing import Any, Final

from litestar import Response, patch
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.aps.dm_constants import READ, WRITE, Type
from outfeed.dialects.aps.dm_filters import fits, parse_filters
from outfeed.dialects.aps.dm_items_wire import download_json, formats_json, item_json, version_json
from outfeed.dialects.aps.dm_projects_routes import folders_json
from outfeed.dialects.aps.dm_refs import answer_referenced, answer_references
from outfeed.dialects.aps.dm_requests import (
    Visit,
    answer,
    body_of,
    check_word,
    flag_or_none,
    is_true,
    page_links,
    pairs_of,
    parse_page,
    text_at,
    text_or_none,
    version_named,
    visit_of,
)
from outfeed.dialects.autodesk.names import parse_lineage
from outfeed.errors import MissingField, NotMeaningful
from outfeed.http.bodies import Params
from outfeed.http.context import Incoming
from outfeed.http.paths import decoded
from outfeed.http.routing import get_and_head
from outfeed.library.items import ItemVersion

_ITEM: Final = "/data/v1/projects/{project_id:str}/items/{item_id:str}"
_VERSION: Final = "/data/v1/projects/{project_id:str}/versions/{version_id:str}"


# --- Items ------------------------------------------------------------------------------------------------------------


@get_and_head(_ITEM)
async def get_item(request: Incoming, project_id: FromPath[str], item_id: FromPath[str]) -> Response[Any]:
    """Return an item with its newest version."""
    visit, item = await _item(request, project_id, item_id)
    path = path_of(visit, item) if is_true(pairs_of(request), "includePathInProject") else None
    frame = visit.frame(items=[item])
    return answer(request, item_json(item, frame, path=path), included=[version_json(item, frame)])


@patch(_ITEM)
async def patch_item(request: Incoming, project_id: FromPath[str], item_id: FromPath[str]) -> Response[Any]:
    """Rename an item, delete it or bring it back."""
    visit, body = await visit_of(request, project_id, WRITE), await body_of(request)
    check_word(body, "data.type", Type.ITEMS)
    model_id = parse_lineage(decoded(item_id))
    changed = await to_thread.run_sync(_change_item, visit, model_id, body)
    frame = visit.frame(items=[changed])
    return answer(request, item_json(changed, frame), included=[version_json(changed, frame)])


@get_and_head(_ITEM + "/tip")
async def get_tip(request: Incoming, project_id: FromPath[str], item_id: FromPath[str]) -> Response[Any]:
    """Return an item's newest version."""
    visit, item = await _item(request, project_id, item_id)
    return answer(request, version_json(item, visit.frame(items=[item])))


@get_and_head(_ITEM + "/versions")
async def get_versions(request: Incoming, project_id: FromPath[str], item_id: FromPath[str]) -> Response[Any]:
    """List an item's versions, the newest first."""
    visit, pairs = await visit_of(request, project_id, READ), pairs_of(request)
    filters, page = parse_filters(pairs), parse_page(pairs)
    read = visit.parts.items.versions
    found = await to_thread.run_sync(read, visit.caller, visit.project_id, parse_lineage(decoded(item_id)))
    frame = visit.frame(items=found)
    fitting = [version for version in (version_json(item, frame) for item in found) if fits(version, filters)]
    links = page_links(request, page, more=len(fitting) > page.entries.stop)
    return answer(request, fitting[page.entries], links=links)


@get_and_head(_ITEM + "/parent")
async def get_item_parent(request: Incoming, project_id: FromPath[str], item_id: FromPath[str]) -> Response[Any]:
    """Return the folder that an item is in."""
    visit, item = await _item(request, project_id, item_id)
    folder = visit.parts.folders.get(visit.caller, visit.project_id, item.model.folder_id)
    return answer(request, folders_json(visit, [folder])[0])


@get_and_head(_ITEM + "/refs")
async def get_item_refs(request: Incoming, project_id: FromPath[str], item_id: FromPath[str]) -> Response[Any]:
    """List what the references of an item's newest version lead to."""
    visit, item = await _item(request, project_id, item_id)
    return await answer_referenced(request, visit, item)


@get_and_head(_ITEM + "/relationships/refs")
async def get_item_references(request: Incoming, project_id: FromPath[str], item_id: FromPath[str]) -> Response[Any]:
    """List the references of an item's newest version."""
    visit, item = await _item(request, project_id, item_id)
    return await answer_references(request, visit, item)


@get_and_head(_ITEM + "/relationships/links")
async def get_item_links(request: Incoming, project_id: FromPath[str], item_id: FromPath[str]) -> Response[Any]:
    """List an item's links to elsewhere: there are none."""
    await _item(request, project_id, item_id)
    return answer(request, [])


# --- Versions ---------------------------------------------------------------------------------------------------------


@get_and_head(_VERSION)
async def get_version(request: Incoming, project_id: FromPath[str], version_id: FromPath[str]) -> Response[Any]:
    """Return a version."""
    visit, item = await _version(request, project_id, version_id)
    return answer(request, version_json(item, visit.frame(items=[item])))


@patch(_VERSION)
async def patch_version(request: Incoming, project_id: FromPath[str], version_id: FromPath[str]) -> Response[Any]:
    """Rename an item's newest version, and the item with it."""
    visit, body = await visit_of(request, project_id, WRITE), await body_of(request)
    check_word(body, "data.type", Type.VERSIONS)
    named, name = version_named(request, version_id), text_at(body, "data.attributes.name")
    items, where = visit.parts.items, (visit.caller, visit.project_id, named.model_id)
    if items.version(*where, named.index).version.index != items.get(*where).version.index:
        raise NotMeaningful("Only the newest version of an item gets another name.")
    changed = await to_thread.run_sync(items.rename, *where, name)
    return answer(request, version_json(changed, visit.frame(items=[changed])))


@get_and_head(_VERSION + "/item")
async def get_version_item(request: Incoming, project_id: FromPath[str], version_id: FromPath[str]) -> Response[Any]:
    """Return the item of a version, with its newest version."""
    visit, version = await _version(request, project_id, version_id)
    item = visit.parts.items.get(visit.caller, visit.project_id, version.model.id)
    frame = visit.frame(items=[item])
    return answer(request, item_json(item, frame), included=[version_json(item, frame)])


@get_and_head(_VERSION + "/refs")
async def get_version_refs(request: Incoming, project_id: FromPath[str], version_id: FromPath[str]) -> Response[Any]:
    """List what a version's references lead to."""
    visit, item = await _version(request, project_id, version_id)
    return await answer_referenced(request, visit, item)


@get_and_head(_VERSION + "/relationships/refs")
async def get_references(request: Incoming, project_id: FromPath[str], version_id: FromPath[str]) -> Response[Any]:
    """List a version's references."""
    visit, item = await _version(request, project_id, version_id)
    return await answer_references(request, visit, item)


@get_and_head(_VERSION + "/relationships/links")
async def get_version_links(request: Incoming, project_id: FromPath[str], version_id: FromPath[str]) -> Response[Any]:
    """List a version's links to elsewhere: there are none."""
    await _version(request, project_id, version_id)
    return answer(request, [])


@get_and_head(_VERSION + "/downloadFormats")
async def get_formats(request: Incoming, project_id: FromPath[str], version_id: FromPath[str]) -> Response[Any]:
    """Return the formats in which a version can be downloaded: its own."""
    _, item = await _version(request, project_id, version_id)
    return answer(request, formats_json(item))


@get_and_head(_VERSION + "/downloads")
async def get_downloads(request: Incoming, project_id: FromPath[str], version_id: FromPath[str]) -> Response[Any]:
    """List what can be downloaded of a version: its own bytes."""
    visit, item = await _version(request, project_id, version_id)
    found = [] if item.storage is None else [download_json(item, item.storage, visit.frame())]
    wanted = dict(pairs_of(request)).get("filter[format.fileType]")
    shown = [one for one in found if wanted in {None, one["attributes"]["format"]["fileType"]}]
    return answer(request, shown)


def path_of(visit: Visit, item: ItemVersion) -> str:
    """Return the path of the folder that an item is in, without the root's name."""
    path = visit.parts.folders.path(visit.caller, visit.project_id, item.model.folder_id)
    return "".join(f"/{folder.name}" for folder in path[1:])


async def _item(request: Incoming, project_id: str, item_id: str) -> tuple[Visit, ItemVersion]:
    visit = await visit_of(request, project_id, READ)
    return visit, visit.parts.items.get(visit.caller, visit.project_id, parse_lineage(decoded(item_id)))


async def _version(request: Incoming, project_id: str, version_id: str) -> tuple[Visit, ItemVersion]:
    visit = await visit_of(request, project_id, READ)
    named = version_named(request, version_id)
    return visit, visit.parts.items.version(visit.caller, visit.project_id, named.model_id, named.index)


def _change_item(visit: Visit, model_id: str, body: Params) -> ItemVersion:
    """Change what the body names, and return the item as it is then."""
    items, where = visit.parts.items, (visit.caller, visit.project_id, model_id)
    name, hidden = text_or_none(body, "data.attributes.displayName"), flag_or_none(body, "data.attributes.hidden")
    if name is None and hidden is None:
        raise MissingField("Missing: displayName or hidden.")
    if name is not None:
        items.rename(*where, name)
    if hidden is not None:
        items.hide(*where, hidden=hidden)
    return items.get(*where)


#: What the application mounts.
HANDLERS: Final = [
    get_item,
    patch_item,
    get_tip,
    get_versions,
    get_item_parent,
    get_item_refs,
    get_item_references,
    get_item_links,
    get_version,
    patch_version,
    get_version_item,
    get_version_refs,
    get_references,
    get_version_links,
    get_formats,
    get_downloads,
]
