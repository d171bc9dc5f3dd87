"""Users who upload, import, export and download without end, on a server that is killed under them."""

import hashlib
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import numpy as np

from acceptance.harness import PATIENCE_S, Client, Server
from outfeed.mesh.formats.registry import WRITERS, read_mesh, write_mesh
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.formats.stl import HEADER_BYTES
from outfeed.mesh.samples import terrain
from outfeed.mesh.units import Unit

#: Bytes that are sent or read at once, and the pause after them, in seconds: a transfer lasts a good part of a second.
PIECE, PIECE_S = 128 * 1024, 0.02
#: Parts of a signed upload.
PARTS = 3
#: Pause before a call is made again, and between two looks at a task, in seconds.
RETRY_S, POLL_S = 0.1, 0.03
#: Cells along a side of the terrain: 45,000 triangles, 2.2 MB of binary STL, 12 MB of ASCII.
CELLS = 150

#: A triangle of binary STL.
RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attributes", "<u2")])

T = TypeVar("T")


def a_source(number: int) -> bytes:
    """Return a binary STL that no other number gives."""
    out = BytesIO()
    write_mesh(terrain(cells=CELLS), out, format="stl_binary", unitless=Unit.MILLIMETRE)
    content = bytearray(out.getvalue())
    records = np.frombuffer(content, RECORD, offset=HEADER_BYTES)
    records["corners"][..., 2] += number
    return bytes(content)


def reference(source: bytes) -> dict[str, str]:
    """Return what each export of a source must hash to: the same conversion, without a server."""
    with tempfile.NamedTemporaryFile(suffix=".stl") as file:
        file.write(source)
        file.flush()
        mesh = read_mesh(Path(file.name), format="stl", unitless=Unit.CENTIMETRE, limits=ReadLimits()).mesh
    digests = {}
    for target in WRITERS:
        out = BytesIO()
        write_mesh(mesh, out, format=target, unitless=Unit.CENTIMETRE)
        digests[target] = hashlib.sha256(out.getvalue()).hexdigest()
    return digests


