"""What printers say, and what that does to their print jobs. Late, doubled and untrue words change nothing."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import sqlalchemy as sa

from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import NotFound, NotMeaningful
from outfeed.fleet import job_queries as queries
from outfeed.fleet import standing
from outfeed.fleet.access import owner_of
from outfeed.fleet.records import PRINT, Command, Printer, PrintJob, Report
from outfeed.fleet.states import ENDED, WAITING, PrintState, told_by_printer
from outfeed.fleet.watching import JobWatcher

#: Jobs begun by a printer itself that are kept of it.
MOST_LOCAL_JOBS: Final = 1_000
#: Letters of a printer's own name for a job.
MAX_JOB_ID: Final = 255
#: What a job is when its command is done and the printer does not say what became of the job.
_DONE: Final = {"pause": PrintState.PAUSED, "resume": PrintState.PRINTING, "cancel": PrintState.CANCELED}
#: A print of which a printer at rest has said nothing for so long, in milliseconds, it does not know any more. A status
#: may be on its way while the print begins, or ends; one that comes so long after its end tells of another print.
SILENT_MS: Final = 60_000
#: What a job is that only its printer knows of, by what the printer says of itself.
_FIRST: Final = {"printing": PrintState.PRINTING, "paused": PrintState.PAUSED}


class PrintReports:
    """Takes printers' words on their jobs."""

    def __init__(
        self,
        database: sa.Engine,
        clock: Clock,
        watcher: JobWatcher,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._database = database
        self._clock = clock
        self._watcher = watcher
        self._new_id = new_id

    def reported(self, connection: sa.Connection, printer_id: int, report: Report, *, now: int) -> None:
        """Take what is said of a job, in the commit of whoever keeps it; one that nobody knows is the printer's own."""
        if not report.job_id:
            return
        job = self._known(connection, printer_id, report, now=now)
        if job is None:
            self._begin(connection, printer_id, report, name="", now=now)
        else:
            self._apply(connection, job, report, now=now)

    def lost(self, connection: sa.Connection, printer_id: int, report: Report, *, now: int) -> bool:
        """
        Let prints fail that their printer has forgotten: it was switched off, or reset; return whether there were any.

        It is at rest, names another job or none, and has not spoken of the print for a while. While such a job held
        the printer, no other one could begin. A print that was not begun yet counts only where something shows that
        the printer would speak of it: firmware may fetch it, or wait for its button, without naming it.
        """
        if not standing.is_at_rest(report):
            return False
        would_tell = standing.tells_what_it_does(report)
        named, since = report.job_id or "", now - SILENT_MS
        lost = queries.silent_prints(connection, printer_id, named=named, since=since, would_tell=would_tell)
        for job in lost:
            self._move(connection, job, PrintState.FAILED, None, now=now)
        return bool(lost)

    def acknowledged(self, connection: sa.Connection, command: Command, report: Report, *, now: int) -> None:
        """Take the acknowledgement of a command, in the commit of whoever keeps it."""
        if command.job_key is None:
            self.reported(connection, command.printer_id, report, now=now)
            return
        job = queries.job_by_key(connection, command.job_key)
        meant = _meant(command, report, job)
        if report.job_id and report.job_id != job.id:
            self.reported(connection, command.printer_id, report, now=now)
        if not report.job_id or report.job_id == job.id or meant:
            self._apply(connection, job, replace(report, job_state=meant or report.job_state), now=now)

    def committed(self) -> None:
        """Learn that a commit in which a word was taken is done."""
        self._watcher.committed()

    def printer_gone(self, connection: sa.Connection, printer_id: int, *, now: int) -> None:
        """Let all jobs of a printer fail that are not over, in the commit that forgets the printer."""
        for job in queries.unfinished(connection, printer_id):
            self._move(connection, job, PrintState.FAILED, None, now=now)

    def member_gone(self, connection: sa.Connection, printer_id: int, principal_id: str, *, now: int) -> None:
        """
        Take a member's jobs off a printer that has not seen them, in the commit that takes the member off it.

        They go back to having no printer; a print that was given to the printer, and did not leave, is cancelled.
        """
        for job in queries.unfinished(connection, printer_id):
            if job.owner_id != principal_id:
                continue
            if job.state in WAITING:
                free = {"printer_id": None, "state": PrintState.CREATED.value, "queued_at": None, "changed_at": now}
                freed = queries.update_job(connection, job.key, **free)
                self._watcher.changed(connection, freed, moved=freed.state is not job.state, now=now)
            elif job.state is PrintState.SENT and not queries.was_sent(connection, job.id):
                self.cancel(connection, job, now=now)

    # --- Jobs of the printer's own ------------------------------------------------------------------------------------

    def queue_of(self, printer: Printer, *, limit: int | None, offset: int) -> tuple[list[PrintJob], int]:
        """Return a page of the jobs of a printer that are not over, in the order of their turns; and how many are."""
        with reading(self._database) as connection:
            found = queries.queue_of(connection, printer.id, limit=limit, offset=offset)
            return found, queries.count_queue(connection, printer.id)

    def begin(self, printer: Printer, report: Report, *, name: str) -> PrintJob:
        """
        Keep a job that a printer has begun itself; one that is known already takes the report.

        Raises
        ------
        NotMeaningful
            If nobody has claimed the printer, or too many jobs of its own are not over.
        """
        now = self._clock()
        with writing(self._database) as connection:
            job = self._known(connection, printer.id, report, now=now)
            if job is not None:
                job = self._apply(connection, job, report, now=now)
            else:
                job = self._begin(connection, printer.id, report, name=name, now=now)
        if job is None:
            raise NotMeaningful("Nobody owns the printer, or it has too many jobs that are not over.")
        self.committed()
        return job

    def drop(self, printer: Printer, job_id: str) -> None:
        """Take a job out of the printer's queue; `NotFound`, or `NotMeaningful` if the printer has begun it."""
        now = self._clock()
        with writing(self._database) as connection:
            job = queries.job_on_printer(connection, printer.id, job_id)
            if job is None:
                raise NotFound(f"Job {job_id}.")
            if job.state not in WAITING:
                raise NotMeaningful(f"The job is {job.state}: only one that waits can be dropped.")
            self._move(connection, job, PrintState.CANCELED, None, now=now)
        self.committed()

    def cancel(self, connection: sa.Connection, job: PrintJob, *, now: int) -> None:
        """Cancel a job that no printer has seen, in the commit of whoever keeps the command."""
        self._move(connection, job, PrintState.CANCELED, None, now=now)

    def undelivered(self, connection: sa.Connection, command: Command, *, now: int) -> None:
        """Let the job of a print fail that never reached its printer, in the commit that ends the command."""
        job = queries.job_by_key(connection, command.job_key) if command.job_key is not None else None
        if job is not None and job.state is PrintState.SENT:
            self._move(connection, job, PrintState.FAILED, None, now=now)

    # --- Inside -------------------------------------------------------------------------------------------------------

    def _known(self, connection: sa.Connection, printer_id: int, report: Report, *, now: int) -> PrintJob | None:
        """
        Return the job that a printer names, or None if there is none.

        One of the printer's own that has been over for a while and is printed now is another one, which takes its name:
        an Ember calls every print `local` or `local_` that has no id. The one before gets an id of ours. Both the
        printer's status and the job's must say so: of a file that is still loaded it says `received` at rest, and
        `printing` while it calibrates (ember-firmware, `payload_helper.rb`, `SparkStatus.cpp`).
        """
        job = queries.job_on_printer(connection, printer_id, report.job_id or "")
        if job is None or not job.local or job.ended_at is None or now - job.ended_at < SILENT_MS:
            return job
        if report.printer_status not in _FIRST or report.job_state not in _FIRST.values():
            return job
        queries.update_job(connection, job.key, id=self._new_id())
        return None

    def _begin(
        self, connection: sa.Connection, printer_id: int, report: Report, *, name: str, now: int
    ) -> PrintJob | None:
        """Keep a job that its printer has begun, for the owner; None where there is no owner or no room."""
        owner_id, job_id = owner_of(connection, printer_id), report.job_id or ""
        if owner_id is None or not 0 < len(job_id) <= MAX_JOB_ID:
            return None
        if not queries.trim_local_jobs(connection, printer_id, most=MOST_LOCAL_JOBS):
            return None
        state = report.job_state or _FIRST.get(report.printer_status or "", PrintState.RECEIVED)
        return queries.insert_job(
            connection,
            id=job_id,
            printer_id=printer_id,
            owner_id=owner_id,
            state=state.value,
            local=True,
            name=name or _name_in(report),
            report=dict(report.fields),
            created_at=now,
            changed_at=now,
            ended_at=now if state in ENDED else None,
        )

    def _apply(self, connection: sa.Connection, job: PrintJob, report: Report, *, now: int) -> PrintJob:
        """Move a job by a printer's word. What is over stays as it ended, and its printer stands as it said then."""
        if job.state in WAITING:
            return job
        if job.state in ENDED:
            standing.follow_end(connection, job, was=job.state, now=now)
            return job
        state = told_by_printer(job.state, report.job_state) if report.job_state else job.state
        moved = self._move(connection, job, state, report, now=now)
        standing.follow_end(connection, moved, was=job.state, now=now)
        return moved

    def _move(
        self, connection: sa.Connection, job: PrintJob, state: PrintState, report: Report | None, *, now: int
    ) -> PrintJob:
        """
        Write a job's new state and its printer's last word on it.

        A job that is over lets go of its printable, and what waits to be sent for it is not sent any more.
        """
        values: dict[str, object] = {"state": state.value, "changed_at": now}
        if report is not None and (report.job_state or report.job_progress is not None):
            values["report"] = dict(report.fields)
        if report is not None and report.progress is None and report.job_id:
            values["named_at"] = now
        if state in ENDED:
            values |= {"ended_at": now, "printable_blob": None}
            queries.end_commands(connection, job.key, now=now)
        moved = queries.update_job(connection, job.key, **values)
        if moved.state is not job.state or moved.report != job.report:
            self._watcher.changed(connection, moved, moved=moved.state is not job.state, now=now)
        return moved


def _meant(command: Command, report: Report, job: PrintJob) -> PrintState | None:
    """
    Return what an acknowledgement says of its command's job without saying it, or None; said twice, it says it once.

    An Ember that is told to cancel what it has not begun says that this is done, and still names that print, or another
    one, as `received`: it is ready, and there is nothing left to cancel.
    """
    is_first_end = report.is_end and command.ended_at is None
    is_of_it = not report.job_id or report.job_id == job.id
    has_begun = is_of_it and report.job_state not in (None, PrintState.RECEIVED)
    if command.command == "cancel" and is_first_end and report.printer_status == standing.IDLE and not has_begun:
        return PrintState.CANCELED
    if report.job_state or not is_of_it:
        return None
    if command.command == PRINT:
        return PrintState.FAILED if report.error_code else PrintState.RECEIVED
    return _DONE.get(command.command) if is_first_end and not report.error_code else None


def _name_in(report: Report) -> str:
    """Return the name of a job that stands in a printer's own data, or nothing."""
    data = report.fields.get("data")
    name = data.get("job_name") if isinstance(data, dict) else None
    return name[:256] if isinstance(name, str) else ""
