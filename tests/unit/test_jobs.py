"""The engine: accepted in one commit, fair between users, ended once."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from outfeed.blobs.store import FileBlobs, Staged
from outfeed.database import reading, writing
from outfeed.errors import ChildTimedOut, ChildVanished, NotFound, OutfeedError
from outfeed.jobs import queries
from outfeed.jobs.engine import Engine, cancel
from outfeed.jobs.job import Job
from outfeed.jobs.kinds import Kind, Results
from outfeed.jobs.runner import Runner, spec
from outfeed.jobs.states import LIVE, MOVES, State, before
from outfeed.jobs.work import Limits, Work
from unit.helpers import NOW, Convert, InProcessSandbox, a_database, staged


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sa.Engine]:
    engine = a_database(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def jobs(database: sa.Engine) -> Iterator[Engine]:
    engine = Engine(database, clock=lambda: NOW)
    yield engine
    engine.close()


def accept(database: sa.Engine, jobs: Engine, principal_id: str = "ann", **inputs: str) -> Job:
    with writing(database) as connection:
        work = spec(inputs=inputs, options={})
        return jobs.enqueue(connection, principal_id=principal_id, kind="copy", spec=work)


def start_next(database: sa.Engine) -> str:
    """Start the job that the queue would start, and return its owner."""
    with writing(database) as connection:
        row = connection.execute(
            sa.text(
                "SELECT workflow_uuid id FROM workflow_status WHERE status = 'ENQUEUED' ORDER BY priority, created_at"
            )
        ).first()
        assert row is not None
        connection.execute(sa.text("DELETE FROM workflow_status WHERE workflow_uuid = :id"), {"id": row.id})
        job = queries.start_job(connection, row.id, now=NOW)
    assert job is not None
    return job.principal_id


def test_every_state_has_its_moves_and_the_ended_ones_none() -> None:
    assert {State.QUEUED, State.RUNNING} == LIVE
    assert all(MOVES[state] == set() for state in State if state not in LIVE)
    assert ["queued", "running"] == before(State.CANCELLED)


def test_a_job_and_its_place_in_the_queue_are_one_commit(database: sa.Engine, jobs: Engine) -> None:
    """If the caller's transaction fails, neither the job nor the queued work is there."""

    def accept_and_fail() -> None:
        with writing(database) as connection:
            jobs.enqueue(connection, principal_id="ann", kind="copy", spec=spec(inputs={}, options={}))
            raise LookupError

    with pytest.raises(LookupError):
        accept_and_fail()

    with reading(database) as connection:
        assert queries.newest_jobs(connection, states=list(State), limit=9) == []
        assert connection.scalar(sa.text("SELECT count(*) FROM workflow_status")) == 0


def test_one_users_hundred_jobs_do_not_hold_up_anothers_one(database: sa.Engine, jobs: Engine) -> None:
    """Bob's job starts after at most one of Ann's that waited before it."""
    for _ in range(100):
        accept(database, jobs, "ann")
    begun = [start_next(database) for _ in range(3)]
    accept(database, jobs, "bob")

    begun += [start_next(database) for _ in range(2)]

    assert ["ann", "ann", "ann"] == begun[:3]
    assert "bob" in begun[3:]


def test_two_users_with_many_jobs_take_turns(database: sa.Engine, jobs: Engine) -> None:
    for _ in range(10):
        accept(database, jobs, "ann")
    for _ in range(10):
        accept(database, jobs, "bob")

    begun = [start_next(database) for _ in range(10)]

    assert (5, 5) == (begun.count("ann"), begun.count("bob"))


def test_a_cancelled_job_is_not_started(database: sa.Engine, jobs: Engine) -> None:
    job = accept(database, jobs)

    jobs.cancel(job.id)

    with writing(database) as connection:
        assert queries.start_job(connection, job.id, now=NOW) is None
    found = jobs.find(job.id)
    assert found is not None
    assert (State.CANCELLED, "job_cancelled") == (found.state, found.error_code)


def test_a_job_that_nobody_has_cannot_be_cancelled(database: sa.Engine) -> None:
    with pytest.raises(NotFound):
        cancel(database, "nothing", now=NOW)


def copy(work: Work, report: Callable[[float], None]) -> dict[str, Any]:
    report(0.5)
    data = (work.folder / "in" / "source").read_bytes()
    (work.folder / "out" / "copy").write_bytes(data)
    return {"size": len(data)}


