"""Who is told when a print job changes: inside the commit that changes it, and after."""

from typing import Protocol

import sqlalchemy as sa

from outfeed.fleet.records import PrintJob


class JobWatcher(Protocol):
    """Hooks around changes of print jobs."""

    def asked(self, connection: sa.Connection, job: PrintJob, *, now: int) -> None:
        """Note, in the commit, that a job got an address to be told at."""

    def changed(self, connection: sa.Connection, job: PrintJob, *, now: int) -> None:
        """Note, in the commit, that the state of a job or its printer's word on it has changed."""

    def committed(self) -> None:
        """Learn that a commit in which something was noted is done; on any thread, and must not block."""
