"""Folders: where the files of a project and the pages of its drawings lie."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import AlreadyExists, InvalidField, NotAllowed, NotFound, NotMeaningful
from outfeed.identity.caller import Caller
from outfeed.names import is_name
from outfeed.schema import folders, project_members

#: Most characters of a folder's name, and folders inside each other.
LONGEST_NAME: Final = 255
DEEPEST: Final = 25
#: Characters that no name has: clients save files under it.
_NOT_IN_NAMES: Final = frozenset('<>:"/\\|?*')


class FolderKind(StrEnum):
    """Which tree a folder is in."""

    ROOT = "root"
    #: Drawings that come here are read as sheets, each a page of its own.
    PLANS = "plans"
    FILES = "files"


#: What the folders at the top of every project are called.
TOP: Final = {FolderKind.PLANS: "Plans", FolderKind.FILES: "Project Files"}


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderRecord:
    """A folder as the library keeps it."""

    id: str
    project_id: str
    #: None: it is the root of its project.
    parent_id: str | None
    kind: FolderKind
    name: str
    #: Whether a client has deleted it: it can be found by its id, and is in no list.
    hidden: bool
    created_by: str
    created_at: int
    modified_by: str
    modified_at: int


class Folders:
    """Makes folders and finds them, for the members of their projects."""

    def __init__(
        self, database: sa.Engine, clock: Clock, new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id

    def root(self, caller: Caller, project_id: str) -> FolderRecord:
        """Return the folder that holds all others of a project, or raise `NotFound`."""
        return self._of_kind(caller, project_id, FolderKind.ROOT)[0]

    def top(self, caller: Caller, project_id: str) -> list[FolderRecord]:
        """Return the folders at the top of a project: of drawings, then of all else; or raise `NotFound`."""
        return [self._of_kind(caller, project_id, kind)[0] for kind in TOP]

    def get(self, caller: Caller, project_id: str, folder_id: str) -> FolderRecord:
        """Return a folder of a project, a hidden one too, or raise `NotFound`."""
        with reading(self._database) as connection:
            return find_folder(connection, project_id, folder_id, principal_id=caller.principal_id)

    def inside(self, caller: Caller, project_id: str, folder_id: str) -> list[FolderRecord]:
        """Return the folders in a folder by name, hidden ones too; or raise `NotFound`."""
        with reading(self._database) as connection:
            find_folder(connection, project_id, folder_id, principal_id=caller.principal_id)
            found = sa.select(folders).where(folders.c.parent_id == folder_id)
            return [_record(row) for row in connection.execute(found.order_by(folders.c.name, folders.c.id))]

    def path(self, caller: Caller, project_id: str, folder_id: str) -> list[FolderRecord]:
        """Return the folders that a folder is in, the root first, and itself; or raise `NotFound`."""
        with reading(self._database) as connection:
            last = find_folder(connection, project_id, folder_id, principal_id=caller.principal_id)
            return [*reversed(path_to(connection, last)), last]

    def create(self, caller: Caller, project_id: str, parent_id: str, name: str) -> FolderRecord:
        """
        Make a folder in another one.

        Raises
        ------
        NotFound
            If the caller sees no such folder.
        InvalidField, NotMeaningful
            If the name is none; if it would be in the root, or too deep.
        AlreadyExists
            If a folder in it has the name.
        """
        check_name(name)
        now = self._clock()
        with writing(self._database) as connection:
            parent = find_folder(connection, project_id, parent_id, principal_id=caller.principal_id)
            _check_may_hold(connection, parent)
            record = FolderRecord(
                id=self._new_id(),
                project_id=project_id,
                parent_id=parent.id,
                kind=parent.kind,
                name=name,
                hidden=False,
                created_by=caller.principal_id,
                created_at=now,
                modified_by=caller.principal_id,
                modified_at=now,
            )
            _check_free(connection, record)
            connection.execute(sa.insert(folders).values(_values(record)))
        return record

    def rename(self, caller: Caller, project_id: str, folder_id: str, name: str) -> FolderRecord:
        """Give a folder another name; raise as `create` does, and `NotAllowed` for those at the top."""
        check_name(name)
        return self._change(caller, project_id, folder_id, name=name)

    def hide(self, caller: Caller, project_id: str, folder_id: str, *, hidden: bool = True) -> FolderRecord:
        """Delete a folder with all in it, or bring it back; raise as `rename` does."""
        return self._change(caller, project_id, folder_id, hidden=hidden)

    def move(self, caller: Caller, project_id: str, folder_id: str, parent_id: str) -> FolderRecord:
        """Put a folder into another one of its tree; raise as `rename` does."""
        return self._change(caller, project_id, folder_id, parent_id=parent_id)

    def _change(self, caller: Caller, project_id: str, folder_id: str, **changes: Any) -> FolderRecord:
        with writing(self._database) as connection:
            before = find_folder(connection, project_id, folder_id, principal_id=caller.principal_id)
            _check_is_no_top(connection, before)
            after = replace(before, **changes, modified_by=caller.principal_id, modified_at=self._clock())
            if after.parent_id != before.parent_id:
                parent = find_folder(connection, project_id, str(after.parent_id), principal_id=caller.principal_id)
                _check_is_outside(connection, before, parent)
                _check_may_hold(connection, parent)
                if parent.kind is not before.kind:
                    raise NotMeaningful("Folders of drawings and of other files do not mix.")
            if not after.hidden:
                _check_free(connection, after)
            connection.execute(sa.update(folders).where(folders.c.id == folder_id).values(_values(after)))
        return after

    def _of_kind(self, caller: Caller, project_id: str, kind: FolderKind) -> list[FolderRecord]:
        """Return the folders of a kind of a project of the caller's, the one at the top first."""
        with reading(self._database) as connection:
            found = connection.execute(
                _visible(caller.principal_id)
                .where(folders.c.project_id == project_id, folders.c.kind == kind.value)
                .where(_is_at_top(kind))
            )
            records = [_record(row) for row in found]
        if not records:
            raise NotFound(f"Project {project_id}.")
        return records


