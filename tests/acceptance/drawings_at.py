"""Drawings on a running server, put into its data folder, and their exports over HTTP."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from acceptance.harness import wait_for
from outfeed.clock import now_ms
from outfeed.dialects.autodesk.names import version_urn
from outfeed.identity.caller import Caller
from outfeed.jobs.states import LIVE
from outfeed.library.constants import STORAGE_BUCKET
from outfeed.library.folders import FolderKind
from outfeed.library.items import ItemVersion
from outfeed.services import Services
from outfeed.settings import Settings

Json = dict[str, Any]


@dataclass(frozen=True)
class PlanRoom:
    """A user's project in a server's data folder."""

    services: Services
    caller: Caller
    project_id: str

    def add(self, path: Path) -> ItemVersion:
        """Put a file into Plans; the server begins to read it."""
        folder = next(
            one.id for one in self.services.folders.top(self.caller, self.project_id) if one.kind is FolderKind.PLANS
        )
        storage = self.services.storages.create(self.caller, self.project_id, folder, path.name).name
        with self.services.blobs.stage() as stage:
            stage.write(path.read_bytes())
            staged = stage.finish()
        self.services.objects.put(self.caller, STORAGE_BUCKET, storage, staged=staged, content_type="application/pdf")
        return self.services.drawings.add_file(self.caller, self.project_id, folder, path.name, storage)

    def read(self, added: Sequence[ItemVersion], *, limit_s: float) -> list[ItemVersion]:
        """Return files once the server has read all of them, well or badly."""

        def all_read() -> list[ItemVersion] | None:
            now = [self.services.items.get(self.caller, self.project_id, one.model.id) for one in added]
            return None if any(one.reading in LIVE for one in now) else now

        found: list[ItemVersion] = wait_for(all_read, limit_s=limit_s, every_s=0.2)
        return found

    def sheets(self, file: ItemVersion) -> list[ItemVersion]:
        """Return the sheets of a file."""
        return self.services.items.pages_of(self.caller, file.version.id)


@contextmanager
def a_plan_room(data: Path, email: str, project: str) -> Iterator[PlanRoom]:
    """Open the library of a server that may run, and make a project of a user's in it."""
    services = Services.build(Settings(data=data), clock=now_ms)
    try:
        who = services.identity.operator_as(email).principal_id
        caller = Caller(principal_id=who, app_id="cli", scopes=frozenset({"data:read", "data:write", "data:create"}))
        yield PlanRoom(services, caller, services.projects.create(caller, project).id)
    finally:
        services.close()


@dataclass(frozen=True)
class PageExports:
    """The page exports of a project over HTTP."""

    client: httpx.Client
    project_id: str

    def start(self, sheet: ItemVersion, **options: bool) -> str:
        """Start an export and return the path of its status."""
        name = quote(version_urn(sheet.model.id, sheet.version.index), safe="")
        path = f"/bim360/docs/v1/projects/{self.project_id}/versions/{name}/exports"
        answer = self.client.post(path, json=options)
        assert answer.status_code == 200, answer.text
        return f"{path}/{answer.json()['id']}"

    def ended(self, path: str, *, limit_s: float) -> Json:
        """Poll an export until it has ended, well or badly."""

        def is_over() -> Json | None:
            answer = self.client.get(path)
            assert answer.status_code == 200, answer.text
            body: Json = answer.json()
            return body if body["status"] != "committed" else None

        found: Json = wait_for(is_over, limit_s=limit_s, every_s=0.1)
        return found
