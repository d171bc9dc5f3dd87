"""The web side of the engine: accept a job for good, look at it, cancel it. `worker.py` is the other side.

DBOS keeps the queue in our own database, so that a job and what it belongs to are accepted in one commit.
"""

import uuid
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from dbos import DBOSClient, EnqueueOptions

from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import JobCancelled, NotFound
from outfeed.jobs import queries
from outfeed.jobs.constants import APPLICATION_VERSION, QUEUE, WORKFLOW
from outfeed.jobs.job import Job
from outfeed.jobs.states import State


class Engine:
    """Accepts jobs; a 202 that follows `enqueue` and its commit survives a power cut."""

    def __init__(
        self, database: sa.Engine, clock: Clock, new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._client = DBOSClient(system_database_engine=database, dbos_system_schema=None)

    def close(self) -> None:
        """Let go of what the queue's client holds; the database stays open."""
        self._client.destroy()

    def enqueue(self, connection: sa.Connection, *, principal_id: str, kind: str, spec: dict[str, Any]) -> Job:
        """
        Write a job and its place in the queue into the caller's transaction.

        Both are there after the commit, or neither is.
        """
        now = self._clock()
        job = _new_job(self._new_id(), principal_id=principal_id, kind=kind, spec=spec, now=now)
        turn = queries.next_turn(connection, principal_id)
        queries.insert_job(connection, job, turn=turn)
        options: EnqueueOptions = {
            "workflow_name": WORKFLOW,
            "queue_name": QUEUE,
            "workflow_id": job.id,
            "app_version": APPLICATION_VERSION,
            "priority": turn,
        }
        self._client.enqueue_in_transaction(connection, options, job.id)
        return job

    def find(self, job_id: str) -> Job | None:
        """Return the job with this id, of whomever it is."""
        with reading(self._database) as connection:
            return queries.find_job(connection, job_id)

    def cancel(self, job_id: str) -> Job:
        """
        Cancel a job that has not ended. A running conversion is ended within a second.

        Raises
        ------
        NotFound
            If there is no such job.
        """
        return cancel(self._database, job_id, now=self._clock())


def cancel(database: sa.Engine, job_id: str, *, now: int) -> Job:
    """Cancel a job as `Engine.cancel` does, without the queue's client: for the command line."""
    with writing(database) as connection:
        queries.end_job(connection, job_id, JobCancelled(), now=now)
        job = queries.find_job(connection, job_id)
    if job is None:
        raise NotFound(f"Job {job_id}.")
    return job


def _new_job(job_id: str, *, principal_id: str, kind: str, spec: dict[str, Any], now: int) -> Job:
    return Job(
        id=job_id,
        principal_id=principal_id,
        kind=kind,
        state=State.QUEUED,
        progress=0.0,
        spec=spec,
        result=None,
        error_code=None,
        error_message=None,
        attempts=0,
        peak_memory_bytes=None,
        created_at=now,
        started_at=None,
        updated_at=now,
        finished_at=None,
    )
