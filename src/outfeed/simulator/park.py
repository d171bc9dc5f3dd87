"""Many simulated printers in one process, over a few pools of connections."""

import asyncio
import string
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx

from outfeed.simulator import events
from outfeed.simulator.channel import Hear, Wire
from outfeed.simulator.faults import FAULTS, Honest, Measure
from outfeed.simulator.firmware import MAX_SHOWN, Firmware, Maker
from outfeed.simulator.machine import Machine
from outfeed.simulator.memory import Kept, Memory
from outfeed.simulator.press import Plan
from outfeed.simulator.printer import Printer
from outfeed.simulator.wires import PollingWire, WebSocketWire
from outfeed.simulator.words import Fault, JobStatus, Transport

#: Calls that all printers make at the same time, so that a thousand do not all come at once.
AT_ONCE: Final = 32
#: Printers whose polls share a pool of connections: httpx looks at all of a pool's connections at each request.
POOL: Final = 25
#: Longest time that a call may take, in seconds.
PATIENCE_S: Final = 30.0
#: Time that printers have to report what they still have to, when they are told to stop, in seconds.
FLUSH_S: Final = 5.0
#: How often a printer that stops is looked at, in seconds.
_LOOK_S: Final = 0.02
#: Words for the end of a print.
_ENDS: Final = frozenset({JobStatus.COMPLETED, JobStatus.CANCELED, JobStatus.FAILED})
#: Characters of a token.
_ALPHABET: Final = string.ascii_letters + string.digits + "-_"
_TOKEN: Final = 43

