"""One job, from its start to its one end, however often that takes.

The queue starts a job at least once; the commit that ends it happens once, because it looks at the job's state under
the write lock. Results are stored under their digests before that commit, so nobody ever reads half of one.
"""

import threading
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
import structlog

from outfeed.blobs.store import Blobs, Staged
from outfeed.clock import Clock
from outfeed.database import writing
from outfeed.errors import ChildBroken, ChildKilled, ChildVanished, OutfeedError, WorkerLost
from outfeed.jobs import queries
from outfeed.jobs.job import Job
from outfeed.jobs.kinds import Kind, Results
from outfeed.jobs.sandbox import Outcome, Sandbox, SandboxClosed, Work, remove

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: Progress is written at most this often per job: each time is a commit.
PROGRESS_EVERY_MS: Final = 250
#: A conversion that somebody killed is started again this often within one attempt.
VANISHED_RETRIES: Final = 3


class Runner:
    """Runs jobs, one per calling thread."""

    def __init__(
        self,
        *,
        database: sa.Engine,
        blobs: Blobs,
        sandbox: Sandbox,
        kinds: Mapping[str, Kind],
        folder: Path,
        clock: Clock,
        max_attempts: int,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._sandbox = sandbox
        self._kinds = kinds
        self._folder = folder
        self._clock = clock
        self._max_attempts = max_attempts
        self._running: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def run(self, job_id: str) -> None:
        """Bring a job to its end; do nothing if it has ended."""
        with writing(self._database) as connection:
            job = queries.start_job(connection, job_id, now=self._clock())
        if job is None:
            return
        try:
            self._attempt(job)
        except SandboxClosed:
            log.info("job_left", job=job.id)  # this worker ends; the next one runs the job again
        except OutfeedError as error:
            self._fail(job, error)
        except Exception:  # the door of a job: whatever happens, it must not stay "running" for ever
            incident = uuid.uuid4().hex[:12]
            log.exception("job_broke", job=job.id, incident=incident)
            self._fail(job, ChildBroken(f"Incident {incident}."))

    def running(self) -> list[str]:
        """Return the ids of the jobs that run now."""
        with self._lock:
            return list(self._running)

    def stop(self, job_ids: set[str]) -> None:
        """End the conversions of these jobs: somebody has ended the jobs."""
        with self._lock:
            for job_id in job_ids & self._running.keys():
                self._running[job_id].set()

    def _attempt(self, job: Job) -> None:
        """Convert in a child and publish what came out."""
        if job.attempts > self._max_attempts:
            raise WorkerLost
        cancelled = threading.Event()
        with self._lock:
            self._running[job.id] = cancelled
        folder = self._folder / f"{job.id}.{uuid.uuid4().hex[:8]}"
        try:
            self._convert_and_finish(job, folder, cancelled)
        finally:
            with self._lock:
                self._running.pop(job.id, None)
            remove(folder)

    def _convert_and_finish(self, job: Job, folder: Path, cancelled: threading.Event) -> None:
        kind = self._kinds[job.kind]
        outcome = self._convert(job, kind, folder, cancelled)
        if outcome.took_s * 1000 > PROGRESS_EVERY_MS:
            self._note_progress(job, 1.0)  # what the conversion said last may be unwritten, and storing takes its time
        files = self._publish(outcome.outputs)
        with writing(self._database) as connection:
            if not queries.is_running(connection, job.id):
                return
            now = self._clock()
            result = kind.finish(connection, job, Results(facts=outcome.facts, files=files), now)
            queries.finish_job(connection, job.id, result, peak_memory_bytes=outcome.peak_memory_bytes, now=now)
        log.info("job_finished", job=job.id, kind=job.kind, took_s=round(outcome.took_s, 3))

    def _convert(self, job: Job, kind: Kind, folder: Path, cancelled: threading.Event) -> Outcome:
        """Run the conversion, again if somebody killed it."""
        for _ in range(VANISHED_RETRIES):
            self._lay(job, folder)
            work = Work(target=kind.target, options=job.spec["options"], folder=folder)
            try:
                return self._sandbox.run(work, limits=kind.limits, report=self._reporter(job), cancelled=cancelled)
            except ChildVanished:
                log.warning("child_vanished", job=job.id)
        raise ChildKilled

    def _lay(self, job: Job, folder: Path) -> None:
        """Make a fresh folder with the inputs in it."""
        remove(folder)
        (folder / "in").mkdir(parents=True)
        for name, digest in job.spec["inputs"].items():
            self._blobs.lay(digest, folder / "in" / name)

    def _publish(self, outputs: Mapping[str, Path]) -> dict[str, Staged]:
        """Store what the child wrote under its digests, for good."""
        published = {}
        for name, path in outputs.items():
            staged = self._blobs.adopt(path)
            self._blobs.publish(staged)
            published[name] = staged
        return published

    def _reporter(self, job: Job) -> Callable[[float], None]:
        """Return what the conversion calls with its share done."""
        written_at = 0

        def report(share: float) -> None:
            nonlocal written_at
            now = self._clock()
            if now - written_at < PROGRESS_EVERY_MS:
                return
            written_at = now
            self._note_progress(job, share)

        return report

    def _note_progress(self, job: Job, share: float) -> None:
        with writing(self._database) as connection:
            queries.set_progress(connection, job.id, share, now=self._clock())

    def _fail(self, job: Job, error: OutfeedError) -> None:
        with writing(self._database) as connection:
            ended = queries.end_job(connection, job.id, error, now=self._clock())
        if ended:
            log.info("job_failed", job=job.id, kind=job.kind, code=error.code)


def spec(*, inputs: Mapping[str, str], options: Mapping[str, Any], **rest: Any) -> dict[str, Any]:
    """Return a job's `spec`: inputs (file name to digest), options of the conversion, and what `finish` needs."""
    return {"inputs": dict(inputs), "options": dict(options), **rest}
