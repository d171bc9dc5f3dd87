"""What exports of versions ask the database, one function per question."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from outfeed.errors import NotFound
from outfeed.identity.caller import Caller
from outfeed.jobs.states import LIVE, State
from outfeed.library.shares import SharedModel
from outfeed.schema import jobs, model_exports, models, project_members, versions

if TYPE_CHECKING:
    from outfeed.exports.models import ExportQuery

Row = dict[str, Any]
Condition = sa.ColumnElement[bool]

#: When an export last changed: one that shares a job may be younger than the job's last change.
_MODIFIED_AT: Final = sa.case(
    (jobs.c.updated_at > model_exports.c.created_at, jobs.c.updated_at), else_=model_exports.c.created_at
)

_ROW: Final = (
    model_exports.c.id,
    versions.c.model_id,
    models.c.project_id,
    models.c.name.label("model_name"),
    versions.c.index.label("version_index"),
    versions.c.changeset_id,
    model_exports.c.type,
    model_exports.c.options,
    jobs.c.state,
    jobs.c.error_code,
    jobs.c.error_message,
    model_exports.c.created_at,
    _MODIFIED_AT.label("modified_at"),
    model_exports.c.job_id,
)


def visible_to(reader: Caller | SharedModel) -> Condition:
    """Return the condition that a model is one that the reader sees."""
    if isinstance(reader, SharedModel):
        return models.c.id == reader.model_id
    mine = sa.select(project_members.c.project_id).where(project_members.c.principal_id == reader.principal_id)
    return models.c.project_id.in_(mine)


def get(connection: sa.Connection, visible: Condition, export_id: str) -> Row | None:
    """Return an export with its version, model and job."""
    row = connection.execute(_rows().where(visible, model_exports.c.id == export_id)).one_or_none()
    return _row(row) if row else None


def find(connection: sa.Connection, visible: Condition, query: "ExportQuery") -> list[Row]:
    """Return the exports of a page, and the first of the next one."""
    wanted = _rows().where(visible)
    if query.model_id is not None:
        wanted = wanted.where(versions.c.model_id == query.model_id)
    if query.changeset_id:
        wanted = wanted.where(versions.c.changeset_id == query.changeset_id)
    if query.type is not None:
        wanted = wanted.where(model_exports.c.type == query.type)
    page = wanted.order_by(*_ORDERS[query.order.value]).offset(query.skip).limit(query.top + 1)
    return [_row(row) for row in connection.execute(page)]


def same_export(
    connection: sa.Connection, version_id: str, type_: str, key: str, options: Mapping[str, Any]
) -> str | None:
    """Return the id of an export of this type, asked for with these options, that has not failed."""
    wanted = _with_good_job(model_exports.c.id, model_exports.c.options).where(
        model_exports.c.version_id == version_id, model_exports.c.type == type_, model_exports.c.key == key
    )
    return next((row.id for row in connection.execute(wanted) if row.options == options), None)


def same_job(connection: sa.Connection, key: str) -> str | None:
    """Return the id of a job that makes, or has made, the same for an export of another type."""
    wanted = _with_good_job(model_exports.c.job_id).where(model_exports.c.key == key).limit(1)
    found: str | None = connection.scalar(wanted)
    return found


def old_automatic(connection: sa.Connection, model_id: str, *, kept: int) -> list[str]:
    """Return the ids of a model's automatic exports that have ended, but for the newest ones."""
    wanted = (
        sa.select(model_exports.c.id, jobs.c.state)
        .join(jobs, jobs.c.id == model_exports.c.job_id)
        .join(versions, versions.c.id == model_exports.c.version_id)
        .where(versions.c.model_id == model_id, model_exports.c.automatic)
        .order_by(model_exports.c.created_at.desc(), model_exports.c.id)
        .offset(kept)
    )
    return [row.id for row in connection.execute(wanted) if row.state not in LIVE]


def of_model(connection: sa.Connection, model_id: str) -> list[tuple[str, str]]:
    """Return the exports of all versions of a model, each with its job."""
    wanted = (
        sa.select(model_exports.c.id, model_exports.c.job_id)
        .join(versions, versions.c.id == model_exports.c.version_id)
        .where(versions.c.model_id == model_id)
    )
    return [(row.id, row.job_id) for row in connection.execute(wanted)]


def job_of(connection: sa.Connection, export_id: str) -> str:
    """Return the id of the job behind an export, or raise `NotFound`."""
    found: str | None = connection.scalar(sa.select(model_exports.c.job_id).where(model_exports.c.id == export_id))
    if found is None:
        raise NotFound(f"Export {export_id}.")
    return found


def is_used(connection: sa.Connection, job_id: str) -> bool:
    """Tell whether an export is made of what a job makes."""
    return bool(connection.scalar(sa.select(sa.exists().where(model_exports.c.job_id == job_id))))


def insert(connection: sa.Connection, row: Row) -> None:
    """Write a new export."""
    connection.execute(sa.insert(model_exports).values(row))


def mark_wanted(connection: sa.Connection, export_id: str) -> None:
    """Note that somebody asked for an export, so that it is kept until somebody deletes it."""
    wanted = sa.update(model_exports).where(model_exports.c.id == export_id)
    connection.execute(wanted.values(automatic=False))


def delete(connection: sa.Connection, export_id: str) -> None:
    """Remove an export's row."""
    connection.execute(sa.delete(model_exports).where(model_exports.c.id == export_id))


def _rows() -> sa.Select[Any]:
    return (
        sa.select(*_ROW)
        .join(versions, versions.c.id == model_exports.c.version_id)
        .join(models, models.c.id == versions.c.model_id)
        .join(jobs, jobs.c.id == model_exports.c.job_id)
    )


def _with_good_job(*columns: sa.Column[Any]) -> sa.Select[Any]:
    """Return the question for exports whose job runs, waits or has succeeded, the oldest first."""
    return (
        sa.select(*columns)
        .join(jobs, jobs.c.id == model_exports.c.job_id)
        .where(jobs.c.state.in_([*LIVE, State.SUCCEEDED]))
        .order_by(model_exports.c.created_at, model_exports.c.id)
    )


def _row(row: sa.Row[Any]) -> Row:
    values = dict(row._mapping)  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy
    state, message, code = State(values.pop("state")), values.pop("error_message"), values.pop("error_code")
    return values | {
        "state": state,
        "error": (message or code) if state in {State.FAILED, State.CANCELLED} else None,
    }


_ORDERS: Final[dict[str, tuple[sa.ColumnElement[Any], ...]]] = {
    "newest_version": (
        versions.c.index.desc(),
        model_exports.c.created_at.desc(),
        model_exports.c.id,
    ),
    "newest": (_MODIFIED_AT.desc(), model_exports.c.created_at.desc(), model_exports.c.id),
    "oldest": (_MODIFIED_AT, model_exports.c.created_at, model_exports.c.id),
}
