"""What printers send of themselves when they are asked for their logs: a file of whoever has asked."""

import uuid
from collections.abc import Callable

import sqlalchemy as sa

from outfeed.blobs.store import Blobs, Staged
from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.fleet import job_queries as queries
from outfeed.library.files import FileRecord, insert_file
from outfeed.schema import files

#: What is sent: printers pack their logs with gzip, and nobody here looks inside.
GZIP = "application/gzip"


class PrinterLogs:
    """Keeps the logs of printers."""

    def __init__(
        self,
        database: sa.Engine,
        clock: Clock,
        blobs: Blobs,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._database = database
        self._clock = clock
        self._blobs = blobs
        self._new_id = new_id

    def require(self, task_id: str, printer_id: int) -> None:
        """Raise `NotFound` unless the printer was given such a command, and is still there."""
        with reading(self._database) as connection:
            queries.given(connection, printer_id, task_id)

    def keep(self, task_id: str, printer_id: int, staged: Staged) -> FileRecord:
        """
        Keep staged bytes as a file of the member who has sent the command, in place of what the printer sent before.

        Raises
        ------
        NotFound
            If the printer was given no such command, or is gone.
        """
        self._blobs.publish(staged)
        with writing(self._database) as connection:
            command = queries.given(connection, printer_id, task_id)
            connection.execute(sa.delete(files).where(files.c.id == command.file_id))
            record = insert_file(
                connection,
                file_id=self._new_id(),
                principal_id=command.sender_id,
                name=f"printer-{printer_id}-logs.gz",
                staged=staged,
                content_type=GZIP,
                now=self._clock(),
            )
            queries.update_command(connection, task_id, file_id=record.id)
        return record
