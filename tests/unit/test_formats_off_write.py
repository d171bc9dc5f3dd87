"""OFF as it is written."""

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import trimesh

from outfeed.errors import TargetTooSmall
from outfeed.mesh.build import build
from outfeed.mesh.model import Mesh
from outfeed.mesh.units import Unit
from unit.mesh_helpers import a_cube, a_mesh, read_back, triangles_of, written

POINTS = [[0.0, 0, 0], [0.1, 0, 0], [1, 1e-5, 0], [0, 1, 0]]
LINES = ["0 0 0", "0.1 0 0", "1 1e-05 0", "0 1 0"]


def colored(rows: list[list[int]], *colors: tuple[int, int, int, int], dtype: Any = np.float64) -> Mesh:
    """Return two triangles with an edge in common, and the colour of each corner; -1 for none."""
    return build(
        Mesh(
            vertices=np.array(POINTS, dtype=dtype),
            faces=np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32),
            unit=Unit.MILLIMETRE,
            colors=np.array(colors, dtype=np.uint8),
            color_faces=np.array(rows, dtype=np.int32),
        )
    )


RED, BLUE = (255, 0, 0, 255), (0, 0, 255, 9)


def lines_of(mesh: Mesh) -> list[str]:
    return written(mesh, "off").decode().splitlines()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_plain_mesh_has_positions_and_faces(dtype: Any) -> None:
    mesh = replace(colored([[-1] * 3] * 2, RED, dtype=dtype), colors=None, color_faces=None)

    assert ["OFF", "4 2 0", *LINES, "3 0 1 2", "3 0 2 3"] == lines_of(mesh)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_colours_are_at_vertices_where_each_shows_one(dtype: Any) -> None:
    lines = lines_of(colored([[0, 1, 0], [0, 0, -1]], RED, BLUE, dtype=dtype))

    colors = ["255 0 0 255", "0 0 255 9", "255 0 0 255", "255 255 255 255"]
    points = [f"{point} {color}" for point, color in zip(LINES, colors, strict=True)]
    assert ["COFF", "4 2 0", *points, "3 0 1 2", "3 0 2 3"] == lines


def test_colours_are_at_faces_where_each_shows_one_and_vertices_do_not() -> None:
    lines = lines_of(colored([[0] * 3, [1] * 3], RED, BLUE))

    assert ["OFF", "4 2 0", *LINES, "3 0 1 2 255 0 0 255", "3 0 2 3 0 0 255 9"] == lines


def test_vertices_are_split_where_neither_shows_one_colour() -> None:
    lines = lines_of(colored([[0] * 3, [1, 0, 0]], RED, BLUE))

    points = [f"{LINES[row]} 255 0 0 255" for row in range(3)] + [f"{LINES[0]} 0 0 255 9", f"{LINES[3]} 255 0 0 255"]
    assert ["COFF", "5 2 0", *points, "3 0 1 2", "3 3 2 4"] == lines


@pytest.mark.parametrize("rows", [[[0, 1, 0], [0, 0, 1]], [[0] * 3, [1] * 3], [[0] * 3, [1, 0, 0]]])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_colours_that_are_all_dark_and_clear_are_not_taken_for_shares(rows: list[list[int]], dtype: Any) -> None:
    mesh = colored(rows, (1, 0, 1, 1), (0, 1, 0, 0), dtype=dtype)

    data = written(mesh, "off")
    again = read_back(data, "off").mesh

    assert mesh.colors is not None
    assert again.colors is not None
    assert mesh.colors[mesh.color_faces].tolist() == again.colors[again.color_faces].tolist()
    assert data == written(again, "off")


@pytest.mark.parametrize("first", range(0, 80, 20))
def test_writing_what_was_read_gives_the_same_bytes(first: int) -> None:
    for seed in range(first, first + 20):
        data = written(a_mesh(seed), "off")

        assert data == written(read_back(data, "off").mesh, "off")


def test_a_coordinate_that_grows_beyond_its_type_is_refused() -> None:
    with pytest.raises(TargetTooSmall):
        written(a_cube(1e38, dtype=np.float32, unit=Unit.METRE), "off")


def test_long_meshes_are_written_in_pieces() -> None:
    count = 70_000
    points = np.arange(3.0 * count).reshape(-1, 3)
    faces = (np.arange(count, dtype=np.int32)[:, None] + np.arange(3, dtype=np.int32)) % count
    colors = np.array([RED, BLUE], dtype=np.uint8)
    mesh = Mesh(
        vertices=points,
        faces=faces.astype(np.int32),
        unit=Unit.MILLIMETRE,
        colors=colors,
        color_faces=(faces % 2).astype(np.int32),
    )

    again = read_back(written(build(mesh), "off"), "off").mesh

    assert again.colors is not None
    assert np.array_equal(points[faces], again.vertices[again.faces])
    assert np.array_equal(colors[faces % 2], again.colors[again.color_faces])


@pytest.mark.parametrize("rows", [[[0, 1, 0], [0, 0, -1]], [[0] * 3, [1] * 3], [[0] * 3, [1, 0, 0]], [[-1] * 3] * 2])
def test_trimesh_sees_the_same(rows: list[list[int]]) -> None:
    mesh = colored(rows, RED, BLUE)

    seen = trimesh.load_mesh(io.BytesIO(written(mesh, "off")), file_type="off", process=False)

    assert triangles_of(mesh) == seen.vertices[seen.faces].tolist()
