"""Simulated printers for tests: what happens to them, and what they then do."""

from typing import Any

from outfeed.simulator import events
from outfeed.simulator.events import Ack, Action, Commanded, Ping, Register, Registered, Started
from outfeed.simulator.machine import Machine
from outfeed.simulator.press import Plan
from outfeed.simulator.words import Style

#: Of 43 characters, as all are.
TOKEN = "t" * 43
JOB = "6ace3ef1-2fa0-4231-8288-0c64d7481e08"


def a_plan(style: Style = Style.EMBER, *, layers: int = 4) -> Plan:
    return Plan(style=style, layers=layers, layer_s=1.0, ping_s=100.0, chore_s=2.0)


def an_owned_machine(style: Style = Style.EMBER, *, layers: int = 4) -> Machine:
    """Return a printer that is registered and claimed, at time 0."""
    machine = Machine(a_plan(style, layers=layers))
    machine.step(Started(), 0)
    machine.step(Registered(58, None, TOKEN, is_owned=True), 0)
    return machine


def a_printing_machine(style: Style = Style.EMBER, *, layers: int = 4) -> Machine:
    """Return a printer that has begun to print `JOB`, at time 0."""
    machine = an_owned_machine(style, layers=layers)
    machine.step(print_data(), 0)
    machine.step(events.Fetched(JOB, 10, "00"), 0)
    return machine


def print_data(job: str = JOB) -> Commanded:
    return Commanded({"command": "print_data", "task_id": job, "job_id": job, "file_url": "http://files/print"})


def a_command(name: str, task_id: str = "task", **fields: Any) -> Commanded:
    return Commanded({"command": name, "task_id": task_id, **fields})


def acks(actions: list[Action], *names: str) -> list[tuple[Any, ...]]:
    """Return those fields of all acknowledgements."""
    return [tuple(one.body.get(name) for name in names) for one in actions if isinstance(one, Ack)]


def pings(actions: list[Action], *names: str) -> list[tuple[Any, ...]]:
    """Return those fields of all status pings."""
    return [tuple(one.body.get(name) for name in names) for one in actions if isinstance(one, Ping)]


def done(actions: list[Action], kind: type[Any]) -> list[Any]:
    """Return the actions of a kind."""
    return [one for one in actions if isinstance(one, kind)]


def registers_with(actions: list[Action]) -> list[str | None]:
    """Return the tokens with which the printer registers."""
    return [one.token for one in actions if isinstance(one, Register)]
