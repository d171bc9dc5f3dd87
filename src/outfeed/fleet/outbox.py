"""What clients are still to be told of print jobs: kept in the database, in order for each job, until they hear it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from outfeed.fleet.hosts import parse_address
from outfeed.fleet.records import PrintJob
from outfeed.schema import callbacks, print_jobs

#: Things that wait for one job's client; beyond, the oldest of them that nobody has tried to tell is dropped.
MOST_PER_JOB: Final = 50
#: How often a client is told of progress at the most, where it names no interval itself, in seconds.
INTERVAL_S: Final = 1
#: How long whoever has taken something may be busy with it, in milliseconds: longer than any call.
LEASE_MS: Final = 30_000


class Kind(StrEnum):
    """What a client is told."""

    #: The question whether it wants to be told anything.
    SUPPORT = "support"
    #: The job's state has changed.
    STATUS = "status"
    #: The printer has said something else of the job. Newer progress takes the place of what nobody was told yet.
    PROGRESS = "progress"


class Support(StrEnum):
    """How a job's callback stands."""

    ASKED = "asked"
    SUPPORTED = "supported"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """Something that a client is to be told now."""

    key: int
    job_key: int
    kind: Kind
    url: str
    host: str
    body: dict[str, Any]
    #: When it is due again if whoever has taken it is not heard of.
    leased_until: int
    #: This one included.
    attempts: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """How many calls a process may begin."""

    #: In all.
    left: int
    #: At one host, those that it has already included.
    per_host: int
    #: Hosts that have not answered lately: each is asked by one call at a time.
    silent: frozenset[str]

    def share(self, host: str) -> int:
        """Return how many calls a host may have."""
        return 1 if host in self.silent else self.per_host

    def busy(self, calling: Mapping[str, int]) -> list[str]:
        """Return the hosts that have their share."""
        return [host for host, count in calling.items() if count >= self.share(host)]


def ask_support(connection: sa.Connection, job: PrintJob, now: int) -> None:
    """
    Ask a job's client whether it wants to be told; what waits for the job's former client is dropped.

    It is asked later; what happens meanwhile is kept until it has answered.

    Raises
    ------
    InvalidField
        If the job's `callback_url` is no address.
    """
    connection.execute(sa.delete(callbacks).where(callbacks.c.job_key == job.key))
    if job.callback_url:
        body = {"job_id": job.id, "job_name": job.name, "member_id": job.owner_id, "printer_id": job.printer_id}
        _insert(connection, job, Kind.SUPPORT, body, now=now, due_at=now)
    _set_support(connection, job.key, Support.ASKED if job.callback_url else None)


def enqueue(
    connection: sa.Connection, job: PrintJob, printer_name: str, member_id: str, *, now: int, moved: bool
) -> None:
    """
    Tell a job's client how the job stands, if it has one that wants to be told.

    `job` is the job after the change; `moved` says that its state is another one. Progress alone is told at most every
    `callback_interval_s`; a change of state at once.
    """
    if job.callback_url is None or job.callback_state not in {Support.ASKED, Support.SUPPORTED}:
        return
    fresh = callbacks.c.job_key == job.key, callbacks.c.attempts == 0
    connection.execute(sa.delete(callbacks).where(*fresh, callbacks.c.kind == Kind.PROGRESS))
    due_at = now if moved else max(now, (job.called_back_at or 0) + _interval_ms(job.callback_interval_s))
    body = status_body(job, printer_name, member_id)
    _insert(connection, job, Kind.STATUS if moved else Kind.PROGRESS, body, now=now, due_at=due_at)
    _drop_oldest(connection, job.key)


def status_body(job: PrintJob, printer_name: str, member_id: str) -> dict[str, Any]:
    """
    Return what a client is told of a job (specs/spark.md, section 9.5).

    It is what the printer has last said, value by value as it came: a printer that sends forms has numbers as text.
    The id and the state are the job's own, for the printer may not have spoken yet, or not be asked any more.
    """
    return {
        **(job.report or {}),
        "job_id": job.id,
        "job_status": job.state.value,
        "job_name": job.name,
        "member_id": member_id,
        "printer_id": job.printer_id,
        "printer_name": printer_name,
    }


def next_due(connection: sa.Connection, busy: Iterable[str]) -> int | None:
    """Return when something is due next, for a host that is not busy; None: nothing waits."""
    found: int | None = connection.scalar(
        sa.select(callbacks.c.due_at)
        .where(_first_of_its_job(), callbacks.c.host.not_in(busy))
        .order_by(callbacks.c.due_at)  # along the index: the lowest of all would be looked for in every row
        .limit(1)
    )
    return found


