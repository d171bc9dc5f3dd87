"""A simulated printer on the network: its machine, its faults, its channel and its calls, until it is switched off."""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any, Final, NoReturn

from outfeed.simulator import events
from outfeed.simulator.channel import Channel, Hear, Wire
from outfeed.simulator.events import Ack, Action, Event, Fetch, Ping, Register, Say, Store
from outfeed.simulator.faults import Honest
from outfeed.simulator.firmware import CallRefused, DownloadFailed, Firmware, Maker, TokenDead, Unreachable
from outfeed.simulator.machine import Machine

#: Shortest and longest mean pause before a call is made again, in seconds.
FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 20.0
#: Reports that wait for the server; of more, the oldest are forgotten.
MOST_WAITING: Final = 10_000

Tell = Callable[[str, dict[str, Any]], None]


class RegistrationRefused(Exception):
    """The server does not take the printer."""


class Printer:
    """
    One printer; `run` is its life.

    Parameters
    ----------
    machine, faults
        What it does, and what it does wrong.
    maker
        What it says of itself when it registers.
    firmware
        Its calls.
    wire
        Gives its channel a new connection.
    tell
        Called with what happens: a word, and what belongs to it.
    random
        Spreads what many printers do.
    remember
        Called before the printer does anything: a command that is not remembered is not executed.
    """

    def __init__(
        self,
        machine: Machine,
        *,
        faults: Honest,
        maker: Maker,
        firmware: Firmware,
        wire: Callable[[Hear], Wire],
        tell: Tell,
        random: Random,
        remember: Callable[[Machine], None] = lambda _: None,
    ) -> None:
        self.machine = machine
        self._faults = faults
        self._maker = maker
        self._firmware = firmware
        self._wire = wire
        self._tell = tell
        self._random = random
        self._remember = remember
        self._inbox: asyncio.Queue[Event] = asyncio.Queue()
        self._reports: deque[Ack | Ping] = deque(maxlen=MOST_WAITING)
        self._has_reports = asyncio.Event()
        self._channel: Channel | None = None
        self._listening: asyncio.Task[None] | None = None
        self._life = asyncio.TaskGroup()
        self._is_telling = False

    def happens(self, event: Event) -> None:
        """Let something happen to the printer; call it on its loop."""
        self._inbox.put_nowait(event)

    @property
    def has_told(self) -> bool:
        """Tell whether the server has taken all that the printer had to report, late as it may be."""
        return not (self._reports or self._is_telling or self._faults.is_holding)

    async def run(self) -> None:
        """Live until cancelled; raise `RegistrationRefused` or `ChannelRefused` where the server wants no printer."""
        self.happens(events.Started())
        async with self._life:
            self._start(self._report())
            await self._live()

    async def _live(self) -> NoReturn:
        loop = asyncio.get_running_loop()
        while True:
            event = self._faults.before(await self._next(), loop.time())
            actions = self.machine.step(event, loop.time()) if event else []
            self._remember(self.machine)
            for action in self._faults.after(actions, loop.time()):
                self._do(action)

    async def _next(self) -> Event:
        """Return what happens next: time, if nothing else does."""
        wakes_at = min(self.machine.wakes_at, self._faults.wakes_at)
        try:
            async with asyncio.timeout_at(None if wakes_at == math.inf else wakes_at):
                return await self._inbox.get()
        except TimeoutError:
            return events.Ticked()

    def _do(self, action: Action) -> None:
        match action:
            case Say(what, fields):
                self._tell(what, dict(fields))
            case Ack() | Ping():
                self._reports.append(action)
                self._has_reports.set()
            case Register(token):
                self._start(self._register(token))
            case Fetch(task_id, url):
                self._start(self._fetch(task_id, url))
            case Store(task_id, url, text):
                self._start(self._store(task_id, url, text))
            case _:
                self._change_channel(action)

    def _change_channel(self, action: Action) -> None:
        match action:
            case events.Subscribe(channel):
                self._start(self._listen(channel))
            case events.Drop() if self._channel:
                self._tell("connection_dropped", {})
                self._channel.drop()
            case events.Leave():
                self._reports.clear()
                self._leave()

    def _leave(self) -> None:
        if self._listening:
            self._listening.cancel()
        self._channel = self._listening = None

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self._life.create_task(work)

    # The channel.

    async def _listen(self, channel: str) -> None:
        if self._channel is None:
            self._channel = Channel(
                self._wire,
                ear=self,
                token=self.machine.token or "",
                random=self._random,
            )
            self._listening = self._start(self._channel.run())
        await self._channel.subscribe(channel)

    def hear(self, channel: str, data: object) -> None:
        """Take what came on a channel."""
        if not isinstance(data, dict):
            return
        if channel == f"/printers/{self.machine.printer_id}/command":
            self.happens(events.Commanded(data))
        elif channel == f"/printers/{self.machine.printer_id}/users" and data.get("registration") == "success":
            self.happens(events.Claimed())

    def rejoined(self) -> None:
        """Note that the channel has a new session."""
        self._tell("channel_joined", {})

    def shut_out(self) -> None:
        """Note that the server refuses a subscription."""
        self.happens(events.ShutOut())

    def lost(self, reason: str) -> None:
        """Note that the channel is lost, or does not come to stand."""
        self._tell("channel_lost", {"reason": reason})

    # The calls.

    async def _register(self, token: str | None) -> None:
        failures = 0
        while True:
            try:
                self.happens(await self._firmware.register(self._maker, token))
            except TokenDead:
                self.happens(events.Disowned())
            except CallRefused as error:
                raise RegistrationRefused(str(error)) from error
            except Unreachable as error:
                failures += 1
                self._tell("unreachable", {"reason": str(error)})
                await self._pause(failures)
                continue
            return

    async def _report(self) -> NoReturn:
        """Send reports in their order, each until the server has taken or refused it."""
        failures = 0
        while True:
            await self._has_reports.wait()
            while self._reports and self.machine.token:
                report, self._is_telling = self._reports.popleft(), True
                is_over = await self._is_told(report, self.machine.token)
                if not is_over and (isinstance(report, Ack) or report.is_news):
                    self._reports.appendleft(report)
                self._is_telling = False
                failures = 0 if is_over else failures + 1
                if failures:
                    await self._pause(failures)
            self._has_reports.clear()

    async def _is_told(self, report: Ack | Ping, token: str) -> bool:
        """Send a report; tell whether that is the end of it."""
        try:
            if isinstance(report, Ack):
                await self._firmware.acknowledge(report.task_id, report.body, token)
            else:
                await self._firmware.tell_status(report.body, token)
        except Unreachable as error:
            self._tell("unreachable", {"reason": str(error)})
            return False
        except CallRefused as error:
            self._tell("refused", {"reason": str(error)})
        except TokenDead:
            if token == self.machine.token:
                self.happens(events.Disowned())
                self._reports.clear()
        return True

    async def _fetch(self, task_id: str, url: str) -> None:
        try:
            found = await self._firmware.fetch(url)
        except DownloadFailed as error:
            self.happens(events.Failed(task_id, str(error)))
        else:
            self.happens(events.Fetched(task_id, found.size, found.sha256, found.layers))

    async def _store(self, task_id: str, url: str, text: str) -> None:
        try:
            await self._firmware.store(url, text)
        except DownloadFailed as error:
            self.happens(events.Failed(task_id, str(error)))
        else:
            self.happens(events.Stored(task_id))

    async def _pause(self, failures: int) -> None:
        mean_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(failures - 1, 10))
        await asyncio.sleep(mean_s * self._random.uniform(0.5, 1.5))
