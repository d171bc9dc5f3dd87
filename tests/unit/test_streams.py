"""Bodies that are files: they never fill the memory, and what breaks off leaves nothing."""

import asyncio
import gc
import tracemalloc
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from litestar import Litestar, Request, Response, post
from litestar.datastructures import State
from litestar.testing import TestClient

from a_library import Library, a_library, oss_client
from outfeed.blobs.store import FileBlobs
from outfeed.dialects.aps.oss_errors import respond
from outfeed.errors import BodyTooSlow, OutfeedError
from outfeed.http.bodies import is_unread
from outfeed.http.streams import body_in_time, kept_content_type, stage_multipart
from outfeed.settings import Settings
from unit.asgi_driver import now, run

GEAR = "/oss/v2/buckets/parts/objects/gear"
CHUNK = b"x" * 65536
MIB = 1024 * 1024


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = a_library(tmp_path, max_upload_bytes=40 * MIB)
    made.a_bucket()
    yield made
    made.close()


def a_scope(method: str) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": GEAR,
        "raw_path": GEAR.encode(),
        "query_string": b"",
        "headers": [(b"authorization", b"Bearer ada"), (b"host", b"outfeed.test")],
        "scheme": "http",
        "server": ("outfeed.test", 80),
        "client": ("127.0.0.1", 1),
    }


