"""Faces that cross, against exact fractions and against examples made by hand."""

import itertools
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from outfeed import _kernels
from unit import twins_intersect
from unit.properties import examples

Corners: TypeAlias = tuple[tuple[int, int, int], ...]

#: In the plane z = 0, with a wide inside.
FLOOR: Corners = ((0, 0, 0), (8, 0, 0), (0, 8, 0))

#: Each beside FLOOR. Corners with the same coordinates are the same vertex.
CROSSING: dict[str, Corners] = {
    "pierced by a face": ((2, 2, -1), (2, 2, 1), (3, 1, 1)),
    "an edge pierces the inside": ((1, 1, -4), (1, 1, 4), (9, 9, 0)),
    "cut from rim to rim": ((-1, 2, -1), (9, 2, -1), (4, 2, 9)),
    "a wall stands on the inside": ((1, 1, 0), (3, 1, 0), (2, 1, 2)),
    "a wall stands on the inside and beyond": ((1, 1, 0), (30, 1, 0), (2, 1, 2)),
    "a wall from rim to rim": ((4, 0, 0), (0, 4, 0), (2, 2, 5)),
    "a corner in the plane, the others on two sides": ((1, 1, 0), (4, 4, -3), (3, 3, 3)),
    "from a shared corner through the inside": ((0, 0, 0), (4, 4, -1), (4, 4, 1)),
    "a wall on the inside, from a shared corner": ((0, 0, 0), (2, 2, 0), (1, 1, 3)),
    "one plane, an area in common": ((1, 1, 0), (9, 1, 0), (1, 9, 0)),
    "one plane, one in the other": ((1, 1, 0), (2, 1, 0), (1, 2, 0)),
    "one plane, a star": ((5, 5, 0), (-3, 5, 0), (5, -3, 0)),
    "one plane, from a shared corner": ((0, 0, 0), (9, 1, 0), (1, 9, 0)),
    "folded over a shared edge": ((0, 0, 0), (8, 0, 0), (3, 3, 0)),
    "folded over an edge onto itself": ((0, 0, 0), (8, 0, 0), (0, 3, 0)),
}

TOUCHING: dict[str, Corners] = {
    "far": ((0, 0, 9), (8, 0, 9), (0, 8, 9)),
    "boxes meet only": ((7, 7, -1), (7, 7, 1), (6, 8, 0)),
    "beyond the rim in the plane": ((5, 5, -1), (5, 5, 1), (7, 4, 0)),
    "a corner on the inside": ((2, 2, 0), (2, 2, 3), (3, 2, 3)),
    "a corner on an edge": ((4, 0, 0), (4, 0, 3), (5, 0, 3)),
    "a corner on an edge, the others on two sides": ((4, 4, 0), (5, 5, -1), (5, 5, 1)),
    "two edges meet in a point": ((4, -1, -1), (4, 1, 1), (4, -1, 9)),
    "an edge stands on an edge": ((2, 0, 0), (4, 0, 0), (3, 0, 5)),
    "an edge stands on an edge, shifted": ((2, 0, 0), (12, 0, 0), (3, -3, 5)),
    "hinged on a shared edge": ((0, 0, 0), (8, 0, 0), (3, 3, 3)),
    "neighbours in one plane": ((0, 0, 0), (8, 0, 0), (3, -3, 0)),
    "a shared corner only": ((0, 0, 0), (-3, 1, -1), (-3, 1, 1)),
    "a shared corner, above": ((0, 0, 0), (3, 1, 1), (1, 3, 1)),
    "a shared corner and a part of an edge": ((0, 0, 0), (4, 0, 0), (2, 0, 3)),
    "a shared corner in one plane": ((0, 0, 0), (-3, 0, 0), (0, -3, 0)),
    "one plane, an edge on a longer edge": ((2, 0, 0), (4, 0, 0), (3, -2, 0)),
    "one plane, a corner on an edge": ((4, 0, 0), (5, -3, 0), (3, -3, 0)),
    "one plane, a corner on a corner's side": ((8, 0, 0), (12, 3, 0), (12, -3, 0)),
    "the same corners": ((8, 0, 0), (0, 0, 0), (0, 8, 0)),
    "no area": ((1, 1, -1), (1, 1, 1), (1, 1, 3)),
    "no area, two equal corners": ((1, 1, -1), (1, 1, 1), (1, 1, 1)),
}

