"""Items: the files and the sheets of a project as they lie in its folders, each with the newest of its versions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sqlalchemy as sa

from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import AlreadyExists, NotFound
from outfeed.identity.caller import Caller
from outfeed.jobs.states import State
from outfeed.library.folders import check_name, find_folder
from outfeed.library.models import ModelKind, ModelRecord, model_of
from outfeed.library.projects import find_project
from outfeed.library.trees import ids_under
from outfeed.library.versions import VersionRecord
from outfeed.schema import drawings, jobs, models, pages, project_members, storages, versions

#: The whole of a list.
ALL: Final = slice(None)


@dataclass(frozen=True, kw_only=True, slots=True)
class PageRecord:
    """What a version of a sheet is: a page of a version of a file."""

    version_id: str
    #: The version of the file.
    source_id: str
    #: Of the page in the PDF, from 0.
    index: int
    name: str
    #: What it shows; empty where that cannot be told.
    title: str
    #: As it is shown, in points.
    width_pt: float
    height_pt: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemVersion:
    """A version of a file or of a sheet, with what it belongs to."""

    model: ModelRecord
    version: VersionRecord
    #: None: it is a file's.
    page: PageRecord | None
    #: Name of the file; of a sheet that of the file which it is a page of.
    source_name: str
    #: The object of its bytes, in the bucket of all projects; of a sheet that of the file.
    storage: str | None
    #: How the reading of a file as sheets stands; None: it is not read as sheets.
    reading: State | None
    #: Why that failed, as a sentence; None unless it did.
    reading_error: str | None


class Items:
    """Finds files and sheets, for the members of their projects."""

    def __init__(self, database: sa.Engine, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def get(self, caller: Caller, project_id: str, model_id: str) -> ItemVersion:
        """Return the newest version of a file or a sheet, a hidden one too, or raise `NotFound`."""
        with reading(self._database) as connection:
            found = connection.execute(
                _tips(caller.principal_id, project_id).where(models.c.id == model_id)
            ).one_or_none()
        if found is None:
            raise NotFound(f"Item {model_id}.")
        return _item_version(found)

    def inside(
        self, caller: Caller, project_id: str, folder_id: str, *, hidden: bool = True, part: slice = ALL
    ) -> list[ItemVersion]:
        """
        Return the newest versions of what lies in a folder, by name; or raise `NotFound`.

        Parameters
        ----------
        hidden
            Whether those are wanted too that somebody has deleted.
        part
            Which of them, by their places in the list.
        """
        with reading(self._database) as connection:
            find_folder(connection, project_id, folder_id, principal_id=caller.principal_id)
            tips = _tips(caller.principal_id, project_id).where(models.c.folder_id == folder_id)
            shown = tips if hidden else tips.where(sa.not_(models.c.hidden))
            ordered = shown.order_by(models.c.name, models.c.created_at, models.c.id)
            return [_item_version(row) for row in connection.execute(_part(ordered, part))]

    def under(self, caller: Caller, project_id: str, folder_id: str, *, part: slice = ALL) -> list[ItemVersion]:
        """Return the same of a folder and of those inside it, but for what somebody has deleted."""
        with reading(self._database) as connection:
            find_folder(connection, project_id, folder_id, principal_id=caller.principal_id)
            tips = _tips(caller.principal_id, project_id).where(models.c.folder_id.in_(ids_under(folder_id)))
            shown = tips.where(sa.not_(models.c.hidden)).order_by(models.c.name, models.c.id)
            return [_item_version(row) for row in connection.execute(_part(shown, part))]

    def versions(self, caller: Caller, project_id: str, model_id: str) -> list[ItemVersion]:
        """Return the versions of a file or a sheet, the newest first, or raise `NotFound`."""
        with reading(self._database) as connection:
            of_model = _rows(caller.principal_id, project_id).where(models.c.id == model_id)
            found = connection.execute(of_model.order_by(versions.c.index.desc()))
            records = [_item_version(row) for row in found]
        if not records:
            raise NotFound(f"Item {model_id}.")
        return records

    def version(self, caller: Caller, project_id: str, model_id: str, index: int) -> ItemVersion:
        """Return the version of a file or a sheet with an index from 0, or raise `NotFound`."""
        with reading(self._database) as connection:
            return find_item_version(connection, project_id, model_id, index, principal_id=caller.principal_id)

    def version_by_id(self, caller: Caller, version_id: str) -> ItemVersion:
        """Return a version by its id, of whatever project of the caller's, or raise `NotFound`."""
        with reading(self._database) as connection:
            row = connection.execute(_rows(caller.principal_id).where(versions.c.id == version_id)).one_or_none()
        if row is None:
            raise NotFound(f"Version {version_id}.")
        return _item_version(row)

    def somewhere(self, caller: Caller, model_id: str, index: int) -> ItemVersion:
        """Return a version with an index from 0, of whatever project of the caller's, or raise `NotFound`."""
        with reading(self._database) as connection:
            return find_item_version(connection, None, model_id, index, principal_id=caller.principal_id)

    def pages_of(self, caller: Caller, version_id: str) -> list[ItemVersion]:
        """Return the versions of sheets that are pages of a version of a file, in their order."""
        with reading(self._database) as connection:
            mine = _rows(caller.principal_id).where(pages.c.source_id == version_id)
            return [_item_version(row) for row in connection.execute(mine.order_by(pages.c.index))]

    def source_of(self, caller: Caller, page: PageRecord) -> ItemVersion:
        """Return the version of the file that a sheet's version is a page of, or raise `NotFound`."""
        return self.version_by_id(caller, page.source_id)

    def some(self, caller: Caller, project_id: str, version_ids: Sequence[str]) -> list[ItemVersion]:
        """Return those of a project's versions with these ids that there are, in their order, or raise `NotFound`."""
        with reading(self._database) as connection:
            find_project(connection, project_id, principal_id=caller.principal_id)
            wanted = _rows(caller.principal_id, project_id).where(versions.c.id.in_(set(version_ids)))
            found = {item.version.id: item for item in map(_item_version, connection.execute(wanted))}
        return [found[version_id] for version_id in version_ids if version_id in found]

    def sheets(
        self, caller: Caller, project_id: str, *, skip: int, top: int, text: str = ""
    ) -> tuple[list[ItemVersion], int]:
        """
        Return the newest versions of some of a project's sheets by name, and how many there are in all.

        Parameters
        ----------
        text
            Is in the name or the title of each, letter by letter.
        """
        with reading(self._database) as connection:
            find_project(connection, project_id, principal_id=caller.principal_id)
            tips = _tips(caller.principal_id, project_id)
            shown = tips.where(models.c.kind == ModelKind.PAGE.value, sa.not_(models.c.hidden))
            if text:
                # LIKE takes no notice of case on SQLite.
                shown = shown.where(
                    sa.or_(*(sa.func.replace(column, text, "") != column for column in (models.c.name, pages.c.title)))
                )
            ids = shown.with_only_columns(models.c.id).subquery()
            total = connection.scalar(sa.select(sa.func.count()).select_from(ids))
            page = shown.order_by(models.c.name, models.c.id).offset(skip).limit(top)
            return [_item_version(row) for row in connection.execute(page)], int(total or 0)

    def rename(self, caller: Caller, project_id: str, model_id: str, name: str) -> ItemVersion:
        """
        Give a file or a sheet another name; the newest version of a file gets it too.

        A sheet's versions keep theirs: by it the sheet is found again in the next version of its file.

        Raises
        ------
        NotFound, InvalidField
            If there is no such thing, or the name is none.
        AlreadyExists
            If a file in its folder has the name.
        """
        check_name(name)
        with writing(self._database) as connection:
            found = self._find(connection, caller, project_id, model_id)
            check_free(connection, replace(found.model, name=name))
            self._set(connection, model_id, name=name)
            if found.page is None:
                named = sa.update(versions).where(versions.c.id == found.version.id)
                connection.execute(named.values(file_name=name))
            return self._find(connection, caller, project_id, model_id)

    def hide(self, caller: Caller, project_id: str, model_id: str, *, hidden: bool = True) -> ItemVersion:
        """Delete a file or a sheet so that it can be brought back, or bring it back; raise as `rename` does."""
        with writing(self._database) as connection:
            found = self._find(connection, caller, project_id, model_id)
            if not hidden:
                check_free(connection, replace(found.model, hidden=False))
            self._set(connection, model_id, hidden=hidden)
            return self._find(connection, caller, project_id, model_id)

    def _find(self, connection: sa.Connection, caller: Caller, project_id: str, model_id: str) -> ItemVersion:
        row = connection.execute(_tips(caller.principal_id, project_id).where(models.c.id == model_id)).one_or_none()
        if row is None:
            raise NotFound(f"Item {model_id}.")
        return _item_version(row)

    def _set(self, connection: sa.Connection, model_id: str, **values: Any) -> None:
        changed = values | {"modified_at": self._clock()}
        connection.execute(sa.update(models).where(models.c.id == model_id).values(changed))


