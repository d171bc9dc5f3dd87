"""What a server and its users are in the middle of, and which processes could die of it."""

import contextlib
import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from acceptance.harness import Server, offspring
from acceptance.journeys import User


class Phase(StrEnum):
    """What is under way when a process is killed."""

    UPLOADING = "uploading"
    IMPORT_QUEUED = "import queued"
    IMPORT_RUNNING = "import running"
    EXPORT_QUEUED = "export queued"
    EXPORT_RUNNING = "export running"
    DOWNLOADING = "downloading"
    IDLE = "idle"


class Victim(StrEnum):
    """Which process is killed."""

    WEB = "web"
    WORKER = "worker"
    NURSERY = "nursery"
    CHILD = "child"
    EVERYTHING = "everything"


#: Phases of a job, by its kind and its state.
JOBS: Final = {
    ("mesh_import", "queued"): Phase.IMPORT_QUEUED,
    ("mesh_import", "running"): Phase.IMPORT_RUNNING,
    ("mesh_export", "queued"): Phase.EXPORT_QUEUED,
    ("mesh_export", "running"): Phase.EXPORT_RUNNING,
}
RUNNING: Final = (Phase.IMPORT_RUNNING, Phase.EXPORT_RUNNING)
TRANSFERS: Final = (Phase.UPLOADING, Phase.DOWNLOADING)


def ask(data: Path, question: str) -> list[tuple[Any, ...]]:
    """Return the rows that answer a question to the database; the connection does not outlive it."""
    with closing(sqlite3.connect(data / "outfeed.sqlite", timeout=30)) as database:
        return database.execute(question).fetchall()


def family(server: Server) -> dict[Victim, list[int]]:
    """Return the processes of a server by what they are."""
    web = [server.process.pid]
    worker = offspring(web[0])
    nursery = [pid for parent in worker for pid in offspring(parent)]
    child = [pid for parent in nursery for pid in offspring(parent)]
    everything = web + worker + nursery + child
    return {
        Victim.WEB: web,
        Victim.WORKER: worker,
        Victim.NURSERY: nursery,
        Victim.CHILD: child,
        Victim.EVERYTHING: everything,
    }


def under_way(server: Server, users: Sequence[User]) -> Counter[Phase]:
    """Return how often each phase is under way just now; a job runs only while there is a child."""
    found = Counter({phase: sum(user.doing == phase for user in users) for phase in TRANSFERS})
    live = ask(server.data, "SELECT kind, state FROM jobs WHERE state IN ('queued', 'running')")
    children = family(server)[Victim.CHILD]
    found.update(phase for row in live if (phase := JOBS[row]) not in RUNNING or children)
    if not live and all(user.doing == "resting" for user in users):
        found[Phase.IDLE] = 1
    return +found


def kill(pids: Sequence[int]) -> None:
    """End processes at once; one that has ended by itself meanwhile is fine."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
