"""Tells clients of print jobs, at least once and in order, whatever becomes of them or of this process."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable
from enum import Enum, auto
from typing import Final

import sqlalchemy as sa
import structlog

from outfeed import to_thread
from outfeed.clock import Clock
from outfeed.database import NOT_NOW, reading, writing
from outfeed.errors import AddressRefused, InvalidField
from outfeed.fleet import outbox
from outfeed.fleet.calls import Answer, Caller
from outfeed.fleet.outbox import Due, Kind, Room
from outfeed.fleet.records import PrintJob
from outfeed.schema import printers
from outfeed.settings import Settings

log: structlog.stdlib.BoundLogger = structlog.get_logger()

#: Calls at the same time, in all and at one host.
MOST_CALLS: Final = 64
MOST_PER_HOST: Final = 4
#: How often the outbox is looked at where nobody says that something is in it: another process may have left it.
IDLE_S: Final = 5.0
#: Pause before something is told again, in seconds; it doubles up to the second number, less up to half by chance.
PAUSE_S: Final = (2.0, 600.0)
#: Hosts that are remembered as silent.
MOST_SILENT: Final = 1000
#: Answers that say no more than "not now", and the one that says "never again".
_NOT_NOW: Final = {408, 425, 429, *range(500, 600)}
_GONE: Final = 410
_GOOD: Final = range(200, 300)


class Verdict(Enum):
    """What an answer means."""

    DELIVERED = auto()
    #: The client does not want to be told.
    REFUSED = auto()
    #: It is told again.
    FAILED = auto()


class Callbacks:
    """Watches print jobs for their clients, and empties the outbox. Several processes may do so at once."""

    def __init__(
        self,
        database: sa.Engine,
        clock: Clock,
        settings: Settings,
        caller: Caller,
        *,
        chance: Callable[[], float] = random.random,
        idle_s: float = IDLE_S,
    ) -> None:
        self._database = database
        self._clock = clock
        self._attempts = settings.callback_attempts
        self._caller = caller
        self._chance = chance
        self._idle_s = idle_s
        self._calling: Counter[str] = Counter()
        self._silent: set[str] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()

    def asked(self, connection: sa.Connection, job: PrintJob, *, now: int) -> None:
        """Ask a job's client whether it wants to be told, after the commit."""
        outbox.ask_support(connection, job, now)

    def changed(self, connection: sa.Connection, job: PrintJob, *, moved: bool, now: int) -> None:
        """Tell a job's client how it stands, after the commit."""
        if job.callback_url is not None:
            name = connection.scalar(sa.select(printers.c.name).where(printers.c.id == job.printer_id))
            outbox.enqueue(connection, job, name or "", job.owner_id, now=now, moved=moved)

    def committed(self) -> None:
        """Begin with what was noted."""
        self.wake()

    def wake(self) -> None:
        """Say that something may be due, from any thread; nothing happens where `run` does not run."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> None:
        """Tell what is due until cancelled; what is being told then is told again by the next process."""
        self._loop = asyncio.get_running_loop()
        try:
            async with asyncio.TaskGroup() as calls:
                while True:
                    self._woken.clear()
                    pause_s = await self._begin(calls)
                    await self._sleep(pause_s)
        finally:
            self._loop = None
            await self._caller.aclose()

    async def _begin(self, calls: asyncio.TaskGroup) -> float:
        """Begin every call that is due, and return the time until the next one, in seconds."""
        room = Room(left=MOST_CALLS - self._calling.total(), per_host=MOST_PER_HOST, silent=frozenset(self._silent))
        if room.left <= 0:
            return self._idle_s
        try:
            taken, pause_s = await to_thread.run_sync(self._take, room, Counter(self._calling))
        except NOT_NOW:
            log.exception("callbacks_not_read")
            return self._idle_s
        for due in taken:
            self._calling[due.host] += 1
            calls.create_task(self._call(due))
        return pause_s

    def _take(self, room: Room, calling: Counter[str]) -> tuple[list[Due], float]:
        """Take what is due. Nothing is written where nothing is."""
        now = self._clock()
        with reading(self._database) as connection:
            first = outbox.next_due(connection, room.busy(calling))
        if first is None or first > now:
            return [], self._idle_s if first is None else min(self._idle_s, (first - now) / 1000)
        with writing(self._database) as connection:
            return outbox.take(connection, calling, room=room, now=now), 0.0

    async def _sleep(self, pause_s: float) -> None:
        try:
            async with asyncio.timeout(pause_s):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _call(self, due: Due) -> None:
        """Tell a client one thing, and note what came of it."""
        try:
            verdict = await self._told(due)
            self._remember(due.host, verdict)
            await to_thread.run_sync(self._note, due, verdict)
        except NOT_NOW:
            log.exception("callback_not_noted", host=due.host)  # it is told again when its time is over
        finally:
            self._calling[due.host] -= 1
            self._calling += Counter()  # drops the hosts with none
            self._woken.set()

    async def _told(self, due: Due) -> Verdict:
        below = "support" if due.kind is Kind.SUPPORT else ""
        body = json.dumps(due.body).encode()
        try:
            answer = await self._caller.post(due.url, below, body, event=due.key)
        except (AddressRefused, InvalidField) as error:
            log.warning("callback_refused_here", host=due.host, reason=error.detail)
            return Verdict.REFUSED
        return judged(due.kind, answer)

    def _remember(self, host: str, verdict: Verdict) -> None:
        """Give a host that does not answer one call at a time, until it does."""
        if verdict is not Verdict.FAILED:
            self._silent.discard(host)
        elif len(self._silent) < MOST_SILENT:
            self._silent.add(host)

    def _note(self, due: Due, verdict: Verdict) -> None:
        now = self._clock()
        is_last = due.attempts >= self._attempts
        with writing(self._database) as connection:
            if verdict is Verdict.DELIVERED:
                outbox.delivered(connection, due, now=now)
            elif verdict is Verdict.REFUSED or (is_last and due.kind is Kind.SUPPORT):
                outbox.refused(connection, due)
            elif is_last:
                outbox.given_up(connection, due)
            else:
                outbox.failed(connection, due, again_at=now + pause_ms(due.attempts, self._chance()))
        if verdict is not Verdict.DELIVERED:
            log.info("callback_failed", host=due.host, kind=due.kind, verdict=verdict.name, attempts=due.attempts)


def judged(kind: Kind, answer: Answer | None) -> Verdict:
    """Return what an answer means; None: there was none."""
    if answer is None or answer.status in _NOT_NOW:
        return Verdict.FAILED
    is_good = answer.status in _GOOD
    if kind is Kind.SUPPORT:
        return Verdict.DELIVERED if is_good and says_supported(answer.body) else Verdict.REFUSED
    if answer.status == _GONE:
        return Verdict.REFUSED
    return Verdict.DELIVERED if is_good else Verdict.FAILED


def says_supported(body: bytes) -> bool:
    """Tell whether an answer is `{"callback":"supported"}`, whatever else is in it."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("callback") == "supported"


def pause_ms(attempts: int, chance: float) -> int:
    """Return the pause after so many attempts, in milliseconds; `chance`, from 0 to 1, spreads those of many."""
    first_s, longest_s = PAUSE_S
    whole_s = min(longest_s, first_s * 2.0 ** min(attempts - 1, 30))
    return round(1000 * whole_s * (1 - chance / 2))