def take(connection: sa.Connection, calling: Mapping[str, int], *, room: Room, now: int) -> list[Due]:
    """
    Take what is due, and keep it from others for a while; in a writer's transaction.

    `calling` says how many calls each host has already. One that has its share is passed over, so that a dead one holds
    nobody up.
    """
    taken: list[Due] = []
    hosts = Counter(calling)
    while len(taken) < room.left and (rows := _due(connection, room.busy(hosts), now=now, limit=room.left)):
        for row in rows[: room.left - len(taken)]:
            if hosts[row.host] < room.share(row.host):
                hosts[row.host] += 1
                taken.append(_leased(connection, row, now=now))
    return taken


def delivered(connection: sa.Connection, due: Due, *, now: int) -> None:
    """Note that a client was told; the next progress waits for the job's interval."""
    if not _removed(connection, due):
        return
    values = {"called_back_at": now} if due.kind is not Kind.SUPPORT else {"callback_state": Support.SUPPORTED.value}
    job = print_jobs.c.key == due.job_key
    connection.execute(sa.update(print_jobs).where(job).values(values))
    interval_s = connection.scalar(sa.select(print_jobs.c.callback_interval_s).where(job))
    soonest = now + _interval_ms(interval_s)
    connection.execute(
        sa.update(callbacks)
        .where(callbacks.c.job_key == due.job_key, callbacks.c.kind == Kind.PROGRESS, callbacks.c.due_at < soonest)
        .values(due_at=soonest)
    )


def refused(connection: sa.Connection, due: Due) -> None:
    """Note that a client does not want to be told, or may not be: nothing more is told of the job."""
    if _removed(connection, due):
        connection.execute(sa.delete(callbacks).where(callbacks.c.job_key == due.job_key))
        _set_support(connection, due.job_key, Support.REFUSED)


def failed(connection: sa.Connection, due: Due, *, again_at: int) -> None:
    """Tell it again later, unless another process has taken it meanwhile."""
    connection.execute(sa.update(callbacks).where(_still(due)).values(due_at=again_at))


def given_up(connection: sa.Connection, due: Due) -> None:
    """Drop what could not be told so often; later things are told all the same."""
    connection.execute(sa.delete(callbacks).where(_still(due)))


def _due(connection: sa.Connection, busy: Iterable[str], *, now: int, limit: int) -> list[sa.Row[Any]]:
    return list(
        connection.execute(
            sa.select(callbacks)
            .where(callbacks.c.due_at <= now, _first_of_its_job(), callbacks.c.host.not_in(busy))
            .order_by(callbacks.c.due_at, callbacks.c.key)
            .limit(limit)
        )
    )


def _leased(connection: sa.Connection, row: sa.Row[Any], *, now: int) -> Due:
    until, attempts = now + LEASE_MS, row.attempts + 1
    connection.execute(sa.update(callbacks).where(callbacks.c.key == row.key).values(due_at=until, attempts=attempts))
    return Due(
        key=row.key,
        job_key=row.job_key,
        kind=Kind(row.kind),
        url=row.url,
        host=row.host,
        body=row.body,
        leased_until=until,
        attempts=attempts,
    )


def _first_of_its_job() -> sa.ColumnElement[bool]:
    """Match the first of each job: nothing overtakes what is told before it."""
    older = callbacks.alias("older")
    return ~sa.exists().where(older.c.job_key == callbacks.c.job_key, older.c.key < callbacks.c.key)


def _still(due: Due) -> sa.ColumnElement[bool]:
    """Match what was taken, if nobody else has taken it since."""
    return sa.and_(callbacks.c.key == due.key, callbacks.c.due_at == due.leased_until)


def _removed(connection: sa.Connection, due: Due) -> bool:
    """Remove what was taken; False where it is gone: told by another, or for a client that the job has no more."""
    return connection.execute(sa.delete(callbacks).where(callbacks.c.key == due.key)).rowcount == 1


def _insert(
    connection: sa.Connection, job: PrintJob, kind: Kind, body: dict[str, Any], *, now: int, due_at: int
) -> None:
    connection.execute(
        sa.insert(callbacks).values(
            job_key=job.key,
            kind=kind.value,
            url=job.callback_url,
            host=parse_address(job.callback_url).authority,
            body=body,
            created_at=now,
            due_at=due_at,
            attempts=0,
        )
    )


def _drop_oldest(connection: sa.Connection, job_key: int) -> None:
    """Keep the outbox of a job whose client does not answer from growing."""
    fresh = callbacks.c.job_key == job_key, callbacks.c.attempts == 0, callbacks.c.kind != Kind.SUPPORT
    keys = list(connection.scalars(sa.select(callbacks.c.key).where(*fresh).order_by(callbacks.c.key)))
    for key in keys[:-MOST_PER_JOB]:
        connection.execute(sa.delete(callbacks).where(callbacks.c.key == key))


def _set_support(connection: sa.Connection, job_key: int, support: Support | None) -> None:
    state = support.value if support else None
    connection.execute(sa.update(print_jobs).where(print_jobs.c.key == job_key).values(callback_state=state))


def _interval_ms(interval_s: int | None) -> int:
    return 1000 * max(INTERVAL_S, interval_s or 0)
