"""The whole application over a fresh folder, with models in it that nobody has to upload."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from litestar.testing import TestClient

from a_library import Time
from one_app import application_over
from outfeed.database import writing
from outfeed.jobs.states import State
from outfeed.library.folders import FolderKind, folder_of_kind, insert_folders
from outfeed.library.versions import VersionRecord, insert_version
from outfeed.schema import jobs, model_exports, models, project_members, projects
from outfeed.services import Services
from unit.helpers import NOW
from unit.parts import parts_over

Json = dict[str, Any]


@dataclass(frozen=True)
class Model:
    """A model, its project and the ids of its versions, the baseline first."""

    id: str
    project_id: str
    changesets: tuple[str, ...]


@dataclass
class Door:
    """The application, its parts, and a clock that goes on by a second with each start and end of an export."""

    services: Services
    client: TestClient[Any]
    clock: Time
    _signed_in: dict[tuple[str, ...], dict[str, str]] = field(default_factory=dict)

    def headers(self, email: str = "ann@example.org", *scopes: str, **more: str) -> dict[str, str]:
        """Return the headers of somebody who is signed in."""
        who = (email, *(scopes or ("itwin-platform",)))
        if who not in self._signed_in:
            token = self.services.identity.token_for_user(email, who[1:]).access_token
            self._signed_in[who] = {"Authorization": f"Bearer {token}"}
        return self._signed_in[who] | {name.replace("_", "-"): value for name, value in more.items()}

    def a_model(self, email: str = "ann@example.org", *, versions: int = 1) -> Model:
        """Return a new model in a project of its own, of somebody who is then known."""
        self.headers(email)
        owner = next(user.id for user in self.services.identity.users() if user.email == email)
        model_id, project_id = str(uuid.uuid4()), str(uuid.uuid4())
        by = {"created_by": owner, "created_at": NOW, "modified_at": NOW}
        about = {"class_name": "Endeavor", "sub_class": "Project", "status": "Active", "details": {}}
        with writing(self.services.database) as connection:
            connection.execute(
                projects.insert().values(
                    id=project_id, name=project_id, number=project_id, modified_by=owner, **about, **by
                )
            )
            member = {"project_id": project_id, "principal_id": owner, "role": "owner", "favorite": False}
            connection.execute(project_members.insert().values(**member))
            insert_folders(connection, project_id, owner, new_id=lambda: str(uuid.uuid4()), now=NOW)
            place = {"folder_id": folder_of_kind(connection, project_id, FolderKind.FILES).id, "kind": "file"}
            row = {"id": model_id, "project_id": project_id, "name": "Bridge", "state": "ready", "hidden": False}
            connection.execute(models.insert().values(**row, **place, **by))
            made = [_version(model_id, owner, index) for index in range(versions)]
            for version in made:
                insert_version(connection, version)
        return Model(model_id, project_id, tuple(version.changeset_id for version in made))

    def start(self, model: Model, **fields: Any) -> Json:
        """Start an export and return it."""
        self.clock.now += 1000
        answer = self.client.post("/mesh-export/", json={"iModelId": model.id} | fields, headers=self.headers())
        assert answer.status_code == 202, answer.text
        started: Json = answer.json()["export"]
        return started

    def ended(self, export_id: str, state: State = State.SUCCEEDED, error: str | None = None) -> None:
        """Let an export have ended so."""
        self.clock.now += 1000
        with writing(self.services.database) as connection:
            job_id = connection.scalar(
                model_exports.select().with_only_columns(model_exports.c.job_id).where(model_exports.c.id == export_id)
            )
            values = {"state": state.value, "error_message": error, "updated_at": self.services.clock()}
            connection.execute(jobs.update().where(jobs.c.id == job_id).values(**values))

    def get(self, address: str, **headers: str) -> Any:
        """Get something as Ann, who prefers the full form."""
        return self.client.get(address, headers=self.headers(Prefer="return=representation") | headers)

    def listed(self, address: str) -> Sequence[Json]:
        """Return the exports of a list in full."""
        answer = self.get(address)
        assert answer.status_code == 200, answer.text
        exports: list[Json] = answer.json()["exports"]
        return exports


def _version(model_id: str, owner: str, index: int) -> VersionRecord:
    return VersionRecord(
        id=str(uuid.uuid4()),
        model_id=model_id,
        index=index,
        changeset_id=uuid.uuid4().hex + f"{index:08x}",
        blob="ab" * 32,
        sha1="cd" * 20,
        size=1,
        format="obj",
        file_name="bridge.obj",
        description="",
        created_by=owner,
        created_at=NOW,
    )


@contextmanager
def a_door(folder: Path, **changes: Any) -> Iterator[Door]:
    """Open the application over a new folder, with these settings changed."""
    clock = Time(NOW)
    services = parts_over(folder, clock, **changes)
    with TestClient(application_over(services), base_url="http://outfeed.example") as client:
        yield Door(services, client, clock)
    services.close()
