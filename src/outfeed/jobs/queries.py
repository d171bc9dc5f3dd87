"""What the engine asks the database, one function per question."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from outfeed.errors import JobCancelled, OutfeedError
from outfeed.jobs.job import Job
from outfeed.jobs.states import LIVE, State, before
from outfeed.schema import jobs

_COLUMNS = [column for column in jobs.c if column.name != "turn"]


def find_job(connection: sa.Connection, job_id: str) -> Job | None:
    """Return the job with this id."""
    row = connection.execute(sa.select(*_COLUMNS).where(jobs.c.id == job_id)).one_or_none()
    return _job(row) if row else None


def newest_jobs(connection: sa.Connection, *, states: Collection[State], limit: int) -> list[Job]:
    """Return jobs in these states, newest first."""
    rows = connection.execute(
        sa.select(*_COLUMNS).where(jobs.c.state.in_(states)).order_by(jobs.c.created_at.desc()).limit(limit)
    )
    return [_job(row) for row in rows]


def count_by_state(connection: sa.Connection) -> dict[str, int]:
    """Return how many jobs are in each state that has any."""
    rows = connection.execute(sa.select(jobs.c.state, sa.func.count().label("number")).group_by(jobs.c.state))
    return {row.state: row.number for row in rows}


def next_turn(connection: sa.Connection, principal_id: str) -> int:
    """
    Return the place in the fair order for this principal's next job.

    Start-time fair queueing: a job waits behind its owner's earlier ones and takes its place at the head of the queue
    otherwise, so a hundred waiting jobs of one user hold up another's first job by one.
    """
    head = connection.scalar(sa.select(sa.func.min(jobs.c.turn)).where(jobs.c.state == State.QUEUED))
    if head is None:
        head = connection.scalar(sa.select(sa.func.max(jobs.c.turn)).where(jobs.c.state == State.RUNNING))
    own = connection.scalar(
        sa.select(sa.func.max(jobs.c.turn)).where(jobs.c.principal_id == principal_id, jobs.c.state.in_(LIVE))
    )
    return max(head or 1, (own or 0) + 1)


def insert_job(connection: sa.Connection, job: Job, *, turn: int) -> None:
    """Write a new job."""
    values = {column.name: getattr(job, column.name) for column in _COLUMNS}
    connection.execute(sa.insert(jobs).values(turn=turn, **values))


def start_job(connection: sa.Connection, job_id: str, *, now: int) -> Job | None:
    """Mark a queued, or left-over running, job as running once more and return it; None if there is nothing to run."""
    found = connection.execute(
        sa.update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state.in_(LIVE))
        .values(
            state=State.RUNNING,
            attempts=jobs.c.attempts + 1,
            progress=0.0,
            started_at=sa.func.coalesce(jobs.c.started_at, now),
            updated_at=now,
        )
    )
    return find_job(connection, job_id) if found.rowcount else None


def set_progress(connection: sa.Connection, job_id: str, share: float, *, now: int) -> None:
    """Note how far a running job is."""
    connection.execute(
        sa.update(jobs).where(jobs.c.id == job_id, jobs.c.state == State.RUNNING).values(progress=share, updated_at=now)
    )


def finish_job(
    connection: sa.Connection, job_id: str, result: dict[str, Any], *, peak_memory_bytes: int, now: int
) -> None:
    """Mark a running job as succeeded. The caller has checked, in the same transaction, that it still runs."""
    connection.execute(
        sa.update(jobs)
        .where(jobs.c.id == job_id)
        .values(
            state=State.SUCCEEDED,
            progress=1.0,
            result=result,
            peak_memory_bytes=peak_memory_bytes,
            updated_at=now,
            finished_at=now,
        )
    )


def end_job(connection: sa.Connection, job_id: str, error: OutfeedError, *, now: int) -> bool:
    """Mark a job as failed, or cancelled if that is the error; False if it had ended already."""
    state = State.CANCELLED if isinstance(error, JobCancelled) else State.FAILED
    ended = connection.execute(
        sa.update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state.in_(before(state)))
        .values(
            state=state,
            progress=1.0,
            error_code=error.code,
            error_message=str(error),
            peak_memory_bytes=error.peak_memory_bytes,
            updated_at=now,
            finished_at=now,
        )
    )
    return ended.rowcount == 1


def is_running(connection: sa.Connection, job_id: str) -> bool:
    """Tell whether the job still runs: it may have been cancelled meanwhile."""
    return connection.scalar(sa.select(jobs.c.state).where(jobs.c.id == job_id)) == State.RUNNING


def no_longer_running(connection: sa.Connection, job_ids: Collection[str]) -> set[str]:
    """Return those of `job_ids` that were ended by somebody else."""
    rows = connection.execute(sa.select(jobs.c.id).where(jobs.c.id.in_(job_ids), jobs.c.state != State.RUNNING))
    return {row.id for row in rows}


def _job(row: sa.Row[Any]) -> Job:
    values = dict(row._mapping)  # noqa: SLF001 - the public name of a row's columns in SQLAlchemy
    return Job(**values | {"state": State(values["state"])})