#: Powers of two, by which every coordinate stays what it is.
SCALES = [1.0, 2.0**-100, 2.0**100, 2.0**-1070, 2.0**1000]


def mesh_of(*triangles: Corners) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return welded vertices and faces."""
    vertices, index = _kernels.weld(np.array(triangles, dtype=np.float64).reshape(-1, 3))
    return vertices, index.reshape(-1, 3)


def found(vertices: Any, faces: Any, *, most: int = 1000) -> list[list[int]]:
    count, pairs, complete = _kernels.self_intersections(vertices, faces, most)
    assert complete
    assert min(count, most) == len(pairs)
    listed: list[list[int]] = pairs.tolist()
    return listed


@pytest.mark.parametrize("mirror", [1, -1])
@pytest.mark.parametrize(
    ("other", "expected"),
    [pytest.param(c, [[0, 1]], id=name) for name, c in CROSSING.items()]
    + [pytest.param(c, [], id=name) for name, c in TOUCHING.items()],
)
def test_two_faces_cross_or_touch_however_they_are_turned(
    other: Corners, expected: list[list[int]], mirror: int
) -> None:
    for first, second in itertools.product(itertools.permutations(FLOOR), itertools.permutations(other)):
        for pair in ((first, second), (second, first)):
            vertices, faces = mesh_of(*pair)
            assert expected == found(vertices * [1, 1, mirror], faces)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("other", "expected"),
    [pytest.param(c, [[0, 1]], id=name) for name, c in CROSSING.items()]
    + [pytest.param(c, [], id=name) for name, c in TOUCHING.items()],
)
def test_two_faces_cross_or_touch_wherever_they_are(other: Corners, expected: list[list[int]], dtype: Any) -> None:
    vertices, faces = mesh_of(FLOOR, other)
    # Of whole numbers, so that the points stay on their lines and planes.
    tilt = np.array([[3, 1, -2], [-1, 4, 1], [2, -1, 5]])
    standing = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]])

    for offset, turned in itertools.product([0, 1e6], [np.eye(3), standing, standing.T, tilt]):
        moved = vertices @ turned + offset
        assert expected == found(moved.astype(dtype), faces)
        scales = SCALES if dtype is np.float64 else [2.0**-140, 2.0**90]
        for scale in scales:
            assert expected == found((moved * scale).astype(dtype), faces)


@st.composite
def small_meshes(draw: st.DrawFn) -> tuple[Any, Any]:
    """Return few points of a small grid, so that they often fall together, on lines and on planes."""
    span = draw(st.integers(1, 3))
    corner = st.tuples(*[st.integers(-span, span)] * 3)
    points = np.array(draw(st.lists(corner, min_size=3, max_size=8)), dtype=np.float64)
    points[:, draw(st.integers(0, 2))] *= draw(st.sampled_from([0, 1, 1, 1]))
    points *= draw(st.sampled_from([1, 1 / 3, 0.1, *SCALES]))
    return points, draw(faces_among(len(points)))


@st.composite
def awkward_meshes(draw: st.DrawFn) -> tuple[Any, Any]:
    """Return points of few numbers of every size, with all their bits."""
    number = st.floats(allow_nan=False, allow_infinity=False)
    numbers = [0.0, *draw(st.lists(number, min_size=2, max_size=4))]
    points = draw(st.lists(st.tuples(*[st.sampled_from(numbers)] * 3), min_size=4, max_size=7))
    return np.array(points), draw(faces_among(len(points)))


def faces_among(points: int) -> st.SearchStrategy[Any]:
    face = st.tuples(*[st.integers(0, points - 1)] * 3)
    return st.lists(face, min_size=2, max_size=6).map(lambda rows: np.array(rows, dtype=np.int32))


@given(mesh=small_meshes())
@examples(100)
def test_property_faces_that_cross_equal_the_twin_in_fractions(mesh: tuple[Any, Any]) -> None:
    assert twins_intersect.self_intersections(*mesh) == found(*mesh)


@given(mesh=awkward_meshes())
@examples(60)
def test_property_numbers_of_every_size_are_exact(mesh: tuple[Any, Any]) -> None:
    assert twins_intersect.self_intersections(*mesh) == found(*mesh)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pairs_of_many_faces_equal_the_twin(dtype: Any) -> None:
    random = np.random.default_rng(11)
    places = random.random((60, 1, 3)) * 6
    vertices = (places + random.integers(-1, 2, size=(60, 3, 3))).reshape(-1, 3).astype(dtype)
    faces = random.permutation(180).astype(np.int32).reshape(-1, 3)[:36]

    expected = twins_intersect.self_intersections(vertices, faces)

    assert len(expected) > 10
    assert expected == found(vertices, faces)
    assert expected[:4] == found(vertices, faces, most=4)
    assert [] == found(vertices, faces, most=0)


def test_an_edge_a_hair_off_the_plane_is_told_from_one_in_it() -> None:
    tilted = np.array([[0, 0, 0], [3, 0, 3], [0, 3, 3]]) * 0.1
    wall = np.array([[0.2, 0.2, 0.4], [0.1, 0.1, 0.2], [0.1, 0.1, 0.9]])
    faces = np.arange(6, dtype=np.int32).reshape(-1, 3)
    above, below = wall.copy(), wall.copy()
    above[:2, 2] = np.nextafter(above[:2, 2], 1)
    below[:2, 2] = np.nextafter(below[:2, 2], 0)

    for lower, expected in [(above, []), (below, [[0, 1]])]:
        vertices = np.concatenate([tilted, lower])
        assert expected == twins_intersect.self_intersections(vertices, faces) == found(vertices, faces)


def layers(count: int) -> tuple[Any, Any]:
    """Return triangles in one plane that all overlap."""
    triangles = np.zeros((count, 3, 3))
    triangles[:, 1, 0] = triangles[:, 2, 1] = np.arange(count) + 1
    return triangles.reshape(-1, 3), np.arange(3 * count, dtype=np.int32).reshape(-1, 3)


def test_the_count_goes_on_where_the_list_ends() -> None:
    count, pairs, complete = _kernels.self_intersections(*layers(1000), 10)

    assert (499_500, True) == (count, complete)
    assert [[0, k] for k in range(1, 11)] == pairs.tolist()


def test_work_without_bound_is_given_up() -> None:
    count, pairs, complete = _kernels.self_intersections(*layers(2000), 1, 100_000)

    assert not complete
    assert 1 == len(pairs)
    assert 100_000 < count < 100_000 + 64 * 2000


def test_a_mesh_without_faces_has_nothing_that_crosses() -> None:
    assert [] == found(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int32))


@pytest.mark.parametrize("corner", [-1, 3, 2**31 - 1])
def test_a_corner_that_is_not_there_is_refused(corner: int) -> None:
    with pytest.raises(ValueError, match="not there"):
        _kernels.self_intersections(np.zeros((3, 3)), np.array([[0, 1, corner]], dtype=np.int32), 1)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_coordinate_that_is_not_finite_is_refused(value: float) -> None:
    vertices = np.array([[0, 0, 0], [1, 0, value], [0, 1, 0]])
    with pytest.raises(ValueError, match="not finite"):
        _kernels.self_intersections(vertices, np.array([[0, 1, 2]], dtype=np.int32), 1)


@pytest.mark.parametrize(
    ("vertices", "faces"),
    [
        (np.zeros((3, 3)), np.zeros((1, 3), dtype=np.int64)),
        (np.zeros((3, 2)), np.zeros((1, 3), dtype=np.int32)),
        (np.zeros((3, 3), dtype=np.int32), np.zeros((1, 3), dtype=np.int32)),
        (np.zeros((3, 3)), np.zeros(3, dtype=np.int32)),
    ],
)
def test_wrong_types_are_refused(vertices: Any, faces: Any) -> None:
    with pytest.raises(TypeError):
        _kernels.self_intersections(vertices, faces, 1)