@dataclass
class User:
    """One client that tries again when the connection breaks, as a real one does, and notes what it was promised."""

    number: int
    server: Server
    token: str
    #: Set when no new journey is to begin.
    stop: threading.Event
    #: Set while nobody is to do anything.
    rest: threading.Event
    #: What it does just now: uploading, downloading, asking, waiting for the server, or resting.
    doing: str = "resting"
    #: SHA-1 of all that got a 2xx, by bucket and name, or by id.
    uploads: dict[tuple[str, str], str] = field(default_factory=dict)
    #: Tasks whose 202 was seen.
    tasks: list[str] = field(default_factory=list)
    downloads: int = 0
    _client: Client | None = None
    _pause: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Make journeys until told to stop."""
        journey = 0
        try:
            while not self.stop.is_set():
                self._travel(journey)
                journey += 1
        finally:
            self.doing = "resting"
            self._sign_out()

    def _travel(self, journey: int) -> None:
        source = a_source(self.number * 10_000 + journey)
        wanted = reference(source)
        file_id = self._uploaded(journey, source)
        task = self._ask(lambda client: client.import_task(file_id, file_type="stl"))
        self.tasks.append(task["id"])
        mesh = self._result(task)
        exports = {target: self._exporting(mesh["id"], target) for target in wanted}
        for target, export in exports.items():
            content = self._downloaded(self._result(export)["file_id"])
            assert wanted[target] == hashlib.sha256(content).hexdigest(), f"{target} of {export['id']} is not whole"
            self.downloads += 1

    def _exporting(self, mesh_id: str, target: str) -> dict[str, Any]:
        """Start an export, twice: the same key is the same task."""
        first, again = (self._ask(lambda client: client.export_task(mesh_id, target)) for _ in range(2))
        assert first["id"] == again["id"], f"{target} of mesh {mesh_id} is made twice"
        self.tasks.append(first["id"])
        return first

    def _result(self, task: dict[str, Any]) -> dict[str, Any]:
        """Wait for a task whose 202 was seen: it must be done."""
        give_up = time.monotonic() + 2 * PATIENCE_S
        while time.monotonic() < give_up:
            now = self._ask(lambda client: client.task(task["id"]))
            if now["status"] != "running":
                assert now["status"] == "done", now
                result: dict[str, Any] = now["result"]
                return result
            self._pause.wait(POLL_S)
        raise AssertionError(f"task {task['id']} did not end")

    # --- Bytes in ---------------------------------------------------------------------------------------------------

    def _uploaded(self, journey: int, source: bytes) -> str:
        """Upload by each of the three ways in turn, and return the file id for the import."""
        bucket, name = f"user-{self.number}", f"journey-{journey}.stl"
        way = journey % 3
        if way == 0:
            self._ask(lambda client: client.make_bucket(bucket))
            urn = self._put_in_parts(bucket, name, source)
        elif way == 1:
            path = f"/oss/v2/buckets/{bucket}/objects/{name}"
            urn = self._ask(lambda client: self._put(client, path, source).json()["objectId"])
        else:
            bucket = ""
            name = urn = self._ask(lambda client: self._post_file(client, source))
        self.uploads[bucket, name] = hashlib.sha1(source, usedforsecurity=False).hexdigest()
        return str(urn)

    def _put_in_parts(self, bucket: str, name: str, source: bytes) -> str:
        path = f"/oss/v2/buckets/{bucket}/objects/{name}/signeds3upload"
        begun = self._ask(lambda client: _ok(client.get(path, params={"parts": PARTS})).json())
        size = -(-len(source) // PARTS)
        for index, url in enumerate(begun["urls"]):
            # The address that a part was promised at outlives the server's port, which a restart changes.
            signed = urlsplit(url)._replace(scheme="", netloc="").geturl()
            part = source[index * size : (index + 1) * size]
            self._ask(partial(self._put, path=signed, content=part))
        whole = {"uploadKey": begun["uploadKey"]}
        urn: str = self._ask(lambda client: _ok(client.post(path, json=whole)).json()["objectId"])
        return urn

    def _put(self, client: Client, path: str, content: bytes) -> httpx.Response:
        length = {"Content-Length": str(len(content))}
        return _ok(client.put(path, content=self._slowly(content), headers=length))

    def _post_file(self, client: Client, content: bytes) -> str:
        head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.stl"\r\n\r\n'
        body = head + content + b"\r\n--edge--\r\n"
        kind = {"Content-Type": "multipart/form-data; boundary=edge", "Content-Length": str(len(body))}
        response = client.post(f"{client.prefix}/files/upload", content=self._slowly(body), headers=kind)
        file_id: str = _ok(response).json()["files"][0]["file_id"]
        return file_id

    def _slowly(self, content: bytes) -> Iterator[bytes]:
        for start in range(0, len(content), PIECE):
            yield content[start : start + PIECE]
            self.doing = "uploading"
            self._pause.wait(PIECE_S)
        self.doing = "asking"

    # --- Bytes out --------------------------------------------------------------------------------------------------

    def _downloaded(self, file_id: str) -> bytes:
        """Download, and go on where the connection broke."""
        content = bytearray()
        self._ask(lambda client: self._read_rest(client, _path(client, file_id), content))
        return bytes(content)

    def _read_rest(self, client: Client, path: str, content: bytearray) -> None:
        wanted = {"Range": f"bytes={len(content)}-"} if content else {}
        with client.stream("GET", path, headers=wanted) as response:
            if content and response.status_code == 416:
                assert f"bytes */{len(content)}" == response.headers["content-range"]
                return
            assert response.status_code == (206 if content else 200), response.read()
            for chunk in response.iter_raw(PIECE):
                content += chunk
                self.doing = "downloading"
                self._pause.wait(PIECE_S)
        self.doing = "asking"

    # --- Patience ---------------------------------------------------------------------------------------------------

    def _ask(self, call: Callable[[Client], T]) -> T:
        """Make a call, and make it again while the connection breaks."""
        give_up = time.monotonic() + PATIENCE_S
        while True:
            self._take_a_rest()
            self.doing = "asking"
            try:
                return call(self._signed_in())
            except httpx.TransportError:
                self.doing = "waiting"
                if time.monotonic() > give_up:
                    raise
                self._pause.wait(RETRY_S)

    def _take_a_rest(self) -> None:
        while self.rest.is_set():
            self.doing = "resting"
            self._pause.wait(POLL_S)

    def _signed_in(self) -> Client:
        if self._client is None or str(self._client.base_url).rstrip("/") != self.server.address:
            self._sign_out()
            self._client = Client(self.server.address, headers={"Authorization": f"Bearer {self.token}"})
        return self._client

    def _sign_out(self) -> None:
        if self._client:
            self._client.close()


def _path(client: Client, file_id: str) -> str:
    if not file_id.startswith("urn:"):
        return f"{client.prefix}/files/{file_id}"
    bucket, _, name = file_id.rpartition(":")[2].partition("/")
    return f"/oss/v2/buckets/{bucket}/objects/{name}"


def _ok(response: httpx.Response) -> httpx.Response:
    assert response.status_code == 200, response.text
    return response
