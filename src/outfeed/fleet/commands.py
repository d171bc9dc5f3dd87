"""Commands: kept until the printer has heard them, sent again until then, and answered by it."""

import json
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from outfeed.clock import Clock
from outfeed.database import reading, writing
from outfeed.errors import NotFound, NotMeaningful
from outfeed.fleet import job_queries as queries
from outfeed.fleet.access import find_printer, has_say, require_job_scope, require_printer_scope
from outfeed.fleet.notes import Note, Relay, What
from outfeed.fleet.printer_queries import update_printer
from outfeed.fleet.records import PRINT, Command, Member, Printer, PrintJob, Report
from outfeed.fleet.reports import PrintReports
from outfeed.fleet.states import ENDED, WAITING, PrintState
from outfeed.identity.caller import Caller
from outfeed.settings import Settings

#: Commands about a job; all others are about the machine (specs/spark.md, section 9.2).
OF_JOBS: Final = frozenset({"pause", "resume", "cancel"})
#: Commands that one printer may have waiting, and the bytes of their messages: all of it goes to a printer that comes
#: back, and a session that holds too much at a time ends (`bayeux.Limits`), each time anew.
MOST_WAITING: Final = 250
MAX_WAITING_BYTES: Final = 256 * 1024
#: Bytes of a command's message.
MAX_MESSAGE_BYTES: Final = 60_000
#: Commands that are looked at together where it is not for one printer.
_AT_ONCE: Final = 1_000
#: A command that is not heard is sent again after a time that doubles so often.
MOST_DOUBLINGS: Final = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """A command on its way to its printer, with what is made into addresses that the printer can reach."""

    command: Command
    #: The job of a `print_data`, whose printable the printer fetches.
    job: PrintJob | None
    #: By which the printer calls this server.
    base_url: str


