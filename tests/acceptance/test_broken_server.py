"""A server whose database is broken from outside says so without saying how, and works again when it is mended."""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from acceptance.harness import Client, Server
from acceptance.programs import Belongings, Program

#: What no answer may show of an error's own text.
INSIDES = ("no such table", "sqlite", "sqlalchemy", "Traceback", "SELECT", "/")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server that the tests of this module may hurt; its database is not the others'."""
    with Server(tmp_path_factory.mktemp("broken") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def ann(scratch: Server) -> Iterator[Client]:
    """Return a client of the scratch server."""
    with Program.made(scratch, "ann").client() as client:
        yield client


@contextmanager
def without_table(server: Server, table: str) -> Iterator[None]:
    """Take a table away, and give it back at the end; what refers to it keeps its name."""
    rename = "PRAGMA foreign_keys=OFF; PRAGMA legacy_alter_table=ON; ALTER TABLE {} RENAME TO {}"
    with closing(sqlite3.connect(server.data / "outfeed.sqlite", timeout=30)) as connection:
        connection.executescript(rename.format(table, f"{table}_away"))
        try:
            yield
        finally:
            connection.executescript(rename.format(f"{table}_away", table))


def test_an_export_that_breaks_is_500_with_an_id_and_works_afterwards(scratch: Server, ann: Client) -> None:
    owned = Belongings.of(ann, "broken-export")
    path, wanted = "/ps/v1/geom/meshes/export", {"id": owned.mesh, "file_type": "stl_binary"}
    with without_table(scratch, "meshes"):
        broken = ann.post(path, json=wanted)
    mended = ann.post(path, json=wanted)
    body = broken.json()

    assert (500, 300000) == (broken.status_code, body["code"])
    assert ["error_id", "code", "message"] == list(body)
    assert not any(word in body["message"] for word in INSIDES)
    assert str(uuid.UUID(body["error_id"])) in scratch.log()
    assert 202 == mended.status_code
    assert "done" == ann.ended(mended.json())["status"]


def test_object_storage_that_breaks_is_500_with_an_id_and_works_afterwards(scratch: Server, ann: Client) -> None:
    bucket = ann.make_bucket("broken-bucket")
    with without_table(scratch, "buckets"):
        broken = ann.get(f"/oss/v2/buckets/{bucket}/details")
    reason = broken.json()["reason"]

    assert (500, ["reason"]) == (broken.status_code, list(broken.json()))
    assert not any(word in reason for word in INSIDES)
    assert reason.rstrip(".").rpartition(" ")[2] in scratch.log()
    assert 200 == ann.get(f"/oss/v2/buckets/{bucket}/details").status_code


def test_a_sign_in_that_breaks_is_500_and_works_afterwards(scratch: Server) -> None:
    fields = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}
    with Client(scratch.address, headers={}) as stranger:
        with without_table(scratch, "apps"):
            broken = stranger.post("/authentication/v2/token", data=fields)
        mended = stranger.post("/authentication/v2/token", data=fields)

    assert (500, "server_error") == (broken.status_code, broken.json()["error"])
    assert not any(word in broken.json()["error_description"] for word in INSIDES)
    assert 401 == mended.status_code
