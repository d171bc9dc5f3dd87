"""A process of real printers of `outfeed serve`, and of the member who commands them.

`python -m channel.fleet PORT TOKEN PRINTERS PER_S FOR_S`: registers, claims and connects so many printers, sends them
commands by HTTP, each at its time, lets each printer acknowledge each command, and says how it went.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import uvloop

from channel.calls import Lines
from channel.load import AT_ONCE, raise_limit, read_line, say, share_of
from channel.printers import WebSocketPrinter, decode

#: Connections of the member, and of all printers' acknowledgements and pings together.
LINES: Final = 64
#: Each printer says how it is so often, in seconds: as the vendor's simulator does (specs/spark.md, section 8.2).
PING_S: Final = 30.0
#: What has not come so long after the last command is lost, in seconds.
GRACE_S: Final = 10.0
PRINT: Final = "/ps/v1/print"
#: The type of the vendor's own printer.
TYPE: Final = "7FAF097F-DB2E-45DC-9395-A30210E789AA"


class FleetPrinter(WebSocketPrinter):
    """A printer that signs in with its token, and hands on what it is told."""

    def __init__(self, number: int, token: str, told: Callable[["FleetPrinter", float, dict[str, Any]], None]) -> None:
        super().__init__(f"/printers/{number}/command")
        self.number = number
        self.token = token
        self._told = told

    def _meta(self, name: str, **more: Any) -> dict[str, Any]:
        signed = {"ext": {"authentication_token": self.token}} if name == "subscribe" else {}
        return super()._meta(name, **more, **signed)

    def take(self, at: float, body: bytes) -> None:
        """Hand commands on, and answer what is of the protocol."""
        super().take(at, body)
        if b'"task_id"' in body:
            for message in decode(body):
                if "data" in message:
                    self._told(self, at, message["data"])


class Fleet:
    """All printers, and their member."""

    def __init__(self, member: Lines, machines: Lines, *, port: int, token: str) -> None:
        self._member = member
        self._machines = machines
        self._port = port
        self._token = token
        self._tasks: set[asyncio.Task[None]] = set()
        self.printers: list[FleetPrinter] = []
        self.late_s: list[float] = []
        self.posts_s: list[float] = []
        self.acks_s: list[float] = []
        self.accepted: set[str] = set()
        self.heard: Counter[str] = Counter()

    async def assemble(self, count: int) -> None:
        """Register, claim and connect so many printers."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> FleetPrinter:
            async with gate:
                return await self._enlist(number)

        self.printers = await asyncio.gather(*(one(number) for number in range(count)))

    async def _enlist(self, number: int) -> FleetPrinter:
        told = await self._machines.post(f"{PRINT}/printers/registration_code", {"firmware": "1.0", "type_id": TYPE})
        claim = {"printer_name": f"Printer {number}", "registration_code": told["registration_code"]}
        await self._member.post(f"{PRINT}/printers/register", claim, Authorization=f"Bearer {self._token}")
        loop = asyncio.get_running_loop()
        _, printer = await loop.create_connection(
            lambda: FleetPrinter(told["printer_id"], told["auth_token"], self._told), "127.0.0.1", self._port
        )
        await printer.ready
        return printer

    async def command(self, per_s: float, for_s: float) -> None:
        """Send commands, each at its time, to each printer in turn; and let printers say how they are."""
        start, count = time.monotonic(), round(per_s * for_s)
        pings = [
            self._start(self._ping(printer, at * PING_S / len(self.printers)))
            for at, printer in enumerate(self.printers)
        ]
        for sent in range(count):
            due = start + sent / per_s
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            self._start(self._send(self.printers[sent % len(self.printers)], due))
        give_up = time.monotonic() + GRACE_S
        while len(self.acks_s) < count and time.monotonic() < give_up:  # noqa: ASYNC110 - calls only count
            await asyncio.sleep(0.05)
        for ping in pings:
            ping.cancel()

    async def _send(self, printer: FleetPrinter, due: float) -> None:
        """Send one command; how late it comes counts from when it was due, even if no line was free."""
        path = f"{PRINT}/printers/{printer.number}/command"
        body = {"command": "home", "at": due}
        told = await self._member.post(path, body, Authorization=f"Bearer {self._token}")
        self.posts_s.append(time.monotonic() - due)
        self.accepted.add(told["task_id"])

    def _told(self, printer: FleetPrinter, at: float, command: dict[str, Any]) -> None:
        self.late_s.append(at - command["at"])
        self.heard[command["task_id"]] += 1
        self._start(self._acknowledge(printer, at, command["task_id"]))

    async def _acknowledge(self, printer: FleetPrinter, at: float, task_id: str) -> None:
        done = {"progress": 1, "printer_status": "ready"}
        await self._machines.post(f"{PRINT}/printers/command/{task_id}", done, X_Printer_Auth_Token=printer.token)
        self.acks_s.append(time.monotonic() - at)

    async def _ping(self, printer: FleetPrinter, first_s: float) -> None:
        await asyncio.sleep(first_s)
        while True:
            ready = {"printer_status": "ready"}
            await self._machines.post(f"{PRINT}/printers/status", ready, X_Printer_Auth_Token=printer.token)
            await asyncio.sleep(PING_S)

    def _start(self, work: Any) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def counted(self) -> dict[str, float]:
        """Return how it went."""
        figures: dict[str, float] = {}
        for name, values in (("", self.late_s), ("post_", self.posts_s), ("ack_", self.acks_s)):
            values.sort()
            figures |= {f"{name}p50_ms": 1e3 * share_of(values, 0.5), f"{name}p99_ms": 1e3 * share_of(values, 0.99)}
        return figures | {
            "accepted": len(self.accepted),
            "acknowledged": len(self.acks_s),
            "lost": len(self.accepted - set(self.heard)),
            "twice": sum(self.heard.values()) - len(self.heard),
        }


async def main() -> None:
    """Assemble the fleet, say so, command it when told to, and say how it went."""
    port, token, count, per_s, for_s = sys.argv[1:]
    lines = [await Lines.open(int(port), LINES) for _ in range(2)]
    fleet = Fleet(*lines, port=int(port), token=token)
    await fleet.assemble(int(count))
    say({"connected": len(fleet.printers)})
    if await read_line():
        cpu_s = time.process_time()
        await fleet.command(float(per_s), float(for_s))
        say(fleet.counted() | {"load_cpu_s": time.process_time() - cpu_s})


if __name__ == "__main__":
    raise_limit()
    uvloop.run(main())