def put(library: Library, messages: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    """Send an object to the server message by message; return its answer's messages."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(messages, {"type": "http.disconnect"})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(oss_client(library).app(a_scope("PUT"), receive, send))
    return sent


def chunks(count: int, *, whole: bool = True) -> Iterator[dict[str, Any]]:
    for _ in range(count):
        yield {"type": "http.request", "body": CHUNK, "more_body": True}
    if whole:
        yield {"type": "http.request", "body": b"", "more_body": False}


def leftovers(library: Library) -> list[Path]:
    return [path for path in library.folder.rglob("*") if path.is_file() and path.parent.name in {"staging", "blobs"}]


def test_an_upload_never_lies_whole_in_memory(library: Library) -> None:
    put(library, chunks(1))
    tracemalloc.start()
    answer = put(library, chunks(512))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert answer[0]["status"] == 200
    assert len(blob_names(library, 32 * MIB)) == 1
    assert peak < 4 * MIB


def blob_names(library: Library, size: int) -> list[str]:
    return [path.name for path in library.folder.glob("blobs/??/??/*") if path.stat().st_size == size]


def test_a_client_that_goes_leaves_nothing(library: Library) -> None:
    put(library, chunks(20, whole=False))

    assert leftovers(library) == []
    assert blob_names(library, 20 * len(CHUNK)) == []


def test_a_body_that_grows_too_large_is_refused_and_leaves_nothing(library: Library) -> None:
    answer = put(library, chunks(1000))

    assert answer[0]["status"] == 413
    assert leftovers(library) == []


def test_a_client_that_goes_in_the_middle_of_a_download_leaves_no_file_open(library: Library) -> None:
    """The garbage collector would close it some day; a busy server runs out of files before."""
    library.an_object("gear", b"x" * 3 * MIB)
    sent: list[dict[str, Any]] = []
    reading = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await reading.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            reading.set()
            await asyncio.Event().wait()  # the client takes no more

    async def download() -> list[str]:
        await oss_client(library).app(a_scope("GET"), receive, send)
        return open_blobs(library)

    gc.disable()
    try:
        left = asyncio.run(download())
    finally:
        gc.enable()

    assert [200, MIB] == [sent[0]["status"], len(sent[1]["body"])]
    assert left == []


def open_blobs(library: Library) -> list[str]:
    links = [path for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    return [str(path.readlink()) for path in links if str(library.folder / "blobs") in str(path.readlink())]


# --- Time -------------------------------------------------------------------------------------------------------------


def received(pauses: Iterable[tuple[float, int]], *, pause_here_s: float = 0.0) -> tuple[int, float, bool]:
    """
    Read a body that comes in pieces, each after a pause in seconds and of so many bytes.

    Return how many bytes came, how long that took, and whether it was given up.
    """

    async def stream() -> AsyncIterator[bytes]:
        for pause_s, size in pauses:
            await asyncio.sleep(pause_s)
            yield b"x" * size

    async def story() -> tuple[int, float, bool]:
        request: Any = SimpleNamespace(stream=stream, state={})
        came = 0
        try:
            async for chunk in body_in_time(request, 60):
                came += len(chunk)
                await asyncio.sleep(pause_here_s)
        except BodyTooSlow:
            return came, now(), is_unread(request)
        return came, now(), False

    return run(story())


@pytest.mark.slow
def test_an_upload_that_is_slow_and_moves_comes_whole() -> None:
    """2 GB in pieces of 64 KiB, each after nearly a minute: three weeks, and that is the client's own matter."""
    pieces = 2**31 // 65_536

    assert (2**31, pieces * 59.0, False) == received([(59.0, 65_536)] * pieces)


def test_an_upload_that_drips_is_given_up() -> None:
    assert (5, 60.0, True) == received([(10.0, 1)] * 100)


def test_an_upload_that_was_fast_has_no_more_time_for_that() -> None:
    assert (2**20 + 3, 60.0, True) == received([(0.0, 65_536)] * 16 + [(16.0, 1)] * 100)


def test_an_upload_that_stands_still_is_given_up() -> None:
    assert (65_536, 61.0, True) == received([(1.0, 65_536), (10_000.0, 1)])


def test_the_time_that_the_disk_takes_is_not_the_clients() -> None:
    assert (10_000, 1_000.0, False) == received([(5.0, 1_000)] * 10, pause_here_s=95.0)


# --- Multipart --------------------------------------------------------------------------------------------------------


def form_client(folder: Path, max_bytes: int = 10 * MIB) -> TestClient[Any]:
    """Return a client of a form that answers with what it was sent."""
    blobs = FileBlobs(folder, sync=lambda _path: None)

    @post("/files/upload", request_max_body_size=None, status_code=200)
    async def upload(request: Request[Any, Any, Any]) -> list[list[Any]]:
        staged = await stage_multipart(request, blobs, max_bytes)
        for _name, _type, item in staged:
            blobs.publish(item)
        return [[name, kind, b"".join(blobs.read(item.digest)).decode()] for name, kind, item in staged]

    def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        return respond(request, error)

    state = State({"services": SimpleNamespace(settings=Settings())})
    handlers: Any = {OutfeedError: answer}
    app = Litestar([upload], exception_handlers=handlers, openapi_config=None, logging_config=None, state=state)
    return TestClient(app, raise_server_exceptions=True)


def form(*parts: tuple[str, bytes]) -> tuple[bytes, dict[str, str]]:
    """Return a body and its headers."""
    body = b"".join(b"--cut\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n" for head, content in parts)
    return body + b"--cut--\r\n", {"content-type": "multipart/form-data; boundary=cut"}


def test_files_come_out_of_any_field_and_plain_fields_are_dropped(tmp_path: Path) -> None:
    files = [
        ("upload[x]", ("gear.stl", b"solid gear", "application/vnd.ms-pki.stl")),
        ("", ("café.obj", b"", "application/x-tgif")),
    ]
    answer = form_client(tmp_path).post("/files/upload", files=files, data={"public": "true"})

    assert [
        ["gear.stl", "application/vnd.ms-pki.stl", "solid gear"],
        ["café.obj", "application/x-tgif", ""],
    ] == answer.json()


def test_a_large_file_in_a_form_is_whole(tmp_path: Path) -> None:
    content = bytes(range(32, 127)) * 20_000
    answer = form_client(tmp_path).post("/files/upload", files={"file": ("a", content)})

    assert content.decode() == answer.json()[0][2]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "multipart/form-data; boundary=cut"),
        (b"x=1", "application/x-www-form-urlencoded"),
        (b"--cut--", "multipart/form-data"),
        (
            b'--cut\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nhalf',
            "multipart/form-data; boundary=cut",
        ),
        (b"--cut\r\nno header\r\n\r\nx\r\n--cut--\r\n", "multipart/form-data; boundary=cut"),
    ],
)
def test_a_damaged_form_is_refused_and_leaves_nothing(tmp_path: Path, body: bytes, content_type: str) -> None:
    answer = form_client(tmp_path).post("/files/upload", content=body, headers={"content-type": content_type})

    assert answer.status_code == 400
    assert list((tmp_path / "staging").iterdir()) == []


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([('Content-Disposition: form-data; name="f"; filename=".."', b"x")], 400),
        ([('Content-Disposition: form-data; name="f"; filename="a\tb"', b"x")], 400),
        ([('Content-Disposition: form-data; name="f"', b"x" * (MIB + 1))], 413),
        ([('Content-Disposition: form-data; name="f"; filename="a"', b"x" * (3 * MIB))], 413),
        ([('Content-Disposition: form-data; name="f"; filename="a"', b"")] * 1001, 400),
    ],
)
def test_a_form_beyond_the_limits_is_refused_and_leaves_nothing(
    tmp_path: Path, parts: list[tuple[str, bytes]], status: int
) -> None:
    good = ('Content-Disposition: form-data; name="f"; filename="good"', b"solid")
    body, headers = form(good, *parts)
    answer = form_client(tmp_path, 2 * MIB).post("/files/upload", content=body, headers=headers)

    assert status == answer.status_code
    assert list((tmp_path / "staging").iterdir()) == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("model/stl", "model/stl"),
        ("text/html; charset=utf-8", "text/html; charset=utf-8"),
        (None, "application/octet-stream"),
        ("", "application/octet-stream"),
        ("a/b\r\nX: y", "application/octet-stream"),
        ("ä/b", "application/octet-stream"),
        ("a/" + "b" * 300, "application/octet-stream"),
    ],
)
def test_a_content_type_is_kept_if_it_can_be_sent_back(sent: str | None, kept: str) -> None:
    assert kept == kept_content_type(sent)
