"""Print jobs whose clients are told, with a caller that calls nobody."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from outfeed.database import reading
from outfeed.fleet.callbacks import Callbacks
from outfeed.fleet.calls import Answer, Caller
from outfeed.fleet.records import PrintJob
from outfeed.fleet.reports import PrintReports
from outfeed.schema import callbacks
from unit.fleet_site import FleetSite, a_fleet, jobs_over

SUPPORTED = Answer(200, b'{"callback":"supported"}')
CLIENT = "http://client.example/cb"
#: No test waits so long: what happens was woken.
IDLE_S = 3600.0


@dataclass
class Call:
    """Something that a client was told."""

    url: str
    below: str
    body: bytes
    event: int

    @property
    def host(self) -> str:
        """Whom it was told to."""
        return urlsplit(self.url).netloc


@dataclass
class FakeCaller:
    """Answers as a test says, and remembers what was told."""

    answer: Callable[[Call], Answer | None] = lambda _call: SUPPORTED
    calls: list[Call] = field(default_factory=list)
    closed: bool = False

    async def post(self, address: str, below: str, body: bytes, *, event: int) -> Answer | None:
        """Remember a call and answer it."""
        self.calls.append(Call(address, below, body, event))
        return self.answer(self.calls[-1])

    async def aclose(self) -> None:
        """Remember it."""
        self.closed = True


@dataclass
class CallbackSite:
    """A fleet whose jobs have clients."""

    fleet: FleetSite
    callbacks: Callbacks
    caller: Any

    def another(self, caller: Caller) -> Callbacks:
        """Return what empties the same outbox in another process."""
        services = self.fleet.services
        return Callbacks(services.database, self.fleet.clock, services.settings, caller, chance=lambda: 0.0)

    def job(self, **fields: Any) -> PrintJob:
        """Return a new job of Ann's with a client."""
        return self.fleet.job(**{"callback_url": CLIENT, "name": "bear"} | fields)

    def tell(self, callbacks: Callbacks | None = None) -> None:
        """Tell all that is due now."""
        asyncio.run(self._tell(callbacks or self.callbacks))

    async def _tell(self, callbacks: Callbacks) -> None:
        before = -1
        while before != len(self.caller.calls):
            before = len(self.caller.calls)
            async with asyncio.TaskGroup() as calls:
                await callbacks._begin(calls)

    def told(self) -> list[tuple[str, str]]:
        """Return what the clients were told: the segment below the address, or the state and the progress."""
        bodies = [(call.below, json.loads(call.body)) for call in self.caller.calls]
        return [
            (below, "") if below else (body["job_status"], str(body.get("job_progress", ""))) for below, body in bodies
        ]

    def waiting(self) -> list[str]:
        """Return the kinds of what waits, in order."""
        with reading(self.fleet.services.database) as connection:
            return list(connection.scalars(sa.select(callbacks.c.kind).order_by(callbacks.c.key)))

    def support(self, job: PrintJob) -> str | None:
        """Return how a job's callback stands."""
        return self.fleet.jobs.get(self.fleet.ann, job.id).callback_state


@contextmanager
def a_callback_site(folder: Path, caller: Any = None, **settings: Any) -> Iterator[CallbackSite]:
    """Give a fleet whose jobs are watched for their clients."""
    with a_fleet(folder, **settings) as fleet:
        services, found = fleet.services, caller or FakeCaller()
        watcher = Callbacks(services.database, fleet.clock, services.settings, found, chance=lambda: 0.0, idle_s=IDLE_S)
        fleet.jobs = jobs_over(services, watcher)
        fleet.reports = PrintReports(services.database, fleet.clock, watcher)
        yield CallbackSite(fleet, watcher, found)
