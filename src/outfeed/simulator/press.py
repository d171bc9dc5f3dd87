"""The part of a simulated printer that prints, and what it says of it."""

import math
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Final

from outfeed.simulator.events import Ack, Action, Ping, Say
from outfeed.simulator.prints import Print, Told, ack_body, job_fields, layer_data, ping_body
from outfeed.simulator.words import JobStatus, Status, Style

#: Tasks that are remembered, so that none runs twice.
MEMORY: Final = 10_000
#: Lines of its log that a printer keeps.
LOG_LINES: Final = 1_000

RECEIVED: Final = {"state": "received"}
COMPLETED: Final = {"state": "completed"}
FAILED: Final = {"state": "failed"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What kind of printer it is. Times are seconds, as they pass for whoever watches."""

    style: Style = Style.EMBER
    #: Layers of a print whose file does not tell; at least 1.
    layers: int = 50
    layer_s: float = 1.0
    ping_s: float = 15.0
    #: How long calibrating, homing and parking take.
    chore_s: float = 2.0


class Press:
    """
    Prints layer by layer, and gathers what is to be said in `out`.

    Parameters
    ----------
    plan
        What kind of printer it is.
    executed
        Tasks that were executed before the printer was switched off, oldest first.
    """

    def __init__(self, plan: Plan, executed: Collection[str] = ()) -> None:
        self.plan = plan
        #: The time, in seconds; the machine sets it with each event.
        self.now = 0.0
        self.out: list[Action] = []
        #: Tasks that it has executed, oldest first, each with what it last said of it.
        self.tasks: dict[str, Ack | None] = dict.fromkeys(executed)
        self.last: Print | None = None
        self._chores: dict[str, float] = {}
        self._ping_at = math.inf
        self._log: deque[str] = deque(maxlen=LOG_LINES)

    @property
    def current(self) -> Print | None:
        """Return the print that is under way, or None."""
        return self.last if self.last and self.last.is_under_way else None

    @property
    def status(self) -> Status:
        """Return how the printer is."""
        if current := self.current:
            return Status.PAUSED if current.status is JobStatus.PAUSED else Status.PRINTING
        return Status.MAINTENANCE if self._chores else Status.READY

    @property
    def wakes_at(self) -> float:
        """Return when it wants to be told that time has passed."""
        layer_at = self.last.next_at if self.last and self.last.status is JobStatus.PRINTING else math.inf
        return min(chain((self._ping_at, layer_at), self._chores.values()))

    def stop(self) -> None:
        """Forget the print and all that was to come."""
        self.last = None
        self._chores.clear()
        self._ping_at = math.inf

    def remember(self, task_id: str) -> None:
        """Note that a task is executed; forget the oldest where there are too many."""
        self.tasks[task_id] = None
        for oldest in list(islice(self.tasks, max(0, len(self.tasks) - MEMORY))):
            del self.tasks[oldest]

    def is_at_work(self, task_id: str) -> bool:
        """Tell whether the end of a task is still to come by itself."""
        return task_id in self._chores or (self.current is not None and self.current.task_id == task_id)

    # What it does.

    def begin(self, made: Print) -> None:
        """Print; what was fetched for it is there."""
        self.last = made
        made.next_at = self.now + self.plan.layer_s
        self.change(made, JobStatus.PRINTING)

    def change(self, current: Print, status: JobStatus) -> None:
        """Let the print stand otherwise than before, and tell it."""
        current.status = status
        self.say(status.value, job_id=current.job_id, layer=current.layer, layers=current.layers)
        self.ping(current, is_news=True)

    def chore(self, task_id: str) -> None:
        """Calibrate, home or park for a while; the command is completed afterwards."""
        self._chores[task_id] = self.now + self.plan.chore_s
        self.ping(self.current, is_news=True)

    def tick(self) -> None:
        """Do what is due."""
        for task_id in [task_id for task_id, until in self._chores.items() if until <= self.now]:
            del self._chores[task_id]
            self.done(task_id)
            self.ping(self.current, is_news=True)
        current = self.last
        while current and current.status is JobStatus.PRINTING and current.next_at <= self.now:
            self._print_layer(current)
        if self._ping_at <= self.now:
            self.ping(self.current, is_news=False)

    def _print_layer(self, current: Print) -> None:
        current.layer += 1
        current.next_at += self.plan.layer_s
        if current.layer == current.layers:
            self.change(current, JobStatus.COMPLETED)
        elif current.layer * 10 // current.layers > (current.layer - 1) * 10 // current.layers:
            self.say("layer", job_id=current.job_id, layer=current.layer, layers=current.layers)
        # The vendor's simulator acknowledges each layer on the command that began the print.
        if self.plan.style is Style.SIMULATOR and current.task_id:
            data = layer_data(self.plan.style, current, layer_s=self.plan.layer_s)
            self.ack(current.task_id, Told(progress=current.progress, data=data), current)

    # What it says.

    def received(self, task_id: str) -> None:
        """Say that a command was heard: Ember does, the vendor's simulator answers once."""
        if self.plan.style is Style.EMBER:
            self.ack(task_id, Told(progress=0, data=RECEIVED), self.current)

    def done(self, task_id: str, data: Mapping[str, Any] = COMPLETED) -> None:
        """Say that a command is completed."""
        current = self.current
        # The vendor's simulator tells the progress of the job here, not of the command.
        progress = current.progress if current and self.plan.style is Style.SIMULATOR else 1
        self.ack(task_id, Told(progress=progress, data=data), current)

    def fail(self, task_id: str, code: int, reason: str, current: Print | None = None) -> None:
        """Say that a command came to nothing; `current` is the print that failed with it, if one did."""
        self.ack(task_id, Told(progress=1, error_code=code, error_message=reason, data=FAILED), current)

    def ack(self, task_id: str, told: Told, current: Print | None = None) -> None:
        """Acknowledge a command."""
        said = Ack(task_id, ack_body(self.plan.style, self.status, current, told))
        self.tasks[task_id] = said
        self.out.append(said)

    def as_it_is_now(self, said: Ack) -> Ack:
        """Return an acknowledgement of before, with the print in it as it stands now: the old state would be a lie."""
        if self.last is None or said.body.get("job_id") != self.last.job_id:
            return said
        return Ack(said.task_id, {**said.body, **job_fields(self.last), "printer_status": self.status.value})

    def ping(self, current: Print | None, *, is_news: bool) -> None:
        """Tell the status, and again when it is time for it."""
        self._ping_at = self.now + self.plan.ping_s
        self.out.append(Ping(ping_body(self.plan.style, self.status, current, layer_s=self.plan.layer_s), is_news))

    def say(self, what: str, **fields: Any) -> None:
        """Tell whoever watches, and note it in the log."""
        self._log.append(f"{self.now:.3f} {what} " + " ".join(f"{key}={value}" for key, value in fields.items()))
        self.out.append(Say(what, fields))

    @property
    def log(self) -> str:
        """Return the log, a line for each thing that has happened."""
        return "".join(f"{line}\n" for line in self._log)
