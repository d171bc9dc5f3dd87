"""Who is told when a print job changes: inside the commit that changes it, and after."""

from typing import Protocol

import sqlalchemy as sa

from outfeed.fleet.records import PrintJob


class JobWatcher(Protocol):
    """Hooks around changes of print jobs."""

    def asked(self, connection: sa.Connection, job: PrintJob, *, now: int) -> None:
        """Note, in the commit, that a job got an address to be told at."""

    def changed(self, connection: sa.Connection, job: PrintJob, *, moved: bool, now: int) -> None:
        """Note, in the commit, what became of a job: its state has `moved`, or its printer says more of it."""

    def committed(self) -> None:
        """Learn that a commit in which something was noted is done; on any thread, and must not block."""
