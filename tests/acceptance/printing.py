"""Simulated printers beside a real server, a member who prints on them, and a listener who is called back."""

import asyncio
import io
import json
import tarfile
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from acceptance.harness import PATIENCE_S, Client, wait_for
from acceptance.printers_at import EMBER
from outfeed.simulator.firmware import Maker
from outfeed.simulator.park import Park, Sum, Wish

MAKER = Maker(type_id=EMBER, firmware="1.0 simulated", serial_number="SIM-")


def a_printable(layers: int) -> bytes:
    """Return an archive of images, as Ember prints it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for number in range(1, layers + 1):
            archive.addfile(tarfile.TarInfo(f"slice_{number}.png"))
    return out.getvalue()


class Simulation:
    """Runs printers on a thread of their own, and keeps what happens to them."""

    def __init__(self, wish: Wish) -> None:
        self.events: list[tuple[int, str, dict[str, Any]]] = []
        self._wish = wish
        self._park: Park | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sum: Future[Sum] = Future()
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def park(self) -> Park:
        assert self._park is not None
        return self._park

    def _run(self) -> None:
        try:
            self._sum.set_result(asyncio.run(self._life()))
        except BaseException as error:  # noqa: BLE001 - whoever leaves the block gets it
            self._begun.set()
            self._sum.set_exception(error)

    async def _life(self) -> Sum:
        self._loop = asyncio.get_running_loop()
        self._park = Park(self._wish, lambda *event: self.events.append(event))
        self._begun.set()
        return await self._park.run()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._begun.wait(timeout=PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        if self._loop and not self._sum.done():
            self._loop.call_soon_threadsafe(self.park.stop)
        self._sum.result(timeout=PATIENCE_S)

    def told(self, what: str, printer: int | None = None) -> list[dict[str, Any]]:
        """Return what happened under that word."""
        return [fields for number, word, fields in list(self.events) if word == what and printer in {None, number}]

    def wait(self, what: str, printer: int | None = None, *, times: int = 1) -> dict[str, Any]:
        """Wait until something has happened so often, and return what belongs to the last time."""

        def found() -> list[dict[str, Any]] | None:
            told = self.told(what, printer)
            return told if len(told) >= times else None

        last: dict[str, Any] = wait_for(found)[times - 1]
        return last

    def executed(self, printer: int | None = None) -> list[str]:
        """Return the tasks that were executed, as often as they were."""
        return [fields["task_id"] for fields in self.told("command", printer)]


@dataclass
class Listener:
    """A program that is called back about print jobs: `with` it, an address answers."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        calls = self.calls

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                probe = self.path.endswith("/support")
                if not probe:
                    calls.append(body)
                answer = json.dumps({"callback": "supported"} if probe else {}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.url = f"http://127.0.0.1:{self._server.server_port}/jobs"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server
        self._server.shutdown()
        self._server.server_close()

    def states(self, job_id: str) -> list[str]:
        """Return the states of a job that were told, without repetitions, in the order in which they came."""
        told = [call["job_status"] for call in list(self.calls) if call["job_id"] == job_id]
        return [state for state, before in zip(told, [None, *told], strict=False) if state != before]


@dataclass
class Member:
    """Somebody who prints, by the calls of the member API."""

    client: Client

    def _json(self, method: str, path: str, **fields: Any) -> dict[str, Any]:
        response = self.client.request(method, f"{self.client.prefix}/print/{path}", **fields)
        assert response.is_success, response.text
        found: dict[str, Any] = response.json()
        return found

    def claim(self, code: str, name: str) -> int:
        """Claim a printer and return its number."""
        body = {"printer_name": name, "registration_code": code}
        printer_id: int = self._json("POST", "printers/register", json=body)["printer_id"]
        return printer_id

    def is_online(self, printer_id: int) -> bool:
        return bool(self._json("GET", f"printers/status/{printer_id}")["printer_availability"] == "online")

    def printer_says(self, printer_id: int) -> str | None:
        """Return the printer's status as the server has it."""
        said: str | None = self._json("GET", f"printers/status/{printer_id}")["last_reported_state"]["printer_status"]
        return said

    def print(self, printer_id: int, file_id: str, callback_url: str | None = None) -> str:
        """Print a file and return the job's id."""
        body = {"printable_id": file_id, "job_name": "A print", "callback_url": callback_url}
        sent = {key: value for key, value in body.items() if value is not None}
        job_id: str = self._json("POST", f"printers/{printer_id}/jobs", json=sent)["job_id"]
        return job_id

    def order(self, printer_id: int, command: str, **fields: Any) -> str:
        """Send a command and return its task."""
        body = {"command": command, **fields}
        task_id: str = self._json("POST", f"printers/{printer_id}/command", json=body)["task_id"]
        return task_id

    def task(self, task_id: str) -> dict[str, Any]:
        """Return a command's last acknowledgement."""
        return self._json("GET", f"printers/command/{task_id}")

    def job_state(self, job_id: str) -> str:
        """Return the state of a job."""
        state: str = self._json("GET", f"jobs/{job_id}")["job_status"]["job_status"]
        return state

    def wait_for_job(self, job_id: str, state: str) -> None:
        """Wait until the server says that a job stands so."""
        wait_for(lambda: self.job_state(job_id) == state)
