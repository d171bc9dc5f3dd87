"""Starting, stopping, and one worker per data folder."""

import io
import os
import subprocess
import sys
from pathlib import Path

from acceptance.harness import PATIENCE_S, Server, wait_for
from outfeed.mesh.formats.registry import write_mesh
from outfeed.mesh.samples import terrain
from outfeed.mesh.units import Unit

TRIANGLE = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"


def a_large_stl() -> bytes:
    """Return an ASCII STL that takes a moment to read: 320,000 triangles."""
    out = io.BytesIO()
    write_mesh(terrain(cells=400), out, format="stl_ascii", unitless=Unit.CENTIMETRE)
    return out.getvalue()


def test_a_job_that_runs_when_the_server_is_stopped_is_done_after_the_next_start(tmp_path: Path) -> None:
    """An orderly end is no end for what was accepted."""
    server = Server(tmp_path / "data")
    with server, server.client() as client:
        task = client.import_task(client.upload_file("terrain.stl", a_large_stl()))
        assert server.stop() == 0
    with server, server.client() as client:
        mesh = client.result(task)

    assert mesh["geom"]["num_triangles"] == 320_000


def test_a_worker_starts_over_whatever_a_killed_one_has_left(tmp_path: Path) -> None:
    """A conversion may have made more folders inside each other than a path can name."""
    server = Server(tmp_path / "data")
    nest_folders(server.data / "work" / "left", depth=3000)
    with server, server.client() as client:
        mesh = client.result(client.import_task(client.upload_file("t.obj", TRIANGLE)))

    assert mesh["geom"]["num_triangles"] == 1
    assert not (server.data / "work" / "left").exists()


def nest_folders(folder: Path, *, depth: int) -> None:
    """Make folders inside each other, each from within the one before."""
    folder.mkdir(parents=True)
    here = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


def test_a_second_worker_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        wait_for(lambda: "worker_ready" in server.log())
        command = [sys.executable, "-m", "outfeed", "worker", "--data", str(server.data)]
        second = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)

    assert second.returncode == 1
    assert "Another worker runs on this data folder." in second.stderr


def test_a_web_process_and_a_worker_can_be_started_apart(tmp_path: Path) -> None:
    with Server(tmp_path / "data", arguments=("--no-worker",)) as server, server.client() as client:
        task = client.import_task(client.upload_file("t.obj", TRIANGLE))
        command = [sys.executable, "-m", "outfeed", "worker", "--data", str(server.data)]
        worker = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            mesh = client.result(task)
        finally:
            worker.terminate()
        assert worker.wait(timeout=PATIENCE_S) == 0

    assert mesh["geom"]["num_triangles"] == 1


def test_a_taken_port_is_said_at_once(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        port = server.address.rpartition(":")[2]
        command = [sys.executable, "-m", "outfeed", "serve", "--port", port, "--data", str(tmp_path / "other")]
        second = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)

    assert second.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in second.stderr


def test_a_browser_at_the_servers_address_finds_a_list_of_the_calls(server: Server) -> None:
    """It needs no token, no script and no other host."""
    with server.client() as client:
        page = client.get("/", follow_redirects=True)

    assert page.status_code == 200
    assert "<code>/geom/meshes/export</code>" in page.text
    assert "<script" not in page.text
