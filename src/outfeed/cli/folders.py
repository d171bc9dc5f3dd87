"""Putting files into folders of projects, as `outfeed model add --folder` does."""

from collections.abc import Sequence

from outfeed.blobs.store import Staged
from outfeed.errors import NotFound
from outfeed.identity.caller import Caller
from outfeed.library.folders import FolderRecord
from outfeed.library.items import ItemVersion
from outfeed.library.project_queries import ProjectFilter
from outfeed.library.projects import ProjectRecord
from outfeed.library.versions import Kept
from outfeed.services import Services


def put_file(parts: Services, caller: Caller, file: Staged, *, path: Sequence[str], name: str) -> ItemVersion:
    """
    Make a file that is in the store the newest version of the one of this name in a folder, or a new one.

    The bytes of the newest version again are that version.

    Parameters
    ----------
    path
        Names of the project, of a folder at its top, and of folders inside it; but for the second, made if new.

    Raises
    ------
    NotFound
        If no folder at the top has the name.
    InvalidField, NotMeaningful
        If a name is none, or a folder too deep.
    """
    project = _project(parts, caller, path[0])
    folder = _folder(parts, caller, project, path[1:])
    inside = parts.items.inside(caller, project.id, folder.id)
    before = next((item for item in inside if _is_file(item, name)), None)
    if before and before.version.blob == file.digest:
        return before
    storage = parts.storages.filled(caller, project.id, name, Kept.of(file)).name
    if before:
        return parts.drawings.add_version(caller, project.id, before.model.id, storage)
    return parts.drawings.add_file(caller, project.id, folder.id, name, storage)


def _project(parts: Services, caller: Caller, name: str) -> ProjectRecord:
    found = parts.projects.find(caller, ProjectFilter(name=name, top=1))
    return found[0] if found else parts.projects.create(caller, name)


def _folder(parts: Services, caller: Caller, project: ProjectRecord, names: Sequence[str]) -> FolderRecord:
    """Return the folder of a path, made with those above it if need be."""
    top = parts.folders.top(caller, project.id)
    found = next((folder for folder in top if folder.name.lower() == names[0].lower()), None)
    if found is None:
        raise NotFound(f"At the top of a project are: {', '.join(folder.name for folder in top)}.")
    for name in names[1:]:
        inside = parts.folders.inside(caller, project.id, found.id)
        shown = (folder for folder in inside if folder.name == name and not folder.hidden)
        found = next(shown, None) or parts.folders.create(caller, project.id, found.id, name)
    return found


def _is_file(item: ItemVersion, name: str) -> bool:
    return item.page is None and item.model.name == name and not item.model.hidden
