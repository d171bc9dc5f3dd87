"""Hubs, projects and folders in Data Management's words. Pure functions."""

from urllib.parse import quote

from outfeed.dialects.aps.dm_constants import FOLDER_DATA, PROJECT_TYPES, Extension, Type
from outfeed.dialects.aps.dm_frame import Frame, Json, extension, iso, linked, reference
from outfeed.dialects.autodesk.names import HUB_ID, folder_urn, project_name
from outfeed.library.folders import FolderRecord
from outfeed.library.projects import PLATFORM, Platform, ProjectRecord
from outfeed.library.trees import FolderFacts

#: What the account is called that all projects of this server are in.
HUB_NAME = "Outfeed"


def hub_json(base: str) -> Json:
    """Return the account."""
    href = f"{base}/project/v1/hubs/{HUB_ID}"
    return reference(Type.HUBS, HUB_ID) | {
        "attributes": {"name": HUB_NAME, "extension": extension(base, Extension.HUB, {}), "region": "US"},
        "relationships": {"projects": {"links": {"related": {"href": f"{href}/projects"}}}},
        "links": {"self": {"href": href}},
    }


def project_json(project: ProjectRecord, root_id: str, *, base: str) -> Json:
    """Return a project; `root_id` is the folder that holds all others."""
    hub, name = f"{base}/project/v1/hubs/{HUB_ID}", project_name(project.id)
    href, root = f"{hub}/projects/{name}", folder_urn(root_id)
    root_href = f"{base}/data/v1/projects/{name}/folders/{quote(root, safe='')}"
    return reference(Type.PROJECTS, name) | {
        "attributes": {
            "name": project.name,
            "extension": extension(base, Extension.PROJECT, {"projectType": PROJECT_TYPES[platform_of(project)]}),
        },
        "relationships": {
            "hub": {"data": reference(Type.HUBS, HUB_ID), "links": {"related": {"href": hub}}},
            "rootFolder": linked(Type.FOLDERS, root, root_href),
            "topFolders": {"links": {"related": {"href": f"{href}/topFolders"}}},
        },
        "links": {"self": {"href": href}},
    }


def platform_of(project: ProjectRecord) -> Platform:
    """Return which product a project stands in for; BIM 360 if nobody has said."""
    said = project.details.get(PLATFORM)
    return next((platform for platform in Platform if platform == said), Platform.BIM360)


def folder_json(folder: FolderRecord, facts: FolderFacts, frame: Frame) -> Json:
    """Return a folder."""
    urn = folder_urn(folder.id)
    above = reference(Type.FOLDERS, folder_urn(folder.parent_id)) if folder.parent_id else None
    return reference(Type.FOLDERS, urn) | {
        "attributes": {
            "name": folder.name,
            "displayName": folder.name,
            **frame.stamps((folder.created_at, folder.created_by), (folder.modified_at, folder.modified_by)),
            "lastModifiedTimeRollup": iso(facts.changed_at),
            "objectCount": facts.objects,
            "hidden": folder.hidden,
            "extension": extension(frame.base, Extension.FOLDER, FOLDER_DATA[folder.kind]),
        },
        "relationships": {
            **({"parent": frame.related(Type.FOLDERS, urn, "/parent") | {"data": above}} if above else {}),
            **frame.references(Type.FOLDERS, urn),
            "contents": frame.related(Type.FOLDERS, urn, "/contents"),
        },
        "links": {"self": {"href": frame.href(Type.FOLDERS, urn)}},
    }
