"""Data Management over HTTP: a server with Ann's project in it, and records for what makes JSON of them."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from litestar.testing import TestClient

from one_app import application_over
from outfeed.dialects.aps.dm_constants import MEDIA_TYPE
from outfeed.dialects.aps.dm_frame import Frame
from outfeed.dialects.autodesk.names import HUB_ID, folder_urn, project_name, storage_urn
from outfeed.jobs.states import State
from outfeed.library.folders import FolderKind, FolderRecord
from outfeed.library.items import ItemVersion, PageRecord
from outfeed.library.models import ModelKind, ModelRecord, ModelState
from outfeed.library.versions import VersionRecord
from unit.drawing_site import DrawingSite, a_drawing_site, a_pdf
from unit.helpers import NOW

Json = dict[str, Any]
Query = dict[str, str] | None

ANN: Final = "ann@example.org"
BOB: Final = "bob@example.org"
SCOPES: Final = ("data:read", "data:write", "data:create", "data:search")
#: Three pages, with page labels.
SET: Final = a_pdf(["ground", "first", "roof"], labels=["A-101", "A-102", "A-103"])


def uid(number: int) -> str:
    return str(uuid.UUID(int=number))


PROJECT_ID: Final = uid(1)
FRAME: Final = Frame("http://outfeed.test", PROJECT_ID, {uid(7): "ann@example.org"})


@dataclass
class Door:
    """The application, and what is behind it."""

    site: DrawingSite
    client: TestClient[Any]
    _tokens: dict[tuple[str, ...], str] = field(default_factory=dict)

    @property
    def project(self) -> str:
        """Ann's project as the API names it."""
        return project_name(self.site.project.id)

    @property
    def hub_path(self) -> str:
        return f"/project/v1/hubs/{HUB_ID}"

    def folder(self, kind: FolderKind = FolderKind.PLANS) -> str:
        """Return the name of a folder at the top."""
        return folder_urn(self.site.folder(kind))

    def headers(self, email: str = ANN, *scopes: str, **more: str) -> dict[str, str]:
        """Return the headers of somebody who is signed in."""
        who = (email, *(scopes or SCOPES))
        if who not in self._tokens:
            self._tokens[who] = self.site.services.identity.token_for_user(email, who[1:]).access_token
        more = {name.replace("_", "-"): value for name, value in more.items()}
        return {"Authorization": f"Bearer {self._tokens[who]}"} | more

    def program(self, name: str = "robot", *scopes: str) -> tuple[str, dict[str, str]]:
        """Return the id and the headers of a new program that acts as itself."""
        app = self.site.services.identity.create_app(name).app
        token = self.site.services.identity.grant(app, scopes or SCOPES).access_token
        return app.service_id, {"Authorization": f"Bearer {token}"}

    def ask(self, method: str, path: str, *, status: int = 200, headers: Any = None, **more: Any) -> Json:
        """Call something of the project's, which answers with this status and in JSON:API's media type."""
        whole = path if path.startswith("/") else f"/data/v1/projects/{self.project}/{path}"
        answer = self.client.request(method, whole, headers=headers or self.headers(), **more)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == MEDIA_TYPE
        told: Json = answer.json()
        return told

    def get(self, path: str, query: Query = None, *, status: int = 200, headers: Any = None) -> Json:
        return self.ask("GET", path, status=status, headers=headers, params=query)

    def post(self, path: str, body: Json, query: Query = None, *, status: int = 201, headers: Any = None) -> Json:
        whole = {"jsonapi": {"version": "1.0"}} | body
        return self.ask("POST", path, status=status, headers=headers, json=whole, params=query)

    def patch(self, path: str, kind: str, attributes: Json, *, status: int = 200, **data: Any) -> Json:
        return self.ask("PATCH", path, status=status, json={"data": {"type": kind, "attributes": attributes} | data})

    def uploaded(self, name: str = "set.pdf", content: bytes = SET) -> str:
        """Return the URN of a storage that Ann has filled."""
        return storage_urn(self.site.uploaded(name, content))

    def plans(self) -> list[Json]:
        """Return what lies among the drawings."""
        found: list[Json] = self.get(f"folders/{quoted(self.folder())}/contents")["data"]
        return found