def a_runner(
    database: sa.Engine,
    tmp_path: Path,
    convert: Convert = copy,
    *,
    max_attempts: int = 3,
) -> tuple[Runner, InProcessSandbox, list[Results]]:
    finished: list[Results] = []

    def finish(_connection: sa.Connection, _job: Job, results: Results, _now: int) -> dict[str, Any]:
        finished.append(results)
        return {"digest": results.files["copy"].digest}

    sandbox = InProcessSandbox(convert)
    kind = Kind(name="copy", target="x:y", limits=Limits(wall_s=1, memory_bytes=5, output_bytes=1), finish=finish)
    runner = Runner(
        database=database,
        blobs=FileBlobs(tmp_path),
        sandbox=sandbox,  # type: ignore[arg-type] # the fake has the one method that is called
        kinds={"copy": kind},
        folder=tmp_path / "work",
        clock=lambda: NOW,
        max_attempts=max_attempts,
    )
    return runner, sandbox, finished


def a_blob(tmp_path: Path, data: bytes = b"bytes") -> Staged:
    blobs = FileBlobs(tmp_path)
    blob = staged(blobs, data)
    blobs.publish(blob)
    return blob


def state_of(jobs: Engine, job: Job) -> Job:
    found = jobs.find(job.id)
    assert found is not None
    return found


def test_a_job_runs_to_its_result(database: sa.Engine, jobs: Engine, tmp_path: Path) -> None:
    source = a_blob(tmp_path)
    job = accept(database, jobs, source=source.digest)
    runner, _, finished = a_runner(database, tmp_path)

    runner.run(job.id)

    ended = state_of(jobs, job)
    assert (State.SUCCEEDED, 1.0, {"digest": source.digest}) == (ended.state, ended.progress, ended.result)
    assert [{"size": 5}] == [results.facts for results in finished]
    assert list((tmp_path / "work").iterdir()) == []


def test_a_job_that_is_started_twice_ends_once(database: sa.Engine, jobs: Engine, tmp_path: Path) -> None:
    """The queue may start a job again after a crash; an ended job does nothing."""
    job = accept(database, jobs, source=a_blob(tmp_path).digest)
    runner, sandbox, finished = a_runner(database, tmp_path)

    runner.run(job.id)
    runner.run(job.id)

    assert (1, 1) == (sandbox.runs, len(finished))


@pytest.mark.parametrize(
    ("error", "code"), [(ChildTimedOut(), "conversion_timed_out"), (ValueError("secret"), "conversion_broken")]
)
def test_an_error_ends_the_job_with_a_code_and_a_sentence(
    database: sa.Engine, jobs: Engine, tmp_path: Path, error: Exception, code: str
) -> None:
    def fail(_work: Work, _report: Callable[[float], None]) -> dict[str, Any]:
        raise error

    job = accept(database, jobs, source=a_blob(tmp_path).digest)
    a_runner(database, tmp_path, fail)[0].run(job.id)

    ended = state_of(jobs, job)
    assert (State.FAILED, code) == (ended.state, ended.error_code)
    assert "secret" not in str(ended.error_message)


def test_a_conversion_that_was_killed_is_tried_again(database: sa.Engine, jobs: Engine, tmp_path: Path) -> None:
    tries = iter([ChildVanished(), None])

    def vanish_once(work: Work, report: Callable[[float], None]) -> dict[str, Any]:
        error: OutfeedError | None = next(tries)
        if error:
            raise error
        return copy(work, report)

    job = accept(database, jobs, source=a_blob(tmp_path).digest)
    runner, sandbox, _ = a_runner(database, tmp_path, vanish_once)
    runner.run(job.id)

    assert (State.SUCCEEDED, 2) == (state_of(jobs, job).state, sandbox.runs)


def test_a_job_that_kills_its_workers_fails_in_the_end(database: sa.Engine, jobs: Engine, tmp_path: Path) -> None:
    job = accept(database, jobs, source=a_blob(tmp_path).digest)
    with writing(database) as connection:
        for _ in range(3):
            queries.start_job(connection, job.id, now=NOW)

    a_runner(database, tmp_path, max_attempts=3)[0].run(job.id)

    assert state_of(jobs, job).error_code == "worker_lost"


def test_a_job_that_was_cancelled_while_it_ran_leaves_no_result(
    database: sa.Engine, jobs: Engine, tmp_path: Path
) -> None:
    job = accept(database, jobs, source=a_blob(tmp_path).digest)

    def cancel_meanwhile(work: Work, report: Callable[[float], None]) -> dict[str, Any]:
        cancel(database, job.id, now=NOW)
        return copy(work, report)

    runner, _, finished = a_runner(database, tmp_path, cancel_meanwhile)
    runner.run(job.id)

    ended = state_of(jobs, job)
    assert (State.CANCELLED, None, []) == (ended.state, ended.result, finished)
