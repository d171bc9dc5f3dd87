"""Models: what a team keeps in a project. A change makes a new version."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from outfeed.blobs.store import Blobs, Staged
from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import AlreadyExists, InvalidField, NotFound
from outfeed.identity.caller import Caller
from outfeed.library import model_queries as queries
from outfeed.library.folders import FolderKind, folder_of_kind
from outfeed.library.model_files import format_of
from outfeed.library.model_queries import ModelFilter, VersionFilter
from outfeed.library.objects import checked_name, find_object
from outfeed.library.projects import ProjectRecord, ensure_project, find_project
from outfeed.library.storages import attach_storage, delete_storages, name_version
from outfeed.library.versions import (
    Content,
    Kept,
    VersionRecord,
    changeset_id_of,
    find_baseline,
    insert_version,
    version_of,
)
from outfeed.names import is_name
from outfeed.scene.registry import HEAD_BYTES
from outfeed.schema import model_uploads, models, project_members, versions

__all__ = ["ModelFilter", "ModelRecord", "ModelState", "Models", "VersionFilter"]

#: Most characters of the name of a project or a model.
LONGEST_TITLE: Final = 255


class ModelState(StrEnum):
    """Whether a model has what it was made for."""

    #: Its first version's bytes are awaited.
    WAITING = "waiting"
    READY = "ready"


class ModelKind(StrEnum):
    """What a model is."""

    FILE = "file"
    #: A sheet of a drawing: each of its versions is a page of a version of a file.
    PAGE = "page"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelRecord:
    """A model as the library keeps it."""

    id: str
    project_id: str
    name: str
    description: str | None
    #: South-west and north-east corners in degrees, as the client sent them.
    extent: dict[str, Any] | None
    state: ModelState
    created_by: str
    created_at: int
    modified_at: int
    folder_id: str
    kind: ModelKind = ModelKind.FILE
    #: Whether a client has deleted it where it could be brought back.
    hidden: bool = False


#: Project, model and version.
Added = tuple[ProjectRecord, ModelRecord, VersionRecord]


class Models:
    """Makes models and finds them, for the members of their projects."""

    def __init__(
        self,
        database: sa.Engine,
        clock: Clock,
        blobs: Blobs,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._database = database
        self._clock = clock
        self._blobs = blobs
        self._new_id = new_id

    def create(self, caller: Caller, project_id: str, name: str, **given: Any) -> ModelRecord:
        """
        Make a model without a version.

        Parameters
        ----------
        given
            `description` and `extent`, as in `ModelRecord`.

        Raises
        ------
        NotFound
            If the caller is no member of the project.
        AlreadyExists
            If a model of the project has the name.
        """
        with writing(self._database) as connection:
            find_project(connection, project_id, principal_id=caller.principal_id)
            return self.insert(connection, caller.principal_id, project_id, name, **given)

    def insert(
        self, connection: sa.Connection, principal_id: str, project_id: str, name: str, **given: Any
    ) -> ModelRecord:
        """Write a new model into the folder of files; raise `AlreadyExists` if its project has one of the name."""
        folder_id = folder_of_kind(connection, project_id, FolderKind.FILES).id
        record = self.new_record(principal_id, project_id, folder_id, name, **given)
        _check_free(connection, record)
        insert_model(connection, record)
        return record

    def new_record(self, principal_id: str, project_id: str, folder_id: str, name: str, **given: Any) -> ModelRecord:
        """Return a model that is written nowhere yet."""
        now = self._clock()
        return ModelRecord(
            id=self._new_id(),
            project_id=project_id,
            name=name,
            **{"description": None, "extent": None, "state": ModelState.READY, **given},
            created_by=principal_id,
            created_at=now,
            modified_at=now,
            folder_id=folder_id,
        )

    def get(self, caller: Caller, model_id: str) -> ModelRecord:
        """Return a model that the caller sees, or raise `NotFound`."""
        with reading(self._database) as connection:
            return find_model(connection, model_id, principal_id=caller.principal_id)

    def find(self, caller: Caller, project_id: str, wanted: ModelFilter) -> list[ModelRecord]:
        """Return a project's models of a page, and the first of the next one; `NotFound` if there is no project."""
        with reading(self._database) as connection:
            find_project(connection, project_id, principal_id=caller.principal_id)
            return [_record(row) for row in queries.model_rows(connection, project_id, wanted)]

    def update(self, caller: Caller, model_id: str, **changes: Any) -> ModelRecord:
        """Change name, description or extent; raise `NotFound` or `AlreadyExists`."""
        with writing(self._database) as connection:
            before = find_model(connection, model_id, principal_id=caller.principal_id)
            after = replace(before, **changes, modified_at=self._clock())
            _check_free(connection, after)
            self.put(connection, after)
        return after

    def put(self, connection: sa.Connection, record: ModelRecord) -> None:
        """Write a model that was changed."""
        after = replace(record, modified_at=self._clock())
        connection.execute(sa.update(models).where(models.c.id == record.id).values(model_values(after)))

    def version(self, caller: Caller, model_id: str, changeset: str) -> VersionRecord:
        """Return a version behind the baseline by its changeset id or its index, or raise `NotFound`."""
        with reading(self._database) as connection:
            find_model(connection, model_id, principal_id=caller.principal_id)
            row = queries.changeset_row(connection, model_id, changeset)
        if row is None:
            raise NotFound(f"Changeset {changeset[:64]} of model {model_id}.")
        return version_of(row)

    def versions(self, caller: Caller, model_id: str, wanted: VersionFilter) -> list[VersionRecord]:
        """Return the versions of a page, and the first of the next one; raise `NotFound` if there is no such model."""
        with reading(self._database) as connection:
            find_model(connection, model_id, principal_id=caller.principal_id)
            rows = queries.version_rows(connection, model_id, wanted)
        return [version_of(row) for row in rows]

    def last_changes(self, model_ids: Sequence[str]) -> dict[str, int]:
        """Return when the newest version behind the baseline was made, of those models that have one."""
        with reading(self._database) as connection:
            return queries.last_changes(connection, model_ids)

    def baseline(self, model_id: str) -> VersionRecord | None:
        """Return the first version of a model, whoever asks; None if it has none."""
        with reading(self._database) as connection:
            return find_baseline(connection, model_id)

    def version_by_id(self, version_id: str) -> VersionRecord:
        """Return a version, whoever asks: they have its link; or raise `NotFound`."""
        with reading(self._database) as connection:
            row = connection.execute(sa.select(versions).where(versions.c.id == version_id)).one_or_none()
        if row is None:
            raise NotFound(f"Version {version_id}.")
        return version_of(row)

    def add_version(
        self, caller: Caller, *, project: str, model: str, file: Staged, file_name: str, description: str = ""
    ) -> Added:
        """
        Add a file as the newest version of a model; project and model are made if the caller has none of these names.

        The bytes of the newest version again are that version.

        Raises
        ------
        InvalidField
            If one of the names is none.
        """
        checked_name(file_name)
        for name in (project, model):
            _check_title(name)
        self._blobs.publish(file)
        content, head = Kept.of(file), self.head(file.digest)
        with writing(self._database) as connection:
            return self._add(connection, caller, (project, model), content, head, (file_name, description))

    def create_of_object(
        self, caller: Caller, project_id: str, name: str, source: tuple[str, str], **given: Any
    ) -> ModelRecord:
        """
        Make a model whose first version is an object: `source` is its bucket and its name.

        Raises
        ------
        NotFound
            If the caller is no member of the project, or sees no such object.
        AlreadyExists
            If a model of the project has the name.
        """
        with reading(self._database) as connection:
            first = find_object(connection, caller, *source, now=self._clock())
        head = self.head(first.blob)
        with writing(self._database) as connection:
            find_project(connection, project_id, principal_id=caller.principal_id)
            found = find_object(connection, caller, *source, now=self._clock())
            if found.blob != first.blob:
                raise NotFound("The object was replaced meanwhile.")
            model = self.insert(connection, caller.principal_id, project_id, name, **given)
            self.new_version(connection, caller.principal_id, model, found, head, file_name=source[1])
        return model

    def all(self) -> list[tuple[ModelRecord, VersionRecord | None]]:
        """Return every file with its newest version, None while it has none, oldest first, for an operator."""
        newest = (
            sa.select(versions.c.model_id, sa.func.max(versions.c.index).label("newest"))
            .group_by(versions.c.model_id)
            .subquery()
        )
        of_newest = sa.and_(versions.c.model_id == newest.c.model_id, versions.c.index == newest.c.newest)
        with reading(self._database) as connection:
            kept = connection.execute(sa.select(versions).join(newest, of_newest))
            found = {row.model_id: version_of(row) for row in kept}
            files = sa.select(models).where(queries.IS_SHOWN)
            rows = connection.execute(files.order_by(models.c.created_at, models.c.id))
            return [(_record(row), found.get(row.id)) for row in rows]

    def head(self, blob: str) -> bytes:
        """Return the first bytes of a blob, which its format is told from."""
        return b"".join(self._blobs.read(blob, 0, HEAD_BYTES))

    def _add(
        self,
        connection: sa.Connection,
        caller: Caller,
        names: tuple[str, str],
        content: Content,
        head: bytes,
        words: tuple[str, str],
    ) -> Added:
        """Write a version of the project and model of these names; `words` are its file's name and description."""
        owner = caller.principal_id
        project = ensure_project(connection, owner, names[0], new_id=self._new_id, now=self._clock())
        row = queries.model_named(connection, project.id, names[1])
        model = _record(row) if row else self.insert(connection, owner, project.id, names[1])
        newest = queries.version_rows(connection, model.id, VersionFilter(after=-1, newest_first=True, top=1))
        if newest and newest[0].blob == content.blob:
            return project, model, version_of(newest[0])
        version = self.new_version(connection, owner, model, content, head, file_name=words[0], description=words[1])
        return project, replace(model, state=ModelState.READY), version

    def new_version(
        self,
        connection: sa.Connection,
        principal_id: str,
        model: ModelRecord,
        content: Content,
        head: bytes,
        *,
        file_name: str,
        description: str = "",
        storage: str | None = None,
    ) -> VersionRecord:
        """
        Write the next version of a model, which is then ready and waits for no bytes any more.

        The bytes of a file get a name of their own in the bucket of all projects, unless they have one: `storage`.
        """
        index, now = queries.next_index(connection, model.id), self._clock()
        version = VersionRecord(
            id=self._new_id(),
            model_id=model.id,
            index=index,
            changeset_id=changeset_id_of(connection, model.id, index, content.blob),
            blob=content.blob,
            sha1=content.sha1,
            size=content.size,
            format=format_of(head, file_name),
            file_name=file_name,
            description=description,
            created_by=principal_id,
            created_at=now,
        )
        insert_version(connection, version)
        if storage is not None:
            attach_storage(connection, storage, version.id)
        if model.kind is ModelKind.FILE and storage is None:
            name_version(connection, version, model.project_id)
        connection.execute(sa.delete(model_uploads).where(model_uploads.c.model_id == model.id))
        ready = {"state": ModelState.READY.value, "modified_at": now}
        connection.execute(sa.update(models).where(models.c.id == model.id).values(ready))
        return version


