"""The whole application over a project with a drawing in it, for tests of the dialects that export sheets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urlsplit

import sqlalchemy as sa
from litestar.testing import TestClient

from one_app import application_over
from outfeed.database import writing
from outfeed.dialects.autodesk.names import version_urn
from outfeed.errors import by_code
from outfeed.jobs.states import State
from outfeed.library.items import ItemVersion
from outfeed.schema import jobs, markups
from outfeed.sheets.markups.model import Markup
from outfeed.sheets.markups.shapes import Line
from unit.drawing_site import DrawingSite, a_drawing_site, a_pdf
from unit.helpers import NOW

Json = dict[str, Any]

#: Where the server is in these tests.
BASE = "http://outfeed.example"
TWO = a_pdf(["ground floor", "first floor"], labels=["A-101", "A-102"])
#: An id that nothing has.
NOBODY = "0f5e8a14-3d6b-4f5e-9a55-6d8f0f6f2b01"


@dataclass
class SheetsDoor:
    """The application, the parts behind it, and the two sheets of Ann's drawing."""

    site: DrawingSite
    client: TestClient[Any]
    file: ItemVersion
    sheets: list[ItemVersion]

    @property
    def project(self) -> str:
        """The id of Ann's project."""
        return self.site.project.id

    def headers(self, email: str = "ann@example.org", *scopes: str, **more: str) -> dict[str, str]:
        """Return the headers of somebody who is signed in."""
        wanted = scopes or ("data:read", "data:write")
        token = self.site.services.identity.token_for_user(email, wanted).access_token
        return {"Authorization": f"Bearer {token}"} | {name.replace("_", "-"): value for name, value in more.items()}

    def app(self, *, member: bool) -> dict[str, str]:
        """Return the headers of a new app that acts as itself, a member of Ann's project or not."""
        made = self.site.services.identity.create_app("robot")
        if member:
            self.site.services.projects.add_member(self.project, made.app.service_id)
        token = self.site.services.identity.grant(made.app, ["data:read", "data:write"]).access_token
        return {"Authorization": f"Bearer {token}"}

    def user(self, email: str, *, member: bool) -> str:
        """Return the id of a user, a member of Ann's project or not."""
        found = self.site.services.identity.principal_of(email)
        if member:
            self.site.services.projects.add_member(self.project, found)
        return found

    def versions_of(self, item: ItemVersion, project: str = "") -> str:
        """Return the path of a version in the page export API."""
        name = quote(version_urn(item.model.id, item.version.index), safe="")
        return f"/bim360/docs/v1/projects/{project or self.project}/versions/{name}"

    def ended_badly(self, job_id: str, code: str, state: State = State.FAILED) -> None:
        """Let a job have ended with an error."""
        with writing(self.site.services.database) as connection:
            values = {"state": state.value, "error_code": code, "error_message": str(by_code(code)("So it is."))}
            connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(finished_at=NOW, **values))

    def marked(self, sheet: ItemVersion, owner: str, *, published: bool, text: str) -> None:
        """Let somebody have drawn a line on a sheet, and have said something to it."""
        line = Line(points=((100, 100), (200, 200)), text=text)
        markup = Markup(id=text.replace(" ", "-"), author="Ann", created_at=NOW, modified_at=NOW, shapes=(line,))
        row = {"id": f"{markup.id:-<36}", "version_id": sheet.version.id, "page": 0, "owner_id": owner}
        with writing(self.site.services.database) as connection:
            connection.execute(
                sa.insert(markups).values(
                    content=markup.json(), published=published, created_at=NOW, modified_at=NOW, **row
                )
            )


def local(address: str) -> str:
    """Return an address of the server without its beginning."""
    assert address.startswith(BASE + "/"), address
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


@contextmanager
def a_sheets_door(folder: Path, **changes: Any) -> Iterator[SheetsDoor]:
    """Open the dialects of Autodesk over a new folder, in which Ann's drawing was read already."""
    start = _start()
    with a_drawing_site(folder, start.files, **changes) as site:
        client = TestClient(application_over(site.services), base_url=BASE)
        yield SheetsDoor(site, client, start.file, list(start.sheets))


@dataclass(frozen=True)
class _Start:
    """What is there at first: the files of the folder, and the drawing in it."""

    files: dict[str, bytes]
    file: ItemVersion
    sheets: list[ItemVersion]


@cache
def _start() -> _Start:
    """Return what is there at first: made once, for reading a drawing takes longer than most tests."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with a_drawing_site(folder) as site:
            sheets = site.split("set.pdf", TWO)
            assert sheets[0].page is not None
            file = site.services.items.source_of(site.ann, sheets[0].page)
        files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        return _Start(files, file, sheets)