class Commands:
    """Keeps commands, hands them out for delivery, and takes the printers' answers."""

    def __init__(
        self,
        database: sa.Engine,
        clock: Clock,
        settings: Settings,
        relay: Relay,
        reports: PrintReports,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._relay = relay
        self._reports = reports
        self._new_id = new_id

    # --- Members ------------------------------------------------------------------------------------------------------

    def send(self, caller: Caller, printer_id: int, name: str, fields: Mapping[str, Any]) -> Command:
        """
        Keep a command for a printer, and let it be sent.

        `fields` go with it as they are; a `job_id` among them says which job is meant, else it is the one that runs. A
        job that no printer has seen is cancelled here and now.

        Raises
        ------
        NotFound
            If the caller is no member of the printer, or sees no such job of it.
        NotAllowed
            If the caller may not send it this.
        NotMeaningful
            If it cannot be done to that job, is too long, or too many commands wait.
        """
        now, task_id = self._clock(), self._new_id()
        with writing(self._database) as connection:
            _, member = find_printer(connection, caller.principal_id, printer_id, heard_since=now)
            job = self._job(connection, member, printer_id, name, fields)
            message = _message(name, task_id, job, fields)
            _require_room(connection, printer_id)
            command = queries.insert_command(
                connection,
                id=task_id,
                printer_id=printer_id,
                sender_id=caller.principal_id,
                job_key=job.key if job else None,
                command=name,
                message=message,
                created_at=now,
                expires_at=now + 1000 * self._settings.command_ttl_s,
            )
            is_done = job is not None and self._cancelled_here(connection, name, task_id, job, now=now)
            if is_done:
                command = _command(connection, task_id)
        if is_done:
            self._reports.committed()
        else:
            self._relay.tell(Note(What.COMMAND, printer_id, task_id))
        return command

    def get(self, caller: Caller, task_id: str) -> Command:
        """Return a command to one of the caller's printers, or raise `NotFound`."""
        with reading(self._database) as connection:
            command = _command(connection, task_id)
            try:
                find_printer(connection, caller.principal_id, command.printer_id, heard_since=0)
            except NotFound as error:
                raise NotFound(f"Task {task_id}.") from error
            return command

    # --- Printers -----------------------------------------------------------------------------------------------------

    def acknowledge(self, printer: Printer, task_id: str, report: Report) -> None:
        """
        Take a printer's answer to a command; there may be many, and what comes after the end is kept too.

        Raises
        ------
        NotFound
            If this printer was never given such a command.
        """
        now = self._clock()
        with writing(self._database) as connection:
            command = queries.given(connection, printer.id, task_id)
            queries.update_command(
                connection,
                task_id,
                acks=command.acks + 1,
                ack=dict(report.fields),
                acked_at=now,
                heard_at=command.heard_at or now,
                ended_at=command.ended_at or (now if report.is_end else None),
            )
            update_printer(connection, printer.id, seen_at=now)
            self._reports.acknowledged(connection, command, report, now=now)
        if command.job_key is not None or report.job_id:
            self._reports.committed()

    # --- Delivery -----------------------------------------------------------------------------------------------------

    def deliveries(self, printer_ids: Sequence[int]) -> list[Delivery]:
        """Return all that waits for these printers, in the order in which it was given; not what its job outlived."""
        with reading(self._database) as connection:
            now = self._clock()
            found = [item for one in printer_ids for item in queries.waiting_commands(connection, one, now=now)]
            return _deliveries(connection, found)

    def sent(self, task_ids: Sequence[str]) -> set[str]:
        """
        Note that commands leave, or have left: they are sent again only after a while.

        Returns those that still wait: who asks before they leave learns that one was withdrawn.
        """
        with writing(self._database) as connection:
            return queries.mark_sent(connection, task_ids, now=self._clock())

    def due(self, printer_ids: Collection[int]) -> dict[int, set[str]]:
        """
        Return what printers have not acknowledged: for each that owes an answer, the tasks whose time is over.

        The time doubles with each sending, so often and no more. A clock that was set back must not make it longer.
        """
        now, resend_ms = self._clock(), 1000 * self._settings.command_resend_s
        owed: dict[int, set[str]] = {}
        with reading(self._database) as connection:
            for row in queries.unanswered(connection, printer_ids, now=now):
                late = owed.setdefault(row.printer_id, set())
                wait_ms = resend_ms << min(max(row.sends - 1, 0), MOST_DOUBLINGS)
                if row.sent_at is not None and not 0 <= now - row.sent_at < wait_ms:
                    late.add(row.id)
        return owed

    def strays(self) -> list[int]:
        """Return printers that are online and were not sent what was given to them: its process was killed then."""
        now = self._clock()
        with reading(self._database) as connection:
            return queries.strays(
                connection,
                created_before=now - 1000 * self._settings.command_resend_s,
                heard_since=now - 1000 * self._settings.printer_offline_s,
                limit=_AT_ONCE,
            )

    def expire(self) -> int:
        """End commands whose time is over, and return how many; a print that never reached its printer has failed."""
        now = self._clock()
        with reading(self._database) as connection:
            if not queries.late_commands(connection, now=now, limit=1):
                return 0
        with writing(self._database) as connection:
            late = queries.late_commands(connection, now=now, limit=_AT_ONCE)
            for command in late:
                queries.update_command(connection, command.id, ended_at=now)
                if command.command == PRINT:
                    self._reports.undelivered(connection, command, now=now)
        self._reports.committed()
        return len(late)

    # --- Inside -------------------------------------------------------------------------------------------------------

    def _job(
        self, connection: sa.Connection, member: Member, printer_id: int, name: str, fields: Mapping[str, Any]
    ) -> PrintJob | None:
        """Return the job that a command is about, having checked that the member may send it."""
        if name == PRINT:
            raise NotMeaningful("A print is started with a job: POST printers/:id/jobs.")
        if name not in OF_JOBS:
            require_printer_scope(member)
            return None
        wanted = fields.get("job_id")
        job = queries.job_on_printer(connection, printer_id, str(wanted)) if wanted else None
        if wanted and (job is None or not has_say(member, job.owner_id)):
            raise NotFound(f"Job {wanted}.")
        job = job or queries.active_job(connection, printer_id)
        require_job_scope(member, job.owner_id if job else "")
        if job is not None and (job.state in ENDED or (job.state in WAITING and name != "cancel")):
            raise NotMeaningful(f"The job is {job.state}.")
        return job

    def _cancelled_here(self, connection: sa.Connection, name: str, task_id: str, job: PrintJob, *, now: int) -> bool:
        """Cancel a job that its printer has never heard of, and tell whether that was so: nothing is left to send."""
        is_unseen = job.state in WAITING or (job.state is PrintState.SENT and not queries.was_sent(connection, job.id))
        if name != "cancel" or not is_unseen:
            return False
        ack = {"progress": 1, "job_id": job.id, "job_status": PrintState.CANCELED.value}
        queries.update_command(connection, task_id, heard_at=now, ended_at=now, acked_at=now, ack=ack)
        self._reports.cancel(connection, job, now=now)
        return True


def _message(name: str, task_id: str, job: PrintJob | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is sent to the printer; what the member has sent along cannot take the place of our own."""
    of_job = {"job_id": job.id} if job else {}
    message = {**fields, **of_job, "command": name, "task_id": task_id}
    if len(json.dumps(message).encode()) > MAX_MESSAGE_BYTES:
        raise NotMeaningful(f"A command has at most {MAX_MESSAGE_BYTES} bytes.")
    return message


def _require_room(connection: sa.Connection, printer_id: int) -> None:
    """Raise `NotMeaningful` if as much waits for a printer as may."""
    waiting, waiting_bytes = queries.count_waiting(connection, printer_id)
    if waiting >= MOST_WAITING or waiting_bytes > MAX_WAITING_BYTES:
        raise NotMeaningful(f"{waiting} commands of {waiting_bytes} bytes wait for the printer.")


def _command(connection: sa.Connection, task_id: str) -> Command:
    command = queries.command_by_id(connection, task_id)
    if command is None:
        raise NotFound(f"Task {task_id}.")
    return command


def _deliveries(connection: sa.Connection, found: Sequence[tuple[Command, str]]) -> list[Delivery]:
    """Return commands with their jobs; one about a job that is over would hit the job after it."""
    jobs = queries.jobs_by_key(connection, {item.job_key for item, _ in found if item.job_key is not None})
    return [
        Delivery(command=item, job=job, base_url=base_url)
        for item, base_url in found
        for job in [jobs.get(item.job_key) if item.job_key is not None else None]
        if job is None or job.state not in ENDED
    ]
