import io
import json
import struct
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from outfeed.errors import TargetTooSmall
from outfeed.mesh.appearance import Material, Texture
from outfeed.mesh.build import build
from outfeed.mesh.formats.gltf.document import MOST_SHORT_VERTICES
from outfeed.mesh.model import Mesh
from outfeed.mesh.samples import gear, textured_tile
from outfeed.mesh.transform import transform
from outfeed.mesh.units import Unit
from unit.comparing import differences
from unit.mesh_helpers import a_cube, read_back, written

TYPES: dict[int, Any] = {5126: np.float32, 5123: np.uint16, 5125: np.uint32}
WIDTH = {"VEC3": 3, "VEC2": 2, "SCALAR": 1}


def parts(data: bytes) -> tuple[dict[str, Any], list[Any]]:
    """Return the document of a GLB file and the arrays of its accessors."""
    magic, version, total, size, kind = struct.unpack_from("<4sIII4s", data)
    assert (b"glTF", 2, len(data), b"JSON", 0) == (magic, version, total, kind, size % 4)
    document = json.loads(data[20 : 20 + size])
    binary_size, binary_kind = struct.unpack_from("<I4s", data, 20 + size)
    binary = data[28 + size :]
    assert (b"BIN\0", len(binary), len(binary)) == (binary_kind, binary_size, document["buffers"][0]["byteLength"])
    return document, [an_array(document, accessor, binary) for accessor in document["accessors"]]


def an_array(document: dict[str, Any], accessor: dict[str, Any], binary: bytes) -> Any:
    view = document["bufferViews"][accessor["bufferView"]]
    data = binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
    array = np.frombuffer(data, dtype=TYPES[accessor["componentType"]])
    assert len(array) == accessor["count"] * WIDTH[accessor["type"]]
    return array.reshape(-1, WIDTH[accessor["type"]])


def test_glb_is_in_metres_with_y_up() -> None:
    mesh = Mesh(
        vertices=np.array([[1.0, 2, 3], [4, 2, 3], [1, 5, 3.5]]),
        faces=np.array([[0, 1, 2]], dtype=np.int32),
        unit=Unit.METRE,
    )

    document, (positions, indices) = parts(written(mesh, "glb", unit=Unit.FOOT))

    assert [[1, 3, -2], [4, 3, -2], [1, 3.5, -5]] == positions.tolist()
    assert [[0], [1], [2]] == indices.tolist()
    assert ([1, 3, -5], [4, 3.5, -2]) == (document["accessors"][0]["min"], document["accessors"][0]["max"])
    assert {"version": "2.0", "generator": "Outfeed"} == document["asset"]


@pytest.mark.parametrize("unit", list(Unit))
def test_every_unit_becomes_metres(unit: Unit) -> None:
    _, (positions, _) = parts(written(a_cube(10, unit=unit), "glb"))

    assert np.float32(10 * unit.metres) == positions.max()


@pytest.mark.parametrize(
    ("vertices", "dtype"), [(MOST_SHORT_VERTICES, np.uint16), (MOST_SHORT_VERTICES + 1, np.uint32)]
)
def test_indices_are_short_as_long_as_they_can_be(vertices: int, dtype: type[np.uint16 | np.uint32]) -> None:
    points = np.arange(vertices * 3, dtype=np.float32).reshape(-1, 3)
    faces = np.array([[0, 1, vertices - 1]], dtype=np.int32)

    document, (_, indices) = parts(written(Mesh(vertices=points, faces=faces, unit=Unit.METRE), "glb"))

    assert dtype is indices.dtype.type
    assert [0, 1, vertices - 1] == indices.ravel().tolist()
    assert document["buffers"][0]["byteLength"] % 4 == 0


def test_corners_with_other_texture_coordinates_become_vertices_of_their_own() -> None:
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    mesh = Mesh(
        vertices=corners,
        faces=np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32),
        unit=Unit.METRE,
        uvs=np.array([[0.0, 0.0], [1, 0], [1, 0.25]]),
        uv_faces=np.array([[0, 1, 2], [0, -1, 2]], dtype=np.int32),
    )

    document, (positions, coordinates, indices) = parts(written(mesh, "glb"))

    order = indices.ravel()
    assert [0, 1, 2, 0, 2, 3] == [corners[:, [0, 2, 1]].tolist().index([x, y, -z]) for x, y, z in positions[order]]
    assert [[0, 1], [1, 1], [1, 0.75], [0, 1], [0, 0], [1, 0.75]] == coordinates[order].tolist()
    assert len(positions) == 5
    assert {"POSITION": 0, "TEXCOORD_0": 1} == document["meshes"][0]["primitives"][0]["attributes"]


