"""The server is killed while printers print and members send commands: nothing accepted is lost, nothing runs twice."""

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import httpx
import pytest

from acceptance.harness import PATIENCE_S, Server, wait_for
from acceptance.printing import MAKER, Member, Simulation, a_printable
from outfeed.simulator.park import Wish
from outfeed.simulator.press import Plan
from outfeed.simulator.words import Transport

#: Layers of a print that lasts longer than the server does.
LAYERS = 100
#: Commands that are accepted between two deaths.
BETWEEN = 12
DEATHS = 2


class Sender:
    """Sends one command after the other, whatever happens to the server, and notes those that were accepted."""

    def __init__(self, member: Member, printer_id: int) -> None:
        self.accepted: list[str] = []
        self._member = member
        self._printer_id = printer_id
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)

    def _send(self) -> None:
        number = 0
        while not self._stop.wait(0.02):
            number += 1
            with contextlib.suppress(httpx.TransportError):
                self.accepted.append(self._member.order(self._printer_id, "settings", settings={"n": number}))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=PATIENCE_S)

    def wait_for_more(self, count: int) -> None:
        wanted = len(self.accepted) + count
        wait_for(lambda: len(self.accepted) >= wanted)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Return a server of the test's own, which keeps its port over its deaths."""
    running = Server(tmp_path / "data", environment={"OUTFEED_COMMAND_RESEND_S": "1"}).start()
    running.arguments = ("--port", running.address.rpartition(":")[2])
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.mark.parametrize("transport", list(Transport))
def test_no_accepted_command_is_lost_or_runs_twice_when_the_server_is_killed(
    server: Server, transport: Transport
) -> None:
    plan = Plan(layers=LAYERS, layer_s=0.1, ping_s=0.5)
    wish = Wish(server=server.address, maker=MAKER, plan=plan, transport=transport)
    with server.client() as client, Simulation(wish) as simulation:
        member = Member(client)
        printer_id = member.claim(simulation.wait("registered")["code"], "One")
        simulation.wait("claimed")
        job_id = member.print(printer_id, client.upload_file("print.tar.gz", a_printable(LAYERS)))
        simulation.wait("printing")
        with Sender(member, printer_id) as sender:
            for _ in range(DEATHS):
                sender.wait_for_more(BETWEEN)
                server.kill()
                server.start()
            sender.wait_for_more(BETWEEN)
        member.wait_for_job(job_id, "completed")
        wait_for(lambda: set(sender.accepted) <= set(simulation.executed()))
        wait_for(lambda: all(float(member.task(task_id).get("progress", 0)) == 1 for task_id in sender.accepted))

    executed = simulation.executed()
    assert {1} == set(Counter(executed).values())
    assert sender.accepted == [task_id for task_id in executed if task_id in set(sender.accepted)]
