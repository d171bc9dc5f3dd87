"""Items, versions and the references between versions in Data Management's words. Pure functions."""

import mimetypes
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from outfeed.dialects.aps.dm_constants import REF_TYPE, Extension, Type
from outfeed.dialects.aps.dm_frame import Frame, Json, extension, linked, reference
from outfeed.dialects.autodesk.names import encoded, folder_urn, lineage_urn, storage_urn, version_urn
from outfeed.jobs.states import State
from outfeed.library.constants import STORAGE_BUCKET
from outfeed.library.items import ItemVersion

#: Types by the ends of names: what Python brings, not what the machine has, for answers are the same everywhere.
_MIME: Final = mimetypes.MimeTypes(filenames=())
_COMPLETE: Final = "PROCESSING_COMPLETE"

#: How the reading of a file as sheets stands: `splittingState`, `extractionState` and `processState`.
READING: Final[dict[State | None, tuple[str, str, str]]] = {
    None: ("NOT_SPLIT", "SUCCESS", _COMPLETE),
    State.QUEUED: ("PENDING", "PENDING", "PROCESSING"),
    State.RUNNING: ("PENDING", "PENDING", "PROCESSING"),
    State.SUCCEEDED: ("SPLIT", "SUCCESS", _COMPLETE),
    State.FAILED: ("FAILED", "FAILED", "PROCESSING_FAILED"),
    State.CANCELLED: ("FAILED", "FAILED", "PROCESSING_FAILED"),
}


@dataclass(frozen=True, slots=True)
class Ref:
    """A page and the version of the file that it is a page of, seen from one of the two."""

    seen_from: ItemVersion
    other: ItemVersion

    @property
    def direction(self) -> str:
        """`to` if the reference leads to where it is seen from."""
        return "from" if self.seen_from.page is None else "to"

    @property
    def ends(self) -> tuple[ItemVersion, ItemVersion]:
        """The file's version and the page's."""
        return (self.seen_from, self.other) if self.seen_from.page is None else (self.other, self.seen_from)


def urn_of(item: ItemVersion) -> str:
    """Return the name of a version."""
    return version_urn(item.model.id, item.version.index)


def name_of(item: ItemVersion) -> str:
    """Return what a version is called; all versions of a document have its name."""
    return item.model.name if item.page else item.version.file_name


def item_facts(item: ItemVersion, frame: Frame, *, path: str | None = None) -> Json:
    """
    Return what filters of items are about; a document has no name of its own, its versions have.

    Parameters
    ----------
    path
        Of the folder that it is in, if it is asked for.
    """
    model = item.model
    kind = Extension.DOCUMENT_ITEM if item.page else Extension.FILE_ITEM
    return reference(Type.ITEMS, lineage_urn(model.id)) | {
        "attributes": {
            "displayName": "" if item.page else model.name,
            **frame.stamps((model.created_at, model.created_by), (model.modified_at, item.version.created_by)),
            "hidden": model.hidden,
            "reserved": False,
            "extension": extension(frame.base, kind, {"sourceFileName": item.source_name}),
            **({} if path is None else {"pathInProject": path}),
        }
    }


def item_json(item: ItemVersion, frame: Frame, *, path: str | None = None) -> Json:
    """Return an item; `path` as in `item_facts`."""
    urn = lineage_urn(item.model.id)
    tip, parent = reference(Type.VERSIONS, urn_of(item)), reference(Type.FOLDERS, folder_urn(item.model.folder_id))
    return item_facts(item, frame, path=path) | {
        "relationships": {
            "tip": frame.related(Type.ITEMS, urn, "/tip") | {"data": tip},
            "versions": frame.related(Type.ITEMS, urn, "/versions"),
            "parent": frame.related(Type.ITEMS, urn, "/parent") | {"data": parent},
            **frame.references(Type.ITEMS, urn),
        },
        "links": {"self": {"href": frame.href(Type.ITEMS, urn)}},
    }


def version_facts(item: ItemVersion, frame: Frame) -> Json:
    """Return what filters of versions are about."""
    stamp, name = (item.version.created_at, item.version.created_by), name_of(item)
    return reference(Type.VERSIONS, urn_of(item)) | {
        "attributes": {
            "name": name,
            "displayName": name,
            **frame.stamps(stamp, stamp),
            "versionNumber": item.version.index + 1,
            **_file_facts(item),
            "extension": _extension(item, frame.base),
        }
    }


