"""Ending a conversion that runs, and watching one."""

import io
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from acceptance.children import is_alive
from acceptance.harness import Client, Server, offspring, outfeed, wait_for
from acceptance.phases import Victim, ask, family
from outfeed.clock import now_ms
from outfeed.database import open_database
from outfeed.jobs.engine import cancel
from outfeed.mesh.formats.registry import write_mesh
from outfeed.mesh.samples import terrain
from outfeed.mesh.units import Unit

#: Triangles on a side of the long conversion: 720,000 triangles, 185 MB of ASCII STL.
CELLS = 600


def a_terrain(cells: int, target: str = "stl_binary") -> bytes:
    out = io.BytesIO()
    write_mesh(terrain(cells=cells), out, format=target, unitless=Unit.CENTIMETRE)
    return out.getvalue()


@pytest.fixture(scope="module")
def long_stl() -> bytes:
    return a_terrain(CELLS)


def the_child(server: Server, task: dict[str, Any]) -> int:
    """Return the only child, once it runs for this task."""
    running = f"SELECT 1 FROM jobs WHERE state = 'running' AND id = '{task['id']}'"  # noqa: S608 - an id of our own
    wait_for(lambda: ask(server.data, running), every_s=0.002)
    children: list[int] = wait_for(lambda: family(server)[Victim.CHILD], every_s=0.002)
    return children[0]


def cancel_at_once(server: Server, task: dict[str, Any]) -> str:
    """Cancel as the command does, without the time that a command takes to start: a busy conversion may end in it."""
    database = open_database(server.data)
    state = cancel(database, task["id"], now=now_ms()).state
    database.dispose()
    return state


def lived_on_s(server: Server, task: dict[str, Any], child: int) -> float:
    """Wait for the end of a child, and return how long it lived after its job was cancelled, in seconds."""
    wait_for(lambda: not is_alive(child), every_s=0.005)
    gone_at = now_ms()
    noted = f"SELECT finished_at FROM jobs WHERE id = '{task['id']}'"  # noqa: S608 - an id of our own
    return float(gone_at - ask(server.data, noted)[0][0]) / 1000


def check_cancelled(client: Client, task: dict[str, Any], number: int) -> None:
    """Check that the task is an error that says what happened."""
    over = client.ended(task)

    assert "error" == over["status"]
    assert (number, "The job was cancelled.", "job_cancelled") == tuple(
        over["error"][key] for key in ("code", "message", "reason")
    )


def test_a_cancelled_export_ends_within_a_second_and_its_neighbours_finish(tmp_path: Path, long_stl: bytes) -> None:
    with Server(tmp_path / "data", environment={"OUTFEED_WORKERS": "2"}) as server, server.client() as client:
        mesh = client.result(client.import_task(client.upload_file("long.stl", long_stl)))
        long = client.export_task(mesh["id"], "stl_ascii")
        child = the_child(server, long)
        neighbours = [client.export_task(mesh["id"], target) for target in ("glb", "stl_binary")]
        state = cancel_at_once(server, long)
        lived_s = lived_on_s(server, long, child)
        check_cancelled(client, long, 300_405)
        ends = [client.ended(task)["status"] for task in neighbours]
        again = client.export_task(mesh["id"], "stl_ascii")

    assert "cancelled" == state
    assert lived_s < 1.5
    assert ["done", "done"] == ends
    assert again["id"] != long["id"]


def test_a_cancelled_import_that_hangs_ends_within_a_second(tmp_path: Path, long_stl: bytes) -> None:
    """Stopped by a signal, it stands for one that never comes back."""
    with Server(tmp_path / "data", environment={"OUTFEED_WORKERS": "2"}) as server, server.client() as client:
        wait_for(lambda: offspring(server.worker_pid() or 0))
        file_id = client.upload_file("long.stl", long_stl)
        hanging = client.import_task(file_id)
        child = the_child(server, hanging)
        os.kill(child, signal.SIGSTOP)
        neighbour = client.ended(client.import_task(client.upload_file("small.stl", a_terrain(10))))
        assert "running" == client.task(hanging["id"])["status"]
        said = json.loads(outfeed("job", "cancel", hanging["id"], "--json", data=server.data))
        lived_s = lived_on_s(server, hanging, child)
        check_cancelled(client, hanging, 300_104)
        left = wait_for(lambda: not list((server.data / "work").iterdir()))

    assert {"id": hanging["id"], "state": "cancelled"} == said
    assert lived_s < 1.5
    assert "done" == neighbour["status"]
    assert left


def test_progress_is_seen_within_a_second_of_what_was_written(tmp_path: Path, long_stl: bytes) -> None:
    """The growth of the file that the child writes says how far it is; the task says so a second later at most."""
    written: list[tuple[float, int]] = []
    seen: list[tuple[float, float]] = []
    with Server(tmp_path / "data") as server, server.client() as client:
        mesh = client.result(client.import_task(client.upload_file("long.stl", long_stl)))
        task = client.export_task(mesh["id"], "stl_ascii")
        while (now := client.task(task["id"]))["status"] == "running":
            seen.append((time.monotonic(), now["progress"]))
            written += [(time.monotonic(), path.stat().st_size) for path in server.data.glob("work/*/out/artifact")]
        total = len(client.download(now["result"]["file_id"]))
    shares = [share for _, share in seen]
    late = [(at, size) for at, size in written for then, share in seen if then > at + 1 and share < size / total - 0.15]

    assert shares == sorted(shares)
    assert len({share for share in shares if 0 < share < 1}) >= 2
    assert [] == late