def test_a_mesh_far_away_keeps_its_shape() -> None:
    mesh = transform(gear(), [[1, 0, 0, 5e8], [0, 1, 0, -3e8], [0, 0, 1, 1e6]])

    document, (positions, _) = parts(written(mesh, "glb"))

    x, y, z = document["nodes"][0]["translation"]
    placed = positions.astype(np.float64) + np.array([x, y, z])
    expected = mesh.vertices[:, [0, 2, 1]] * [1e-3, 1e-3, -1e-3]
    assert pytest.approx([500000.0, 1000.004, 300000.0], abs=2e-9) == [x, y, z]
    assert np.abs(placed - expected).max() < 2e-9


def test_a_mesh_near_the_origin_is_not_moved() -> None:
    document, _ = parts(written(gear(), "glb"))

    assert [{"mesh": 0}] == document["nodes"]


@pytest.mark.parametrize("mesh", [gear(), textured_tile(), a_cube(dtype=np.float32)])
def test_the_stated_extremes_are_those_of_the_positions(mesh: Mesh) -> None:
    document, (positions, *_) = parts(written(mesh, "glb"))

    assert positions.min(axis=0).tolist() == document["accessors"][0]["min"]
    assert positions.max(axis=0).tolist() == document["accessors"][0]["max"]


def test_extents_beyond_float32_do_not_fit() -> None:
    with pytest.raises(TargetTooSmall):
        written(a_cube(1e39, unit=Unit.METRE), "glb")
    with pytest.raises(TargetTooSmall):
        written(transform(a_cube(4e38, unit=Unit.METRE), [[1, 0, 0, -2e38], [0, 1, 0, 0], [0, 0, 1, 0]]), "glb")
    with pytest.raises(TargetTooSmall):
        written(a_cube(1e308, unit=Unit.METRE), "glb")


def test_texture_coordinates_beyond_float32_do_not_fit() -> None:
    tile = textured_tile(cells=1)
    assert tile.uvs is not None
    far = Mesh(vertices=tile.vertices, faces=tile.faces, unit=tile.unit, uvs=tile.uvs * 1e39, uv_faces=tile.uv_faces)

    with pytest.raises(TargetTooSmall):
        written(far, "glb")


def test_images_say_nothing_of_colours_that_gltf_ignores() -> None:
    out = io.BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (2, 2), 5).save(out, "PNG", icc_profile=profile, dpi=(72, 36))
    tile = textured_tile(cells=1)
    texture = Texture(image=out.getvalue(), media_type="image/png")
    rows = np.zeros(2, dtype=np.int32)
    mesh = replace(tile, textures=(texture,), materials=(Material(texture=0),), material_faces=rows)

    again = read_back(written(mesh, "glb"), "glb").mesh

    (kept,) = again.textures
    with Image.open(io.BytesIO(kept.image)) as picture:
        assert {} == picture.info
        assert [(5, 0, 0)] * 4 == list(picture.get_flattened_data())


def a_square(**tables: Any) -> Mesh:
    """Return a square of two triangles."""
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], dtype=np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32)
    return build(Mesh(vertices=corners, faces=faces, unit=Unit.METRE, **tables))


def with_corner_colors(opacity: int) -> dict[str, Any]:
    """Return the tables of a color at each corner."""
    colors = np.array([[200, 100, 50, opacity]], dtype=np.uint8)
    return {"colors": colors, "color_faces": np.zeros((2, 3), dtype=np.int32)}


RED = Material(name="red", color=(255, 0, 0, 255))
PLAIN_AND_RED = {"materials": (RED,), "material_faces": np.array([-1, 0], dtype=np.int32)}
LOOKS = [{}, with_corner_colors(255), with_corner_colors(90), PLAIN_AND_RED]


@pytest.mark.parametrize("tables", LOOKS)
def test_no_face_is_of_metal_or_of_what_a_viewer_thinks_best(tables: dict[str, Any]) -> None:
    """Without a material, the format's default is metal: black where a viewer gives it nothing to mirror."""
    data = written(a_square(**tables), "glb")
    document = json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])

    rows = [primitive["material"] for primitive in document["meshes"][0]["primitives"]]
    surfaces = [document["materials"][row]["pbrMetallicRoughness"] for row in rows]
    assert [(0, 0.9)] * len(rows) == [(one["metallicFactor"], one["roughnessFactor"]) for one in surfaces]
    assert list(range(len(document["materials"]))) == sorted(rows)


@pytest.mark.parametrize("tables", LOOKS)
def test_no_material_is_read_where_none_was(tables: dict[str, Any]) -> None:
    mesh = a_square(**tables)

    again = read_back(written(mesh, "glb"), "glb").mesh

    assert (mesh.materials, []) == (again.materials, list(differences(mesh, again)))


def test_a_material_that_says_nothing_is_written_as_none() -> None:
    rows = np.array([0, 1], dtype=np.int32)
    spoken = a_square(materials=(Material(), RED), material_faces=rows)

    assert written(a_square(**PLAIN_AND_RED), "glb") == written(spoken, "glb")
