"""What the iModels API answers (itwin-models.md, sections 3 to 5). `root` is the address of the API: `…/imodels`."""

from collections.abc import Mapping
from typing import Any, Final

from outfeed.dialects.itwin.dates import stamp
from outfeed.dialects.itwin.imodels_in import STATES
from outfeed.dialects.itwin.itwins_wire import DATA_CENTER
from outfeed.library.models import ModelRecord
from outfeed.library.named_versions import NamedVersion
from outfeed.library.versions import VersionRecord

#: The only kind of storage that stock clients have; it is compared to the letter.
STORAGE: Final = "azure"

#: What every member of a project may do with its models. The stock client spells the last one with a hyphen.
PERMISSIONS: Final = ["imodels_webview", "imodels_read", "imodels_write", "imodels_manage", "imodels-delete"]

Json = dict[str, Any]


def short_model_json(model: ModelRecord) -> Json:
    """Return an iModel as lists have it."""
    return {"id": model.id, "displayName": model.name}


def model_json(model: ModelRecord, *, root: str, changed_at: int | None, upload: str | None = None) -> Json:
    """
    Return a whole iModel.

    Parameters
    ----------
    changed_at
        When its newest changeset was made, in milliseconds; None: it has none.
    upload
        Address that its file is put to, as long as one is awaited.
    """
    own = f"{root}/{model.id}"
    links: Json = {
        "creator": _link(f"{own}/users/{model.created_by}"),
        "changesets": _link(f"{own}/changesets"),
        "namedVersions": _link(f"{own}/namedversions"),
    }
    if upload:
        links |= {"upload": _storage(upload), "complete": _link(f"{own}/baselinefile")}
    return {
        **short_model_json(model),
        "name": model.name,
        "description": model.description,
        "state": STATES[model.state],
        "createdDateTime": stamp(model.created_at),
        "lastChangesetPushDateTime": None if changed_at is None else stamp(changed_at),
        "iTwinId": model.project_id,
        "isSecured": False,
        "extent": model.extent,
        "containersEnabled": 0,
        "dataCenterLocation": DATA_CENTER,
        "_links": links,
    }


def baseline_json(model: ModelRecord, *, root: str, name: str, size: int, download: str | None) -> Json:
    """Return the file that a model begins with; without a `download` it is awaited."""
    return {
        "id": model.id,
        "displayName": name,
        "fileSize": size,
        "state": "initialized" if download else "waitingForFile",
        "_links": {
            "creator": _link(f"{root}/{model.id}/users/{model.created_by}"),
            "download": _storage(download) if download else None,
        },
    }


def operation_json(state: str) -> Json:
    """Return how the making of a model stands."""
    return {"state": state, "clonedFrom": None, "forkedFrom": None}


def changeset_json(
    version: VersionRecord, *, root: str, parent: str, named: str | None = None, full: bool = False
) -> Json:
    """
    Return a version behind the baseline; `named` is the id of its name, if it has one.

    Its file is whole and no delta, so there is none that a briefcase could apply: `download` is null.
    """
    own = f"{root}/{version.model_id}"
    links: Json = {
        "self": _link(f"{own}/changesets/{version.index}"),
        "creator": _link(f"{own}/users/{version.created_by}"),
    }
    short = {
        "id": version.changeset_id,
        "displayName": str(version.index),
        "description": version.description,
        "index": version.index,
        "parentId": parent,
        "creatorId": version.created_by,
        "pushDateTime": stamp(version.created_at),
        "state": "fileUploaded",
        "containingChanges": 0,
        "fileSize": version.size,
        "briefcaseId": 0,
        "groupId": None,
        "_links": links,
    }
    if not full:
        return short
    links |= {
        "namedVersion": _link(f"{own}/namedversions/{named}") if named else None,
        "currentOrPrecedingCheckpoint": None,
        "download": None,
    }
    return short | {"application": None, "synchronizationInfo": None}


def named_version_json(named: NamedVersion, *, root: str, changesets: Mapping[int, str], full: bool = True) -> Json:
    """Return a named version; `changesets` are ids by index, of which the baseline has none."""
    changeset = changesets.get(named.index)
    short = {
        "id": named.id,
        "displayName": named.name,
        "changesetId": changeset,
        "changesetIndex": named.index,
    }
    if not full:
        return short
    own = f"{root}/{named.model_id}"
    return short | {
        "name": named.name,
        "description": named.description,
        "createdDateTime": stamp(named.created_at),
        "state": named.state.value,
        "application": None,
        "_links": {
            "creator": _link(f"{own}/users/{named.created_by}"),
            "changeset": _link(f"{own}/changesets/{changeset}") if changeset else None,
        },
    }


def _link(href: str) -> Json:
    return {"href": href}


def _storage(href: str) -> Json:
    return {"storageType": STORAGE, "href": href}
