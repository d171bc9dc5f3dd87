"""`outfeed worker`: the process that runs jobs. `outfeed serve` starts one by itself."""

import os
import signal
import sys
import threading
from typing import Annotated

import typer

from outfeed.cli.options import Data, settings_of
from outfeed.settings import Settings


def worker(
    data: Data = None,
    until_eof: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option(help="End when standard input ends: when the process that started this one is gone.")
    ] = False,
) -> None:
    """Run jobs from the queue of a data folder until it is told to stop."""
    from outfeed import logs
    from outfeed.jobs.lock import only_worker

    settings = settings_of(data=data)
    logs.set_up(settings.log_level)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    if until_eof:
        threading.Thread(target=_wait_for_eof, args=(stop,), daemon=True).start()
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with only_worker(settings.data, stop):
        _work(settings, stop)


def _work(settings: Settings, stop: threading.Event) -> None:
    from outfeed.blobs.store import FileBlobs
    from outfeed.clock import now_ms
    from outfeed.exports.kinds import PRELOAD, kinds
    from outfeed.fleet.registration import forget_unclaimed
    from outfeed.fleet.retention import forget_commands
    from outfeed.jobs.runner import Runner
    from outfeed.jobs.sandbox import Sandbox, remove
    from outfeed.jobs.worker import work
    from outfeed.library.sweep import sweep
    from outfeed.services import prepared_database

    work_folder = settings.data / "work"
    # What a worker that was killed has left; the lock says that nobody works there.
    remove(work_folder)
    database = prepared_database(settings)
    blobs = FileBlobs(settings.data)
    with Sandbox(preload=PRELOAD) as sandbox:
        runner = Runner(
            database=database,
            blobs=blobs,
            sandbox=sandbox,
            kinds=kinds(settings),
            folder=work_folder,
            clock=now_ms,
            max_attempts=settings.max_attempts,
        )
        at_once = settings.workers or os.cpu_count() or 1

        def keep_house() -> None:
            forget_unclaimed(database, now_ms, settings)
            forget_commands(database, now_ms, settings)
            sweep(database, blobs, now_ms)

        work(database, runner, at_once=at_once, stop=stop, sweep=keep_house)
        # Conversions still run. Nobody waits for them or notes their end: the next worker runs their jobs again.
        os._exit(0)


def _wait_for_eof(stop: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stop.set()
