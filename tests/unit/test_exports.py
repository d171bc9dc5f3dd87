"""The story of an export: same key, no work; results go where sources came from; what is not yours is not there."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from outfeed.blobs.store import FileBlobs
from outfeed.errors import FormatUnknown, NotFound
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
from outfeed.library.meshes import IDENTITY, Door, Meshes, MeshRecord
from outfeed.library.objects import Objects
from outfeed.mesh.formats.source import ReadLimits
from outfeed.mesh.units import Unit
from outfeed.settings import Settings
from unit.helpers import NOW, InProcessSandbox, a_database, staged

ANN = Caller(principal_id="ann", app_id="ann", scopes=frozenset({"data:read", "data:write"}))
BOB = Caller(principal_id="bob", app_id="bob", scopes=frozenset({"data:read", "data:write"}))
TETRAHEDRON = b"""v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 1 4 3\n"""


@dataclass
class House:
    """The parts that a story needs."""

    database: sa.Engine
    blobs: FileBlobs
    files: Files
    buckets: Buckets
    objects: Objects
    meshes: Meshes
    exports: Exports
    runner: Runner
    sandbox: InProcessSandbox

    def run(self, job: Job, caller: Caller = ANN) -> Job:
        self.runner.run(job.id)
        return self.exports.job(caller, job.id)

    def a_mesh(self, *, door: Door = Door.FILES, caller: Caller = ANN) -> MeshRecord:
        """Upload and import a tetrahedron."""
        data = staged(self.blobs, TETRAHEDRON)
        if door is Door.FILES:
            file = self.files.put(caller, "t.obj", staged=data, content_type="model/obj")
            source = Source(door=door, name=file.id)
        else:
            self.buckets.create(caller, "parts", policy="transient", allowed={})
            self.objects.put(caller, "parts", "t.obj", staged=data, content_type="model/obj")
            source = Source(door=door, bucket="parts", name="t.obj")
        wanted = ImportRequest(source=source, name="tetra", transform=IDENTITY, unitless=Unit.CENTIMETRE)
        job = self.run(self.exports.import_mesh(caller, wanted), caller)
        assert job.state is State.SUCCEEDED, job.error_message
        return self.exports.mesh_of(caller, job)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    database, blobs, sandbox = a_database(tmp_path), FileBlobs(tmp_path), InProcessSandbox()
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
        buckets=Buckets(database, lambda: NOW),
        objects=Objects(database, lambda: NOW, blobs),
        meshes=Meshes(database, lambda: NOW),
        exports=Exports(database, jobs, clock=lambda: NOW, limits=ReadLimits(max_triangles=100)),
        runner=runner,
        sandbox=sandbox,
    )
    jobs.close()
    database.dispose()


def to_obj(mesh: MeshRecord, **changes: str) -> ExportRequest:
    return ExportRequest(mesh_id=mesh.id, format=changes.get("format", "obj"), unitless=Unit.CENTIMETRE)


def test_an_import_makes_a_mesh_with_its_facts(house: House) -> None:
    mesh = house.a_mesh()

    assert (4, 4, False) == tuple(mesh.facts[name] for name in ("num_vertices", "num_triangles", "has_uvs"))
    assert ("tetra", "ann", IDENTITY) == (mesh.name, mesh.principal_id, mesh.transform)


def test_two_equal_requests_make_one_artifact(house: House) -> None:
    """The same key: the same job while it waits, the same artifact afterwards, no work."""
    mesh = house.a_mesh()
    waiting = [house.exports.export_mesh(ANN, to_obj(mesh)) for _ in range(2)]
    house.run(waiting[0])
    done = house.exports.export_mesh(ANN, to_obj(mesh))

    assert waiting[0].id == waiting[1].id == done.id
    assert done.state is State.SUCCEEDED
    assert house.sandbox.runs == 2


def test_a_renamed_mesh_exports_to_the_same_artifact_and_a_moved_one_does_not(house: House) -> None:
    mesh = house.a_mesh()
    renamed = house.meshes.rename(mesh.id, "other", principal_id="ann")
    moved = house.meshes.transform(
        mesh.id, [[1.0, 0.0, 0.0, 5.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]], principal_id="ann"
    )

    jobs = [house.exports.export_mesh(ANN, to_obj(record)).id for record in (mesh, renamed, moved)]

    assert jobs[0] == jobs[1] != jobs[2]


def test_an_artifact_that_was_deleted_is_made_again(house: House) -> None:
    mesh = house.a_mesh()
    first = house.run(house.exports.export_mesh(ANN, to_obj(mesh)))
    assert first.result is not None
    house.files.delete(ANN, first.result["file"])

    again = house.exports.export_mesh(ANN, to_obj(mesh))

    assert again.id != first.id


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_a_job_that_ended_badly_is_never_reused(house: House, end: str) -> None:
    mesh = house.a_mesh()
    first = house.exports.export_mesh(ANN, to_obj(mesh))
    with house.database.begin() as connection:
        connection.execute(sa.text("UPDATE jobs SET state = :end WHERE id = :id"), {"end": end, "id": first.id})

    assert house.exports.export_mesh(ANN, to_obj(mesh)).id != first.id


def test_an_export_of_an_object_is_an_object_in_the_principals_bucket(house: House) -> None:
    mesh = house.a_mesh(door=Door.OSS)

    done = house.run(house.exports.export_mesh(ANN, to_obj(mesh)))

    assert done.result is not None
    record = house.objects.get(ANN, "outfeed-ann", done.result["name"])
    assert record.name.endswith(".obj")
    assert b"v 0" in b"".join(house.blobs.read(record.blob))
    with pytest.raises(NotFound):
        house.objects.get(BOB, "outfeed-ann", done.result["name"])


def test_what_is_another_principals_is_not_there(house: House) -> None:
    mesh = house.a_mesh()
    job = house.exports.export_mesh(ANN, to_obj(mesh))

    with pytest.raises(NotFound):
        house.exports.export_mesh(BOB, to_obj(mesh))
    with pytest.raises(NotFound):
        house.exports.job(BOB, job.id)
    with pytest.raises(NotFound):
        house.meshes.rename(mesh.id, "mine", principal_id="bob")


def test_a_format_that_nobody_writes_is_refused(house: House) -> None:
    with pytest.raises(FormatUnknown, match="xyz"):
        house.exports.export_mesh(ANN, to_obj(house.a_mesh(), format="xyz"))
