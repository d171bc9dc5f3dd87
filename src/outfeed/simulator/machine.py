"""
The simulated printer itself: a state machine without network and clock.

What happens goes in, what the printer then does comes out.
"""

import math
from collections.abc import Collection
from typing import Any, Final

from outfeed.simulator import events
from outfeed.simulator.events import Action, Event, Register, Subscribe
from outfeed.simulator.orders import Orders
from outfeed.simulator.press import Plan, Press
from outfeed.simulator.prints import Print
from outfeed.simulator.words import JobStatus, Status, Style

#: Longest time that a printer shows one code; the server forgets codes after an hour. In seconds.
CODE_LIFE_S: Final = 50 * 60.0


class Machine:
    """
    A printer.

    Parameters
    ----------
    plan
        What kind of printer it is.
    token
        What an earlier registration gave it, or None.
    executed
        Tasks that it has executed before it was switched off, oldest first.
    interrupted
        The print that it made then, or None: it tells that it failed.
    """

    def __init__(
        self, plan: Plan, *, token: str | None = None, executed: Collection[str] = (), interrupted: str | None = None
    ) -> None:
        self.plan = plan
        self.token = token
        self.printer_id: int | None = None
        self.is_owned = False
        self._interrupted = interrupted
        self._code_until = math.inf
        self._press = Press(plan, executed)
        self._orders = Orders(self._press)

    @property
    def executed(self) -> list[str]:
        """Return the tasks that it has executed, each once, oldest first."""
        return list(self._press.tasks)

    @property
    def print(self) -> Print | None:
        """Return what it makes, or has made last."""
        return self._press.last

    @property
    def job_id(self) -> str | None:
        """Return the print that it works on, or has not told the end of; None: there is none."""
        return self._press.current.job_id if self._press.current else self._interrupted

    @property
    def status(self) -> Status:
        """Return how it is."""
        return self._press.status

    @property
    def settings(self) -> dict[str, Any]:
        """Return the settings that it was given."""
        return self._orders.settings

    @property
    def wakes_at(self) -> float:
        """Return when it wants to be told that time has passed."""
        return min(self._press.wakes_at, self._code_until)

    def step(self, event: Event, now: float) -> list[Action]:
        """Return what the printer does when something happens at `now`, in seconds of a clock that never goes back."""
        self._press.now = now
        self._press.out = []
        match event:
            case events.Started():
                self._press.out.append(Register(self.token))
            case events.Registered():
                self._registered(event)
            case events.Claimed():
                self._claimed()
            case events.Disowned():
                self._disowned()
            case events.ShutOut():
                self._register_again()
            case _:
                self._work(event)
        return self._press.out

    def _work(self, event: Event) -> None:
        match event:
            case events.Commanded(message):
                self._orders.take(message)
            case events.Fetched() | events.Stored() | events.Failed():
                self._orders.came(event)
            case events.PrintLocally():
                self._print_locally(event)
            case events.Ticked():
                self._ticked()

    def _registered(self, event: events.Registered) -> None:
        has_waited = self.printer_id == event.printer_id and not self.is_owned
        self.printer_id, self.token = event.printer_id, event.token
        self._code_until = math.inf if event.is_owned else self._press.now + CODE_LIFE_S
        self._press.say("registered", printer_id=event.printer_id, code=event.code)
        self._press.out.append(Subscribe(f"/printers/{event.printer_id}/users"))
        # Ember listens for commands at once, the vendor's simulator when it is claimed.
        if self.plan.style is Style.EMBER or event.is_owned:
            self._press.out.append(Subscribe(f"/printers/{event.printer_id}/command"))
        if event.is_owned:
            if has_waited:
                self._press.say("claimed", printer_id=event.printer_id)
            self._go()

    def _claimed(self) -> None:
        if not self.is_owned and self.printer_id is not None:
            self._press.say("claimed", printer_id=self.printer_id)
            self._press.out.append(Subscribe(f"/printers/{self.printer_id}/command"))
            self._go()

    def _go(self) -> None:
        """Begin to tell the status."""
        self.is_owned, self._code_until = True, math.inf
        if self._interrupted:
            lost = Print(self._interrupted, None, self._interrupted, self.plan.layers)
            lost.status, lost.error = JobStatus.FAILED, "The printer was switched off."
            self._press.ping(lost, is_news=True)
            self._interrupted = None
        self._press.ping(self._press.current, is_news=True)

    def _disowned(self) -> None:
        """Forget everything that belonged to the token, and begin anew: the firmware's only way home."""
        self._press.say("token_dead")
        self._press.stop()
        self.printer_id = self.token = self._interrupted = None
        self.is_owned, self._code_until = False, math.inf
        self._press.out += [events.Leave(), Register(None)]

    def _register_again(self) -> None:
        if self.token:
            self._press.out.append(Register(self.token))

    def _print_locally(self, event: events.PrintLocally) -> None:
        if self.is_owned and not self._press.current:
            self._press.begin(Print(event.job_id, None, event.name, self.plan.layers))

    def _ticked(self) -> None:
        self._press.tick()
        if self._code_until <= self._press.now:
            self._code_until = self._press.now + CODE_LIFE_S
            self._register_again()