def insert_folders(
    connection: sa.Connection, project_id: str, principal_id: str, *, new_id: Callable[[], str], now: int
) -> None:
    """Write the folders that every project has."""
    root = new_id()
    by = {"created_by": principal_id, "created_at": now, "modified_by": principal_id, "modified_at": now}
    rows = [{"id": root, "parent_id": None, "kind": FolderKind.ROOT.value, "name": "Project Root Folder"}]
    rows += [{"id": new_id(), "parent_id": root, "kind": kind.value, "name": name} for kind, name in TOP.items()]
    connection.execute(sa.insert(folders), [row | by | {"project_id": project_id, "hidden": False} for row in rows])


def find_folder(connection: sa.Connection, project_id: str, folder_id: str, *, principal_id: str) -> FolderRecord:
    """Return a folder of a project that the principal is a member of, or raise `NotFound`."""
    row = connection.execute(
        _visible(principal_id).where(folders.c.id == folder_id, folders.c.project_id == project_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"Folder {folder_id}.")
    return _record(row)


def folder_of_kind(connection: sa.Connection, project_id: str, kind: FolderKind) -> FolderRecord:
    """Return the folder of this kind at the top of a project, whoever asks."""
    row = connection.execute(
        sa.select(folders).where(folders.c.project_id == project_id, folders.c.kind == kind.value, _is_at_top(kind))
    ).one()
    return _record(row)


def path_to(connection: sa.Connection, folder: FolderRecord) -> list[FolderRecord]:
    """Return the folders that a folder is in, the nearest first."""
    found: list[FolderRecord] = []
    parent = folder.parent_id
    while parent is not None and len(found) <= DEEPEST:
        row = connection.execute(sa.select(folders).where(folders.c.id == parent)).one()
        found.append(_record(row))
        parent = row.parent_id
    return found


def check_name(name: str) -> None:
    """Raise `InvalidField` unless a folder or a file may have a name."""
    if not is_name(name, longest=LONGEST_NAME) or _NOT_IN_NAMES & set(name):
        raise InvalidField(f'A name has 1 to {LONGEST_NAME} printable characters, none of < > : " / \\ | ? *.')


def _check_may_hold(connection: sa.Connection, parent: FolderRecord) -> None:
    if parent.kind is FolderKind.ROOT:
        raise NotMeaningful("Folders are made in Plans or in Project Files.")
    if len(path_to(connection, parent)) >= DEEPEST:
        raise NotMeaningful(f"Folders are at most {DEEPEST} deep.")


def _check_is_outside(connection: sa.Connection, folder: FolderRecord, parent: FolderRecord) -> None:
    if folder.id in {parent.id, *(record.id for record in path_to(connection, parent))}:
        raise NotMeaningful("A folder is not inside itself.")


def _check_is_no_top(connection: sa.Connection, record: FolderRecord) -> None:
    parents = path_to(connection, record)
    if not parents or parents[0].kind is FolderKind.ROOT:
        raise NotAllowed("Every project has this folder.")


def _check_free(connection: sa.Connection, record: FolderRecord) -> None:
    """Raise `AlreadyExists` if another folder in the same one has the name."""
    same = sa.select(folders.c.id).where(
        folders.c.parent_id == record.parent_id,
        folders.c.name == record.name,
        folders.c.id != record.id,
        sa.not_(folders.c.hidden),
    )
    if connection.execute(same.limit(1)).first():
        raise AlreadyExists(f"A folder in this one is called {record.name}.")


def _is_at_top(kind: FolderKind) -> sa.ColumnElement[bool]:
    """Return the condition that a folder of a kind is the one that every project has."""
    if kind is FolderKind.ROOT:
        return folders.c.parent_id.is_(None)
    roots = folders.alias("roots")
    return folders.c.parent_id.in_(sa.select(roots.c.id).where(roots.c.parent_id.is_(None)))


def _visible(principal_id: str) -> sa.Select[Any]:
    mine = sa.select(project_members.c.project_id).where(project_members.c.principal_id == principal_id)
    return sa.select(folders).where(folders.c.project_id.in_(mine))


def _values(record: FolderRecord) -> dict[str, Any]:
    return {item.name: getattr(record, item.name) for item in fields(record)} | {"kind": record.kind.value}


def _record(row: sa.Row[Any]) -> FolderRecord:
    values = dict(row._mapping)  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy
    return FolderRecord(**values | {"kind": FolderKind(values["kind"])})
