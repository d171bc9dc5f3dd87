"""Visuals and pictures of meshes: made once, shared where they show the same, nobody else's."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from outfeed.errors import NotFound
from outfeed.exports import conversions
from outfeed.jobs.job import Job
from outfeed.library import queries
from outfeed.library.meshes import Door, MeshRecord
from outfeed.library.thumbnails import ThumbnailRecord
from outfeed.mesh.units import Unit
from unit.converting import convert_anew
from unit.export_helpers import ANN, BOB, MOVED, TETRAHEDRON, House, a_house, to


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as built:
        yield built


def test_an_import_draws_its_mesh(house: House) -> None:
    found = house.picture(house.a_mesh())

    assert isinstance(found, ThumbnailRecord)
    image = Image.open(BytesIO(house.content(found.blob)))
    assert ("PNG", (512, 512)) == (image.format, image.size)
    assert 1 == house.sandbox.runs


def test_an_import_that_cannot_be_drawn_is_a_mesh_all_the_same(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr(conversions, "thumbnail", refuse)
    house.sandbox.convert = convert_anew
    mesh = house.a_mesh()

    assert isinstance(house.picture(mesh), Job)


def test_a_renamed_mesh_has_the_same_picture_and_a_moved_one_another(house: House) -> None:
    mesh = house.a_mesh()
    renamed = house.meshes.rename(mesh.id, "other", principal_id="ann")
    moved = house.meshes.transform(mesh.id, MOVED, principal_id="ann")

    assert house.picture(mesh) == house.picture(renamed)
    assert isinstance(house.picture(moved), Job)


def test_a_picture_of_another_size_is_drawn_once(house: House) -> None:
    mesh = house.a_mesh()

    first, second = house.picture(mesh, 64), house.picture(mesh, 64)
    assert isinstance(first, Job)
    assert isinstance(second, Job)
    done = house.run(first)
    found = house.picture(mesh, 64)

    assert first.id == second.id
    assert mesh == house.exports.mesh_of(ANN, done)
    assert isinstance(found, ThumbnailRecord)
    assert (64, 64) == Image.open(BytesIO(house.content(found.blob))).size


def test_a_sweep_keeps_pictures(house: House) -> None:
    found = house.picture(house.a_mesh())
    assert isinstance(found, ThumbnailRecord)

    with house.database.connect() as connection:
        assert {found.blob} == queries.named_blobs(connection, [found.blob, "0" * 64])


def test_a_visual_is_made_once_and_belongs_to_its_mesh(house: House) -> None:
    mesh = house.a_mesh()

    first, second = house.visual(mesh), house.visual(mesh)
    done = house.run(first)
    found = house.exports.visual(ANN, mesh.id)

    assert first.id == second.id
    assert isinstance(found, MeshRecord)
    assert mesh.id == found.id == house.exports.mesh_of(ANN, done).id
    assert found.visual is not None
    assert house.content(house.files.get(ANN, found.visual["file"]).blob).startswith(b"glTF")


def test_a_visual_shows_the_mesh_before_its_transform(house: House) -> None:
    """So a renamed and a moved mesh keep it: the client places it."""
    mesh = house.a_mesh(visual=True)
    renamed = house.meshes.rename(mesh.id, "other", principal_id="ann")
    moved = house.meshes.transform(mesh.id, MOVED, principal_id="ann")

    assert mesh.visual is not None
    assert mesh.visual == renamed.visual == moved.visual
    assert moved == house.exports.visual(ANN, moved.id)


def test_meshes_on_the_same_geometry_share_a_visual(house: House) -> None:
    mesh = house.a_mesh()
    moved = house.meshes.transform(mesh.id, MOVED, principal_id="ann")
    house.run(house.visual(mesh))

    found = house.exports.visual(ANN, moved.id)

    assert isinstance(found, MeshRecord)
    assert moved.id == found.id
    assert found.visual == house.meshes.get(mesh.id, principal_id="ann").visual


def test_a_visual_that_was_deleted_is_made_again(house: House) -> None:
    mesh = house.a_mesh(visual=True)
    assert mesh.visual is not None
    house.files.delete(ANN, mesh.visual["file"])

    house.run(house.visual(mesh))
    found = house.exports.visual(ANN, mesh.id)

    assert isinstance(found, MeshRecord)
    assert mesh.visual != found.visual


def test_a_visual_of_an_object_is_an_object(house: House) -> None:
    mesh = house.a_mesh(door=Door.OSS, visual=True)

    assert mesh.visual is not None
    record = house.objects.get(ANN, mesh.visual["bucket"], mesh.visual["name"])
    assert ("outfeed-ann", "model/gltf-binary") == (record.bucket_key, record.content_type)


def test_a_mesh_that_fits_into_no_visual_is_imported_without(house: House) -> None:
    """A GLB has coordinates of 32 bits."""
    mesh = house.a_mesh(TETRAHEDRON.replace(b"v 1 0 0", b"v 1e60 0 0"), visual=True)

    assert mesh.visual is None


def test_previews_of_another_principals_mesh_are_not_there(house: House) -> None:
    mesh = house.a_mesh()

    with pytest.raises(NotFound):
        house.exports.visual(BOB, mesh.id)
    with pytest.raises(NotFound):
        house.exports.thumbnail(BOB, mesh.id, size_px=512, unitless=Unit.CENTIMETRE)


def test_an_export_says_what_it_lost_and_one_that_lost_nothing_says_nothing(house: House) -> None:
    mesh = house.a_mesh(TETRAHEDRON + b"vt 0 0\nvt 1 0\nvt 0 1\nf 1/1 2/2 3/3\n")
    to_stl, to_obj = (
        house.run(house.exports.export_mesh(ANN, to(form, mesh))).result for form in ("stl_binary", "obj")
    )

    assert to_stl is not None
    assert to_obj is not None
    assert ["uvs"] == [loss["what"] for loss in to_stl["lost"]]
    assert {"file"} == to_obj.keys()
