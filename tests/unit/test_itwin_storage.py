"""The directory of an export: what a link opens, and what it does not."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from xml.etree import ElementTree as ET

import pytest
from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.testing import TestClient
from litestar.types import ASGIApp

from one_app import CURRENT, over
from outfeed.blobs.links import Links
from outfeed.blobs.store import FileBlobs
from outfeed.dialects import itwin
from outfeed.dialects.itwin.storage import listing_xml
from outfeed.errors import NotFound, OutfeedError
from outfeed.http.paths import on_raw_path
from outfeed.library.artifacts import ArtifactFile
from outfeed.settings import Settings
from unit.helpers import NOW, staged

EXPORT = "fc3aa1e5-5196-4dd9-a73e-4cfda693e576"
FILES = {"tileset.json": b"{}", "0-0.glb": b"glTF", "a b/é.bin": b"123"}


class FakeExports:
    """One export with three files."""

    def __init__(self, blobs: FileBlobs) -> None:
        self._files = {}
        for path, content in FILES.items():
            data = staged(blobs, content)
            blobs.publish(data)
            self._files[path] = ArtifactFile(
                path=path, blob=data.digest, sha1=data.sha1, size=data.size, modified_at=NOW
            )

    def file(self, export_id: str, path: str) -> ArtifactFile:
        if export_id != EXPORT or path not in self._files:
            raise NotFound(path)
        return self._files[path]

    def files(self, _export_id: str, *, after: str, prefix: str, limit: int) -> list[ArtifactFile]:
        found = [file for path, file in sorted(self._files.items()) if path > after and path.startswith(prefix)]
        return found[:limit]


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    return itwin.respond(request, error)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient[Any]]:
    blobs = FileBlobs(tmp_path, sync=lambda _path: None)
    services = SimpleNamespace(
        settings=Settings(), clock=lambda: NOW, blobs=blobs, links=LINKS, model_exports=FakeExports(blobs)
    )
    with TestClient(over(the_routes(), services)) as made:
        yield made


@cache
def the_routes() -> ASGIApp:
    app = Litestar(
        route_handlers=itwin.routers(),
        exception_handlers={HTTPException: answer, OutfeedError: answer},
        state=CURRENT,
        openapi_config=None,
        logging_config=None,
    )
    return on_raw_path(app)


LINKS = Links(b"secret")
DIRECTORY = f"/blobs/exports/{EXPORT}"
QUERY = LINKS.sign_tree(DIRECTORY, expires_at_ms=NOW + 1000)


def get(client: TestClient[Any], path: str, query: str = QUERY, **headers: str) -> Any:
    return client.get(f"{DIRECTORY}{path}?{query}", headers=headers)


@pytest.mark.parametrize("path", FILES)
def test_every_file_is_served_with_the_query_of_the_directory(client: TestClient[Any], path: str) -> None:
    found = get(client, f"/{quote(path)}", authorization="Bearer of-somebody")

    assert (200, FILES[path]) == (found.status_code, found.content)
    assert found.headers["etag"]


def test_a_file_comes_in_parts_and_not_again(client: TestClient[Any]) -> None:
    whole = get(client, "/0-0.glb")
    part = get(client, "/0-0.glb", range="bytes=1-2")
    same = get(client, "/0-0.glb", **{"if-none-match": whole.headers["etag"]})

    assert (206, b"lT", 304) == (part.status_code, part.content, same.status_code)
    assert "model/gltf-binary" == whole.headers["content-type"]


@pytest.mark.parametrize("name", ["expires", "signature"])
def test_another_value_of_either_name_is_refused_in_json(client: TestClient[Any], name: str) -> None:
    changed = urlencode(dict(parse_qsl(QUERY)) | {name: "1"})

    found = get(client, "/tileset.json", changed)

    assert 403 == found.status_code
    assert found.json()["error"]["code"]


@pytest.mark.parametrize("path", ["/x", "/../tileset.json", "/tileset.json/x", "/%2e%2e/tileset.json", "/%00"])
def test_what_is_no_file_of_the_export_is_not_there(client: TestClient[Any], path: str) -> None:
    found = client.get(f"{DIRECTORY}{path}?{QUERY}")

    assert found.status_code in {403, 404, 422}, found.status_code


def test_the_link_of_one_export_does_not_open_another(client: TestClient[Any]) -> None:
    other = client.get(f"/blobs/exports/{EXPORT[:-1]}7/tileset.json?{QUERY}")

    assert 403 == other.status_code


def test_a_list_names_all_files_in_pages(client: TestClient[Any]) -> None:
    asked = f"{QUERY}&restype=container&comp=list&maxresults=2"

    first = ET.fromstring(get(client, "", asked).content)  # noqa: S314 - our own answer
    marker = first.findtext("NextMarker") or ""
    second = ET.fromstring(get(client, "", f"{asked}&marker={quote(marker)}").content)  # noqa: S314 - as above

    names = [[name.text for name in page.iter("Name")] for page in (first, second)]
    assert ([["0-0.glb", "a b/é.bin"], ["tileset.json"]], "a b/é.bin", "") == (
        names,
        marker,
        second.findtext("NextMarker"),
    )


@pytest.mark.parametrize("limit", ["0", "-1", "5001", "x", "9" * 30])
def test_a_page_of_no_size_is_refused(client: TestClient[Any], limit: str) -> None:
    found = get(client, "", f"{QUERY}&restype=container&comp=list&maxresults={limit}")

    assert 422 == found.status_code


def test_names_in_a_list_are_text_and_no_markup() -> None:
    file = ArtifactFile(path="<&>", blob="0", sha1="0", size=1, modified_at=NOW)

    found = ET.fromstring(listing_xml([file], directory='http://h/"&', more=False))  # noqa: S314 - our own answer

    assert ("<&>", 'http://h/"&') == (found.findtext(".//Name"), found.get("ContainerName"))
    assert "" == urlsplit(found.get("ContainerName") or "").query