def find_item_version(
    connection: sa.Connection, project_id: str | None, model_id: str, index: int, *, principal_id: str
) -> ItemVersion:
    """Return a version of a project that the principal is a member of, None: of any such, or raise `NotFound`."""
    rows = _rows(principal_id, project_id).where(models.c.id == model_id, versions.c.index == index)
    found = connection.execute(rows).one_or_none()
    if found is None:
        raise NotFound(f"Version {index + 1} of item {model_id}.")
    return _item_version(found)


def find_item_versions(
    connection: sa.Connection, project_id: str, version_ids: Sequence[str], *, principal_id: str
) -> list[ItemVersion]:
    """Return the versions with these ids in their order; `NotFound` if the principal does not see one of them."""
    rows = _rows(principal_id, project_id).where(versions.c.id.in_(set(version_ids)))
    found = {item.version.id: item for item in map(_item_version, connection.execute(rows))}
    absent = [version_id for version_id in version_ids if version_id not in found]
    if absent:
        raise NotFound(f"Version {absent[0]}.")
    return [found[version_id] for version_id in version_ids]


def check_free(connection: sa.Connection, record: ModelRecord) -> None:
    """Raise `AlreadyExists` if another file in the folder has the name; sheets may share one."""
    same = sa.select(models.c.id).where(
        models.c.folder_id == record.folder_id,
        models.c.name == record.name,
        models.c.kind == ModelKind.FILE.value,
        models.c.id != record.id,
        sa.not_(models.c.hidden),
    )
    if record.kind is ModelKind.FILE and connection.execute(same.limit(1)).first():
        raise AlreadyExists(f"A file in this folder is called {record.name}.")


