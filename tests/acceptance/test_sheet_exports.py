"""From a PDF to its exported pages over plain HTTP, in the order of the vendor's tutorial and sample collection."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pikepdf
import pytest

from acceptance.drawings_at import Json, a_plan_room
from acceptance.harness import PATIENCE_S, Client, Server, wait_for
from unit.drawing_site import a_pdf

SET = a_pdf(["ground floor", "first floor"], labels=["A-101", "A-102"])
JSON_API = {"Content-Type": "application/vnd.api+json"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """Return a server and the id of Ann's project."""
    with (
        Server(tmp_path_factory.mktemp("sheets") / "data") as server,
        a_plan_room(server.data, "ann@example.com", "Tower") as room,
    ):
        yield server, room.project_id


@pytest.fixture(scope="module")
def ann(served: tuple[Server, str]) -> Iterator[Client]:
    with served[0].client() as client:
        yield client


def body_of(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def plans_of(ann: Client, project_id: str) -> str:
    """Return the folder of plans, found from the hubs on."""
    hub = body_of(ann.get("/project/v1/hubs"))["data"][0]["id"]
    projects = body_of(ann.get(f"/project/v1/hubs/{hub}/projects"))["data"]
    assert f"b.{project_id}" in [project["id"] for project in projects]
    folders = body_of(ann.get(f"/project/v1/hubs/{hub}/projects/b.{project_id}/topFolders"))["data"]
    found: str = next(
        one["id"] for one in folders if one["attributes"]["extension"]["data"].get("folderType") == "plan"
    )
    return found


def uploaded(ann: Client, project_id: str, folder: str, name: str, content: bytes) -> str:
    """Put a file into a folder and return the name of its version."""
    root, target = f"/data/v1/projects/b.{project_id}", {"data": {"type": "folders", "id": folder}}
    asked = {"type": "objects", "attributes": {"name": name}, "relationships": {"target": target}}
    wanted = {"jsonapi": {"version": "1.0"}, "data": asked}
    storage = body_of(ann.post(f"{root}/storage", json=wanted, headers=JSON_API), 201)["data"]["id"]
    bucket, _, key = storage.rpartition(":")[2].partition("/")
    place = f"/oss/v2/buckets/{bucket}/objects/{key}/signeds3upload"
    begun = body_of(ann.get(place))
    assert httpx.put(begun["urls"][0], content=content, timeout=PATIENCE_S).status_code == 200
    body_of(ann.post(place, json={"uploadKey": begun["uploadKey"]}))
    item = {
        "type": "items",
        "attributes": {"displayName": name, "extension": {"type": "items:autodesk.bim360:File", "version": "1.0"}},
        "relationships": {"tip": {"data": {"type": "versions", "id": "1"}}, "parent": target},
    }
    version = {
        "type": "versions",
        "id": "1",
        "attributes": {"name": name, "extension": {"type": "versions:autodesk.bim360:File", "version": "1.0"}},
        "relationships": {"storage": {"data": {"type": "objects", "id": storage}}},
    }
    made = {"jsonapi": {"version": "1.0"}, "data": item, "included": [version]}
    found: str = body_of(ann.post(f"{root}/items", json=made, headers=JSON_API), 201)["included"][0]["id"]
    return found


def pages_of(ann: Client, project_id: str, folder: str, source: str) -> list[Json]:
    """Return the versions of a drawing's sheets, by name, once they are there."""

    def listed() -> list[Json] | None:
        path = f"/data/v1/projects/b.{project_id}/folders/{quote(folder, safe='')}/contents"
        contents = body_of(ann.get(path))
        items = [
            one["relationships"]["tip"]["data"]["id"]
            for one in contents["data"]
            if one["attributes"]["extension"]["type"] == "items:autodesk.bim360:Document"
            and one["attributes"]["extension"]["data"]["sourceFileName"] == source
        ]
        return [one for one in contents.get("included", []) if one["id"] in items] or None

    found: list[Json] = wait_for(listed)
    return sorted(found, key=lambda version: str(version["attributes"]["name"]))


def test_a_page_is_exported_and_downloaded_in_three_ways(ann: Client, served: tuple[Server, str]) -> None:
    project = served[1]
    folder = plans_of(ann, project)
    uploaded(ann, project, folder, "set.pdf", SET)
    pages = pages_of(ann, project, folder, "set.pdf")
    assert ["A-101", "A-102"] == [page["attributes"]["name"] for page in pages]
    path = f"/bim360/docs/v1/projects/{project}/versions/{quote(pages[1]['id'], safe='')}/exports"

    started = body_of(ann.post(path, json={"includeMarkups": True, "includeHyperlinks": True}))
    ended = wait_for(lambda: _over(body_of(ann.get(f"{path}/{started['id']}"))))

    data = ended["data"]
    signed = httpx.get(data["signedUrl"], timeout=PATIENCE_S)
    linked = httpx.get(data["link"], headers={"Authorization": ann.headers["authorization"]}, timeout=PATIENCE_S)
    root = f"/modelderivative/v2/designdata/{data['versionUrn']}/manifest"
    cookies = ann.get(f"{root}/{quote(data['resourceId'], safe='')}/signedcookies")
    pairs = [value.split(";")[0] for value in cookies.headers.get_list("set-cookie")]
    opened = httpx.get(cookies.json()["url"], headers={"Cookie": "; ".join(pairs)}, timeout=PATIENCE_S)
    assert [200] * 4 == [answer.status_code for answer in (signed, linked, cookies, opened)]
    assert signed.content == linked.content == opened.content
    with pikepdf.open(io.BytesIO(signed.content)) as pdf:
        assert [True] == [b"first floor" in page.Contents.read_bytes() for page in pdf.pages]
    assert 401 == httpx.get(data["link"], timeout=PATIENCE_S).status_code


def test_files_become_a_zip_and_sheets_one_pdf(ann: Client, served: tuple[Server, str]) -> None:
    project = served[1]
    folder = plans_of(ann, project)
    versions = [uploaded(ann, project, folder, f"{name}.pdf", SET) for name in ("east", "west")]
    pages_of(ann, project, folder, "west.pdf")
    sheets = body_of(ann.get(f"/construction/sheets/v1/projects/b.{project}/sheets"))["results"]
    chosen = [sheet["id"] for sheet in sheets if sheet["uploadFileName"] == "west.pdf"]

    files = exported(ann, f"/construction/files/v1/projects/b.{project}/exports", fileVersions=versions)
    joined = exported(ann, f"/construction/sheets/v1/projects/b.{project}/exports", sheets=chosen)

    assert ["east.pdf", "west.pdf"] == zipfile.ZipFile(io.BytesIO(files)).namelist()
    with pikepdf.open(io.BytesIO(joined)) as pdf:
        assert 2 == len(pdf.pages)


def test_a_drawing_that_cannot_be_read_says_so(ann: Client, served: tuple[Server, str]) -> None:
    project = served[1]
    folder = plans_of(ann, project)
    version = uploaded(ann, project, folder, "broken.pdf", b"%PDF-1.7\n%nothing more")
    path = f"/bim360/docs/v1/projects/{project}/versions/{quote(version, safe='')}/exports"

    refused = ann.post(path)

    assert (400, True) == (refused.status_code, refused.json()["errors"][0]["detail"].endswith("."))


def exported(ann: Client, path: str, **body: Any) -> bytes:
    """Return the result of an export."""
    started = body_of(ann.post(path, json=body), 202)
    ended = wait_for(lambda: _over(body_of(ann.get(f"{path}/{started['id']}"))))
    assert ended["status"] == "successful", ended
    answer = httpx.get(ended["result"]["output"]["signedUrl"], timeout=PATIENCE_S)
    assert answer.status_code == 200
    return answer.content


def _over(body: Json) -> Json | None:
    return body if body["status"] not in {"committed", "processing"} else None