#: Called with the number of a printer, from 1, a word for what happened, and what belongs to it.
Watch = Callable[[int, str, dict[str, Any]], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """Which printers there shall be."""

    server: str
    maker: Maker
    count: int = 1
    plan: Plan = field(default_factory=Plan)
    fault: Fault | None = None
    measure: Measure = field(default_factory=Measure)
    transport: Transport = Transport.WEBSOCKET
    #: With which chance begins: the same seed, the same faults.
    seed: int = 0
    #: Claim the printers under this name and their number; None: somebody else does.
    claim_as: str | None = None
    #: Bearer token of the member that claims; None: the server is open.
    user_token: str | None = field(default=None, repr=False)
    #: Begin a print at the machine itself as soon as it is claimed.
    local_print: bool = False
    #: Folder for what printers know when they are switched off.
    state: Path | None = None
    #: End after so many prints.
    prints: int | None = None


@dataclass(slots=True)
class Sum:
    """What came of it."""

    registered: set[int] = field(default_factory=set)
    #: Prints that ended so.
    ends: dict[str, int] = field(default_factory=dict)
    #: Tasks that were executed, and those that came again and were not.
    executed: int = 0
    repeated: int = 0


class Park:
    """
    The printers of a wish; `run` switches them on.

    Raises
    ------
    ValueError
        If the folder for their state holds something else.
    """

    def __init__(self, wish: Wish, watch: Watch) -> None:
        self.sum = Sum()
        self._wish = wish
        self._watch = watch
        self._random = Random(wish.seed)  # noqa: S311 - faults are no secrets
        self._stop = asyncio.Event()
        self._group = asyncio.TaskGroup()
        self._began: set[Printer] = set()
        server, times = wish.server.rstrip("/"), httpx.Timeout(PATIENCE_S, pool=None)
        few = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        many = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        trust = httpx.create_ssl_context()
        self._calls = httpx.AsyncClient(base_url=server, timeout=times, limits=few, verify=trust)
        self._polls = [httpx.AsyncClient(timeout=times, limits=many, verify=trust) for _ in range(0, wish.count, POOL)]
        self.printers = [self._printer(number) for number in range(1, wish.count + 1)]

    def stop(self) -> None:
        """Switch the printers off when they have told what they had to."""
        self._stop.set()

    async def run(self) -> Sum:
        """
        Run the printers until `stop`, or until the prints that were wished for are over.

        Raises
        ------
        ExceptionGroup
            Of `RegistrationRefused` or `ChannelRefused`, if the server wants no printers.
        """
        async with AsyncExitStack() as stack:
            for client in (self._calls, *self._polls):
                await stack.enter_async_context(client)
            await stack.enter_async_context(self._group)
            tasks = [self._group.create_task(printer.run()) for printer in self.printers]
            await self._stop.wait()
            await self._flush()
            for task in tasks:
                task.cancel()
        return self.sum

    async def _flush(self) -> None:
        for _ in range(int(FLUSH_S / _LOOK_S)):
            if all(printer.has_told for printer in self.printers):
                return
            await asyncio.sleep(_LOOK_S)

    def _printer(self, number: int) -> Printer:
        wish, random = self._wish, Random(self._random.random())  # noqa: S311 - as above
        memory = Memory(wish.state / f"printer-{number}.json") if wish.state else None
        kept = memory.kept if memory else Kept()
        if wish.fault is Fault.WRONG_TOKEN:
            kept = Kept(token="".join(random.choices(_ALPHABET, k=_TOKEN)))
        kind = FAULTS[wish.fault] if wish.fault else Honest

        def tell(what: str, fields: dict[str, Any]) -> None:
            self._note(number, printer, what, fields)

        printer = Printer(
            Machine(wish.plan, token=kept.token, executed=kept.executed, interrupted=kept.interrupted),
            faults=kind(wish.measure, random),
            maker=Maker(
                type_id=wish.maker.type_id,
                firmware=wish.maker.firmware,
                serial_number=f"{wish.maker.serial_number}{number}",
            ),
            firmware=Firmware(self._calls, wish.plan.style),
            wire=_wire(wish, self._polls[(number - 1) // POOL]),
            tell=tell,
            random=random,
            remember=memory.keep if memory else lambda _: None,
        )
        return printer

    def _note(self, number: int, printer: Printer, what: str, fields: dict[str, Any]) -> None:
        """Count what happened, do what the wish says about it, and pass it on."""
        self._watch(number, what, fields)
        if what == "registered":
            self.sum.registered.add(number)
            if self._wish.claim_as is not None and fields["code"]:
                self._group.create_task(self._claim(number, f"{self._wish.claim_as} {number}", fields["code"]))
            if printer.machine.is_owned:
                self._begin_local(printer)
        elif what == "claimed":
            self._begin_local(printer)
        elif what == "command":
            self.sum.executed += 1
        elif what == "repeated":
            self.sum.repeated += 1
        elif what in _ENDS and "job_id" in fields:
            self._ended(what)

    def _ended(self, how: str) -> None:
        self.sum.ends[how] = self.sum.ends.get(how, 0) + 1
        if self._wish.prints is not None and sum(self.sum.ends.values()) >= self._wish.prints:
            self.stop()

    def _begin_local(self, printer: Printer) -> None:
        if self._wish.local_print and printer not in self._began:
            self._began.add(printer)
            job_id = f"local_{uuid.UUID(int=self._random.getrandbits(128), version=4)}"
            printer.happens(events.PrintLocally(job_id, "A print of its own"))

    async def _claim(self, number: int, name: str, code: str) -> None:
        """Claim a printer, as its member does."""
        headers = {"Authorization": f"Bearer {self._wish.user_token}"} if self._wish.user_token else {}
        body = {"printer_name": name, "registration_code": code}
        try:
            answer = await self._calls.post("/ps/v1/print/printers/register", json=body, headers=headers)
        except httpx.TransportError as error:
            self._watch(number, "not_claimed", {"reason": type(error).__name__})
            return
        if not answer.is_success:
            is_nobody = answer.status_code == httpx.codes.UNAUTHORIZED and not self._wish.user_token
            hint = "the server wants the token of a member; " if is_nobody else ""
            self._watch(number, "not_claimed", {"reason": f"{answer.status_code}: {hint}{answer.text[:MAX_SHOWN]}"})


def _wire(wish: Wish, polls: httpx.AsyncClient) -> Callable[[Hear], Wire]:
    address = f"{wish.server.rstrip('/')}/faye"
    if wish.transport is Transport.LONG_POLLING:
        return lambda hear: PollingWire(polls, address, hear)
    return lambda hear: WebSocketWire(address.replace("http", "ws", 1), hear)
