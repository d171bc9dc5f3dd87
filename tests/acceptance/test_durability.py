"""A 200 to an upload means that it is on the disk: seen from outside, in the calls to the system."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from acceptance.harness import PATIENCE_S, Server

CALLS = "fsync,fdatasync,linkat,link,write,writev,sendto,sendmsg"


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_file_folders_and_row_are_synced_before_the_200_of_an_upload(tmp_path: Path) -> None:
    with Server(tmp_path / "data", arguments=("--no-worker",)) as server, server.client() as client:
        bucket = client.make_bucket("parts")
        trace = tmp_path / "trace"
        command = ["strace", "-f", "-y", "-s", "40", "-e", f"trace={CALLS}", "-o", str(trace)]
        with subprocess.Popen([*command, "-p", str(server.process.pid)], stderr=subprocess.PIPE, text=True) as tracer:
            assert tracer.stderr is not None
            attached = tracer.stderr.readline()
            if "attached" not in attached:
                pytest.skip(f"strace may not watch here: {attached}")
            client.put_object(bucket, "gear", b"x" * 1_000_000)
            tracer.terminate()
            tracer.wait(timeout=PATIENCE_S)

    assert told(trace.read_text()) == ["bytes", "name", "folder", "row", "200"]


def told(trace: str) -> list[str]:
    """Return what happened, in order, each thing when it was first done."""
    patterns = {
        "bytes": r"fsync\(\d+<[^>]*/staging/[0-9a-f]{32}>\)",
        "name": r"link(at)?\(.*/staging/.*/blobs/",
        "folder": r"fsync\(\d+<[^>]*/blobs/[0-9a-f]{2}/[0-9a-f]{2}>\)",
        "row": r"f(data)?sync\(\d+<[^>]*/outfeed\.sqlite-wal>\)",
        "200": r'"HTTP/1\.1 200 OK',
    }
    lines = trace.splitlines()
    first = {
        name: next((number for number, line in enumerate(lines) if re.search(pattern, line)), None)
        for name, pattern in patterns.items()
    }
    return sorted((name for name, number in first.items() if number is not None), key=lambda name: first[name] or 0)
