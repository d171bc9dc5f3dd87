"""OBJ in a ZIP: what other programs see in it, and that it reads back as it was."""

import io
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image

from outfeed.mesh.appearance import Material, Texture, Wrap
from outfeed.mesh.build import build
from outfeed.mesh.formats.registry import write_mesh
from outfeed.mesh.model import Mesh
from outfeed.mesh.traits import Loss, Trait
from outfeed.mesh.units import Unit
from unit.mesh_helpers import Kind, a_cube, a_mesh, an_image, assert_same, read_back, written


def files_in(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def dressed(*materials: Material, rows: list[int] | None = None, textures: tuple[Texture, ...] = ()) -> Mesh:
    """Return a cube with texture coordinates whose faces take the materials in turn."""
    cube = a_cube()
    turns = rows or [face % len(materials) for face in range(len(cube.faces))]
    return build(
        replace(
            cube,
            uvs=np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]),
            uv_faces=np.tile(np.arange(3, dtype=np.int32), (len(cube.faces), 1)),
            materials=materials,
            material_faces=np.array(turns, dtype=np.int32),
            textures=textures,
        )
    )


def lost(mesh: Mesh) -> list[Loss]:
    return list(write_mesh(mesh, io.BytesIO(), format="obj_zip", unitless=Unit.MILLIMETRE))


PICTURE = Texture(image=an_image(1), media_type="image/png")
PHOTO = Texture(image=an_image(2, form="JPEG"), media_type="image/jpeg", wrap_u=Wrap.CLAMP, wrap_v=Wrap.CLAMP)


def test_a_plain_mesh_is_one_file_and_the_same_as_obj() -> None:
    assert {"model.obj": written(a_cube(), "obj")} == files_in(written(a_cube(), "obj_zip"))


def test_the_library_says_what_materials_are() -> None:
    red = Material(name="dark red", color=(128, 0, 1, 64), texture=0)
    files = files_in(written(dressed(red, Material(texture=1), textures=(PICTURE, PHOTO)), "obj_zip"))

    library = (
        "# MTL by Outfeed\n"
        "newmtl dark red\nKd 0.5 0 0.004\nd 0.25\nmap_Kd textures/1.png\n"
        "newmtl material\nKd 1 1 1\nmap_Kd -clamp on textures/2.jpg\n"
    )
    assert ["model.obj", "model.mtl", "textures/1.png", "textures/2.jpg"] == list(files)
    assert library == files["model.mtl"].decode()
    assert (PICTURE.image, PHOTO.image) == (files["textures/1.png"], files["textures/2.jpg"])
    assert files["model.obj"].startswith(b"# OBJ by Outfeed\nmtllib model.mtl\nv ")
    assert 12 == files["model.obj"].count(b"usemtl ")


def test_everything_reads_back_as_it_was() -> None:
    mesh = dressed(
        Material(name="dark red", color=(128, 0, 1, 64), texture=0),
        Material(name="ü #1 \\ %20", color=(9, 8, 7, 255)),
        Material(name="photo", texture=1),
        rows=[-1, -1, 0, 1, 1, 2, 0, 0, 0, 2, 1, 1],
        textures=(PICTURE, PHOTO),
    )

    reading = read_back(written(mesh, "obj_zip"), "obj_zip")

    assert_same(mesh, reading.mesh)
    assert () == reading.lost
    assert [] == lost(mesh)


def test_trimesh_sees_the_materials_and_their_faces() -> None:
    red = Material(name="dark red", color=(128, 0, 1, 255), texture=0)
    mesh = dressed(red, Material(name="blue", color=(0, 0, 255, 255)), textures=(PICTURE,))

    scene: Any = trimesh.load_scene(io.BytesIO(written(mesh, "obj_zip")), file_type="zip")

    parts = {part.visual.material.name: part for part in scene.geometry.values()}
    assert {"dark red": 6, "blue": 6} == {name: len(part.faces) for name, part in parts.items()}
    materials = {name: part.visual.material for name, part in parts.items()}
    assert [128, 0, 1] == [round(255 * share) for share in materials["dark red"].kwargs["kd"]]
    assert [0, 0, 255] == [round(255 * share) for share in materials["blue"].kwargs["kd"]]
    with Image.open(io.BytesIO(PICTURE.image)) as image:
        assert image.tobytes() == materials["dark red"].image.tobytes()
    assert 1000 == pytest.approx(scene.to_mesh().volume, rel=1e-12)


