"""PLY as it is written."""

import io
from dataclasses import replace
from typing import Any

import meshio  # type: ignore[import-untyped]  # it has none
import numpy as np
import pytest
import trimesh

from outfeed.errors import TargetTooSmall
from outfeed.mesh.appearance import Material
from outfeed.mesh.build import build
from outfeed.mesh.model import Mesh
from outfeed.mesh.shown import shown_colors
from outfeed.mesh.units import Unit
from unit.mesh_helpers import a_cube, a_mesh, read_back, triangles_of, written

ONES = [f"property uchar {name}" for name in ("red", "green", "blue", "alpha")]


def head_of(data: bytes) -> list[str]:
    """Return the lines between the format and the end of the header."""
    lines = data[: data.index(b"end_header")].decode().splitlines()
    assert ["ply", "format binary_little_endian 1.0", "comment Outfeed"] == lines[:3]
    return lines[3:]


def colored(rows: list[list[int]], *colors: tuple[int, int, int, int]) -> Mesh:
    """Return two triangles with an edge in common, and the colour of each corner; -1 for none."""
    return build(
        Mesh(
            vertices=np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]),
            faces=np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32),
            unit=Unit.MILLIMETRE,
            colors=np.array(colors, dtype=np.uint8),
            color_faces=np.array(rows, dtype=np.int32),
        )
    )


RED, BLUE, WHITE = (255, 0, 0, 255), (0, 0, 255, 9), (255, 255, 255, 255)


def shown_at_corners(mesh: Mesh) -> Any:
    """Return the colour that each corner shows (m, 3, 4)."""
    shown = shown_colors(mesh)
    assert shown is not None
    return np.vstack([shown[0], [WHITE]])[shown[1]].tolist()


@pytest.mark.parametrize(("dtype", "word", "size"), [(np.float32, "float", 12), (np.float64, "double", 24)])
def test_a_plain_mesh_has_positions_in_its_own_type_and_faces(dtype: Any, word: str, size: int) -> None:
    data = written(a_cube(dtype=dtype), "ply")

    expected = ["element vertex 8", *(f"property {word} {axis}" for axis in "xyz"), "element face 12"]
    assert [*expected, "property list uchar int vertex_indices"] == head_of(data)
    assert 8 * size + 12 * 13 == len(data) - data.index(b"end_header\n") - 11
    assert triangles_of(a_cube()) == triangles_of(read_back(data, "ply").mesh)
    assert dtype == read_back(data, "ply").mesh.vertices.dtype


def test_colours_are_at_vertices_where_each_shows_one() -> None:
    mesh = colored([[0, 1, 0], [0, 0, -1]], RED, BLUE)

    data = written(mesh, "ply")

    assert ONES == head_of(data)[4:8]
    assert [[[*RED], [*BLUE], [*RED]], [[*RED], [*RED], [*WHITE]]] == shown_at_corners(read_back(data, "ply").mesh)


def test_colours_are_at_faces_where_each_shows_one_and_vertices_do_not() -> None:
    mesh = colored([[0, 0, 0], [1, 1, 1]], RED, BLUE)

    data = written(mesh, "ply")

    assert (ONES, "element vertex 4") == (head_of(data)[-4:], head_of(data)[0])
    assert [[[*RED]] * 3, [[*BLUE]] * 3] == shown_at_corners(read_back(data, "ply").mesh)


def test_vertices_are_split_where_neither_shows_one_colour() -> None:
    mesh = colored([[0, 0, 0], [1, 0, -1]], RED, BLUE)

    data = written(mesh, "ply")

    assert (ONES, "element vertex 5") == (head_of(data)[4:8], head_of(data)[0])
    again = read_back(data, "ply").mesh
    assert 4 == len(again.vertices)
    assert [[[*RED]] * 3, [[*BLUE], [*RED], [*WHITE]]] == shown_at_corners(again)


def test_a_corner_without_a_colour_is_one_with_white() -> None:
    assert written(colored([[0, 1, 0], [0, 0, -1]], RED, WHITE), "ply") == written(
        colored([[0, 1, 0], [0, 0, 1]], RED, WHITE), "ply"
    )


def test_colours_of_materials_become_colours() -> None:
    materials = (Material(name="a", color=RED), Material(name="b"))
    mesh = replace(a_cube(), materials=materials, material_faces=np.array([0] * 6 + [1] * 6, dtype=np.int32))

    assert [[[*RED]] * 3] * 6 + [[[*WHITE]] * 3] * 6 == shown_at_corners(read_back(written(mesh, "ply"), "ply").mesh)


def test_white_materials_are_no_colours() -> None:
    mesh = replace(a_cube(), materials=(Material(name="a"),), material_faces=np.zeros(12, dtype=np.int32))

    assert written(a_cube(), "ply") == written(mesh, "ply")


