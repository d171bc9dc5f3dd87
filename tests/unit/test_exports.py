"""The story of an export: same key, no work; results go where sources came from; what is not yours is not there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from outfeed.errors import FormatUnknown, NotFound
from outfeed.jobs.states import State
from outfeed.library.meshes import IDENTITY, Door
from unit.export_helpers import ANN, BOB, MOVED, House, a_house, to


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as built:
        yield built


def test_an_import_makes_a_mesh_with_its_facts(house: House) -> None:
    mesh = house.a_mesh()

    assert (4, 4, False) == tuple(mesh.facts[name] for name in ("num_vertices", "num_triangles", "has_uvs"))
    assert ("tetra", "ann", IDENTITY) == (mesh.name, mesh.principal_id, mesh.transform)


def test_two_equal_requests_make_one_artifact(house: House) -> None:
    """The same key: the same job while it waits, the same artifact afterwards, no work."""
    mesh = house.a_mesh()
    waiting = [house.exports.export_mesh(ANN, to("obj", mesh)) for _ in range(2)]
    house.run(waiting[0])
    done = house.exports.export_mesh(ANN, to("obj", mesh))

    assert waiting[0].id == waiting[1].id == done.id
    assert done.state is State.SUCCEEDED
    assert house.sandbox.runs == 2


def test_a_renamed_mesh_exports_to_the_same_artifact_and_a_moved_one_does_not(house: House) -> None:
    mesh = house.a_mesh()
    renamed = house.meshes.rename(mesh.id, "other", principal_id="ann")
    moved = house.meshes.transform(mesh.id, MOVED, principal_id="ann")

    jobs = [house.exports.export_mesh(ANN, to("obj", record)).id for record in (mesh, renamed, moved)]

    assert jobs[0] == jobs[1] != jobs[2]


def test_an_artifact_that_was_deleted_is_made_again(house: House) -> None:
    mesh = house.a_mesh()
    first = house.run(house.exports.export_mesh(ANN, to("obj", mesh)))
    assert first.result is not None
    house.files.delete(ANN, first.result["file"])

    again = house.exports.export_mesh(ANN, to("obj", mesh))

    assert again.id != first.id


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_a_job_that_ended_badly_is_never_reused(house: House, end: str) -> None:
    mesh = house.a_mesh()
    first = house.exports.export_mesh(ANN, to("obj", mesh))
    with house.database.begin() as connection:
        connection.execute(sa.text("UPDATE jobs SET state = :end WHERE id = :id"), {"end": end, "id": first.id})

    assert house.exports.export_mesh(ANN, to("obj", mesh)).id != first.id


def test_an_export_of_an_object_is_an_object_in_the_principals_bucket(house: House) -> None:
    mesh = house.a_mesh(door=Door.OSS)

    done = house.run(house.exports.export_mesh(ANN, to("obj", mesh)))

    assert done.result is not None
    record = house.objects.get(ANN, "outfeed-ann", done.result["name"])
    assert record.name.endswith(".obj")
    assert b"v 0" in b"".join(house.blobs.read(record.blob))
    with pytest.raises(NotFound):
        house.objects.get(BOB, "outfeed-ann", done.result["name"])


def test_what_is_another_principals_is_not_there(house: House) -> None:
    mesh = house.a_mesh()
    job = house.exports.export_mesh(ANN, to("obj", mesh))

    with pytest.raises(NotFound):
        house.exports.export_mesh(BOB, to("obj", mesh))
    with pytest.raises(NotFound):
        house.exports.job(BOB, job.id)
    with pytest.raises(NotFound):
        house.meshes.rename(mesh.id, "mine", principal_id="bob")


def test_a_format_that_nobody_writes_is_refused(house: House) -> None:
    with pytest.raises(FormatUnknown, match="xyz"):
        house.exports.export_mesh(ANN, to("xyz", house.a_mesh()))
