"""A house with all that imports, exports and previews need, and nothing behind it but a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from outfeed.blobs.store import FileBlobs
from outfeed.exports.kinds import kinds
from outfeed.exports.request import ExportRequest, ImportRequest, Source
from outfeed.exports.story import Exports
from outfeed.identity.caller import Caller
from outfeed.jobs.engine import Engine
from outfeed.jobs.job import Job
from outfeed.jobs.runner import Runner
from outfeed.jobs.states import State
from outfeed.library.buckets import Buckets
from outfeed.library.files import Files
from outfeed.library.meshes import IDENTITY, Door, Meshes, MeshRecord, Transform
from outfeed.library.objects import Objects
from outfeed.library.thumbnails import ThumbnailRecord
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.units import Unit
from outfeed.settings import Settings
from unit.helpers import NOW, InProcessSandbox, a_database, staged

ANN = Caller(principal_id="ann", app_id="ann", scopes=frozenset({"data:read", "data:write"}))
BOB = Caller(principal_id="bob", app_id="bob", scopes=frozenset({"data:read", "data:write"}))
TETRAHEDRON = b"""v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 1 4 3\n"""
MOVED: Transform = [[1.0, 0.0, 0.0, 5.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]


@dataclass
class House:
    """The parts that a story needs."""

    database: sa.Engine
    blobs: FileBlobs
    files: Files
    objects: Objects
    buckets: Buckets
    meshes: Meshes
    exports: Exports
    runner: Runner
    sandbox: InProcessSandbox

    def run(self, job: Job, caller: Caller = ANN) -> Job:
        self.runner.run(job.id)
        return self.exports.job(caller, job.id)

    def a_mesh(self, content: bytes = TETRAHEDRON, *, door: Door = Door.FILES, visual: bool = False) -> MeshRecord:
        """Upload and import a tetrahedron."""
        data = staged(self.blobs, content)
        if door is Door.FILES:
            source = Source(door=door, name=self.files.put(ANN, "t.obj", staged=data, content_type="model/obj").id)
        else:
            self.buckets.create(ANN, "parts", policy="transient", allowed={})
            self.objects.put(ANN, "parts", "t.obj", staged=data, content_type="model/obj")
            source = Source(door=door, bucket="parts", name="t.obj")
        wanted = ImportRequest(source=source, name="tetra", transform=IDENTITY, unitless=Unit.CENTIMETRE, visual=visual)
        job = self.run(self.exports.import_mesh(ANN, wanted))
        assert job.state is State.SUCCEEDED, job.error_message
        return self.exports.mesh_of(ANN, job)

    def visual(self, mesh: MeshRecord) -> Job:
        """Ask for a visual that is not there."""
        found = self.exports.visual(ANN, mesh.id)
        assert isinstance(found, Job)
        return found

    def picture(self, mesh: MeshRecord, size_px: int = 512) -> ThumbnailRecord | Job:
        return self.exports.thumbnail(ANN, mesh.id, size_px=size_px, unitless=Unit.CENTIMETRE)

    def content(self, digest: str) -> bytes:
        return b"".join(self.blobs.read(digest))


@contextmanager
def a_house(tmp_path: Path) -> Iterator[House]:
    """Build a house over a folder, and take it down."""
    database, blobs, sandbox = a_database(tmp_path), FileBlobs(tmp_path, sync=lambda _path: None), InProcessSandbox()
    sa.event.listen(database, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))
    jobs = Engine(database, clock=lambda: NOW)
    runner = Runner(
        database=database,
        blobs=blobs,
        sandbox=sandbox,  # type: ignore[arg-type] # has the one method that is called
        kinds=kinds(Settings()),
        folder=tmp_path / "work",
        clock=lambda: NOW,
        max_attempts=3,
    )
    yield House(
        database=database,
        blobs=blobs,
        files=Files(database, lambda: NOW, blobs),
        objects=Objects(database, lambda: NOW, blobs),
        buckets=Buckets(database, lambda: NOW),
        meshes=Meshes(database, lambda: NOW),
        exports=Exports(database, jobs, clock=lambda: NOW, limits=ReadLimits(max_triangles=100)),
        runner=runner,
        sandbox=sandbox,
    )
    jobs.close()
    database.dispose()


def to(form: str, mesh: MeshRecord) -> ExportRequest:
    """Return the request for a mesh in a format."""
    return ExportRequest(mesh_id=mesh.id, format=form, unitless=Unit.CENTIMETRE)
