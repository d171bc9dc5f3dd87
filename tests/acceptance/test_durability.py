"""A 200 to an upload means that it is on the disk: seen from outside, in the calls to the system."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from acceptance.harness import Client, Server

CALLS: Final = "fsync,fdatasync,linkat,link,rename,write,writev,sendto,sendmsg"
SMALL_PARTS: Final = {"OUTFEED_MIN_PART_BYTES": "1000"}
CONTENT: Final = os.urandom(1_000_000)
#: What must happen before the answer, in this order. A name and its folder stand in one blob's own folders.
BEFORE: Final = {
    "bytes": r"fsync\(\d+<[^>]*/staging/[0-9a-f]{32}>\)",
    "name": r"link(at)?\(.*/staging/.*/blobs/(?P<first>[0-9a-f]{2})/(?P<second>[0-9a-f]{2})/[0-9a-f]{64}\"",
    "folder": r"fsync\(\d+<[^>]*/blobs/{first}/{second}>\)",
    "folder above": r"fsync\(\d+<[^>]*/blobs/{first}>\)",
    "store": r"fsync\(\d+<[^>]*/blobs>\)",
    "row": r"f(data)?sync\(\d+<[^>]*/outfeed\.sqlite-wal>\)",
    "200": r'(write|writev|sendto|sendmsg)\(.*"HTTP/1\.1 20[02] ',
}


def plainly(client: Client, bucket: str) -> None:
    """Upload with one request."""
    client.put_object(bucket, "gear.stl", CONTENT)


def signed(client: Client, bucket: str) -> None:
    """Upload in two parts, to the addresses that the call before has given."""
    path = f"/oss/v2/buckets/{bucket}/objects/signed.stl/signeds3upload"
    begun = client.get(path, params={"parts": 2}).json()
    for url, content in zip(begun["urls"], (CONTENT[:500_000], CONTENT[500_000:]), strict=True):
        part = urlsplit(url)._replace(scheme="", netloc="").geturl()
        assert 200 == client.put(part, content=content).status_code
    assert 200 == client.post(path, json={"uploadKey": begun["uploadKey"]}).status_code


def in_chunks(client: Client, bucket: str) -> None:
    """Upload in two chunks, the second one first: a 202 stands for bytes as well."""
    for start, stop, status in ((500_000, 1_000_000, 202), (0, 500_000, 200)):
        headers = {"Session-Id": "s", "Content-Range": f"bytes {start}-{stop - 1}/1000000"}
        path = f"/oss/v2/buckets/{bucket}/objects/chunks.stl/resumable"
        assert status == client.put(path, content=CONTENT[start:stop], headers=headers).status_code


def as_file(client: Client, _bucket: str) -> None:
    """Upload by Spark's form."""
    client.upload_file("gear.stl", CONTENT)


#: How to upload, and how many answers of that upload stand for bytes: each part's, and the whole's.
DOORS: Final[dict[str, tuple[Callable[[Client, str], None], int]]] = {
    "put": (plainly, 1),
    "signed": (signed, 3),
    "chunks": (in_chunks, 2),
    "file": (as_file, 1),
}


@pytest.fixture
def traced(tmp_path: Path) -> Iterator[tuple[Server, Path]]:
    """Start a server under strace: the tracer of a process that it started itself needs no rights."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: apt-get install strace")
    trace = tmp_path / "trace"
    tracer = ("strace", "-D", "-f", "-y", "-s", "64", "-e", f"trace={CALLS}", "-o", str(trace))
    server = Server(tmp_path / "data", arguments=("--no-worker",), tracer=tracer, environment=SMALL_PARTS)
    try:
        server.start()
    except AssertionError:
        if "ptrace" in server.log():
            pytest.skip(f"strace may not trace here: {server.log()[:200]}")
        raise
    yield server, trace
    server.__exit__()


@pytest.mark.parametrize("door", DOORS)
def test_file_folders_and_row_are_synced_before_the_200_of_an_upload(traced: tuple[Server, Path], door: str) -> None:
    """Each 2xx that stands for bytes comes after all that makes them last."""
    (server, trace), (upload, answers) = traced, DOORS[door]
    with server.client() as client:
        bucket = client.make_bucket("durable")
        begin = len(trace.read_text(encoding="utf-8"))
        upload(client, bucket)
    assert 0 == server.stop()
    stories = told(completed(trace.read_text(encoding="utf-8")[begin:]))

    assert [list(BEFORE)] * answers == [story for story in stories if "bytes" in story]


def completed(trace: str) -> list[str]:
    """
    Return the calls in the order in which they had returned, and those that send in which they began.

    A call that another thread interrupts in the trace stands there twice: its end counts for a sync.
    """
    calls, begun = [], {}
    for line in trace.splitlines():
        thread, _, call = line.partition(" ")
        if call.rstrip().endswith("<unfinished ...>"):
            begun[thread] = call.replace(" <unfinished ...>", "")
            if "HTTP/1.1" in call:
                calls.append(begun.pop(thread))
        elif " resumed>" in call:
            calls.append(begun.pop(thread, "") + call.partition("resumed>")[2])
        else:
            calls.append(call)
    return calls


def told(calls: list[str]) -> list[list[str]]:
    """Return, for each 200, what happened since the one before, in order of the first time, and the 200 itself."""
    stories: list[list[str]] = [[]]
    place: dict[str, str] = {"first": "none", "second": "none"}
    for call in calls:
        for name, pattern in BEFORE.items():
            found = re.search(pattern.replace("{first}", place["first"]).replace("{second}", place["second"]), call)
            if found and name not in stories[-1]:
                place |= found.groupdict()
                stories[-1].append(name)
        if stories[-1][-1:] == ["200"]:
            stories.append([])
    return stories[:-1]
