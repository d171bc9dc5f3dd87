"""
What printers do wrong, beside the machine that does right.

A fault may withhold what happens from the machine, and hold back, double or falsify what the machine does. In the end
the server has been told the truth: what a fault adds are lies, what it takes it gives back.
"""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from outfeed.simulator.events import Ack, Action, Commanded, Drop, Event, Ping
from outfeed.simulator.words import Fault, JobStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """How much of a fault there is, in seconds."""

    #: Time by which an acknowledgement is late; more than the server's patience, so that it sends again.
    late_s: float = 20.0
    #: How long a printer is silent; more than that after which it counts as offline.
    silent_s: float = 70.0
    #: Mean time between two lost connections.
    drop_s: float = 5.0


class Honest:
    """No fault: everything goes through."""

    def __init__(self, measure: Measure, random: Random) -> None:
        self._measure = measure
        self._random = random

    @property
    def wakes_at(self) -> float:
        """Return when `after` wants to be called although nothing happens."""
        return math.inf

    @property
    def is_holding(self) -> bool:
        """Tell whether something is held back."""
        return False

    def before(self, event: Event, now: float) -> Event | None:  # noqa: ARG002 - faults with a time of their own
        """Return what the machine notices of an event, or None: nothing."""
        return event

    def after(self, actions: list[Action], now: float) -> list[Action]:  # noqa: ARG002 - as above
        """Return what is really done at `now`, that which was held back before included."""
        return actions


class LostConnections(Honest):
    """
    The channel's connection is lost now and then, and often with a command.

    The machine then has read the command, and its acknowledgement goes out after the loss; or it has not, and the
    server must send the command again. Each command is lost so at most once.
    """

    def __init__(self, measure: Measure, random: Random) -> None:
        super().__init__(measure, random)
        self._lost: set[str] = set()
        self._is_lost = False
        self._drop_at = math.inf

    @property
    def wakes_at(self) -> float:
        """Return when the connection is lost the next time."""
        return self._drop_at

    def before(self, event: Event, now: float) -> Event | None:
        """Lose the connection with a command, read or unread."""
        if self._drop_at == math.inf:
            self._drop_at = now + self._random.expovariate(1 / self._measure.drop_s)
        if not isinstance(event, Commanded):
            return event
        task_id = str(event.message.get("task_id"))
        if task_id in self._lost:
            return event
        self._lost.add(task_id)
        self._is_lost = True
        return event if self._random.random() < 1 / 2 else None

    def after(self, actions: list[Action], now: float) -> list[Action]:
        """Cut the connection before whatever else is done."""
        if self._drop_at <= now:
            self._is_lost = True
            self._drop_at = now + self._random.expovariate(1 / self._measure.drop_s)
        if self._is_lost:
            self._is_lost = False
            return [Drop(), *actions]
        return actions


class LateAcks(Honest):
    """Each acknowledgement is as late as the others, so that they stay in order."""

    def __init__(self, measure: Measure, random: Random) -> None:
        super().__init__(measure, random)
        self._held: deque[tuple[float, Ack]] = deque()

    @property
    def wakes_at(self) -> float:
        """Return when the next one is due."""
        return self._held[0][0] if self._held else math.inf

    @property
    def is_holding(self) -> bool:
        """Tell whether something is held back."""
        return bool(self._held)

    def after(self, actions: list[Action], now: float) -> list[Action]:
        """Hold acknowledgements back until they are due."""
        self._held.extend((now + self._measure.late_s, action) for action in actions if isinstance(action, Ack))
        done: list[Action] = [action for action in actions if not isinstance(action, Ack)]
        while self._held and self._held[0][0] <= now:
            done.append(self._held.popleft()[1])
        return done


class DoubleAcks(Honest):
    """Each acknowledgement is sent twice."""

    def after(self, actions: list[Action], now: float) -> list[Action]:  # noqa: ARG002 - needs no time
        """Repeat acknowledgements."""
        return [again for action in actions for again in ([action] * 2 if isinstance(action, Ack) else [action])]


class Silence(Honest):
    """A command makes the printer silent for a while; what it had to tell it tells afterwards, in order."""

    def __init__(self, measure: Measure, random: Random) -> None:
        super().__init__(measure, random)
        self._held: list[Action] = []
        self._until = -math.inf
        self._not_before = -math.inf

    @property
    def wakes_at(self) -> float:
        """Return when it speaks again."""
        return self._until if self._held else math.inf

    @property
    def is_holding(self) -> bool:
        """Tell whether something is held back."""
        return bool(self._held)

    def before(self, event: Event, now: float) -> Event | None:
        """Fall silent with a command, but not with one that comes soon after a silence."""
        if isinstance(event, Commanded) and now >= self._not_before:
            self._until = now + self._measure.silent_s
            self._not_before = self._until + self._measure.silent_s * (1 + self._random.random())
        return event

    def after(self, actions: list[Action], now: float) -> list[Action]:
        """Hold reports back while it is silent; a ping without news is lost."""
        if now >= self._until:
            done, self._held = [*self._held, *actions], []
            return done
        self._held += [one for one in actions if isinstance(one, Ack) or (isinstance(one, Ping) and one.is_news)]
        return [one for one in actions if not isinstance(one, Ack | Ping)]


#: What a printer says of its progress instead of the truth.
_LIES: Final[tuple[Any, ...]] = (1.7, -0.2, "NaN", "half", 0.0)


class Lies(Honest):
    """Before each report of a print come reports that cannot be; after its end one that says it goes on."""

    def after(self, actions: list[Action], now: float) -> list[Action]:  # noqa: ARG002 - needs no time
        """Add lies around the truth."""
        return [told for action in actions for told in self._with_lies(action)]

    def _with_lies(self, action: Action) -> list[Action]:
        if not isinstance(action, Ack | Ping) or "job_progress" not in action.body:
            return [action]
        lie = {"job_progress": self._random.choice(_LIES)}
        told = [_changed(action, lie), action]
        if action.body["job_status"] == JobStatus.COMPLETED:
            told.append(_changed(action, {"job_status": JobStatus.PRINTING.value, "job_progress": 0.5}))
        return told


def _changed(action: Ack | Ping, fields: Mapping[str, Any]) -> Action:
    body = {**action.body, **fields}
    return Ack(action.task_id, body) if isinstance(action, Ack) else Ping(body, action.is_news)


#: How a printer with each fault behaves. A wrong token is a matter of its beginning alone.
FAULTS: Final[Mapping[Fault, type[Honest]]] = {
    Fault.DROP_CONNECTION: LostConnections,
    Fault.LATE_ACK: LateAcks,
    Fault.DOUBLE_ACK: DoubleAcks,
    Fault.LYING_PROGRESS: Lies,
    Fault.SILENT: Silence,
    Fault.WRONG_TOKEN: Honest,
}