#: Columns by name: a table takes longer to list them than a row takes to be read.
_MODEL, _VERSION, _PAGE = (tuple((one.name, one) for one in table.c) for table in (models, versions, pages))
_SOURCE: Final = versions.alias("source")
_NEWER: Final = versions.alias("newer")
#: The version of the file that a version of a sheet is a page of; else the version itself.
_SOURCE_ID: Final = sa.func.coalesce(pages.c.source_id, versions.c.id)
_IS_NEWEST: Final = ~sa.exists().where(_NEWER.c.model_id == versions.c.model_id, _NEWER.c.index > versions.c.index)


def _tips(principal_id: str, project_id: str) -> sa.Select[Any]:
    """Return the question for the newest versions of a project that a principal is a member of."""
    return _rows(principal_id, project_id).where(_IS_NEWEST)


def _rows(principal_id: str, project_id: str | None = None) -> sa.Select[Any]:
    """Return the question for the versions of a project, or of all, that a principal is a member of."""
    mine = sa.select(project_members.c.project_id).where(project_members.c.principal_id == principal_id)
    found = (
        sa.select(
            *models.c,
            *versions.c,
            *pages.c,
            _SOURCE.c.file_name.label("source_name"),
            storages.c.name.label("storage"),
            *(jobs.c[name] for name in ("state", "error_code", "error_message")),
        )
        .join(versions, versions.c.model_id == models.c.id)
        .outerjoin(pages, pages.c.version_id == versions.c.id)
        .join(_SOURCE, _SOURCE.c.id == _SOURCE_ID)
        .outerjoin(storages, storages.c.version_id == _SOURCE_ID)
        .outerjoin(drawings, drawings.c.version_id == versions.c.id)
        .outerjoin(jobs, jobs.c.id == drawings.c.job_id)
        .where(models.c.project_id.in_(mine))
    )
    return found if project_id is None else found.where(models.c.project_id == project_id)


def _part(question: sa.Select[Any], part: slice) -> sa.Select[Any]:
    """Return the question for a part of the answers."""
    return question if part == ALL else question.offset(part.start).limit(part.stop - part.start)


def _item_version(row: sa.Row[Any]) -> ItemVersion:
    values = row._mapping  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy
    state = State(values[jobs.c.state]) if values[jobs.c.state] else None
    failed = state in {State.FAILED, State.CANCELLED}
    return ItemVersion(
        model=model_of({name: values[column] for name, column in _MODEL}),
        version=VersionRecord(**{name: values[column] for name, column in _VERSION}),
        page=PageRecord(**{name: values[column] for name, column in _PAGE}) if values[pages.c.version_id] else None,
        source_name=values["source_name"],
        storage=values["storage"],
        reading=state,
        reading_error=(values[jobs.c.error_message] or values[jobs.c.error_code]) if failed else None,
    )
