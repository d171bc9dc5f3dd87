"""The lock of a data folder's worker: there is one at a time, and anybody can see whether there is."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from outfeed.errors import OutfeedError

#: How long a new worker waits for the one before it to let go of the data folder, in seconds.
LOCK_S: Final = 10.0
#: How often it looks, in seconds.
_LOOK_S: Final = 0.25

_NAME: Final = "worker.lock"


class AnotherWorkerRuns(OutfeedError):
    """Another worker runs on this data folder."""

    code = "another_worker_runs"


@contextmanager
def only_worker(data: Path, stop: threading.Event, wait_s: float = LOCK_S) -> Iterator[None]:
    """
    Hold the data folder's worker lock; the kernel lets go of it however this process ends.

    Raises
    ------
    AnotherWorkerRuns
        If another process holds it for longer than `wait_s` seconds.
    """
    with (data / _NAME).open("w") as file:
        for _ in range(int(wait_s / _LOOK_S)):
            if _locked(file, fcntl.LOCK_EX):
                yield
                return
            stop.wait(_LOOK_S)
        raise AnotherWorkerRuns(f"Folder {data}.")


def worker_runs(data: Path) -> bool:
    """Tell whether a worker holds the data folder's lock. To see it is to hold it for a moment: workers look again."""
    try:
        with (data / _NAME).open() as file:
            return not _locked(file, fcntl.LOCK_SH)
    except FileNotFoundError:
        return False


def _locked(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
