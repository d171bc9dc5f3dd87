"""What models and their versions ask the database, one function per question."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from outfeed.schema import models, named_versions, pages, versions

Rows = Sequence[sa.Row[Any]]
Row = sa.Row[Any]

#: That a model is a file that nobody has deleted.
IS_SHOWN: Final = sa.and_(models.c.kind == "file", sa.not_(models.c.hidden))

#: Digits of a changeset's id; fewer are an index.
_ID_DIGITS: Final = 40
#: Digits of the largest index.
_INDEX_DIGITS: Final = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFilter:
    """Which models of a project to find. What is None does not matter."""

    name: str | None = None
    #: A part of the name or of the description, in any case.
    search: str | None = None
    state: str | None = None
    #: Each a column with whether it is from the last to the first: `name`, `created_at`.
    order: tuple[tuple[str, bool], ...] = ()
    skip: int = 0
    top: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionFilter:
    """Which versions of a model to find."""

    #: Only those behind this index; 0 leaves the baseline out.
    after: int = 0
    #: Only those up to this index.
    last: int | None = None
    newest_first: bool = False
    skip: int = 0
    top: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class NameFilter:
    """Which named versions of a model to find. What is None does not matter."""

    name: str | None = None
    search: str | None = None
    state: str | None = None
    #: Each a column with whether it is from the last to the first: `index`, `created_at`.
    order: tuple[tuple[str, bool], ...] = (("index", True),)
    skip: int = 0
    top: int = 100


def model_rows(connection: sa.Connection, project_id: str, wanted: ModelFilter) -> Rows:
    """Return the files of a page, and the first of the next one; hidden ones and sheets are left out."""
    found = _filtered(sa.select(models).where(models.c.project_id == project_id, IS_SHOWN), models, wanted)
    return connection.execute(found).all()


def model_named(connection: sa.Connection, project_id: str, name: str, *, but: str = "") -> Row | None:
    """Return the oldest file of a project that has a name, and is not the one with the id `but`."""
    same = sa.select(models).where(models.c.project_id == project_id, models.c.name == name, models.c.id != but)
    return connection.execute(same.where(IS_SHOWN).order_by(models.c.created_at, models.c.id).limit(1)).one_or_none()


def pages_of(model_id: str) -> sa.Select[Any]:
    """Return the question for the ids of the models that are sheets of a file."""
    source = versions.alias("source")
    of_file = sa.select(versions.c.model_id).join(pages, pages.c.version_id == versions.c.id)
    return of_file.join(source, source.c.id == pages.c.source_id).where(source.c.model_id == model_id)


def version_rows(connection: sa.Connection, model_id: str, wanted: VersionFilter) -> Rows:
    """Return the versions of a page, and the first of the next one."""
    found = sa.select(versions).where(versions.c.model_id == model_id, versions.c.index > wanted.after)
    if wanted.last is not None:
        found = found.where(versions.c.index <= wanted.last)
    order = versions.c.index.desc() if wanted.newest_first else versions.c.index.asc()
    return connection.execute(found.order_by(order).offset(wanted.skip).limit(wanted.top + 1)).all()


def changeset_row(connection: sa.Connection, model_id: str, changeset: str) -> Row | None:
    """Return a version behind the baseline by its 40 hex digits or by its index."""
    found = sa.select(versions).where(versions.c.model_id == model_id, versions.c.index > 0)
    if len(changeset) == _ID_DIGITS:
        found = found.where(versions.c.changeset_id == changeset.lower())
    elif changeset.isascii() and changeset.isdecimal() and len(changeset) <= _INDEX_DIGITS:
        found = found.where(versions.c.index == int(changeset))
    else:
        return None
    return connection.execute(found).one_or_none()


def next_index(connection: sa.Connection, model_id: str) -> int:
    """Return the index of a model's next version; 0 if it has none."""
    newest = connection.scalar(sa.select(sa.func.max(versions.c.index)).where(versions.c.model_id == model_id))
    return 0 if newest is None else int(newest) + 1


def last_changes(connection: sa.Connection, model_ids: Sequence[str]) -> dict[str, int]:
    """Return when the newest version behind the baseline was made, of those models that have one."""
    newest = (
        sa.select(versions.c.model_id, sa.func.max(versions.c.created_at))
        .where(versions.c.model_id.in_(model_ids), versions.c.index > 0)
        .group_by(versions.c.model_id)
    )
    return {row[0]: row[1] for row in connection.execute(newest)}


def name_rows(connection: sa.Connection, model_id: str, wanted: NameFilter) -> Rows:
    """Return the named versions of a page, and the first of the next one."""
    of_model = sa.select(named_versions).where(named_versions.c.model_id == model_id)
    return connection.execute(_filtered(of_model, named_versions, wanted)).all()


def _filtered(found: sa.Select[Any], table: sa.Table, wanted: ModelFilter | NameFilter) -> sa.Select[Any]:
    """Return a question for those rows of a page that have a name, a state and a text in them."""
    if wanted.name is not None:
        found = found.where(table.c.name == wanted.name)
    if wanted.state is not None:
        found = found.where(table.c.state == wanted.state)
    if wanted.search:
        texts = (table.c.name, table.c.description)
        found = found.where(sa.or_(*(text.icontains(wanted.search, autoescape=True) for text in texts)))
    order = [table.c[name].desc() if last_first else table.c[name].asc() for name, last_first in wanted.order]
    return found.order_by(*order, table.c.name, table.c.id).offset(wanted.skip).limit(wanted.top + 1)