def insert_model(connection: sa.Connection, record: ModelRecord) -> None:
    """Write a new model, whatever is there."""
    connection.execute(sa.insert(models).values(model_values(record)))


def delete_model(connection: sa.Connection, model_id: str) -> None:
    """Remove a model with its versions, pages, named versions, keys and what is on its way in."""
    connection.execute(sa.delete(models).where(models.c.id.in_(queries.pages_of(model_id))))
    delete_storages(connection, model_id)
    connection.execute(sa.delete(models).where(models.c.id == model_id))


def find_model(connection: sa.Connection, model_id: str, *, principal_id: str) -> ModelRecord:
    """Return a file of a project that the principal is a member of, unless it is hidden; or raise `NotFound`."""
    found = find_any_model(connection, model_id, principal_id=principal_id)
    if found.hidden or found.kind is not ModelKind.FILE:
        raise NotFound(f"Model {model_id}.")
    return found


def find_any_model(connection: sa.Connection, model_id: str, *, principal_id: str) -> ModelRecord:
    """Return a file or a sheet, a hidden one too, of a project of the principal's, or raise `NotFound`."""
    row = connection.execute(
        sa.select(models)
        .join(project_members, project_members.c.project_id == models.c.project_id)
        .where(models.c.id == model_id, project_members.c.principal_id == principal_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"Model {model_id}.")
    return _record(row)


def find_record(connection: sa.Connection, model_id: str) -> ModelRecord:
    """Return a model that is there, whoever asks."""
    return _record(connection.execute(sa.select(models).where(models.c.id == model_id)).one())


def _check_title(name: str) -> None:
    if not is_name(name, longest=LONGEST_TITLE):
        raise InvalidField(f"The name of a project or a model has 1 to {LONGEST_TITLE} printable characters.")


def _check_free(connection: sa.Connection, record: ModelRecord) -> None:
    """Raise `AlreadyExists` if another file of the project has the name."""
    found = queries.model_named(connection, record.project_id, record.name, but=record.id)
    if found:
        raise AlreadyExists(f"A model of the project is called {record.name}.")


def model_values(record: ModelRecord) -> dict[str, Any]:
    """Return a model as a row."""
    values = {item.name: getattr(record, item.name) for item in fields(record)}
    return values | {"state": record.state.value, "kind": record.kind.value}


def model_of(values: dict[str, Any]) -> ModelRecord:
    """Return a row of the models as what it is."""
    return ModelRecord(**values | {"state": ModelState(values["state"]), "kind": ModelKind(values["kind"])})


def _record(row: sa.Row[Any]) -> ModelRecord:
    return model_of(dict(row._mapping))  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy
