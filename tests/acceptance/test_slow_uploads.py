"""Uploads that drip: given up over a real socket, told in the words of the API, and nothing is left of them."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from acceptance.harness import PATIENCE_S, Client, Server

#: Seconds for each 64 KiB.
STEP: Final = {"OUTFEED_UPLOAD_STEP_S": "1"}
#: What is sent at first: more than is gathered in memory.
BEGINNING: Final = 300_000
WHOLE: Final = 1_000_000

FORM: Final = (
    b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.stl"\r\n\r\n' + b"x" * BEGINNING,
    "multipart/form-data; boundary=cut",
)
PLAIN: Final = (b"x" * BEGINNING, "application/octet-stream")


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server that waits for nobody for long."""
    with Server(tmp_path_factory.mktemp("strict") / "data", environment=STEP) as running:
        yield running


def dripped(client: Client, method: str, path: str, body: tuple[bytes, str]) -> tuple[int, str, Any]:
    """Send the beginning of a body and then a byte now and then; return status, `Connection` and body of the answer."""
    place = urlsplit(str(client.base_url))
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: {client.headers['authorization']}\r\n"
        f"Content-Type: {body[1]}\r\nContent-Length: {WHOLE}\r\n\r\n"
    )
    came = b""
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=PATIENCE_S) as connection:
        connection.sendall(head.encode() + body[0])
        connection.settimeout(0.2)
        for _ in range(int(PATIENCE_S / 0.2)):
            try:
                came += (part := connection.recv(65_536))
            except TimeoutError:
                with suppress(ConnectionError):  # what was answered can still be read
                    connection.sendall(b"x")
            except ConnectionError:  # a byte came to a connection that was closed just before
                break
            else:
                if not part:
                    break
    lines, _, content = came.partition(b"\r\n\r\n")
    status, *headers = lines.decode().split("\r\n")
    named = dict(line.lower().split(": ", 1) for line in headers)
    return int(status.split()[1]), named["connection"], json.loads(content)


def staged(data: Path) -> list[Path]:
    """Return what lies in the store and is no object."""
    return [path for path in (data / "staging").iterdir() if path.is_file()]


def test_an_object_that_drips_is_408_and_leaves_nothing(strict: Server) -> None:
    with strict.client() as ann:
        bucket = ann.make_bucket("drips")
        status, connection, told = dripped(ann, "PUT", f"/oss/v2/buckets/{bucket}/objects/a.stl", PLAIN)
        listed = ann.get(f"/oss/v2/buckets/{bucket}/objects").json()["items"]

    assert (408, "close", ["reason"], []) == (status, connection, list(told), listed)
    assert [] == staged(strict.data)


def test_a_file_that_drips_is_408_and_leaves_nothing(strict: Server) -> None:
    with strict.client() as ann:
        status, connection, told = dripped(ann, "POST", "/ps/v1/files/upload", FORM)

    assert (408, "close", 100011) == (status, connection, told["code"])
    assert [] == staged(strict.data)
