"""Projects: what a team shares. Whoever is no member of one does not learn that it is there."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import NotAllowed, NotFound, NotMeaningful, ProjectExists
from outfeed.identity.caller import Caller
from outfeed.library import project_queries as queries
from outfeed.library.folders import insert_folders
from outfeed.library.project_queries import ProjectFilter
from outfeed.schema import models, project_members, projects

__all__ = ["PLATFORM", "Platform", "ProjectFilter", "ProjectRecord", "Projects", "Status"]

#: What a project is in the vendor's words if nobody says anything else.
CLASS: Final = "Endeavor"
SUB_CLASS: Final = "Project"


#: Key of a project's `details`: which of Autodesk's products it stands in for; none: the first.
PLATFORM: Final = "platform"


class Platform(StrEnum):
    """Autodesk's products that a project can stand in for."""

    BIM360 = "bim360"
    ACC = "acc"


class Status(StrEnum):
    """Whether a project is in use."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"
    TRIAL = "Trial"


class Role(StrEnum):
    """What a member may do."""

    #: Also change and delete the project.
    OWNER = "owner"
    MEMBER = "member"


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectRecord:
    """A project as the library keeps it."""

    id: str
    name: str
    number: str
    class_name: str = CLASS
    sub_class: str = SUB_CLASS
    status: Status = Status.ACTIVE
    #: Type, place, time zone, parent and image, as the client sent them.
    details: Mapping[str, Any] = field(default_factory=dict)
    created_by: str
    created_at: int
    modified_by: str
    modified_at: int


class Projects:
    """Makes projects and finds them, for their members."""

    def __init__(
        self, database: sa.Engine, clock: Clock, new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id

    def create(self, caller: Caller, name: str, **given: Any) -> ProjectRecord:
        """
        Make a project that the caller owns.

        Parameters
        ----------
        given
            Other fields of `ProjectRecord`; `number` is the id where there is none.

        Raises
        ------
        ProjectExists
            If the caller is a member of one of the same kind with this name or number.
        """
        with writing(self._database) as connection:
            return insert_project(
                connection, caller.principal_id, name, project_id=self._new_id(), now=self._clock(), **given
            )

    def get(self, caller: Caller, project_id: str) -> ProjectRecord:
        """Return a project that the caller is a member of, or raise `NotFound`."""
        with reading(self._database) as connection:
            return find_project(connection, project_id, principal_id=caller.principal_id)

    def find(self, caller: Caller, wanted: ProjectFilter) -> list[ProjectRecord]:
        """Return the caller's projects of a page, and the first of the next one if there is one."""
        with reading(self._database) as connection:
            return [_record(row) for row in queries.rows(connection, caller.principal_id, wanted)]

    def update(self, caller: Caller, project_id: str, **changes: Any) -> ProjectRecord:
        """
        Change fields of a project; `details` are added to those that it has.

        Raises
        ------
        NotFound, NotAllowed
            If the caller is no member of it, or no owner.
        ProjectExists
            If another one of the caller's has the new name or number.
        """
        with writing(self._database) as connection:
            before = find_project(connection, project_id, principal_id=caller.principal_id)
            _check_owner(connection, project_id, caller)
            details = {**before.details, **changes.pop("details", {})}
            after = replace(
                before, **changes, details=details, modified_by=caller.principal_id, modified_at=self._clock()
            )
            _check_free(connection, caller.principal_id, after)
            connection.execute(sa.update(projects).where(projects.c.id == project_id).values(_values(after)))
        return after

    def delete(self, caller: Caller, project_id: str) -> None:
        """
        Remove a project.

        Raises
        ------
        NotFound, NotAllowed
            If the caller is no member of it, or no owner.
        NotMeaningful
            If there are models in it.
        """
        with writing(self._database) as connection:
            find_project(connection, project_id, principal_id=caller.principal_id)
            _check_owner(connection, project_id, caller)
            if connection.scalar(sa.select(sa.exists().where(models.c.project_id == project_id))):
                raise NotMeaningful("There are models in the project: delete them first.")
            connection.execute(sa.delete(projects).where(projects.c.id == project_id))

    def set_favorite(self, caller: Caller, project_id: str, *, favorite: bool) -> None:
        """Put a project among the caller's favorites or take it out, or raise `NotFound`."""
        self._mark(caller, project_id, favorite=favorite)

    def note_use(self, caller: Caller, project_id: str) -> None:
        """Remember that the caller uses a project now, or raise `NotFound`."""
        self._mark(caller, project_id, used_at=self._clock())

    def members(self, caller: Caller, project_id: str) -> list[str]:
        """Return the principals that are members of a project of the caller's, or raise `NotFound`."""
        with reading(self._database) as connection:
            find_project(connection, project_id, principal_id=caller.principal_id)
            return queries.members(connection, project_id)

    def all(self) -> list[ProjectRecord]:
        """Return every project, oldest first, for an operator."""
        with reading(self._database) as connection:
            rows = connection.execute(sa.select(projects).order_by(projects.c.created_at, projects.c.id))
            return [_record(row) for row in rows]

    def add_member(self, project_id: str, principal_id: str, *, role: Role = Role.MEMBER) -> None:
        """
        Let a principal see a project, for an operator; one who does gets the new role.

        Raises
        ------
        NotFound
            If there is no such project.
        NotMeaningful
            If it were left without an owner.
        """
        with writing(self._database) as connection:
            _check_there(connection, project_id)
            mine = queries.is_member(project_id, principal_id)
            if connection.execute(sa.update(project_members).where(mine).values(role=role.value)).rowcount == 0:
                row = {"project_id": project_id, "principal_id": principal_id, "role": role.value, "favorite": False}
                connection.execute(sa.insert(project_members).values(row))
            _check_owned(connection, project_id)

    def remove_member(self, project_id: str, principal_id: str) -> None:
        """
        Let a principal no longer see a project, for an operator.

        Raises
        ------
        NotFound
            If there is no such project, or the principal is no member of it.
        NotMeaningful
            If it were left without an owner.
        """
        with writing(self._database) as connection:
            _check_there(connection, project_id)
            mine = queries.is_member(project_id, principal_id)
            if connection.execute(sa.delete(project_members).where(mine)).rowcount == 0:
                raise NotFound("The principal is no member of the project.")
            _check_owned(connection, project_id)

    def _mark(self, caller: Caller, project_id: str, **marks: Any) -> None:
        with writing(self._database) as connection:
            find_project(connection, project_id, principal_id=caller.principal_id)
            mine = queries.is_member(project_id, caller.principal_id)
            connection.execute(sa.update(project_members).where(mine).values(marks))