@pytest.mark.parametrize(("value", "word"), [(0.5, "float"), (0.1, "double"), (1e300, "double"), (1e-320, "double")])
def test_texture_coordinates_are_float_where_that_is_exact(value: float, word: str) -> None:
    uvs = np.array([[value, 0], [0, 1], [1, 1]])
    faces = np.array([[0, 1, 2]] * 12, dtype=np.int32)

    data = written(build(replace(a_cube(), uvs=uvs, uv_faces=faces)), "ply")

    assert f"property list uchar {word} texcoord" == head_of(data)[-1]
    again = read_back(data, "ply").mesh
    assert again.uvs is not None
    assert (uvs.tolist(), faces.tolist()) == (again.uvs.tolist(), again.uv_faces.tolist())  # type: ignore[union-attr]  # both or none


def test_a_corner_without_a_texture_coordinate_gets_zeros() -> None:
    rows = np.array([[0, -1, 1]] + [[-1] * 3] * 11, dtype=np.int32)
    mesh = replace(a_cube(), uvs=np.array([[0.5, 0.25], [1, 1]]), uv_faces=rows)

    again = read_back(written(mesh, "ply"), "ply").mesh

    assert again.uvs is not None
    corners = again.uvs[again.uv_faces]
    assert [[[0.5, 0.25], [0, 0], [1, 1]]] + [[[0, 0]] * 3] * 11 == corners.tolist()


@pytest.mark.parametrize("first", range(0, 80, 20))
def test_writing_what_was_read_gives_the_same_bytes(first: int) -> None:
    for seed in range(first, first + 20):
        data = written(a_mesh(seed), "ply")

        assert data == written(read_back(data, "ply").mesh, "ply")


def test_positions_that_a_unit_brings_together_are_one_vertex() -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1e-45, 0, 0]], dtype=np.float32)
    faces = np.array([[0, 1, 2], [3, 1, 2]], dtype=np.int32)
    mesh = build(Mesh(vertices=points, faces=faces, unit=Unit.MILLIMETRE))

    data = written(mesh, "ply", unit=Unit.METRE)

    assert "element vertex 3" == head_of(data)[0]
    assert data == written(read_back(data, "ply", unit=Unit.METRE).mesh, "ply", unit=Unit.METRE)


def test_a_coordinate_that_grows_beyond_its_type_is_refused() -> None:
    with pytest.raises(TargetTooSmall):
        written(a_cube(1e38, dtype=np.float32, unit=Unit.METRE), "ply")


def test_long_meshes_are_written_in_pieces() -> None:
    count = 70_000
    points = np.arange(3.0 * count).reshape(-1, 3)
    faces = (np.arange(count, dtype=np.int32)[:, None] + np.arange(3, dtype=np.int32)) % count
    mesh = build(Mesh(vertices=points, faces=faces.astype(np.int32), unit=Unit.MILLIMETRE))

    again = read_back(written(mesh, "ply"), "ply").mesh

    assert np.array_equal(mesh.vertices, again.vertices)
    assert np.array_equal(mesh.faces, again.faces)


@pytest.mark.parametrize("rows", [[[0, 1, 0], [0, 0, -1]], [[0, 0, 0], [1, 1, 1]], [[0, 0, 0], [1, 0, -1]]])
@pytest.mark.parametrize("has_uvs", [False, True])
def test_trimesh_sees_the_same(rows: list[list[int]], has_uvs: bool) -> None:  # noqa: FBT001 a case of the table
    mesh = colored(rows, RED, BLUE)
    uvs = np.array([[0.1, 0], [0.25, 0.5], [1, 1]])
    mesh = replace(mesh, uvs=uvs, uv_faces=np.array([[0, 1, 2], [0, 2, 1]], dtype=np.int32)) if has_uvs else mesh

    scene = trimesh.load_scene(io.BytesIO(written(mesh, "ply")), file_type="ply", process=False)

    (seen,) = scene.geometry.values()
    visual: Any = seen.visual
    assert triangles_of(mesh) == seen.vertices[seen.faces].tolist()
    if has_uvs:
        assert uvs[[[0, 1, 2], [0, 2, 1]]].tolist() == visual.uv[seen.faces].tolist()
    elif visual.kind == "face":
        assert shown_at_corners(mesh) == np.repeat(visual.face_colors[:, None], 3, axis=1).tolist()
    else:
        assert shown_at_corners(mesh) == visual.vertex_colors[seen.faces].tolist()


def test_meshio_sees_the_same() -> None:
    mesh = colored([[0, 1, 0], [0, 0, -1]], RED, BLUE)

    seen = meshio.ply._ply.read_buffer(io.BytesIO(written(mesh, "ply")))

    assert triangles_of(mesh) == seen.points[seen.cells_dict["triangle"]].tolist()
    assert [255, 0, 255, 255] == seen.point_data["red"].astype(np.uint8).tolist()
