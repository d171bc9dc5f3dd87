"""Folders under `/data/v1`: looking into them, searching them, making and changing them."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from litestar import Response, patch, post
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.aps.dm_constants import CREATES, READ, WRITE, Extension, Type
from outfeed.dialects.aps.dm_filters import Filter, fits, is_about, parse_filters
from outfeed.dialects.aps.dm_frame import Json
from outfeed.dialects.aps.dm_items_wire import item_facts, item_json, version_facts, version_json
from outfeed.dialects.aps.dm_projects_routes import folders_json
from outfeed.dialects.aps.dm_refs import answer_referenced, answer_references
from outfeed.dialects.aps.dm_requests import (
    Page,
    Visit,
    answer,
    at,
    body_of,
    check_word,
    flag_or_none,
    is_true,
    page_links,
    pairs_of,
    parse_page,
    text_at,
    text_or_none,
    visit_of,
)
from outfeed.dialects.autodesk.names import parse_folder
from outfeed.errors import MissingField, NotFound
from outfeed.http.bodies import Params
from outfeed.http.context import Incoming
from outfeed.http.paths import decoded
from outfeed.http.routing import get_and_head
from outfeed.library.folders import FolderRecord
from outfeed.library.items import ItemVersion

_FOLDERS: Final = "/data/v1/projects/{project_id:str}/folders"
_FOLDER: Final = _FOLDERS + "/{folder_id:str}"
_PARENT: Final = "data.relationships.parent.data"
_HIDDEN: Final = "attributes.hidden"


@get_and_head(_FOLDER)
async def get_folder(request: Incoming, project_id: FromPath[str], folder_id: FromPath[str]) -> Response[Any]:
    """Return a folder."""
    visit, folder = await _found(request, project_id, folder_id)
    return answer(request, folders_json(visit, [folder])[0])


@get_and_head(_FOLDER + "/parent")
async def get_parent(request: Incoming, project_id: FromPath[str], folder_id: FromPath[str]) -> Response[Any]:
    """Return the folder that a folder is in."""
    visit, folder = await _found(request, project_id, folder_id)
    if folder.parent_id is None:
        raise NotFound("The root of a project is in no folder.")
    parent = visit.parts.folders.get(visit.caller, visit.project_id, folder.parent_id)
    return answer(request, folders_json(visit, [parent])[0])


@get_and_head(_FOLDER + "/contents")
async def get_contents(request: Incoming, project_id: FromPath[str], folder_id: FromPath[str]) -> Response[Any]:
    """List the folders and items in a folder, with the items' newest versions."""
    visit, pairs = await visit_of(request, project_id, READ), pairs_of(request)
    filters, page = parse_filters(pairs), parse_page(pairs)
    hidden = is_true(pairs, "includeHidden") or is_about(filters, _HIDDEN)
    read = partial(_contents, visit, parse_folder(decoded(folder_id)), filters, page, hidden=hidden)
    shown, more = await to_thread.run_sync(read)
    tips = [tip for _, tip in shown if tip]
    links = page_links(request, page, more=more)
    return answer(request, [entry for entry, _ in shown], included=tips, links=links)


@get_and_head(_FOLDER + "/search")
async def get_search(request: Incoming, project_id: FromPath[str], folder_id: FromPath[str]) -> Response[Any]:
    """List the newest versions of items in a folder and in those inside it; filters are about versions."""
    visit, pairs = await visit_of(request, project_id, READ), pairs_of(request)
    filters, page = parse_filters(pairs), parse_page(pairs)
    folder = parse_folder(decoded(folder_id))
    versions, items, more = await to_thread.run_sync(_search, visit, folder, filters, page)
    return answer(request, versions, included=items, links=page_links(request, page, more=more))


@get_and_head(_FOLDER + "/refs")
async def get_refs(request: Incoming, project_id: FromPath[str], folder_id: FromPath[str]) -> Response[Any]:
    """List what has a reference to a folder: nothing has."""
    visit, _ = await _found(request, project_id, folder_id)
    return await answer_referenced(request, visit, None)


@get_and_head(_FOLDER + "/relationships/refs")
async def get_references(request: Incoming, project_id: FromPath[str], folder_id: FromPath[str]) -> Response[Any]:
    """List a folder's references: there are none."""
    visit, _ = await _found(request, project_id, folder_id)
    return await answer_references(request, visit, None)


@get_and_head(_FOLDER + "/relationships/links")
async def get_links(request: Incoming, project_id: FromPath[str], folder_id: FromPath[str]) -> Response[Any]:
    """List a folder's links to elsewhere: there are none."""
    await _found(request, project_id, folder_id)
    return answer(request, [])


@post(_FOLDERS, status_code=201)
async def post_folder(request: Incoming, project_id: FromPath[str]) -> Response[Any]:
    """Make a folder in another one."""
    visit, body = await visit_of(request, project_id, *CREATES), await body_of(request)
    check_word(body, "data.type", Type.FOLDERS)
    check_word(body, "data.attributes.extension.type", Extension.FOLDER)
    parent, name = parse_folder(text_at(body, f"{_PARENT}.id")), text_at(body, "data.attributes.name")
    made = await to_thread.run_sync(visit.parts.folders.create, visit.caller, visit.project_id, parent, name)
    shown = folders_json(visit, [made])[0]
    return answer(request, shown, links={"self": shown["links"]["self"]["href"]}, status=201)


