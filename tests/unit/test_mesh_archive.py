"""The archive of meshes: what was saved comes back, and what is hurt is refused."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from outfeed.errors import IndexOutOfRange, SourceDamaged
from outfeed.mesh.appearance import Material, Texture, Wrap
from outfeed.mesh.archive import load, save
from outfeed.mesh.model import Mesh
from outfeed.mesh.samples import gear
from outfeed.mesh.units import Unit
from unit.mesh_helpers import Kind, a_cube, a_mesh, an_image, assert_same, chance
from unit.properties import examples

FULL = Kind(uvs=True, colors=True, materials=True, textures=True, opacity=True, gaps=True, unit=Unit.FOOT)


def test_an_archive_that_cannot_be_written_raises_the_error_of_the_system(tmp_path: Path) -> None:
    """The sandbox tells by its number that there was too much to write, or no room."""
    with pytest.raises(FileNotFoundError, match="No such file"):
        save(gear(), tmp_path / "nowhere" / "mesh")


@given(seed=st.integers(0, 2**32))
@settings(examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_property_a_mesh_with_all_that_it_has_comes_back_the_same(seed: int, tmp_path: Path) -> None:
    mesh = a_mesh(seed)
    save(mesh, tmp_path / "one")
    save(load(tmp_path / "one"), tmp_path / "two")

    assert_same(mesh, load(tmp_path / "one"))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_images_names_and_wraps_are_kept_whole(tmp_path: Path) -> None:
    cube = a_cube(dtype=np.float32)
    image = Texture(image=an_image(1), media_type="image/png", wrap_u=Wrap.MIRROR, wrap_v=Wrap.CLAMP)
    material = Material(name='ü "<&>\n', color=(1, 2, 3, 4), texture=1)
    rows = np.zeros(12, dtype=np.int32)
    mesh = replace(cube, materials=(material,), material_faces=rows, textures=(replace(image, image=b"x"), image))
    save(mesh, tmp_path / "mesh")

    again = load(tmp_path / "mesh")

    assert_same(mesh, again)
    assert (image, material) == (again.textures[1], again.materials[0])


def test_a_mesh_that_version_0_1_saved_is_still_read(tmp_path: Path) -> None:
    """It had its unit in the metadata, its tables, and nothing else."""
    mesh = a_mesh(3, Kind(uvs=True, unit=Unit.INCH))
    tables = {name: getattr(mesh, name) for name in ("vertices", "faces", "uvs", "uv_faces")}
    save_file(tables, tmp_path / "old", metadata={"unit": "in"})

    assert_same(mesh, load(tmp_path / "old"))


@pytest.mark.parametrize("unit", ["km", "", "MM"])
def test_an_old_mesh_in_a_unit_that_nobody_knows_is_refused(unit: str, tmp_path: Path) -> None:
    cube = a_cube()
    save_file({"vertices": cube.vertices, "faces": cube.faces}, tmp_path / "old", metadata={"unit": unit})

    with pytest.raises(SourceDamaged):
        load(tmp_path / "old")


def resaved(mesh: Mesh, path: Path, *, about: dict[str, Any] | None = None, **tables: Any) -> None:
    """Save a mesh with some of it changed behind its back; None leaves a table out."""
    save(mesh, path)
    tensors = {name: table for name, table in (load_file(path) | tables).items() if table is not None}
    whole = {
        "unit": "ft",
        "materials": [{"name": "", "color": [1, 2, 3, 4], "texture": None}],
        "textures": [],
    }
    save_file(tensors, path, metadata={"mesh": json.dumps(whole | (about or {}))})


HURT: dict[str, dict[str, Any]] = {
    "no colours": {"colors": None},
    "no corners of colours": {"color_faces": None},
    "no faces of materials": {"material_faces": None},
    "colours of three": {"colors": np.zeros((2, 3), dtype=np.uint8)},
    "colours of floats": {"colors": np.zeros((2, 4))},
    "corners of colours too few": {"color_faces": np.zeros((1, 3), dtype=np.int32)},
    "materials too few": {"material_faces": np.zeros(1, dtype=np.int32)},
    "materials of another type": {"material_faces": np.zeros(12, dtype=np.int64)},
    "an unknown table": {"normals": np.zeros(3)},
    "no materials": {"about": {"materials": []}},
    "materials of no form": {"about": {"materials": [[1, 2]]}},
    "materials of other fields": {"about": {"materials": [{"color": [1, 2, 3, 4], "shine": 1}]}},
    "materials without a colour": {"about": {"materials": [{"name": "a"}]}},
    "textures without an image": {"about": {"textures": [["image/png", "repeat", "repeat"]]}},
    "a wrap that nobody knows": {"about": {"textures": [["image/png", "repeat", "twist"]]}},
    "textures of no form": {"about": {"textures": [1]}},
}


def a_full_cube() -> Mesh:
    zeros = np.zeros((12, 3), dtype=np.int32)
    return replace(
        a_cube(unit=Unit.FOOT),
        colors=np.array([[1, 2, 3, 4]], dtype=np.uint8),
        color_faces=zeros,
        materials=(Material(color=(1, 2, 3, 4)),),
        material_faces=np.zeros(12, dtype=np.int32),
    )


def test_what_is_changed_to_the_same_is_still_read(tmp_path: Path) -> None:
    """So that the test below fails for the reason that it names."""
    resaved(a_full_cube(), tmp_path / "mesh")

    assert_same(a_full_cube(), load(tmp_path / "mesh"))


@pytest.mark.parametrize("case", HURT)
def test_what_is_hurt_is_refused(case: str, tmp_path: Path) -> None:
    resaved(a_full_cube(), tmp_path / "mesh", **HURT[case])

    with pytest.raises(SourceDamaged):
        load(tmp_path / "mesh")


@pytest.mark.parametrize(
    "change",
    [
        {"color_faces": np.full((12, 3), 1, dtype=np.int32)},
        {"color_faces": np.full((12, 3), -2, dtype=np.int32)},
        {"material_faces": np.full(12, 1, dtype=np.int32)},
        {"material_faces": np.full(12, -2, dtype=np.int32)},
        {"about": {"materials": [{"name": "", "color": [1, 2, 3, 4], "texture": 0}]}},
    ],
)
def test_rows_that_are_not_there_are_refused(change: dict[str, Any], tmp_path: Path) -> None:
    resaved(a_full_cube(), tmp_path / "mesh", **change)

    with pytest.raises(IndexOutOfRange):
        load(tmp_path / "mesh")


def test_fuzz_a_damaged_archive_is_read_or_refused(tmp_path: Path) -> None:
    save(a_mesh(5, FULL), tmp_path / "mesh")
    whole = (tmp_path / "mesh").read_bytes()
    head = 8 + int.from_bytes(whole[:8], "little")
    dice = chance("archive")
    refused = 0
    for _ in range(300):
        data = bytearray(whole)
        data[dice.randrange(head)] = dice.choice([0, 34, 48, 57, 125, dice.randrange(256)])
        (tmp_path / "mesh").write_bytes(data)
        try:
            load(tmp_path / "mesh")
        except SourceDamaged:
            refused += 1

    assert refused > 100
