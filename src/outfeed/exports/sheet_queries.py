"""What exports of sheets ask the database, one function per question."""

from typing import Any

import sqlalchemy as sa

from outfeed.jobs.states import LIVE, State
from outfeed.library.artifacts import artifact_files
from outfeed.schema import drawings, jobs, pages, sheet_exports, versions

Row = dict[str, Any]


def get(connection: sa.Connection, export_id: str) -> Row | None:
    """Return an export with how its job stands and its file."""
    row = connection.execute(_rows().where(sheet_exports.c.id == export_id)).one_or_none()
    return _row(connection, row) if row else None


def of_version(connection: sa.Connection, version_id: str) -> list[Row]:
    """Return the exports of a version that have succeeded, the oldest first."""
    wanted = _rows().where(sheet_exports.c.version_id == version_id, jobs.c.state == State.SUCCEEDED.value)
    found = connection.execute(wanted.order_by(sheet_exports.c.created_at, sheet_exports.c.id)).all()
    return [_row(connection, row) for row in found]


def same_export(connection: sa.Connection, version_id: str, key: str) -> str | None:
    """Return the id of an export of a version with this key that has not failed."""
    wanted = _with_good_job(sheet_exports.c.id)
    found: str | None = connection.scalar(
        wanted.where(sheet_exports.c.version_id == version_id, sheet_exports.c.key == key).limit(1)
    )
    return found


def same_job(connection: sa.Connection, key: str) -> str | None:
    """Return the id of a job that makes, or has made, the same."""
    found: str | None = connection.scalar(
        _with_good_job(sheet_exports.c.job_id).where(sheet_exports.c.key == key).limit(1)
    )
    return found


def jobs_of_model(connection: sa.Connection, model_id: str) -> list[str]:
    """Return the jobs that read a file as sheets, or export one of these, and have not ended."""
    source = versions.alias("source")
    mine = (
        sa.select(versions.c.id)
        .outerjoin(pages, pages.c.version_id == versions.c.id)
        .outerjoin(source, source.c.id == pages.c.source_id)
        .where(sa.or_(versions.c.model_id == model_id, source.c.model_id == model_id))
    )
    found = sa.union(
        sa.select(drawings.c.job_id).where(drawings.c.version_id.in_(mine)),
        sa.select(sheet_exports.c.job_id).where(sheet_exports.c.version_id.in_(mine)),
    )
    return list(connection.scalars(sa.select(jobs.c.id).where(jobs.c.id.in_(found), jobs.c.state.in_(LIVE))))


def is_used(connection: sa.Connection, job_id: str) -> bool:
    """Tell whether an export waits for a job, or a drawing does."""
    tables = (sheet_exports, drawings)
    return any(connection.scalar(sa.select(sa.exists().where(table.c.job_id == job_id))) for table in tables)


def insert(connection: sa.Connection, row: Row) -> None:
    """Write a new export."""
    connection.execute(sa.insert(sheet_exports).values(row))


def _rows() -> sa.Select[Any]:
    return sa.select(
        *sheet_exports.c, jobs.c.state, jobs.c.error_code, jobs.c.error_message, jobs.c.result, jobs.c.finished_at
    ).join(jobs, jobs.c.id == sheet_exports.c.job_id)


def _with_good_job(column: sa.Column[Any]) -> sa.Select[Any]:
    """Return the question for exports whose job runs, waits or has succeeded, the oldest first."""
    return (
        sa.select(column)
        .join(jobs, jobs.c.id == sheet_exports.c.job_id)
        .where(jobs.c.state.in_([*LIVE, State.SUCCEEDED]))
        .order_by(sheet_exports.c.created_at, sheet_exports.c.id)
    )


def _row(connection: sa.Connection, row: sa.Row[Any]) -> Row:
    values = dict(row._mapping)  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy
    state, message, code = State(values.pop("state")), values.pop("error_message"), values.pop("error_code")
    failed = state in {State.FAILED, State.CANCELLED}
    files = artifact_files(connection, values["job_id"], after="", prefix="", limit=1)
    return values | {
        "state": state,
        "error": (message or code) if failed else None,
        "error_code": code if failed else None,
        "artifact": files[0] if files else None,
    }
