"""New files and versions under `/data/v1`: a place for their bytes, then the item, then its next versions."""

from functools import partial
from typing import Any, Final

from litestar import Response, post
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.aps.dm_constants import CREATES, Extension, Type
from outfeed.dialects.aps.dm_frame import reference
from outfeed.dialects.aps.dm_items_wire import deleted_json, item_json, storage_json, version_json
from outfeed.dialects.aps.dm_requests import (
    Visit,
    answer,
    at,
    body_of,
    check_word,
    pairs_of,
    text_at,
    text_or_none,
    visit_of,
)
from outfeed.dialects.autodesk.names import parse_folder, parse_lineage, parse_object, parse_version
from outfeed.errors import NotBuilt, NotFound
from outfeed.http.bodies import Params
from outfeed.http.context import Incoming
from outfeed.library.constants import STORAGE_BUCKET
from outfeed.library.items import ItemVersion

_PROJECT: Final = "/data/v1/projects/{project_id:str}"
_TARGET: Final = "data.relationships.target.data"
_EXTENSION: Final = "attributes.extension.type"


@post(_PROJECT + "/storage", status_code=201)
async def post_storage(request: Incoming, project_id: FromPath[str]) -> Response[Any]:
    """Give a name to the bytes of a file that is to lie in a folder, or of an item's next version."""
    visit, body = await visit_of(request, project_id, *CREATES), await body_of(request)
    check_word(body, "data.type", Type.OBJECTS)
    check_word(body, f"{_TARGET}.type", Type.FOLDERS, Type.ITEMS)
    name, urn = text_at(body, "data.attributes.name"), text_at(body, f"{_TARGET}.id")
    kind = Type(at(body, f"{_TARGET}.type") or Type.FOLDERS)
    folder = parse_folder(urn) if kind is Type.FOLDERS else _folder_of(visit, parse_lineage(urn))
    create = visit.parts.storages.create
    made = await to_thread.run_sync(create, visit.caller, visit.project_id, folder, name)
    return answer(request, storage_json(made.name, reference(kind, urn), visit.frame()), status=201)


@post(_PROJECT + "/items", status_code=201)
async def post_item(request: Incoming, project_id: FromPath[str]) -> Response[Any]:
    """Make a file of bytes that were uploaded, or of a version of another one."""
    visit, body = await visit_of(request, project_id, *CREATES), await body_of(request)
    check_word(body, "data.type", Type.ITEMS)
    check_word(body, f"data.{_EXTENSION}", Extension.FILE_ITEM)
    check_word(body, f"included.0.{_EXTENSION}", Extension.FILE_VERSION)
    made = await to_thread.run_sync(_add_item, visit, body, _copied(request))
    frame = visit.frame(items=[made])
    shown = item_json(made, frame)
    links = {"self": shown["links"]["self"]["href"]}
    return answer(request, shown, included=[version_json(made, frame)], links=links, status=201)


@post(_PROJECT + "/versions", status_code=201)
async def post_version(request: Incoming, project_id: FromPath[str]) -> Response[Any]:
    """Make an item's next version, or the one that deletes it."""
    visit, body = await visit_of(request, project_id, *CREATES), await body_of(request)
    check_word(body, "data.type", Type.VERSIONS)
    check_word(body, f"data.{_EXTENSION}", Extension.FILE_VERSION, Extension.DELETED)
    model_id = parse_lineage(text_at(body, "data.relationships.item.data.id"))
    deletes = at(body, f"data.{_EXTENSION}") == Extension.DELETED
    work = partial(_delete, visit, model_id) if deletes else partial(_add_version, visit, model_id, body)
    made = await to_thread.run_sync(work if deletes else partial(work, _copied(request)))
    frame = visit.frame(items=[made])
    shown = deleted_json(made, frame) if deletes else version_json(made, frame)
    links = {"self": shown["links"]["self"]["href"]}
    return answer(request, shown, included=[item_json(made, frame)], links=links, status=201)


def _folder_of(visit: Visit, model_id: str) -> str:
    return visit.parts.items.get(visit.caller, visit.project_id, model_id).model.folder_id


def _copied(request: Incoming) -> str | None:
    """Return the name of the version that is to be copied, if one is."""
    return dict(pairs_of(request)).get("copyFrom") or None


def _add_item(visit: Visit, body: Params, copied: str | None) -> ItemVersion:
    folder = parse_folder(text_at(body, "data.relationships.parent.data.id"))
    named = text_or_none(body, "included.0.attributes.name") or text_or_none(body, "data.attributes.displayName")
    if copied is None:
        name = named or text_at(body, "included.0.attributes.name")
        storage = _storage_name(text_at(body, "included.0.relationships.storage.data.id"))
    else:
        source = _source(visit, copied)
        name, storage = named or source.version.file_name, _copy(visit, source)
    return visit.parts.drawings.add_file(visit.caller, visit.project_id, folder, name, storage)


def _add_version(visit: Visit, model_id: str, body: Params, copied: str | None) -> ItemVersion:
    """Make an item's next version; one that was deleted comes back."""
    visit.parts.items.get(visit.caller, visit.project_id, model_id)
    name = text_or_none(body, "data.attributes.name")
    if copied is None:
        storage = _storage_name(text_at(body, "data.relationships.storage.data.id"))
    else:
        storage = _copy(visit, _source(visit, copied))
    return visit.parts.drawings.add_version(visit.caller, visit.project_id, model_id, storage, name=name)


def _delete(visit: Visit, model_id: str) -> ItemVersion:
    return visit.parts.items.hide(visit.caller, visit.project_id, model_id)


def _source(visit: Visit, urn: str) -> ItemVersion:
    """Return the version that is to be copied; `NotBuilt` if it is a page's."""
    named = parse_version(urn)
    found = visit.parts.items.version(visit.caller, visit.project_id, named.model_id, named.index)
    if found.page:
        raise NotBuilt("A page is copied with its file: copy the version of the file.")
    return found


def _copy(visit: Visit, source: ItemVersion) -> str:
    """Return the name of a place that holds the bytes of a version."""
    version = source.version
    return visit.parts.storages.filled(visit.caller, visit.project_id, version.file_name, version).name


def _storage_name(urn: str) -> str:
    named = parse_object(urn)
    if named.bucket_key != STORAGE_BUCKET:
        raise NotFound(f"Storage {urn[:80]}.")
    return named.name


#: What the application mounts.
HANDLERS: Final = [post_storage, post_item, post_version]
