"""A fleet without a server: printers that tests place, members, and what is told to whom."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from a_library import Time
from outfeed.database import reading, writing
from outfeed.fleet.commands import Commands
from outfeed.fleet.notes import MemoryRelay, Note, Relay
from outfeed.fleet.print_jobs import NewJob, Printable, PrintJobs
from outfeed.fleet.records import Printer, PrintJob, Report
from outfeed.fleet.reports import PrintReports
from outfeed.fleet.states import PrintState
from outfeed.fleet.watching import JobWatcher
from outfeed.identity.caller import Caller
from outfeed.schema import printer_members, printers
from outfeed.services import Services
from unit.helpers import NOW
from unit.parts import parts_over

#: What a job prints where it does not matter: the printer would fetch it.
SOMEWHERE = Printable(url="http://files.test/bear.tar.gz")


@dataclass
class Told:
    """Remembers what a watcher of jobs is told."""

    asked_of: list[str] = field(default_factory=list)
    states: list[tuple[str, str]] = field(default_factory=list)
    moves: list[tuple[str, str]] = field(default_factory=list)
    commits: int = 0

    def asked(self, _connection: sa.Connection, job: PrintJob, *, now: int) -> None:
        """Remember the job, if the time is one."""
        self.asked_of += [job.id] if now else []

    def changed(self, _connection: sa.Connection, job: PrintJob, *, moved: bool, now: int) -> None:
        """Remember job and state, if the time is one."""
        self.states += [(job.id, job.state.value)] if now else []
        self.moves += [(job.id, job.state.value)] if moved else []

    def committed(self) -> None:
        """Count commits."""
        self.commits += 1


@dataclass
class FleetSite:
    """The parts of a fleet, with Ann's printer 1 and Bob's printer 2."""

    services: Services
    clock: Time
    ann: Caller
    bob: Caller
    told: Told
    relay: MemoryRelay
    notes: list[Note]
    jobs: PrintJobs
    reports: PrintReports
    commands: Commands

    def printer(self, printer_id: int = 1) -> Printer:
        """Return a printer as its token would find it."""
        with reading(self.services.database) as connection:
            row = connection.execute(sa.select(printers).where(printers.c.id == printer_id)).mappings().one()
        return Printer(**{name: row[name] for name in row if name not in {"token_digest", "began_at"}}, online=True)

    def add_member(
        self, caller: Caller, printer_id: int, role: str, *, printer: bool = False, job: bool = False
    ) -> None:
        """Let somebody use a printer."""
        add_member(self.services, caller, printer_id, role, printer=printer, job=job)

    def job(self, printer_id: int | None = 1, **fields: Any) -> PrintJob:
        """Return a job of Ann's that she has just made."""
        return self.jobs.create(self.ann, printer_id, NewJob(**{"printable": SOMEWHERE} | fields))

    def says(self, job_id: str | None, state: str, printer_id: int = 1, **fields: Any) -> None:
        """Let a printer say how a job stands, as its status does."""
        report = a_report(job_id=job_id, job_status=state, **fields)
        with writing(self.services.database) as connection:
            self.reports.reported(connection, printer_id, report, now=self.clock.now)

    def state(self, job: PrintJob) -> PrintState:
        """Return how a job of Ann's stands now."""
        return self.jobs.get(self.ann, job.id).state


def once_at(
    database: sa.Engine, begins: str, do: Callable[[], None], *, nth: int = 1, when: str = "before_cursor_execute"
) -> None:
    """Let something happen the n-th time from now that a statement begins so: before it runs, or after."""
    found = count(1)

    def run(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(begins) and next(found) == nth:
            do()

    sa.event.listen(database, when, run)


def a_report(**fields: Any) -> Report:
    """Return what a printer says, with what of it is understood."""
    state = fields.get("job_status")
    return Report(
        fields=fields,
        printer_status=fields.get("printer_status"),
        progress=fields.get("progress"),
        error_code=fields.get("error_code", 0),
        job_id=fields.get("job_id"),
        job_state=PrintState(state) if state else None,
        job_progress=fields.get("job_progress"),
    )


def jobs_over(services: Services, watcher: JobWatcher, relay: Relay | None = None) -> PrintJobs:
    """Return the print jobs of a server, watched by a test."""
    return PrintJobs(
        services.database,
        services.clock,
        services.settings,
        services.blobs,
        relay or services.relay,
        watcher,
        settings_for=services.printdb.settings_for,
    )


@contextmanager
def a_fleet(folder: Path, **changes: Any) -> Iterator[FleetSite]:
    """Give a fleet over an empty data folder."""
    start = _start()
    (folder / "outfeed.sqlite").write_bytes(start.database)
    clock = Time(NOW)
    services = parts_over(folder, clock, **changes)
    told, relay, notes = Told(), MemoryRelay(), list[Note]()
    relay.listen(notes.append)
    settings, database = services.settings, services.database
    reports = PrintReports(database, clock, told)
    yield FleetSite(
        services=services,
        clock=clock,
        ann=start.ann,
        bob=start.bob,
        told=told,
        relay=relay,
        notes=notes,
        jobs=jobs_over(services, told, relay),
        reports=reports,
        commands=Commands(database, clock, settings, relay, reports),
    )
    services.close()


@dataclass(frozen=True)
class _Start:
    """What every fleet has at first."""

    database: bytes
    ann: Caller
    bob: Caller


@cache
def _start() -> _Start:
    """Return what every fleet has at first: made once, for it takes as long as a test."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        services = parts_over(folder, Time(NOW))
        ann, bob = (_member(services, who) for who in ("ann", "bob"))
        for number, owner in ((1, ann), (2, bob)):
            _place(services, number)
            add_member(services, owner, number, "primary", printer=True, job=True)
        services.close()
        return _Start((folder / "outfeed.sqlite").read_bytes(), ann, bob)


def add_member(
    services: Services, caller: Caller, printer_id: int, role: str, *, printer: bool = False, job: bool = False
) -> None:
    """Let somebody use a printer."""
    with writing(services.database) as connection:
        connection.execute(
            sa.insert(printer_members).values(
                printer_id=printer_id,
                principal_id=caller.principal_id,
                role=role,
                is_printer_scoped=printer,
                is_job_scoped=job,
                joined_at=NOW,
            )
        )


def _member(services: Services, name: str) -> Caller:
    user = services.identity.create_user(f"{name}@example.com")
    return Caller(principal_id=user.id, app_id="cli", scopes=frozenset({"data:read", "data:write"}))


def _place(services: Services, number: int) -> None:
    values = {
        "type_id": "type",
        "firmware": "1.0",
        "name": f"printer {number}",
        "created_at": NOW,
        "base_url": "http://us",
    }
    with writing(services.database) as connection:
        connection.execute(sa.insert(printers).values(id=number, token_digest=str(number) * 64, **values))