@patch(_FOLDER)
async def patch_folder(request: Incoming, project_id: FromPath[str], folder_id: FromPath[str]) -> Response[Any]:
    """Rename a folder, move it, delete it or bring it back."""
    visit, body = await visit_of(request, project_id, WRITE), await body_of(request)
    check_word(body, "data.type", Type.FOLDERS)
    folder = parse_folder(decoded(folder_id))
    changed = await to_thread.run_sync(_change, visit, folder, body)
    return answer(request, folders_json(visit, [changed])[0])


async def _found(request: Incoming, project_id: str, folder_id: str) -> tuple[Visit, FolderRecord]:
    visit = await visit_of(request, project_id, READ)
    return visit, visit.parts.folders.get(visit.caller, visit.project_id, parse_folder(decoded(folder_id)))


def _contents(
    visit: Visit, folder_id: str, filters: Sequence[Filter], page: Page, *, hidden: bool
) -> tuple[list[tuple[Json, Json | None]], bool]:
    """Return a page of a folder: folders, then items with their newest versions; and whether more follow."""
    where = visit.caller, visit.project_id, folder_id
    folders = [folder for folder in visit.parts.folders.inside(*where) if hidden or not folder.hidden]
    if filters:
        fitting = _fitting(visit, [*folders, *visit.parts.items.inside(*where, hidden=hidden)], filters)
        return _shown(visit, fitting[page.entries]), len(fitting) > page.entries.stop
    # Of thousands of items only those of the page are read, and one more.
    first, behind = (max(place - len(folders), 0) for place in (page.entries.start, page.entries.stop + 1))
    items = visit.parts.items.inside(*where, hidden=hidden, part=slice(first, behind))
    entries: list[FolderRecord | ItemVersion] = [*folders[page.entries.start : page.entries.stop + 1], *items]
    return _shown(visit, entries[: page.limit]), len(entries) > page.limit


def _fitting(
    visit: Visit, entries: Sequence[FolderRecord | ItemVersion], filters: Sequence[Filter]
) -> list[FolderRecord | ItemVersion]:
    folders, items = _apart(entries)
    frame = visit.frame(items=items)
    shown = zip(folders, folders_json(visit, folders), strict=True)
    found: list[FolderRecord | ItemVersion] = [folder for folder, told in shown if fits(told, filters)]
    return found + [item for item in items if fits(item_facts(item, frame), filters)]


def _apart(entries: Sequence[FolderRecord | ItemVersion]) -> tuple[list[FolderRecord], list[ItemVersion]]:
    folders = [entry for entry in entries if isinstance(entry, FolderRecord)]
    return folders, [entry for entry in entries if isinstance(entry, ItemVersion)]


def _shown(visit: Visit, entries: Sequence[FolderRecord | ItemVersion]) -> list[tuple[Json, Json | None]]:
    folders, items = _apart(entries)
    frame = visit.frame(items=items)
    shown: list[tuple[Json, Json | None]] = [(folder, None) for folder in folders_json(visit, folders)]
    return shown + [(item_json(item, frame), version_json(item, frame)) for item in items]


def _search(visit: Visit, folder_id: str, filters: Sequence[Filter], page: Page) -> tuple[list[Json], list[Json], bool]:
    """Return the versions of a page, their items, and whether others follow."""
    under = partial(visit.parts.items.under, visit.caller, visit.project_id, folder_id)
    if filters:
        tips = under()
        frame = visit.frame(items=tips)
        fitting = [tip for tip in tips if fits(version_facts(tip, frame), filters)]
        found, more = fitting[page.entries], len(fitting) > page.entries.stop
    else:
        read = under(part=slice(page.entries.start, page.entries.stop + 1))
        frame = visit.frame(items=read)
        found, more = read[: page.limit], len(read) > page.limit
    versions, items = [version_json(tip, frame) for tip in found], [item_json(tip, frame) for tip in found]
    return versions, items, more


def _change(visit: Visit, folder_id: str, body: Params) -> FolderRecord:
    """Change what the body names, and return the folder as it is then."""
    folders, where = visit.parts.folders, (visit.caller, visit.project_id, folder_id)
    name, hidden = text_or_none(body, "data.attributes.name"), flag_or_none(body, "data.attributes.hidden")
    parent = None if at(body, _PARENT) is None else parse_folder(text_at(body, f"{_PARENT}.id"))
    if name is None and hidden is None and parent is None:
        raise MissingField("Missing: name, hidden or parent.")
    if parent is not None:
        folders.move(*where, parent)
    if name is not None:
        folders.rename(*where, name)
    if hidden is not None:
        folders.hide(*where, hidden=hidden)
    return folders.get(*where)


#: What the application mounts.
HANDLERS: Final = [
    get_folder,
    get_parent,
    get_contents,
    get_search,
    get_refs,
    get_references,
    get_links,
    post_folder,
    patch_folder,
]