def version_json(item: ItemVersion, frame: Frame) -> Json:
    """Return a version of a file or of a document."""
    urn = urn_of(item)
    return version_facts(item, frame) | {
        "relationships": _relationships(item, frame, urn),
        "links": {"self": {"href": frame.href(Type.VERSIONS, urn)}},
    }


def deleted_json(item: ItemVersion, frame: Frame) -> Json:
    """Return the version that has deleted its item: the newest one, under another type."""
    shown = version_json(item, frame)
    shown["attributes"]["extension"] = extension(frame.base, Extension.DELETED, {})
    return shown


def ref_json(ref: Ref, base: str) -> Json:
    """Return a reference, named by its other end."""
    source, target = ref.ends
    return reference(Type.VERSIONS, urn_of(ref.other)) | {
        "meta": {
            "refType": REF_TYPE,
            "fromId": urn_of(source),
            "fromType": Type.VERSIONS.value,
            "toId": urn_of(target),
            "toType": Type.VERSIONS.value,
            "direction": ref.direction,
            "extension": extension(base, Extension.FILE_TO_DOCUMENT, {}),
        }
    }


def file_type_of(item: ItemVersion) -> str:
    """Return the end of the name of a version's file, without its dot, in lower case."""
    return PurePosixPath(item.source_name).suffix.lower().removeprefix(".")


def storage_json(name: str, target: Json, frame: Frame) -> Json:
    """Return a new place for bytes; `target` names the folder or the item that they are for."""
    kind = Type(target["type"])
    about = {"data": target, "links": {"related": {"href": frame.href(kind, target["id"])}}}
    return reference(Type.OBJECTS, storage_urn(name)) | {"relationships": {"target": about}}


def formats_json(item: ItemVersion) -> Json:
    """Return the formats in which a version can be downloaded: its own."""
    formats = [{"fileType": file_type_of(item)}]
    return {"type": "downloadFormats", "id": urn_of(item), "attributes": {"formats": formats}}


def download_json(item: ItemVersion, storage: str, frame: Frame) -> Json:
    """Return what can be downloaded of a version: its own bytes."""
    urn = urn_of(item)
    return {
        "type": "downloads",
        "id": storage,
        "attributes": {"format": {"fileType": file_type_of(item)}},
        "relationships": {"storage": _storage(storage, frame.base)},
        "links": {"self": {"href": frame.href(Type.VERSIONS, urn, "/downloads")}},
    }


def _file_facts(item: ItemVersion) -> Json:
    """Return what only versions of files say."""
    if item.page:
        return {}
    media_type = _MIME.guess_type(item.version.file_name)[0] or "application/octet-stream"
    return {"mimeType": media_type, "fileType": file_type_of(item), "storageSize": item.version.size}


def _extension(item: ItemVersion, base: str) -> Json:
    if item.page:
        page = {
            "processState": _COMPLETE,
            "viewableId": str(item.page.index + 1),
            "viewableGuid": item.version.id,
            "viewableName": item.page.name,
            "viewableOrder": item.page.index + 1,
        }
        return extension(base, Extension.DOCUMENT_VERSION, page | {"sourceFileName": item.source_name})
    split, extracted, processed = READING[item.reading]
    file: dict[str, Any] = {
        "processState": processed,
        "extractionState": extracted,
        "splittingState": split,
        "reviewState": "NOT_IN_REVIEW",
        "revisionDisplayLabel": str(item.version.index + 1),
        "sourceFileName": item.source_name,
    }
    why = {} if item.reading_error is None else {"errorMessage": item.reading_error}
    return extension(base, Extension.FILE_VERSION, file | why)


def _relationships(item: ItemVersion, frame: Frame, urn: str) -> Json:
    derived, owner = encoded(urn), reference(Type.ITEMS, lineage_urn(item.model.id))
    design = f"{frame.base}/modelderivative/v2/designdata/{derived}"
    return {
        "item": frame.related(Type.VERSIONS, urn, "/item") | {"data": owner},
        **frame.references(Type.VERSIONS, urn),
        "downloadFormats": frame.related(Type.VERSIONS, urn, "/downloadFormats"),
        "derivatives": linked("derivatives", derived, f"{design}/manifest"),
        "thumbnails": linked("thumbnails", derived, f"{design}/thumbnail"),
        **({} if item.storage is None else {"storage": _storage(item.storage, frame.base)}),
    }


def _storage(name: str, base: str) -> Json:
    href = f"{base}/oss/v2/buckets/{STORAGE_BUCKET}/objects/{quote(name, safe='')}"
    return linked(Type.OBJECTS, storage_urn(name), href)
