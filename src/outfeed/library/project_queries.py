"""What projects ask the database, one function per question."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from outfeed.schema import project_members, projects

Rows = Sequence[sa.Row[Any]]
Condition = sa.ColumnElement[bool]

#: Names to sort by, in the words of `ProjectFilter.order`.
ORDERS: Final = {
    "name": projects.c.name,
    "number": projects.c.number,
    "sub_class": projects.c.sub_class,
    "status": projects.c.status,
    "created_at": projects.c.created_at,
    "modified_at": projects.c.modified_at,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectFilter:
    """Which projects to find. What is None does not matter."""

    sub_classes: tuple[str, ...] = ()
    status: str | None = None
    include_inactive: bool = False
    type: str | None = None
    parent_id: str | None = None
    number: str | None = None
    name: str | None = None
    #: A part of the name or of the number, in any case.
    search: str | None = None
    #: Only the caller's favorites.
    favorites: bool = False
    #: Those that the caller has used come first, the last one before the others.
    recent_first: bool = False
    #: Names of `ORDERS`, each with whether it is from the last to the first.
    order: tuple[tuple[str, bool], ...] = ()
    skip: int = 0
    top: int = 100


def row(connection: sa.Connection, project_id: str, principal_id: str) -> sa.Row[Any] | None:
    """Return a project that a principal is a member of."""
    return connection.execute(_of(principal_id).where(projects.c.id == project_id)).one_or_none()


def rows(connection: sa.Connection, principal_id: str, wanted: ProjectFilter) -> Rows:
    """Return the projects of a page, and the first of the next one."""
    found = _of(principal_id).where(*_conditions(wanted))
    order: list[sa.ColumnElement[Any]] = []
    if wanted.recent_first:
        order.append(project_members.c.used_at.desc().nulls_last())
    order += [ORDERS[name].desc() if last_first else ORDERS[name].asc() for name, last_first in wanted.order]
    page = found.order_by(*order, projects.c.name, projects.c.id).offset(wanted.skip).limit(wanted.top + 1)
    return connection.execute(page).all()


def role(connection: sa.Connection, project_id: str, principal_id: str) -> str | None:
    """Return what a member may do, None for who is none."""
    return connection.scalar(sa.select(project_members.c.role).where(is_member(project_id, principal_id)))


def members(connection: sa.Connection, project_id: str) -> list[str]:
    """Return the principals that are members of a project."""
    mine = sa.select(project_members.c.principal_id).where(project_members.c.project_id == project_id)
    return list(connection.scalars(mine.order_by(project_members.c.principal_id)))


def is_taken(
    connection: sa.Connection,
    principal_id: str,
    column: sa.ColumnElement[str],
    value: str,
    *,
    sub_class: str,
    but: str,
) -> bool:
    """Tell whether a principal sees another project of this kind with the value."""
    same = _of(principal_id).where(column == value, projects.c.sub_class == sub_class, projects.c.id != but)
    return connection.execute(same.limit(1)).first() is not None


def is_member(project_id: str, principal_id: str) -> Condition:
    """Return the condition that a row of the members is this one."""
    return sa.and_(project_members.c.project_id == project_id, project_members.c.principal_id == principal_id)


def _of(principal_id: str) -> sa.Select[Any]:
    return (
        sa.select(projects)
        .join(project_members, project_members.c.project_id == projects.c.id)
        .where(project_members.c.principal_id == principal_id)
    )


def _conditions(wanted: ProjectFilter) -> list[Condition]:
    """Return what a project must be."""
    equal = (
        (projects.c.status, wanted.status),
        (projects.c.details["type"].as_string(), wanted.type),
        (projects.c.details["parentId"].as_string(), wanted.parent_id),
        (projects.c.number, wanted.number),
        (projects.c.name, wanted.name),
    )
    found: list[Condition] = [column == value for column, value in equal if value is not None]
    if wanted.status is None and not wanted.include_inactive:
        found.append(projects.c.status != "Inactive")
    if wanted.sub_classes:
        found.append(projects.c.sub_class.in_(wanted.sub_classes))
    if wanted.favorites:
        found.append(project_members.c.favorite)
    if wanted.search:
        texts = (projects.c.name, projects.c.number)
        found.append(sa.or_(*(text.icontains(wanted.search, autoescape=True) for text in texts)))
    return found
