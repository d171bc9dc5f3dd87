"""One user's hundred jobs do not hold up another's one."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from acceptance.harness import PATIENCE_S, Client, Server, wait_for
from acceptance.phases import ask
from outfeed.clock import now_ms

TRIANGLE = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
MANY = 100
#: Longest time that all of them may take, in seconds.
MANY_S = 600.0
ONE_AT_A_TIME = {"OUTFEED_WORKERS": "1"}


@contextmanager
def a_worker(data: Path) -> Iterator[None]:
    """Run a worker of its own on a data folder, one conversion at a time."""
    command = [sys.executable, "-m", "outfeed", "worker", "--data", str(data)]
    worker = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=Server(data).variables(ONE_AT_A_TIME))
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(timeout=PATIENCE_S)


def started_imports(client: Client, number: int) -> list[str]:
    """Start that many imports of one small file, and return their tasks."""
    file_id = client.upload_file("triangle.obj", TRIANGLE)
    return [client.import_task(file_id)["id"] for _ in range(number)]


def done(data: Path, tasks: list[str]) -> int:
    """Return how many of these tasks are done."""
    succeeded = {job for (job,) in ask(data, "SELECT id FROM jobs WHERE state = 'succeeded'")}
    return len(succeeded.intersection(tasks))


def begun_before(data: Path, task: str, *, since: int) -> int:
    """Return how many jobs began between that time and the time when this one began."""
    question = f"""
        SELECT count(*) FROM jobs AS other, jobs AS own
        WHERE own.id = '{task}' AND other.started_at BETWEEN {since} AND own.started_at AND other.id <> own.id
    """  # noqa: S608 - an id of our own
    found: int = ask(data, question)[0][0]
    return found


def test_a_user_who_comes_after_anothers_hundred_jobs_is_served_among_the_first(tmp_path: Path) -> None:
    """All jobs wait for a worker; its order is seen in the times at which they began."""
    with Server(tmp_path / "data", arguments=("--no-worker",)) as server:
        with server.client("ann@example.com") as ann, server.client("bob@example.com") as bob:
            hundred, one = started_imports(ann, MANY), started_imports(bob, 1)
            with a_worker(server.data):
                wait_for(lambda: done(server.data, hundred + one) == MANY + 1, limit_s=MANY_S)
        order = [job for (job,) in ask(server.data, "SELECT id FROM jobs ORDER BY started_at, finished_at")]

    assert order.index(one[0]) <= 1
    assert hundred == [job for job in order if job not in one]


def test_a_user_who_comes_while_anothers_hundred_jobs_run_waits_for_few_of_them(tmp_path: Path) -> None:
    with (
        Server(tmp_path / "data", arguments=("--no-worker",)) as server,
        server.client("ann@example.com") as ann,
        server.client("bob@example.com") as bob,
    ):
        hundred = started_imports(ann, MANY)
        file_id = bob.upload_file("triangle.obj", TRIANGLE)
        with a_worker(server.data):
            wait_for(lambda: done(server.data, hundred) >= 5)
            task = bob.import_task(file_id)
            accepted = now_ms()
            wait_for(lambda: done(server.data, [task["id"]]), limit_s=MANY_S, every_s=0.002)
            left = MANY - done(server.data, hundred)

    # Each of Ann's has a turn of its own: one of them has the same as Bob's, and one may have been chosen already.
    assert begun_before(server.data, task["id"], since=accepted) <= 2
    assert left > 0
