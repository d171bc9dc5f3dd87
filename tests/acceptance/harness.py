"""A real server in a process of its own, and a plain client that knows the calls."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

#: Longest time that anything here is waited for, in seconds.
PATIENCE_S = 120.0
SCOPES = "data:read data:write data:create bucket:create bucket:read bucket:update bucket:delete"
DATA = Path(os.environ.get("OUTFEED_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))


def outfeed(*arguments: str, data: Path) -> str:
    """Run an operator's command on a data folder and return what it prints."""
    command = [sys.executable, "-m", "outfeed", *arguments, "--data", str(data)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE_S).stdout.strip()


def wait_for(condition: Any, *, limit_s: float = PATIENCE_S, every_s: float = 0.02) -> Any:
    """Return the first true value of `condition()`, or fail after `limit_s` seconds."""
    pause = threading.Event()
    give_up = time.monotonic() + limit_s
    while time.monotonic() < give_up:
        found = condition()
        if found:
            return found
        pause.wait(every_s)
    raise AssertionError(f"{condition} did not come true within {limit_s} s")


def offspring(pid: int) -> list[int]:
    """Return the processes that any thread of a process has started; none if it is gone."""
    found: list[int] = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found


@dataclass
class Server:
    """`outfeed serve` on a data folder and a free port."""

    data: Path
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    #: A program that starts the server and watches it.
    tracer: tuple[str, ...] = ()
    address: str = ""
    _process: subprocess.Popen[str] | None = None

    def start(self) -> Self:
        """Start the server and wait until it says where it listens and answers."""
        command = [*self.tracer, sys.executable, "-m", "outfeed", "serve", "--port", "0", "--data", str(self.data)]
        log = (self.data.parent / f"{self.data.name}.log").open("a")
        with log:
            self._process = subprocess.Popen(
                [*command, *self.arguments], stdout=subprocess.PIPE, stderr=log, text=True, env=self.variables()
            )
        try:
            line = self._first_line()
            self.address = next(word for word in line.split() if word.startswith("http://"))
            wait_for(self._answers)
        except BaseException:
            self.kill()  # nobody else would, and it would be in the way of the tests to come
            raise
        return self

    def variables(self, more: dict[str, str] | None = None) -> dict[str, str]:
        """Return the environment of the server, for a command that runs beside it."""
        return os.environ | self.environment | (more or {})

    def _first_line(self) -> str:
        """Return the line that says the address, or fail with the log."""
        lines: queue.Queue[str] = queue.Queue()
        stdout = self.process.stdout
        assert stdout is not None
        threading.Thread(target=lambda: lines.put(stdout.readline()), daemon=True).start()
        try:
            line = lines.get(timeout=PATIENCE_S)
        except queue.Empty:
            raise AssertionError(f"it does not serve after {PATIENCE_S} s: {self.log()}") from None
        assert "http://" in line, self.log()
        return line

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            assert self.process.poll() is None, self.log()
            return False

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process is not None
        return self._process

    def log(self) -> str:
        """Return what the server has logged so far."""
        return (self.data.parent / f"{self.data.name}.log").read_text()

    def stop(self) -> int:
        """Ask the server to end, and return its exit code."""
        self.process.terminate()
        return self._ended()

    def kill(self) -> None:
        """End the web process at once; its worker ends because its pipe does."""
        self.process.send_signal(signal.SIGKILL)
        self._ended()

    def _ended(self) -> int:
        code = self.process.wait(timeout=PATIENCE_S)
        if self.process.stdout:
            self.process.stdout.close()
        return code

    def worker_pid(self) -> int | None:
        """Return the worker's process id, if one runs."""
        return next(iter(offspring(self.process.pid)), None)

    def token(self, email: str = "ann@example.com", scopes: str = SCOPES) -> str:
        """Return a bearer token for a user."""
        return outfeed("token", "create", "--user", email, "--scopes", scopes, data=self.data)

    def client(self, email: str = "ann@example.com", **headers: str) -> "Client":
        """Return a client that is signed in as a user."""
        return Client(self.address, headers={"Authorization": f"Bearer {self.token(email)}"} | headers)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()


class Client(httpx.Client):
    """The calls that the tests make most, on top of plain HTTP."""

    def __init__(self, address: str, *, headers: dict[str, str], prefix: str = "/ps/v1") -> None:
        super().__init__(base_url=address, headers=headers, timeout=PATIENCE_S)
        self.prefix = prefix

    def make_bucket(self, key: str) -> str:
        """Create a bucket; one that is there is fine."""
        response = self.post("/oss/v2/buckets", json={"bucketKey": key, "policyKey": "transient"})
        assert response.status_code in {200, 409}, response.text
        return key

    def put_object(self, bucket: str, name: str, content: bytes) -> str:
        """Upload an object in one plain request and return its URN."""
        response = self.put(f"/oss/v2/buckets/{bucket}/objects/{name}", content=content)
        assert response.status_code == 200, response.text
        urn: str = response.json()["objectId"]
        return urn

    def upload_file(self, name: str, content: bytes) -> str:
        """Upload through Spark's `/files/upload` and return the file's id."""
        response = self.post(f"{self.prefix}/files/upload", files={"file": (name, content)})
        assert response.status_code == 200, response.text
        file_id: str = response.json()["files"][0]["file_id"]
        return file_id

    def import_task(self, file_id: str, **fields: Any) -> dict[str, Any]:
        """Start an import and return its task."""
        return self._task("/geom/meshes/import", {"file_id": file_id} | fields)

    def export_task(self, mesh_id: str, file_type: str) -> dict[str, Any]:
        """Start an export and return its task."""
        return self._task("/geom/meshes/export", {"id": mesh_id, "file_type": file_type})

    def _task(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = self.post(self.prefix + path, json=body)
        assert response.status_code == 202, response.text
        task: dict[str, Any] = response.json()
        return task

    def task(self, task_id: str) -> dict[str, Any]:
        """Return a task as it stands."""
        response = self.get(f"{self.prefix}/print/tasks/{task_id}")
        assert response.status_code == 200, response.text
        task: dict[str, Any] = response.json()
        return task

    def ended(self, task: dict[str, Any], limit_s: float = PATIENCE_S) -> dict[str, Any]:
        """Poll a task until it has ended, well or badly."""

        def is_over() -> dict[str, Any] | None:
            now = self.task(task["id"])
            return now if now["status"] != "running" else None

        found: dict[str, Any] = wait_for(is_over, limit_s=limit_s)
        return found

    def result(self, task: dict[str, Any]) -> dict[str, Any]:
        """Poll a task until it is done and return its result."""
        over = self.ended(task)
        assert over["status"] == "done", json.dumps(over)
        result: dict[str, Any] = over["result"]
        return result

    def download(self, file_id: str) -> bytes:
        """Return the bytes behind an export's `file_id`, object or file."""
        if file_id.startswith("urn:"):
            bucket, _, name = file_id.rpartition(":")[2].partition("/")
            response = self.get(f"/oss/v2/buckets/{bucket}/objects/{name}")
        else:
            response = self.get(f"{self.prefix}/files/{file_id}")
        assert response.status_code == 200, response.text
        return response.content