def quoted(urn: str) -> str:
    """Return a name as clients have it in paths."""
    return urn.replace(":", "%3A").replace("?", "%3F").replace("=", "%3D")


def item_body(storage: str | None, folder: str, name: str = "set.pdf") -> Json:
    """Return the body of `POST items`, as the vendor's tutorial has it."""
    return {
        "data": {
            "type": "items",
            "attributes": {
                "displayName": name,
                "extension": {"type": "items:autodesk.bim360:File", "version": "1.0"},
            },
            "relationships": {
                "tip": {"data": {"type": "versions", "id": "1"}},
                "parent": {"data": {"type": "folders", "id": folder}},
            },
        },
        "included": [
            {
                "type": "versions",
                "id": "1",
                "attributes": {
                    "name": name,
                    "extension": {"type": "versions:autodesk.bim360:File", "version": "1.0"},
                },
                "relationships": {"storage": {"data": {"type": "objects", "id": storage}}} if storage else {},
            }
        ],
    }


def version_body(item: str, storage: str | None, name: str = "set.pdf", kind: str = "bim360:File") -> Json:
    """Return the body of `POST versions`."""
    relationships: Json = {"item": {"data": {"type": "items", "id": item}}}
    if storage:
        relationships["storage"] = {"data": {"type": "objects", "id": storage}}
    extension = {"type": f"versions:autodesk.{kind}", "version": "1.0"}
    attributes = {"name": name, "extension": extension}
    return {"data": {"type": "versions", "attributes": attributes, "relationships": relationships}}


@contextmanager
def a_door(folder: Path) -> Iterator[Door]:
    """Open the application over a new folder."""
    with (
        a_drawing_site(folder) as site,
        TestClient(application_over(site.services), base_url="http://outfeed.test") as client,
    ):
        yield Door(site, client)


# --- Records ----------------------------------------------------------------------------------------------------------


def a_folder(**changes: Any) -> FolderRecord:
    values: Json = {
        "id": uid(2),
        "project_id": PROJECT_ID,
        "parent_id": uid(3),
        "kind": FolderKind.PLANS,
        "name": "Plans",
        "hidden": False,
        "created_by": uid(7),
        "created_at": NOW,
        "modified_by": uid(7),
        "modified_at": NOW + 60_000,
    }
    return FolderRecord(**values | changes)


def a_file(*, reading: State | None = State.SUCCEEDED, error: str | None = None, index: int = 0) -> ItemVersion:
    return ItemVersion(
        model=_a_model(10, "set.pdf", ModelKind.FILE),
        version=_a_version(20, 10, "set.pdf", index),
        page=None,
        source_name="set.pdf",
        storage="6e1e3dcd-22cc-4a0c-8a71-6c3eb3f6c6a4.pdf",
        reading=reading,
        reading_error=error,
    )


def a_sheet() -> ItemVersion:
    page = PageRecord(
        version_id=uid(21), source_id=uid(20), index=1, name="A-102", title="First floor", width_pt=842, height_pt=595
    )
    return ItemVersion(
        model=_a_model(11, "A-102", ModelKind.PAGE),
        version=_a_version(21, 11, "A-102.pdf", 0),
        page=page,
        source_name="set.pdf",
        storage="6e1e3dcd-22cc-4a0c-8a71-6c3eb3f6c6a4.pdf",
        reading=None,
        reading_error=None,
    )


def _a_model(number: int, name: str, kind: ModelKind) -> ModelRecord:
    return ModelRecord(
        id=uid(number),
        project_id=PROJECT_ID,
        name=name,
        description=None,
        extent=None,
        state=ModelState.READY,
        created_by=uid(7),
        created_at=NOW,
        modified_at=NOW + 1,
        folder_id=uid(2),
        kind=kind,
    )


def _a_version(number: int, model: int, name: str, index: int) -> VersionRecord:
    return VersionRecord(
        id=uid(number),
        model_id=uid(model),
        index=index,
        changeset_id="ab" * 20,
        blob="ab" * 32,
        sha1="cd" * 20,
        size=46_197,
        format="pdf",
        file_name=name,
        description="",
        created_by=uid(7),
        created_at=NOW,
    )
