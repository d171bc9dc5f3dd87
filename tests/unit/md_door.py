"""The whole application with a project and a bucket in it, as a client of Model Derivative meets it."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from litestar.testing import TestClient

from one_app import application_over
from outfeed.blobs.store import FileBlobs
from outfeed.dialects.autodesk.names import encoded, object_urn, version_urn
from outfeed.library.items import ItemVersion
from unit.drawing_site import DrawingSite, a_drawing_site, a_pdf
from unit.helpers import staged

ROOT = "/modelderivative/v2/designdata"
SCOPES = ("data:read", "data:write", "data:create")

#: A tetrahedron with edges of 10.
SOLID = b"""v 0 0 0
v 10 0 0
v 0 10 0
v 0 0 10
f 1 3 2
f 1 2 4
f 1 4 3
f 2 3 4
"""


@dataclass
class MdDoor:
    """The application, its parts, and who is signed in."""

    site: DrawingSite
    client: TestClient[Any]
    _tokens: dict[tuple[str, ...], str] = field(default_factory=dict)
    #: So that no two sources have the same bytes, or the same place.
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def headers(self, email: str = "ann@example.org", *scopes: str, **more: str) -> dict[str, str]:
        """Return the headers of somebody who is signed in."""
        who = (email, *(scopes or SCOPES))
        if who not in self._tokens:
            self._tokens[who] = self.site.services.identity.token_for_user(email, who[1:]).access_token
        return {"Authorization": f"Bearer {self._tokens[who]}"} | {k.replace("_", "-"): v for k, v in more.items()}

    def an_object(self, name: str = "gear.obj", data: bytes = b"") -> str:
        """Return the encoded name of an object of Ann's in a bucket of its own, a solid where nothing is said."""
        services, ann, number = self.site.services, self.site.ann, next(self._numbers)
        assert isinstance(services.blobs, FileBlobs)
        bucket = services.buckets.create(ann, f"parts{number}", policy="persistent", allowed={}).key
        content = staged(services.blobs, data or SOLID + b"# %d\n" % number)
        services.objects.put(ann, bucket, name, staged=content, content_type="application/octet-stream")
        return encoded(object_urn(bucket, name))

    def start(self, urn: str, *types: str, headers: dict[str, str] | None = None, **advanced: Any) -> Any:
        """Ask for formats and return the answer; nothing has run yet."""
        formats = [{"type": type_, **({"advanced": advanced} if advanced else {})} for type_ in types]
        body = {"input": {"urn": urn}, "output": {"formats": formats}}
        return self.client.post(f"{ROOT}/job", json=body, headers=headers or self.headers())

    def made(self, urn: str, *types: str, **advanced: Any) -> dict[str, Any]:
        """Let formats be made, and return the manifest."""
        answer = self.start(urn, *types, **advanced)
        assert answer.status_code == 200, answer.text
        self.site.run()
        return self.manifest(urn)

    def manifest(self, urn: str) -> dict[str, Any]:
        """Return the manifest of a source."""
        answer = self.get(f"{urn}/manifest")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def get(self, path: str, method: str = "GET", **headers: str) -> Any:
        """Get something as Ann."""
        return self.client.request(method, f"{ROOT}/{path}", headers=self.headers() | headers)

    def pages(self, *texts: str) -> list[ItemVersion]:
        """Return the sheets of a new drawing among Ann's plans, with these texts."""
        return self.site.split(f"plan {next(self._numbers)}.pdf", a_pdf(texts))

    def exported(self, page: ItemVersion, **options: bool) -> str:
        """Return the id of Ann's export of a page, which is done."""
        started = self.site.services.sheet_exports.start_page(
            self.site.ann,
            self.site.project.id,
            page.model.id,
            page.version.index,
            **{"markups": False, "hyperlinks": False, **options},
        )
        self.site.run()
        return started.id


def urn_of(item: ItemVersion) -> str:
    """Return the encoded name of a version."""
    return encoded(version_urn(item.model.id, item.version.index))


def children(manifest: dict[str, Any], output_type: str) -> list[dict[str, Any]]:
    """Return the files of a derivative."""
    derivative = next(one for one in manifest["derivatives"] if one["outputType"] == output_type)
    found: list[dict[str, Any]] = derivative["children"]
    return found


def local(url: str) -> str:
    """Return an absolute address as the test client asks for it."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


@contextmanager
def an_md_door(folder: Path, **changes: Any) -> Iterator[MdDoor]:
    """Open the application over a new folder, with these settings changed."""
    with (
        a_drawing_site(folder, **changes) as site,
        TestClient(application_over(site.services), base_url="http://outfeed.example") as client,
    ):
        yield MdDoor(site, client)