def test_colors_of_corners_stay_apart_from_materials() -> None:
    mesh = a_mesh(11, Kind(colors=True, materials=True, opacity=True))

    again = read_back(written(mesh, "obj_zip"), "obj_zip").mesh

    assert mesh.colors is not None
    assert again.colors is not None
    assert np.array_equal(mesh.colors[mesh.color_faces][..., :3], again.colors[again.color_faces][..., :3])
    assert [material.color for material in mesh.materials] == [material.color for material in again.materials]
    assert Loss(what=Trait.OPACITY, why="Corners have no opacity in OBJ, only materials.") in lost(mesh)


def test_a_late_gap_between_materials_becomes_a_white_one() -> None:
    rows = [0, 0, -1, -1, 1, 1, -1, 0, 0, 0, 0, 0]
    mesh = dressed(Material(name="a"), Material(name="material", color=(0, 0, 0, 255)), rows=rows)

    again = read_back(written(mesh, "obj_zip"), "obj_zip").mesh

    assert ("a", "material_2", "material") == tuple(material.name for material in again.materials)
    assert again.material_faces is not None
    assert [0, 0, 1, 1, 2, 2, 1, 0, 0, 0, 0, 0] == again.material_faces.tolist()


def test_changed_names_and_edges_are_said() -> None:
    names = "Names of materials were changed: each is a line of its own."
    edges = "Beyond their edges, textures repeat or are clamped both ways."
    mirrored = replace(PICTURE, wrap_u=Wrap.MIRROR)

    assert [] == lost(dressed(Material(name="a"), Material(name="b")))
    for pair in (("a", "a"), ("a\n", "b"), ("", "b"), ("a  b", "c")):
        mesh = dressed(Material(name=pair[0]), Material(name=pair[1], color=(0, 0, 0, 255)))
        assert [Loss(what=Trait.MATERIALS, why=names)] == lost(mesh)
    assert [Loss(what=Trait.TEXTURES, why=edges)] == lost(dressed(Material(name="a", texture=0), textures=(mirrored,)))


def test_one_image_with_two_kinds_of_edges_is_one_file() -> None:
    clamped = replace(PICTURE, wrap_u=Wrap.CLAMP, wrap_v=Wrap.CLAMP)
    mixed = replace(PICTURE, wrap_u=Wrap.CLAMP)
    materials = [Material(name=name, texture=row) for row, name in enumerate("abc")]

    data = written(dressed(*materials, textures=(PICTURE, clamped, mixed)), "obj_zip")

    again = read_back(data, "obj_zip").mesh
    assert ["model.obj", "model.mtl", "textures/1.png"] == list(files_in(data))
    assert (PICTURE, clamped) == again.textures
    assert [0, 1, 0] == [material.texture for material in again.materials]
    assert data == written(again, "obj_zip")


def test_many_turns_of_materials_are_written_piece_by_piece() -> None:
    faces = np.arange(3 * 70_000, dtype=np.int32).reshape(-1, 3) % 1000
    points = np.random.default_rng(4).integers(0, 99, (1000, 3)).astype(np.float64)
    rows = np.random.default_rng(5).integers(0, 3, 70_000, dtype=np.int32)
    materials = tuple(Material(name=name) for name in "abc")
    mesh = build(Mesh(vertices=points, faces=faces, unit=Unit.MILLIMETRE, materials=materials, material_faces=rows))

    assert_same(mesh, read_back(written(mesh, "obj_zip"), "obj_zip").mesh)
