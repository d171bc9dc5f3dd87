"""The worker process: takes jobs from the queue, several at a time, and keeps house between them."""

import os
import threading
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSConfig

from outfeed.database import reading
from outfeed.jobs import queries
from outfeed.jobs.constants import APPLICATION_VERSION, EXECUTOR, QUEUE, WORKFLOW
from outfeed.jobs.runner import Runner

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: How often the queue is asked for work, in seconds. It is a read; nothing is written while there is none.
POLL_S: Final = 0.05
#: How soon a cancelled job's child is ended, in seconds.
WATCH_S: Final = 0.25
#: How often leftovers are swept, in seconds.
SWEEP_S: Final = 3600.0


def prepare_queue(database: sa.Engine) -> None:
    """Create the queue's own tables, or bring them up to date."""
    DBOS.migrate(database.url.render_as_string(hide_password=False))


def work(
    database: sa.Engine, runner: Runner, *, at_once: int, stop: threading.Event, sweep: Callable[[], object]
) -> None:
    """
    Run jobs, `at_once` at a time, until `stop` is set.

    Jobs still run when this returns; the process is to end at once, and the next worker runs them again.
    """
    DBOS(config=_config(database))

    @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)
    def run_job(job_id: str) -> None:
        runner.run(job_id)

    DBOS.listen_queues([QUEUE])
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=at_once, polling_interval_sec=POLL_S, on_conflict="always_update")
    log.info("worker_ready", at_once=at_once, pid=os.getpid())
    housekeeper = threading.Thread(target=_keep_house, args=(sweep, stop), name="housekeeper", daemon=True)
    housekeeper.start()
    _watch(database, runner, stop)


def _config(database: sa.Engine) -> DBOSConfig:
    return {
        "name": "outfeed",
        "system_database_engine": database,
        "application_version": APPLICATION_VERSION,
        "executor_id": EXECUTOR,
        "log_level": "WARNING",
        "use_listen_notify": False,
        "run_migrations": False,
    }


def _watch(database: sa.Engine, runner: Runner, stop: threading.Event) -> None:
    """End the children of jobs that somebody has cancelled, until `stop` is set."""
    while not stop.wait(WATCH_S):
        running = runner.running()
        if not running:
            continue
        with reading(database) as connection:
            ended = queries.no_longer_running(connection, running)
        runner.stop(ended)


def _keep_house(sweep: Callable[[], object], stop: threading.Event) -> None:
    """Sweep at the start and then every hour; one that fails is logged, and the next hour's starts anew."""
    while True:
        try:
            sweep()
        except Exception:  # whatever it is, it must not end the thread: nothing would be swept any more
            log.exception("sweep_failed")
        if stop.wait(SWEEP_S):
            return
