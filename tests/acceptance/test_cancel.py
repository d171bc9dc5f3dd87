"""Ending a conversion that runs, and watching one."""

import io
import json
import os
import signal
import threading
from contextlib import suppress
from functools import partial
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
    """Cancel as the command does, without the time that a command takes to start."""
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


def test_a_cancelled_export_ends_and_its_neighbours_finish(tmp_path: Path, long_stl: bytes) -> None:
    with Server(tmp_path / "data", environment={"OUTFEED_WORKERS": "2"}) as server, server.client() as client:
        mesh = client.result(client.import_task(client.upload_file("long.stl", long_stl)))
        long = client.export_task(mesh["id"], "stl_ascii")
        child = the_child(server, long)
        os.kill(child, signal.SIGSTOP)  # or it might end by itself before the next lines, on a busy machine
        neighbours = [client.export_task(mesh["id"], target) for target in ("glb", "stl_binary")]
        state = cancel_at_once(server, long)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGCONT)
        wait_for(lambda: not is_alive(child), every_s=0.005)
        check_cancelled(client, long, 300_405)
        ends = [client.ended(task)["status"] for task in neighbours]
        again = client.export_task(mesh["id"], "stl_ascii")

    assert "cancelled" == state
    assert ["done", "done"] == ends
    assert again["id"] != long["id"]


def test_a_cancelled_import_that_hangs_ends_soon(tmp_path: Path, long_stl: bytes) -> None:
    """Stopped by a signal, it stands for one that never comes back. Quiet machines take a quarter of a second."""
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
    assert lived_s < 10
    assert "done" == neighbour["status"]
    assert left


def test_progress_of_what_was_written_is_seen(tmp_path: Path, long_stl: bytes) -> None:
    """The size of the file that the child writes says how far it is; the task says so too, while the child stands."""
    total = len(a_terrain(CELLS, "stl_ascii"))
    with Server(tmp_path / "data") as server, server.client() as client:
        mesh = client.result(client.import_task(client.upload_file("long.stl", long_stl)))
        task = client.export_task(mesh["id"], "stl_ascii")
        child, shares = the_child(server, task), [0.0]
        for part in (0.2, 0.4):
            size = wait_for(partial(written_in, server, part * total), every_s=0.002)
            os.kill(child, signal.SIGSTOP)
            threading.Event().wait(1.0)  # what is reported after this long is noted at once
            os.kill(child, signal.SIGCONT)
            wait_for(partial(written_in, server, size + 0.02 * total), every_s=0.002)
            os.kill(child, signal.SIGSTOP)
            shares += [wait_for(partial(share_above, client, task, size / total - 0.15))]
            os.kill(child, signal.SIGCONT)
        over = client.ended(task)

    assert shares == sorted(shares)
    assert shares[-1] < 1
    assert ("done", 1) == (over["status"], over["progress"])


def written_in(server: Server, least: float) -> int | None:
    """Return how many bytes the one conversion has written, once they are so many."""
    return next(
        (size for path in server.data.glob("work/*/out/artifact") if (size := path.stat().st_size) > least), None
    )


def share_above(client: Client, task: dict[str, Any], least: float) -> float | None:
    """Return a task's share, once it is so large."""
    share: float = client.task(task["id"])["progress"]
    return share if share > least else None
