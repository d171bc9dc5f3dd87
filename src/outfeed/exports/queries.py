"""What the story of an export asks the database, one function per question."""

import sqlalchemy as sa

from outfeed.jobs.job import Job
from outfeed.jobs.queries import find_job
from outfeed.jobs.states import LIVE, State
from outfeed.library.artifacts import artifact_is_there
from outfeed.library.thumbnails import find_thumbnail
from outfeed.schema import exports, jobs


def reusable_job(connection: sa.Connection, principal_id: str, key: str) -> Job | None:
    """
    Return the job of an equal export that still runs, or whose artifact is still there.

    A failed or cancelled job is never reused, nor one whose artifact was deleted.
    """
    rows = connection.execute(
        sa.select(exports.c.job_id, exports.c.id, jobs.c.state)
        .join(jobs, jobs.c.id == exports.c.job_id)
        .where(exports.c.principal_id == principal_id, exports.c.key == key)
        .where(jobs.c.state.in_([*LIVE, State.SUCCEEDED]))
        .order_by(exports.c.created_at.desc())
    )
    for row in rows:
        job = find_job(connection, row.job_id)
        if job and (job.state in LIVE or _result_is_there(connection, job)):
            return job
    return None


def insert_export(connection: sa.Connection, job: Job, *, key: str, mesh_id: str, now: int) -> None:
    """Write the row of a new export beside its job."""
    export = job.spec["export"]
    connection.execute(
        sa.insert(exports).values(
            id=export["id"],
            key=key,
            principal_id=job.principal_id,
            mesh_id=mesh_id,
            format=job.spec["options"]["format"],
            options=job.spec["options"],
            door=export["door"],
            job_id=job.id,
            created_at=now,
        )
    )


def _result_is_there(connection: sa.Connection, job: Job) -> bool:
    result = job.result or {}
    if "thumbnail" in result:
        return find_thumbnail(connection, job.principal_id, result["thumbnail"]) is not None
    return artifact_is_there(connection, result)
