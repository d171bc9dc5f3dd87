"""Print jobs as members see them: made, queued, sent, moved, judged."""

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from outfeed.blobs.store import Blobs
from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import NotAllowed, NotFound, NotMeaningful, PrinterBusy
from outfeed.fleet import job_queries as queries
from outfeed.fleet.access import find_printer, is_member, require_job_scope
from outfeed.fleet.notes import Note, Relay, What
from outfeed.fleet.records import PRINT, PrintableFile, PrintJob
from outfeed.fleet.standing import hindrance
from outfeed.fleet.states import BY_MEMBER, WAITING, PrintState
from outfeed.fleet.watching import JobWatcher
from outfeed.identity.caller import Caller
from outfeed.library.files import find_file
from outfeed.library.objects import find_object
from outfeed.schema import print_jobs
from outfeed.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Printable:
    """What shall be printed: a file under an id, an object in a bucket, or an address that the printer can reach."""

    file_id: str | None = None
    #: Bucket and name.
    object_: tuple[str, str] | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewJob:
    """A job that somebody asks for."""

    printable: Printable | None
    name: str = ""
    settings: Mapping[str, Any] | None = None
    callback_url: str | None = None
    #: In seconds; None: each change.
    callback_interval_s: int | None = None


class PrintJobs:
    """Keeps print jobs and moves them on. What a caller may not see is not there for them."""

    def __init__(
        self,
        database: sa.Engine,
        clock: Clock,
        settings: Settings,
        blobs: Blobs,
        relay: Relay,
        watcher: JobWatcher,
        *,
        settings_for: Callable[[str, Mapping[str, Any] | None], Mapping[str, Any] | None],
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._blobs = blobs
        self._relay = relay
        self._watcher = watcher
        self._settings_for = settings_for
        self._new_id = new_id

    # --- Looking ------------------------------------------------------------------------------------------------------

    def get(self, caller: Caller, job_id: str) -> PrintJob:
        """Return a job that the caller sees, or raise `NotFound`."""
        with reading(self._database) as connection:
            return _find(connection, caller, job_id)

    def list(
        self,
        caller: Caller,
        *,
        states: Collection[PrintState] = (),
        printer_id: int | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> tuple[list[PrintJob], int]:
        """
        Return a page of the jobs that the caller sees, the newest first, and how many there are.

        Raises
        ------
        NotFound
            If the caller is no member of the printer.
        """
        wanted = [queries.is_seen(caller.principal_id)]
        if states:
            wanted.append(print_jobs.c.state.in_(states))
        with reading(self._database) as connection:
            if printer_id is not None:
                self._printer(connection, caller, printer_id)
                wanted.append(print_jobs.c.printer_id == printer_id)
            return queries.jobs_where(connection, *wanted, limit=limit, offset=offset)

    def printable(self, key: int) -> PrintableFile | None:
        """Return the file that a job prints, for its printer; None where it has none, or is over."""
        with reading(self._database) as connection:
            job = queries.jobs_by_key(connection, {key}).get(key)
        if job is None or job.printable_blob is None:
            return None
        return PrintableFile(
            name=job.printable_name or "printable",
            blob=job.printable_blob,
            size=self._blobs.size(job.printable_blob),
            modified_at=job.created_at,
        )

    # --- Making and moving --------------------------------------------------------------------------------------------

    def create(self, caller: Caller, printer_id: int | None, new: NewJob) -> PrintJob:
        """
        Make a job; one with printer and printable is sent at once unless others wait, or the printer cannot begin.

        Raises
        ------
        NotFound
            If the caller is no member of the printer, or may not read the printable.
        """
        now = self._clock()
        with writing(self._database) as connection:
            if printer_id is not None:
                self._printer(connection, caller, printer_id)
            job = queries.insert_job(
                connection,
                id=self._new_id(),
                printer_id=printer_id,
                owner_id=caller.principal_id,
                state=PrintState.CREATED.value,
                local=False,
                name=new.name,
                settings=new.settings,
                callback_url=new.callback_url,
                callback_interval_s=new.callback_interval_s,
                callback_state="asked" if new.callback_url else None,
                created_at=now,
                changed_at=now,
                **_printable(connection, caller, new.printable, now=now),
            )
            if new.callback_url:
                self._watcher.asked(connection, job, now=now)
            job = self._take_turn(connection, job, now=now)
        return self._told(job)

    def start(self, caller: Caller, printer_id: int, job_id: str) -> PrintJob:
        """
        Send a job that waits in the printer's queue.

        Raises
        ------
        NotFound, NotAllowed
            If the caller sees no such job of this printer; if it is another's.
        NotMeaningful
            If it does not wait in the queue; `PrinterBusy` if the printer cannot begin.
        """
        now = self._clock()
        with writing(self._database) as connection:
            _, member = find_printer(connection, caller.principal_id, printer_id, heard_since=now)
            job = _find(connection, caller, job_id)
            if job.printer_id != printer_id:
                raise NotFound(f"Job {job_id} of printer {printer_id}.")
            require_job_scope(member, job.owner_id)
            if job.state is not PrintState.QUEUED:
                raise NotMeaningful(f"The job is {job.state}, and only one that is queued can be started.")
            if reason := hindrance(connection, printer_id):
                raise PrinterBusy(reason)
            job = self._send(connection, job, now=now)
        return self._told(job)

    def set_printable(self, caller: Caller, job_id: str, printable: Printable) -> PrintJob:
        """
        Say what a job that no printer has seen shall print; it is sent if it lacks nothing else.

        Raises
        ------
        NotFound, NotAllowed
            If the caller sees no such job, or uses its printer no more; if it is another's.
        NotMeaningful
            If a printer has seen it.
        """
        now = self._clock()
        with writing(self._database) as connection:
            job = self._unsent(connection, caller, job_id)
            if job.printer_id is not None:
                self._printer(connection, caller, job.printer_id)
            job = queries.update_job(
                connection, job.key, **_printable(connection, caller, printable, now=now), changed_at=now
            )
            job = self._take_turn(connection, job, now=now)
        return self._told(job)

    def set_printer(self, caller: Caller, job_id: str, printer_id: int) -> PrintJob:
        """
        Move a job that no printer has seen to a printer, to the end of its queue.

        Raises
        ------
        NotFound, NotAllowed
            If the caller sees no such job or printer; if the job is another's, or of one who does not use that printer:
            what they print would be shown to whoever does.
        NotMeaningful
            If a printer has seen it, or calls one of its own jobs the same.
        """
        now = self._clock()
        with writing(self._database) as connection:
            job = self._unsent(connection, caller, job_id)
            self._printer(connection, caller, printer_id)
            if not is_member(connection, job.owner_id, printer_id):
                raise NotAllowed("The job's owner does not use that printer.")
            same = queries.job_on_printer(connection, printer_id, job.id)
            if same is not None and same.key != job.key:
                raise NotMeaningful(f"The printer calls a job of its own {job.id}.")
            job = queries.update_job(
                connection,
                job.key,
                printer_id=printer_id,
                state=PrintState.CREATED.value,
                queued_at=None,
                changed_at=now,
            )
            job = self._take_turn(connection, job, now=now)
        return self._told(job)

    def set_callback(self, caller: Caller, job_id: str, url: str) -> PrintJob:
        """Say where a job's changes are told from now on; the address is asked first whether it wants them."""
        now = self._clock()
        with writing(self._database) as connection:
            job = self._own(connection, caller, job_id)
            job = queries.update_job(connection, job.key, callback_url=url, callback_state="asked")
            self._watcher.asked(connection, job, now=now)
        self._watcher.committed()
        return job

    def judge(self, caller: Caller, job_id: str, state: PrintState, comment: str | None) -> PrintJob:
        """Say whether a print that is over was good: `SUCCESSFUL` or `FAILED`; `NotMeaningful` for any other."""
        now = self._clock()
        with writing(self._database) as connection:
            job = self._own(connection, caller, job_id)
            if state is not job.state and state not in BY_MEMBER.get(job.state, frozenset()):
                raise NotMeaningful(f"The job is {job.state} and cannot become {state}.")
            moved = state is not job.state
            job = queries.update_job(
                connection, job.key, state=state.value, comment=comment or job.comment, changed_at=now
            )
            self._watcher.changed(connection, job, moved=moved, now=now)
        self._watcher.committed()
        return job

    def set_custom_data(self, caller: Caller, job_id: str, data: Any) -> PrintJob:
        """Keep what the member wants to keep with a job."""
        with writing(self._database) as connection:
            job = self._own(connection, caller, job_id)
            return queries.update_job(connection, job.key, custom_data=data)

    # --- Inside -------------------------------------------------------------------------------------------------------

    def _take_turn(self, connection: sa.Connection, job: PrintJob, *, now: int) -> PrintJob:
        """Send a job that lacks nothing, or let it wait: for those before it, or for its printer to be ready."""
        if job.printer_id is None or (job.printable_blob is None and job.printable_url is None):
            return job
        if job.state is PrintState.QUEUED:
            return job
        if queries.has_queue(connection, job.printer_id) or hindrance(connection, job.printer_id):
            job = queries.update_job(connection, job.key, state=PrintState.QUEUED.value, queued_at=now, changed_at=now)
            self._watcher.changed(connection, job, moved=True, now=now)
            return job
        return self._send(connection, job, now=now)

    def _send(self, connection: sa.Connection, job: PrintJob, *, now: int) -> PrintJob:
        """Let the printer know of a job: its command is kept in the same commit."""
        message: dict[str, Any] = {"command": PRINT, "task_id": job.id, "job_id": job.id}
        if job.name:
            message["job_name"] = job.name
        settings = self._settings_for(queries.type_of(connection, job.printer_id), job.settings)
        if settings is not None:
            message["settings"] = settings
        if job.printable_url:
            message["file_url"] = job.printable_url
        queries.insert_command(
            connection,
            id=job.id,
            printer_id=job.printer_id,
            sender_id=job.owner_id,
            job_key=job.key,
            command=PRINT,
            message=message,
            created_at=now,
            expires_at=now + 1000 * self._settings.command_ttl_s,
        )
        job = queries.update_job(connection, job.key, state=PrintState.SENT.value, sent_at=now, changed_at=now)
        self._watcher.changed(connection, job, moved=True, now=now)
        return job

    def _told(self, job: PrintJob) -> PrintJob:
        """Let the printer's channel and the watcher know of a job, after its commit."""
        if job.state is PrintState.SENT and job.printer_id is not None:
            self._relay.tell(Note(What.COMMAND, job.printer_id, job.id))
        self._watcher.committed()
        return job

    def _own(self, connection: sa.Connection, caller: Caller, job_id: str) -> PrintJob:
        """Return a job that the caller may change, or raise `NotFound` or `NotAllowed`."""
        job = _find(connection, caller, job_id)
        if job.owner_id != caller.principal_id and job.printer_id is not None:
            _, member = find_printer(connection, caller.principal_id, job.printer_id, heard_since=0)
            require_job_scope(member, job.owner_id)
        return job

    def _unsent(self, connection: sa.Connection, caller: Caller, job_id: str) -> PrintJob:
        """Return a job that the caller may change and no printer has seen, or raise `NotMeaningful`."""
        job = self._own(connection, caller, job_id)
        if job.state not in WAITING:
            raise NotMeaningful(f"The job is {job.state}: its printer knows it already.")
        return job

    @staticmethod
    def _printer(connection: sa.Connection, caller: Caller, printer_id: int) -> None:
        """Raise `NotFound` unless the caller is a member of the printer."""
        find_printer(connection, caller.principal_id, printer_id, heard_since=0)


def _find(connection: sa.Connection, caller: Caller, job_id: str) -> PrintJob:
    job = queries.seen_job(connection, caller.principal_id, job_id)
    if job is None:
        raise NotFound(f"Job {job_id}.")
    return job


def _printable(
    connection: sa.Connection, caller: Caller, printable: Printable | None, *, now: int
) -> dict[str, str | None]:
    """Return the columns of what shall be printed; the row that names its bytes is read in the same transaction."""
    found: dict[str, str | None] = {"printable_blob": None, "printable_name": None, "printable_url": None}
    if printable is None:
        return found
    if printable.object_ is not None:
        record = find_object(connection, caller, *printable.object_, now=now)
        return found | {"printable_blob": record.blob, "printable_name": record.name}
    if printable.file_id is not None:
        file = find_file(connection, caller, printable.file_id)
        return found | {"printable_blob": file.blob, "printable_name": file.name}
    return found | {"printable_url": printable.url}
