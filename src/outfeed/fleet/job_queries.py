"""What is asked of the tables of print jobs and commands, each question by its name."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from outfeed.batches import batches
from outfeed.errors import NotFound
from outfeed.fleet.pages import page_of
from outfeed.fleet.records import Command, PrintJob, Role
from outfeed.fleet.states import ACTIVE, ENDED, PrintState
from outfeed.schema import commands, print_jobs, printer_members, printers
from outfeed.statements import Prepared

#: Columns of a command that are for the order and the sending alone.
_INNER: Final = {"key", "sends", "sent_at"}
_COMMAND: Final = [column for column in commands.c if column.name not in _INNER]
#: What is known of a command that nobody has heard of.
_UNHEARD: Final[dict[str, Any]] = {
    "acks": 0,
    "ack": None,
    "acked_at": None,
    "heard_at": None,
    "ended_at": None,
    "file_id": None,
}

#: Values in one statement: SQLite takes so many and no more.
_AT_ONCE: Final = 1_000

#: Questions that each command and each answer asks are put together once: that takes longer than their answers.
_NOT_HEARD: Final = sa.and_(commands.c.ended_at.is_(None), commands.c.heard_at.is_(None))
_MESSAGE_BYTES: Final = sa.func.length(sa.cast(commands.c.message, sa.Text))
_INSERT_COMMAND: Final = Prepared(sa.insert(commands))
_UPDATE_COMMAND: Final = Prepared(sa.update(commands).where(commands.c.id == sa.bindparam("of")))
_COMMAND_BY_ID: Final = Prepared(sa.select(*_COMMAND).where(commands.c.id == sa.bindparam("of")))
_COUNT_WAITING: Final = Prepared(
    sa.select(sa.func.count().label("count"), sa.func.coalesce(sa.func.sum(_MESSAGE_BYTES), 0).label("bytes"))
    .select_from(commands)
    .where(_NOT_HEARD, commands.c.printer_id == sa.bindparam("printer_id"))
)
_WAITING_COMMANDS: Final = Prepared(
    sa.select(*_COMMAND, printers.c.base_url)
    .join(printers)
    .where(_NOT_HEARD, commands.c.printer_id == sa.bindparam("printer_id"), commands.c.expires_at > sa.bindparam("now"))
    .order_by(commands.c.key)
)
_BEGAN_ANEW: Final = sa.exists().where(
    printers.c.id == print_jobs.c.printer_id, printers.c.began_at > print_jobs.c.changed_at
)
_IS_KNOWN_NO_MORE: Final = sa.or_(
    print_jobs.c.local, print_jobs.c.named_at.is_not(None), _BEGAN_ANEW, sa.bindparam("would_tell", type_=sa.Boolean)
)
_SILENT_PRINTS: Final = sa.select(print_jobs).where(
    print_jobs.c.printer_id == sa.bindparam("printer_id"),
    print_jobs.c.id != sa.bindparam("named"),
    print_jobs.c.changed_at <= sa.bindparam("since"),
    sa.or_(
        print_jobs.c.state.in_([PrintState.PRINTING.value, PrintState.PAUSED.value]),
        sa.and_(print_jobs.c.state == PrintState.RECEIVED.value, _IS_KNOWN_NO_MORE),
    ),
)


def job_of(row: Mapping[Any, Any]) -> PrintJob:
    """Return a row as a print job."""
    return PrintJob(**{**row, "state": PrintState(row["state"])})


def command_of(row: Mapping[Any, Any]) -> Command:
    """Return a row as a command."""
    return Command(**row)


# --- Print jobs -------------------------------------------------------------------------------------------------------


def insert_job(connection: sa.Connection, **values: Any) -> PrintJob:
    """Write a new print job and return it."""
    key = connection.execute(sa.insert(print_jobs).values(**values)).inserted_primary_key[0]  # type: ignore[index] # a row was written
    return job_by_key(connection, key)


def update_job(connection: sa.Connection, key: int, **values: Any) -> PrintJob:
    """Change a print job and return it."""
    connection.execute(sa.update(print_jobs).where(print_jobs.c.key == key).values(**values))
    return job_by_key(connection, key)


def job_by_key(connection: sa.Connection, key: int) -> PrintJob:
    """Return a print job that is there."""
    return job_of(connection.execute(sa.select(print_jobs).where(print_jobs.c.key == key)).mappings().one())


def jobs_by_key(connection: sa.Connection, keys: Collection[int]) -> dict[int, PrintJob]:
    """Return print jobs by their keys."""
    if not keys:
        return {}
    asked = sa.select(print_jobs).where(print_jobs.c.key.in_(keys))
    return {row["key"]: job_of(row) for row in connection.execute(asked).mappings()}


def job_on_printer(connection: sa.Connection, printer_id: int, job_id: str) -> PrintJob | None:
    """Return the job that a printer knows by an id, or None."""
    asked = sa.select(print_jobs).where(print_jobs.c.printer_id == printer_id, print_jobs.c.id == job_id)
    row = connection.execute(asked).mappings().one_or_none()
    return job_of(row) if row else None


def seen_job(connection: sa.Connection, principal_id: str, job_id: str) -> PrintJob | None:
    """
    Return a job that a member sees, or None.

    Printers give their own jobs any names. Of several with one id it is ours, and then the newest.
    """
    asked = sa.select(print_jobs).where(print_jobs.c.id == job_id, is_seen(principal_id))
    rows = connection.execute(asked.order_by(print_jobs.c.local, print_jobs.c.key.desc()).limit(1))
    found = rows.mappings().one_or_none()
    return job_of(found) if found else None


def is_seen(principal_id: str) -> sa.ColumnElement[bool]:
    """Return the condition that a principal sees a job: it is theirs, or they have a say in the jobs of its printer."""
    whole = sa.or_(printer_members.c.role == Role.PRIMARY.value, printer_members.c.is_job_scoped)
    printers_of = sa.select(printer_members.c.printer_id).where(printer_members.c.principal_id == principal_id, whole)
    return sa.or_(print_jobs.c.owner_id == principal_id, print_jobs.c.printer_id.in_(printers_of))


def jobs_where(
    connection: sa.Connection, *conditions: sa.ColumnElement[bool], limit: int | None, offset: int
) -> tuple[list[PrintJob], int]:
    """Return a page of jobs, the newest first, and how many there are in all."""
    total = connection.scalar(sa.select(sa.func.count()).select_from(print_jobs).where(*conditions)) or 0
    asked = sa.select(print_jobs).where(*conditions).order_by(print_jobs.c.key.desc())
    return _page(connection, asked, limit=limit, offset=offset), total


def _page(connection: sa.Connection, asked: sa.Select[Any], *, limit: int | None, offset: int) -> list[PrintJob]:
    written = (print_jobs.c.settings, print_jobs.c.report, print_jobs.c.custom_data)
    return [job_of(row) for row in page_of(connection, asked, written=written, limit=limit, offset=offset)]


def queue_of(connection: sa.Connection, printer_id: int, *, limit: int | None, offset: int) -> list[PrintJob]:
    """Return a page of the jobs of a printer that are not over, in the order of their turns."""
    in_turn = (print_jobs.c.state == PrintState.QUEUED.value, print_jobs.c.queued_at, print_jobs.c.key)
    asked = sa.select(print_jobs).where(*_unfinished(printer_id)).order_by(*in_turn)
    return _page(connection, asked, limit=limit, offset=offset)


def count_queue(connection: sa.Connection, printer_id: int) -> int:
    """Return how many jobs of a printer are not over."""
    return connection.scalar(sa.select(sa.func.count()).select_from(print_jobs).where(*_unfinished(printer_id))) or 0


def unfinished(connection: sa.Connection, printer_id: int) -> list[PrintJob]:
    """Return all jobs of a printer that are not over."""
    found = connection.execute(sa.select(print_jobs).where(*_unfinished(printer_id)).order_by(print_jobs.c.key))
    return [job_of(row) for row in found.mappings()]


def _unfinished(printer_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return print_jobs.c.printer_id == printer_id, print_jobs.c.state.not_in(ENDED)


def has_queue(connection: sa.Connection, printer_id: int) -> bool:
    """Tell whether jobs wait for a printer."""
    asked = sa.select(print_jobs.c.key).where(
        print_jobs.c.printer_id == printer_id, print_jobs.c.state == PrintState.QUEUED.value
    )
    return connection.scalar(asked.limit(1)) is not None


def is_held(connection: sa.Connection, printer_id: int) -> bool:
    """
    Tell whether one of its jobs holds a printer.

    A file that somebody has loaded at the machine, and not begun, holds nothing: it makes room for what is sent.
    """
    lies_there = sa.and_(print_jobs.c.local, print_jobs.c.state == PrintState.RECEIVED.value)
    asked = sa.select(print_jobs.c.key).where(
        print_jobs.c.printer_id == printer_id, print_jobs.c.state.in_(ACTIVE), ~lies_there
    )
    return connection.scalar(asked.limit(1)) is not None


def active_job(connection: sa.Connection, printer_id: int) -> PrintJob | None:
    """Return the newest job that holds a printer, or None."""
    asked = sa.select(print_jobs).where(print_jobs.c.printer_id == printer_id, print_jobs.c.state.in_(ACTIVE))
    row = connection.execute(asked.order_by(print_jobs.c.key.desc()).limit(1)).mappings().one_or_none()
    return job_of(row) if row else None


def silent_prints(
    connection: sa.Connection, printer_id: int, *, named: str, since: int, would_tell: bool
) -> list[PrintJob]:
    """
    Return the jobs but for one that a printer at rest had begun or heard of, and said nothing of after a time.

    Of those that it has only heard of: its own, what a status has named once, what it had heard of before it began
    anew; and all, where its statuses `would_tell` that it fetches one.
    """
    given = {"printer_id": printer_id, "named": named, "since": since, "would_tell": would_tell}
    return [job_of(row) for row in connection.execute(_SILENT_PRINTS, given).mappings()]


def trim_local_jobs(connection: sa.Connection, printer_id: int, *, most: int) -> bool:
    """Make room for one more job that a printer has begun itself; return False where none of them is over."""
    mine = (print_jobs.c.printer_id == printer_id, print_jobs.c.local)
    if (connection.scalar(sa.select(sa.func.count()).select_from(print_jobs).where(*mine)) or 0) < most:
        return True
    oldest = sa.select(sa.func.min(print_jobs.c.key)).where(*mine, print_jobs.c.state.in_(ENDED)).scalar_subquery()
    return connection.execute(sa.delete(print_jobs).where(print_jobs.c.key == oldest)).rowcount == 1


# --- Commands ---------------------------------------------------------------------------------------------------------


def insert_command(connection: sa.Connection, **values: Any) -> Command:
    """Write a new command, which nobody has heard of, and return it."""
    _INSERT_COMMAND.rows(connection, sends=0, acks=0, **values)
    return Command(**_UNHEARD, **values)


def update_command(connection: sa.Connection, id_: str, **values: Any) -> None:
    """Change a command."""
    _UPDATE_COMMAND.rows(connection, of=id_, **values)


def end_commands(connection: sa.Connection, job_key: int, *, now: int) -> None:
    """End what waits for a printer about a job."""
    connection.execute(sa.update(commands).where(commands.c.job_key == job_key, _NOT_HEARD).values(ended_at=now))


def command_by_id(connection: sa.Connection, id_: str) -> Command | None:
    """Return a command, or None."""
    row = _COMMAND_BY_ID.row(connection, of=id_)
    return command_of(row) if row else None


def given(connection: sa.Connection, printer_id: int, task_id: str) -> Command:
    """Return a command that was given to a printer, or raise `NotFound`."""
    command = command_by_id(connection, task_id)
    if command is None or command.printer_id != printer_id:
        raise NotFound(f"Task {task_id}.")
    return command


def was_sent(connection: sa.Connection, id_: str) -> bool:
    """Tell whether a command has ever left for its printer."""
    return bool(connection.scalar(sa.select(commands.c.sends).where(commands.c.id == id_)))


def waiting() -> sa.ColumnElement[bool]:
    """Return the condition that a command has not been heard."""
    return _NOT_HEARD


def waiting_commands(connection: sa.Connection, printer_id: int, *, now: int) -> list[tuple[Command, str]]:
    """Return what a printer has not acknowledged, as it was given, each with the address that the printer calls."""
    found = _WAITING_COMMANDS.rows(connection, printer_id=printer_id, now=now)
    return [(command_of(row), base_url) for row in found for base_url in [row.pop("base_url")]]


def type_of(connection: sa.Connection, printer_id: int | None) -> str:
    """Return the type of a printer; empty if there is no such printer."""
    return connection.scalar(sa.select(printers.c.type_id).where(printers.c.id == printer_id)) or ""


def count_waiting(connection: sa.Connection, printer_id: int) -> tuple[int, int]:
    """Return how many commands a printer has not acknowledged, and how many bytes their messages are."""
    (found,) = _COUNT_WAITING.rows(connection, printer_id=printer_id)
    return found["count"], found["bytes"]


def unanswered(connection: sa.Connection, printer_ids: Collection[int], *, now: int) -> list[sa.Row[Any]]:
    """Return printer, id, number of sendings and time of the last one, of what printers have not acknowledged."""
    columns = (commands.c.printer_id, commands.c.id, commands.c.sends, commands.c.sent_at)
    asked = sa.select(*columns).where(waiting(), commands.c.printer_id.in_(printer_ids), commands.c.expires_at > now)
    return list(connection.execute(asked.order_by(commands.c.key)))


def strays(connection: sa.Connection, *, created_before: int, heard_since: int, limit: int) -> list[int]:
    """Return printers that are there and were never sent what was given to them a while ago."""
    never_sent = (waiting(), commands.c.sends == 0, commands.c.created_at <= created_before)
    asked = sa.select(commands.c.printer_id).join(printers).where(*never_sent, printers.c.seen_at >= heard_since)
    return list(connection.scalars(asked.distinct().limit(limit)))


def mark_sent(connection: sa.Connection, ids: Sequence[str], *, now: int) -> set[str]:
    """Note of commands that still wait that they leave for their printer, and return which do."""
    found: set[str] = set()
    for some in batches(ids, _AT_ONCE):
        left = sa.update(commands).where(commands.c.id.in_(some), _NOT_HEARD)
        marked = left.values(sends=commands.c.sends + 1, sent_at=now).returning(commands.c.id)
        found.update(connection.scalars(marked))
    return found


def late_commands(connection: sa.Connection, *, now: int, limit: int) -> list[Command]:
    """Return commands that no printer has acknowledged in their time."""
    asked = sa.select(*_COMMAND).where(waiting(), commands.c.expires_at <= now).limit(limit)
    return [command_of(row) for row in connection.execute(asked).mappings()]
