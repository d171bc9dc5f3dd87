"""Conversions that take too much, through a real server: each task says so, its neighbours finish."""

import io
import os
import signal
from pathlib import Path
from typing import Any, Final

import pytest

from acceptance.harness import Client, Server, wait_for
from acceptance.phases import Victim, ask, family
from outfeed import errors
from outfeed.mesh.formats.registry import write_mesh
from outfeed.mesh.samples import terrain
from outfeed.mesh.units import Unit

CORNERS: Final = b"v 0 0 0\nv 1 0 0\nv 0 1 0\n"
TRIANGLE: Final = CORNERS + b"f 1 2 3\n"
#: 6 MB of text, faces of 1,002 corners, that become at least 36 MB of mesh.
MILLIONS: Final = 3
LARGE: Final = CORNERS + (b"f" + b" 1 2 3" * 334 + b"\n") * 1000 * MILLIONS
TWO_AT_A_TIME: Final = {"OUTFEED_WORKERS": "2"}
IMPORT, EXPORT = 300_104, 300_405


def a_terrain() -> bytes:
    """Return a binary STL with 20,000 triangles: 5 MB as ASCII."""
    out = io.BytesIO()
    write_mesh(terrain(cells=100), out, format="stl_binary", unitless=Unit.CENTIMETRE)
    return out.getvalue()


def check_ended_as(over: dict[str, Any], error: type[errors.OutfeedError], number: int) -> None:
    """Check number, code and sentence of a task that failed."""
    told = over["error"]

    assert ("error", number, error.code) == (over["status"], told["code"], told["reason"])
    assert told["message"].startswith(str(error()))
    assert "/" not in told["message"]


def neighbours(client: Client) -> list[dict[str, Any]]:
    """Start two imports that harm nobody."""
    return [client.import_task(client.upload_file("small.obj", TRIANGLE)) for _ in range(2)]


@pytest.mark.parametrize(
    ("setting", "limit", "error"),
    [
        ("CHILD_MEMORY_BYTES", 16 * 2**20, errors.ChildOutOfMemory),
        ("CHILD_OUTPUT_BYTES", 2**20, errors.ChildOutputTooLarge),
        ("MAX_TRIANGLES", 1_000_000, errors.TooManyTriangles),
    ],
)
def test_an_import_that_takes_too_much_says_so_and_works_with_more(
    tmp_path: Path, setting: str, limit: int, error: type[errors.OutfeedError]
) -> None:
    server = Server(tmp_path / "data", environment=TWO_AT_A_TIME | {f"OUTFEED_{setting}": str(limit)})
    with server, server.client() as client:
        file_id = client.upload_file("large.obj", LARGE)
        task = client.import_task(file_id)
        beside = neighbours(client)
        check_ended_as(client.ended(task), error, IMPORT)
        ends = [client.result(one)["geom"]["num_triangles"] for one in beside]
    server.environment = TWO_AT_A_TIME
    with server, server.client() as client:
        mesh = client.result(client.import_task(file_id))

    assert [1, 1] == ends
    assert MILLIONS * 1_000_000 == mesh["geom"]["num_triangles"]


def test_an_import_that_takes_too_long_says_so(tmp_path: Path) -> None:
    """Stopped by a signal, it stands for one that never comes back."""
    environment = TWO_AT_A_TIME | {"OUTFEED_IMPORT_WALL_S": "2"}
    with Server(tmp_path / "data", environment=environment) as server, server.client() as client:
        file_id = client.upload_file("large.obj", LARGE)
        wait_for(lambda: family(server)[Victim.NURSERY])
        task = client.import_task(file_id)
        child = wait_for(lambda: family(server)[Victim.CHILD], every_s=0.002)[0]
        os.kill(child, signal.SIGSTOP)
        beside = [client.result(one)["geom"]["num_triangles"] for one in neighbours(client)]
        over = client.ended(task)

    check_ended_as(over, errors.ChildTimedOut, IMPORT)
    assert [1, 1] == beside
    assert over["error"]["message"].endswith("The limit is 2 seconds.")


def test_an_export_that_failed_is_made_anew_once_the_limit_is_raised(tmp_path: Path) -> None:
    """The same key is no second time the failed job, but the job that succeeded."""
    server = Server(tmp_path / "data", environment=TWO_AT_A_TIME | {"OUTFEED_CHILD_OUTPUT_BYTES": str(2 * 2**20)})
    with server, server.client() as client:
        mesh = client.result(client.import_task(client.upload_file("terrain.stl", a_terrain())))
        failed = client.export_task(mesh["id"], "stl_ascii")
        beside = [client.export_task(mesh["id"], target) for target in ("glb", "stl_binary")]
        check_ended_as(client.ended(failed), errors.ChildOutputTooLarge, EXPORT)
        ends = [client.ended(task)["status"] for task in beside]
    server.environment = TWO_AT_A_TIME
    with server, server.client() as client:
        raised = client.export_task(mesh["id"], "stl_ascii")
        content = client.download(client.result(raised)["file_id"])
        again = client.export_task(mesh["id"], "stl_ascii")

    assert ["done", "done"] == ends
    assert failed["id"] != raised["id"] == again["id"]
    assert 20_000 == content.count(b"endfacet")
    assert [(2,)] == ask(server.data, "SELECT count(*) FROM exports WHERE format = 'stl_ascii'")


def test_a_conversion_that_is_killed_three_times_says_so(tmp_path: Path) -> None:
    """Once or twice, nobody notices: it is started again."""
    killed: list[int] = []
    with Server(tmp_path / "data", environment=TWO_AT_A_TIME) as server, server.client() as client:
        file_id = client.upload_file("large.obj", LARGE)
        wait_for(lambda: family(server)[Victim.NURSERY])
        task = client.import_task(file_id)
        while len(killed) < 3:
            child = wait_for(lambda: set(family(server)[Victim.CHILD]) - set(killed), every_s=0.002).pop()
            os.kill(child, signal.SIGKILL)
            killed.append(child)
        over = client.ended(task)
        beside = [client.result(one)["geom"]["num_triangles"] for one in neighbours(client)]
        again = client.result(client.import_task(file_id))

    check_ended_as(over, errors.ChildKilled, IMPORT)
    assert [1, 1] == beside
    assert MILLIONS * 1_000_000 == again["geom"]["num_triangles"]
