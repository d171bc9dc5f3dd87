"""The lock of a data folder's worker."""

import threading
from pathlib import Path

import pytest
from litestar.testing import TestClient

from outfeed.app import application
from outfeed.clock import now_ms
from outfeed.jobs.lock import AnotherWorkerRuns, only_worker, worker_runs
from outfeed.services import Services
from outfeed.settings import Settings


def test_a_worker_is_seen_while_it_runs(tmp_path: Path) -> None:
    seen = [worker_runs(tmp_path)]
    with only_worker(tmp_path, threading.Event()):
        seen += [worker_runs(tmp_path), worker_runs(tmp_path)]
    seen.append(worker_runs(tmp_path))

    assert [False, True, True, False] == seen


def test_there_is_one_worker_at_a_time(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with only_worker(tmp_path, stop), pytest.raises(AnotherWorkerRuns), only_worker(tmp_path, stop):
        pytest.fail("two of them")


def test_a_worker_that_waits_comes_in_when_the_one_before_it_is_gone(tmp_path: Path) -> None:
    first = only_worker(tmp_path, threading.Event())
    first.__enter__()

    class Leaving(threading.Event):
        """Has the first worker end where the second one waits."""

        def wait(self, timeout: float | None = None) -> bool:
            assert timeout
            first.__exit__(None, None, None)
            return False

    with only_worker(tmp_path, Leaving()):
        assert worker_runs(tmp_path)


@pytest.mark.slow
def test_the_metrics_say_whether_a_worker_runs_and_readiness_does_not(tmp_path: Path) -> None:
    services = Services.build(Settings(data=tmp_path), clock=now_ms)
    with TestClient(application(services)) as client:
        without = client.get("/metrics").text
        with only_worker(tmp_path, threading.Event()):
            beside = client.get("/metrics").text
        ready = client.get("/readyz").status_code

    told = [line for text in (without, beside) for line in text.splitlines() if line.startswith("outfeed_worker_runs")]
    assert (["outfeed_worker_runs 0.0", "outfeed_worker_runs 1.0"], 200) == (told, ready)
