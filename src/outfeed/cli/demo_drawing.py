"""The part of `outfeed demo` that shows a drawing: a building's plans become sheets, and each sheet a PDF."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx

from outfeed.cli.demo_waiting import PATIENCE_S, until

#: The API's word for a sheet.
_SHEET: Final = "items:autodesk.bim360:Document"


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A drawing whose sheets were exported."""

    sample: str
    #: Names of the sheets.
    sheets: tuple[str, ...]
    size: int
    took_s: float
    #: As the curl lines need them: the project, and the version of the first sheet.
    project: str
    version: str
    #: What went wrong; empty: nothing.
    wrong: str = ""

    def __str__(self) -> str:
        """Return the exports' line."""
        verdict = f"WRONG: {self.wrong}" if self.wrong else "ok"
        return (
            f"{self.sample:<20} {len(self.sheets):>7} sheets     →  {'PDF':<10} "
            f"{self.size:>9} bytes  {self.took_s:5.2f} s  {verdict}"
        )


def show_drawing(address: str, *, folder: Path) -> Drawn:
    """Put the sample house among the plans of a server in open mode, and export each of its sheets."""
    from outfeed.scene.samples import write_house

    house = write_house(folder / "plans.ifc")
    started = time.monotonic()
    with httpx.Client(base_url=address, timeout=PATIENCE_S) as client:
        project = _project(client)
        plans = _plans(client, project)
        _add(client, project, plans, house)
        sheets = until(lambda: _sheets(client, project, plans), "the sheets of the house")
        files = {name: _exported(client, project, version) for name, version in sheets.items()}
    for name, content in files.items():
        (folder / f"{name}.pdf").write_bytes(content)
    return Drawn(
        sample=house.name,
        sheets=tuple(files),
        size=sum(map(len, files.values())),
        took_s=time.monotonic() - started,
        project=project,
        version=next(iter(sheets.values())),
        wrong="" if all(_pages_in(folder / f"{name}.pdf") == 1 for name in files) else "a sheet is not one page",
    )


def say_how(address: str, shown: Drawn) -> Iterator[str]:
    """Yield the same as curl lines."""
    exports = f"{address}/bim360/docs/v1/projects/{shown.project}/versions/{quote(shown.version, safe='')}/exports"
    yield f"  curl {address}/data/v1/projects/b.{shown.project}/folders/<folder id>/contents"
    yield f'  curl --json \'{{"includeMarkups": true, "includeHyperlinks": true}}\' {exports}'
    yield f"  curl {exports}/<export id>"
    yield "  curl -o sheet.pdf <signedUrl>"


def _project(client: httpx.Client) -> str:
    """Make a project, and return its id."""
    body = {"class": "Endeavor", "subClass": "Project", "displayName": "Demo plans"}
    project: str = client.post("/itwins", json=body).raise_for_status().json()["iTwin"]["id"]
    return project


def _plans(client: httpx.Client, project: str) -> str:
    """Return the folder of a project's drawings."""
    hub = client.get("/project/v1/hubs").raise_for_status().json()["data"][0]["id"]
    folders = client.get(f"/project/v1/hubs/{hub}/projects/b.{project}/topFolders").raise_for_status().json()["data"]
    plans: str = next(folder["id"] for folder in folders if folder["attributes"]["name"] == "Plans")
    return plans


def _add(client: httpx.Client, project: str, folder: str, file: Path) -> None:
    """Upload a file to a storage, and make it an item of a folder."""
    data = f"/data/v1/projects/b.{project}"
    storage = _created(client, f"{data}/storage", _storage_body(folder, file.name))["data"]["id"]
    bucket, _, name = storage.rpartition(":")[2].partition("/")
    upload = f"/oss/v2/buckets/{bucket}/objects/{name}/signeds3upload"
    begun = client.get(upload).raise_for_status().json()
    client.put(begun["urls"][0], content=file.read_bytes()).raise_for_status()
    client.post(upload, json={"uploadKey": begun["uploadKey"]}).raise_for_status()
    _created(client, f"{data}/items", _item_body(folder, file.name, storage))


def _created(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Post a document of JSON:API, and return what was made."""
    answer = client.post(path, json=body, headers={"Content-Type": "application/vnd.api+json"})
    made: dict[str, Any] = answer.raise_for_status().json()
    return made


def _storage_body(folder: str, name: str) -> dict[str, Any]:
    target = {"data": {"type": "folders", "id": folder}}
    return {
        "jsonapi": {"version": "1.0"},
        "data": {"type": "objects", "attributes": {"name": name}, "relationships": {"target": target}},
    }


def _item_body(folder: str, name: str, storage: str) -> dict[str, Any]:
    def typed(kind: str) -> dict[str, Any]:
        extension = {"type": f"{kind}:autodesk.bim360:File", "version": "1.0"}
        return {"type": kind, "attributes": {"name": name, "displayName": name, "extension": extension}}

    return {
        "jsonapi": {"version": "1.0"},
        "data": typed("items")
        | {
            "relationships": {
                "tip": {"data": {"type": "versions", "id": "1"}},
                "parent": {"data": {"type": "folders", "id": folder}},
            }
        },
        "included": [
            typed("versions") | {"id": "1", "relationships": {"storage": {"data": {"type": "objects", "id": storage}}}}
        ],
    }


def _sheets(client: httpx.Client, project: str, folder: str) -> dict[str, str]:
    """Return the sheets of a folder, each with its newest version; empty until they are there."""
    path = f"/data/v1/projects/b.{project}/folders/{folder}/contents"
    found = client.get(path, params={"filter[extension.type]": _SHEET}).raise_for_status().json()
    return {one["attributes"]["name"]: one["id"] for one in found.get("included", ())}


def _exported(client: httpx.Client, project: str, version: str) -> bytes:
    """Return a sheet as a PDF, with its markups and hyperlinks."""
    path = f"/bim360/docs/v1/projects/{project}/versions/{quote(version, safe='')}/exports"
    body = {"includeMarkups": True, "includeHyperlinks": True}
    export = client.post(path, json=body).raise_for_status().json()["id"]

    def completed() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get(f"{path}/{export}").raise_for_status().json()
        return None if found["status"] == "committed" else found

    found = until(completed, "an export")
    return client.get(found["data"]["signedUrl"]).raise_for_status().content if "data" in found else b""


def _pages_in(path: Path) -> int:
    """Return how many pages a PDF has, 0 for what is none."""
    import pikepdf

    try:
        with pikepdf.open(path) as pdf:
            return len(pdf.pages)
    except pikepdf.PdfError:
        return 0
