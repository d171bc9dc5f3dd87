"""The parts of a server with a project in it, drawings that tests make, and jobs that run here and now."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pikepdf
import sqlalchemy as sa

from a_library import Time
from outfeed.blobs.store import FileBlobs
from outfeed.database import reading
from outfeed.exports.kinds import kinds
from outfeed.identity.caller import Caller
from outfeed.jobs.job import Job
from outfeed.jobs.runner import Runner
from outfeed.library.constants import STORAGE_BUCKET
from outfeed.library.folders import FolderKind
from outfeed.library.items import ItemVersion
from outfeed.library.projects import ProjectRecord
from outfeed.schema import jobs
from outfeed.services import Services
from unit.helpers import NOW, InProcessSandbox, staged
from unit.parts import parts_over


@dataclass
class DrawingSite:
    """A server's parts, and Ann's project."""

    services: Services
    runner: Runner
    clock: Time
    ann: Caller
    bob: Caller
    project: ProjectRecord

    def folder(self, kind: FolderKind) -> str:
        """Return the id of a folder at the top of the project."""
        return next(one.id for one in self.services.folders.top(self.ann, self.project.id) if one.kind is kind)

    def uploaded(self, name: str, data: bytes, *, kind: FolderKind = FolderKind.PLANS) -> str:
        """Return the storage of a file that Ann has uploaded."""
        storage = self.services.storages.create(self.ann, self.project.id, self.folder(kind), name).name
        blobs = self.services.blobs
        assert isinstance(blobs, FileBlobs)
        self.services.objects.put(
            self.ann, STORAGE_BUCKET, storage, staged=staged(blobs, data), content_type="application/pdf"
        )
        return storage

    def added(self, name: str, data: bytes, *, kind: FolderKind = FolderKind.PLANS) -> ItemVersion:
        """Return a file that Ann has put into a folder; its job, if it has one, waits."""
        storage = self.uploaded(name, data, kind=kind)
        return self.services.drawings.add_file(self.ann, self.project.id, self.folder(kind), name, storage)

    def split(self, name: str, data: bytes) -> list[ItemVersion]:
        """Return the sheets of a drawing that Ann has put among the plans, read already."""
        added = self.added(name, data)
        self.run()
        return self.services.items.pages_of(self.ann, added.version.id)

    def run(self) -> None:
        """Run the jobs that wait."""
        with reading(self.services.database) as connection:
            waiting = connection.scalars(sa.select(jobs.c.id).where(jobs.c.state == "queued")).all()
        for job_id in waiting:
            self.runner.run(job_id)

    def job(self, job_id: str) -> Job:
        """Return a job."""
        found = self.services.jobs.find(job_id)
        assert found is not None
        return found

    def bytes_of(self, blob: str) -> bytes:
        """Return the bytes of a blob."""
        return b"".join(self.services.blobs.read(blob))


@contextmanager
def a_drawing_site(folder: Path, files: Mapping[str, bytes] | None = None, **changes: Any) -> Iterator[DrawingSite]:
    """Build the parts over a new folder, or over one with the files of another site; with these settings changed."""
    start = _start()
    for path, content in (files or {"outfeed.sqlite": start.database}).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    clock = Time(NOW)
    services = parts_over(folder, clock, **changes)
    runner = Runner(
        database=services.database,
        blobs=services.blobs,
        sandbox=InProcessSandbox(),  # type: ignore[arg-type] # has the one method that is called
        kinds=kinds(services.settings),
        folder=folder / "work",
        clock=clock,
        max_attempts=3,
    )
    yield DrawingSite(
        services=services, runner=runner, clock=clock, ann=start.ann, bob=start.bob, project=start.project
    )
    services.close()


@dataclass(frozen=True)
class _Start:
    """What every site has at first."""

    database: bytes
    ann: Caller
    bob: Caller
    project: ProjectRecord


@cache
def _start() -> _Start:
    """Return what every site has at first: made once, for it takes as long as a test."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        services = parts_over(folder, Time(NOW))
        ann, bob = (_signed_in(services, email) for email in ("ann@example.org", "bob@example.org"))
        project = services.projects.create(ann, "Tower")
        services.close()
        return _Start((folder / "outfeed.sqlite").read_bytes(), ann, bob, project)


def _signed_in(services: Services, email: str) -> Caller:
    caller = services.identity.operator_as(email)
    return Caller(principal_id=caller.principal_id, app_id=caller.app_id, scopes=frozenset({"data:read", "data:write"}))


def a_pdf(texts: Sequence[str], *, labels: Sequence[str] = (), size: tuple[float, float] = (842, 595)) -> bytes:
    """Return a PDF of a page for each text, with these page labels."""
    with pikepdf.new() as pdf:
        font = pdf.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        )
        for text in texts:
            page = pdf.add_blank_page(page_size=size)
            page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
            page.Contents = pdf.make_stream(f"BT /F1 24 Tf 72 400 Td ({text}) Tj ET".encode())
        if labels:
            numbers: list[Any] = []
            for index, label in enumerate(labels):
                numbers += [index, pikepdf.Dictionary(P=label)]
            pdf.Root.PageLabels = pikepdf.Dictionary(Nums=pikepdf.Array(numbers))
        out = io.BytesIO()
        pdf.save(out, static_id=True)
    return out.getvalue()
