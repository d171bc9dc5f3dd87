"""Normals for drawing: smooth where a surface is round, sharp at its edges."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from outfeed import _kernels
from unit import twins_creases
from unit.properties import examples

CREASE = math.cos(math.radians(35))
#: A cube of eight vertices.
CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=np.int32)
CUBE_FACES = np.array(
    [0, 1, 3, 0, 3, 2, 4, 6, 7, 4, 7, 5, 0, 4, 5, 0, 5, 1, 2, 3, 7, 2, 7, 6, 0, 2, 6, 0, 6, 4, 1, 5, 7, 1, 7, 3],
    dtype=np.int32,
).reshape(-1, 3)


def same(expected: Any, actual: Any) -> None:
    """Compare tables, their types and shapes."""
    for one, other in zip(expected, actual, strict=True):
        assert (one.dtype, one.shape, one.tolist()) == (other.dtype, other.shape, other.tolist())


def nobodys(points: Any) -> Any:
    """Return the one element of points."""
    return np.zeros(len(points), dtype=np.int32)


@given(data=st.data())
@examples(150)
def test_property_normals_are_those_of_the_twin(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 9))
    large = data.draw(st.sampled_from([2, 40, 2**31 - 1]))
    points = data.draw(arrays.arrays(np.int32, (count, 3), elements=st.integers(-large, large)))
    elements = data.draw(arrays.arrays(np.int32, count, elements=st.integers(0, 1)))
    faces = data.draw(arrays.arrays(np.int32, (data.draw(st.integers(0, 14)), 3), elements=st.integers(0, count - 1)))
    crease = data.draw(st.sampled_from([CREASE, 0.0, 1.0, -1.0]))

    same(twins_creases.creased(points, elements, faces, crease), _kernels.creased(points, elements, faces, crease))


def test_a_cube_has_a_normal_for_each_side() -> None:
    """So it gets 24 vertices, each with the normal of its side."""
    rows, normals, faces = _kernels.creased(CUBE, nobodys(CUBE), CUBE_FACES, CREASE)

    assert len(rows) == 24
    sides = np.cross(CUBE[CUBE_FACES[:, 1]] - CUBE[CUBE_FACES[:, 0]], CUBE[CUBE_FACES[:, 2]] - CUBE[CUBE_FACES[:, 0]])
    assert (normals[faces][:, :, :3] == 127 * sides[:, None]).all()
    assert (rows[faces] == CUBE_FACES).all()


def a_cylinder(sides: int) -> tuple[Any, Any]:
    """Return the mantle of a cylinder along z."""
    turns = np.arange(sides) * 2 * math.pi / sides
    ring = np.rint(np.stack([np.cos(turns), np.sin(turns), 0 * turns], axis=1) * 1e6).astype(np.int32)
    i = np.arange(sides, dtype=np.int32)
    j = (i + 1) % sides
    faces = np.concatenate([np.stack([i, j, j + sides], axis=1), np.stack([i, j + sides, i + sides], axis=1)])
    return np.concatenate([ring, ring + np.array([0, 0, 1000], dtype=np.int32)]), faces.astype(np.int32)


def test_what_is_round_stays_round() -> None:
    """No vertex of a cylinder of 24 sides is split, and its normals point away from the axis."""
    points, faces = a_cylinder(24)

    rows, normals, _ = _kernels.creased(points, nobodys(points), faces, CREASE)

    assert len(rows) == 48
    directions = points[rows][:, :2] / 1e6
    # The two triangles of a side weigh the same, but a vertex has one of one neighbour and two of the other.
    assert np.abs(normals[:, :2] / 127 - directions).max() < 0.06
    assert (normals[:, 2] == 0).all()


def test_a_seam_does_not_show_but_an_element_does() -> None:
    """Vertices at one place share their normals within an element, and not with another one."""
    points, faces = a_cylinder(24)
    loose, corners = points[faces.reshape(-1)], np.arange(faces.size, dtype=np.int32).reshape(-1, 3)
    whose = (np.arange(faces.size, dtype=np.int32) // 3) % 24

    rows, normals, found = _kernels.creased(loose, nobodys(loose), corners, CREASE)
    _, flat, apart = _kernels.creased(loose, whose, corners, CREASE)

    _, smooth, whole = _kernels.creased(points, nobodys(points), faces, CREASE)
    assert (smooth[whole] == normals[found]).all()
    assert (rows[found] == corners).all()
    sides = np.cross(loose[1::3].astype(float) - loose[::3], loose[2::3].astype(float) - loose[::3])
    units = np.rint(127 * sides / np.linalg.norm(sides, axis=1)[:, None])
    assert (units[:, None] == flat[apart][:, :, :3]).all()


def test_a_place_of_very_many_faces_takes_no_longer_than_many_places() -> None:
    """A fan of 200,000 triangles around one vertex, each two of them meeting at a sharp edge."""
    count = 200_000
    rim = np.arange(count, dtype=np.int32)
    points = np.concatenate([[[0, 0, 0]], np.stack([rim + 1, rim**2 % 977 + 1, rim % 2 * 5_000], axis=1)]).astype(
        np.int32
    )
    faces = np.stack([0 * rim[1:], rim[1:], rim[1:] + 1], axis=1)

    rows, _, found = _kernels.creased(points, nobodys(points), faces, CREASE)

    assert (rows[found] == faces).all()
    assert len(np.unique(found)) == len(rows) > count


@pytest.mark.parametrize("corner", [-1, 8, 2**31 - 1])
def test_a_face_that_names_no_vertex_is_refused(corner: int) -> None:
    """Whatever the number is."""
    faces = CUBE_FACES.copy()
    faces[3, 1] = corner

    with pytest.raises(ValueError, match="names no vertex"):
        _kernels.creased(CUBE, nobodys(CUBE), faces, CREASE)


def test_elements_are_as_many_as_vertices() -> None:
    """Others are refused."""
    with pytest.raises(ValueError, match="one element"):
        _kernels.creased(CUBE, nobodys(CUBE)[1:], CUBE_FACES, CREASE)