def find_project(connection: sa.Connection, project_id: str, *, principal_id: str) -> ProjectRecord:
    """Return a project that the principal is a member of, or raise `NotFound`."""
    row = queries.row(connection, project_id, principal_id)
    if row is None:
        raise NotFound(f"Project {project_id}.")
    return _record(row)


def ensure_project(
    connection: sa.Connection, principal_id: str, name: str, *, new_id: Callable[[], str], now: int
) -> ProjectRecord:
    """Return the project of this name that the principal is a member of, made now if there is none."""
    wanted = ProjectFilter(name=name, sub_classes=(SUB_CLASS,), include_inactive=True, top=1)
    found = queries.rows(connection, principal_id, wanted)
    if found:
        return _record(found[0])
    return insert_project(connection, principal_id, name, project_id=new_id(), now=now)


def insert_project(
    connection: sa.Connection, principal_id: str, name: str, *, project_id: str, now: int, **given: Any
) -> ProjectRecord:
    """Write a new project and its owner, or raise `ProjectExists`."""
    record = ProjectRecord(
        id=project_id,
        name=name,
        **{"number": project_id, **given},
        created_by=principal_id,
        created_at=now,
        modified_by=principal_id,
        modified_at=now,
    )
    _check_free(connection, principal_id, record)
    connection.execute(sa.insert(projects).values(_values(record)))
    owner = {"project_id": record.id, "principal_id": principal_id, "role": Role.OWNER.value, "favorite": False}
    connection.execute(sa.insert(project_members).values(owner))
    insert_folders(connection, record.id, principal_id, new_id=lambda: str(uuid.uuid4()), now=now)
    return record


def _check_there(connection: sa.Connection, project_id: str) -> None:
    if connection.scalar(sa.select(projects.c.id).where(projects.c.id == project_id)) is None:
        raise NotFound(f"Project {project_id}.")


def _check_owned(connection: sa.Connection, project_id: str) -> None:
    owned = sa.exists().where(project_members.c.project_id == project_id, project_members.c.role == Role.OWNER.value)
    if not connection.scalar(sa.select(owned)):
        raise NotMeaningful("A project has at least one owner.")


def _check_owner(connection: sa.Connection, project_id: str, caller: Caller) -> None:
    if queries.role(connection, project_id, caller.principal_id) != Role.OWNER:
        raise NotAllowed("Only its owners change a project.")


def _check_free(connection: sa.Connection, principal_id: str, record: ProjectRecord) -> None:
    """Raise `ProjectExists` if the principal sees another project of this kind with the same name or number."""
    for column, value in ((projects.c.number, record.number), (projects.c.name, record.name)):
        if queries.is_taken(connection, principal_id, column, value, sub_class=record.sub_class, but=record.id):
            raise ProjectExists(column.name)


def _values(record: ProjectRecord) -> dict[str, Any]:
    values = {item.name: getattr(record, item.name) for item in fields(record)}
    return values | {"status": record.status.value, "details": dict(record.details)}


def _record(row: sa.Row[Any]) -> ProjectRecord:
    values = dict(row._mapping)  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy
    return ProjectRecord(**values | {"status": Status(values["status"])})
