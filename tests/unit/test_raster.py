"""The z-buffer: samples show what a slow twin says, shared edges leave no gap, hostile triangles do no harm."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from outfeed import _kernels
from unit.properties import examples

NO_CENTRE = np.zeros(3)
#: Coordinates are columns, rows and depths as they are.
AS_IS = np.eye(3, 4)
PLENTY = 1 << 40

Shown = tuple[NDArray[np.int32], NDArray[np.float64]]


def seen(
    vertices: Any,
    faces: Any,
    *,
    size: tuple[int, int] = (8, 8),
    matrix: NDArray[np.float64] = AS_IS,
    behind: NDArray[np.float64] | None = None,
) -> Shown:
    points = np.asarray(vertices, dtype=np.float64).reshape(-1, 3)
    corners = np.asarray(faces, dtype=np.int32).reshape(-1, 3)
    found = _kernels.visible(points, corners, NO_CENTRE, matrix, *size, behind, PLENTY)
    assert found is not None
    return found


def twin(
    points: NDArray[np.float64],
    faces: NDArray[np.int32],
    centre: NDArray[np.float64],
    matrix: NDArray[np.float64],
    size: tuple[int, int],
    behind: NDArray[np.float64],
) -> Shown:
    """Draw face by face, each on every sample."""
    width, height = size
    nearest, depths = np.full((height, width), -1, np.int32), np.full((height, width), np.inf)
    x, y = np.meshgrid(np.arange(width) * 256 + 128, np.arange(height) * 256 + 128)
    for number, corners in enumerate(faces):
        covered, depth = _covered(_projected(points[corners], centre, matrix), x, y)
        won = covered & (depth < depths) & (depth > behind)
        nearest[won], depths[won] = number, depth[won]
    return nearest, depths


def _projected(
    points: NDArray[np.float64], centre: NDArray[np.float64], matrix: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what the camera makes of points, with every sum in the kernel's order."""
    x, y, z = (points - centre).T
    return np.array([row[0] * x + row[1] * y + row[2] * z + row[3] for row in matrix]).T


def _covered(
    seen_at: NDArray[np.float64], x: NDArray[np.int64], y: NDArray[np.int64]
) -> tuple[NDArray[np.bool], NDArray[np.float64]]:
    steps = np.floor(seen_at[:, :2] * 256 + 0.5).astype(np.int64)
    depth = seen_at[:, 2]
    area = _cross(steps[0], steps[1], steps[2][0], steps[2][1])
    if area < 0:
        steps, depth, area = steps[[0, 2, 1]], depth[[0, 2, 1]], -area
    if area == 0:
        return np.zeros(x.shape, np.bool), np.zeros(x.shape)
    sides, inside = [], np.ones(x.shape, np.bool)
    for first, second in ((1, 2), (2, 0), (0, 1)):
        a, b = steps[first], steps[second]
        side = _cross(a, b, x, y)
        owns = b[1] > a[1] or (b[1] == a[1] and b[0] > a[0])
        inside &= side >= (0 if owns else 1)
        sides.append(side.astype(np.float64))
    mixed = depth[0] + (sides[1] * (depth[1] - depth[0]) + sides[2] * (depth[2] - depth[0])) / float(area)
    return inside, mixed


def _cross(a: Any, b: Any, x: Any, y: Any) -> Any:
    return (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])


@given(data=st.data())
@examples(80)
def test_property_a_picture_equals_its_twin(data: st.DataObject) -> None:
    """Coverage, faces and depths: to the last bit, with a camera, and with what lies in front left out."""
    size = data.draw(st.tuples(st.integers(1, 24), st.integers(1, 24)))
    values = st.one_of(st.floats(-12, 36), st.integers(-8, 64).map(lambda number: number / 2))
    points = data.draw(arrays.arrays(np.float64, (12, 3), elements=values))
    faces = data.draw(arrays.arrays(np.int32, (9, 3), elements=st.integers(0, 11)))
    matrix = data.draw(
        st.sampled_from([AS_IS, np.array([[0.7, -0.7, 0.1, 9], [0.2, 0.3, -0.9, 8], [0.6, 0.6, 0.5, 0]])])
    )
    centre = data.draw(st.sampled_from([NO_CENTRE, np.array([3.3, -1.25, 7.0])]))
    behind = np.full(size[::-1], data.draw(st.sampled_from([-np.inf, 4.0])))

    found = _kernels.visible(points, faces, centre, matrix, *size, behind, PLENTY)

    assert found is not None
    expected = twin(points, faces, centre, matrix, size, behind)
    assert [table.tobytes() for table in expected] == [table.tobytes() for table in found]


def test_long_slivers_equal_their_twin() -> None:
    """A wheel of thin triangles: rows are cut to what they cover, and nothing else changes."""
    angles = np.arange(400) * np.pi / 200
    rim = np.stack([32 + 31 * np.cos(angles), 32 + 31 * np.sin(angles), angles], axis=1)
    points = np.vstack([[[32.0, 32.0, 3.0]], rim])
    spokes = np.arange(400, dtype=np.int32)
    faces = np.stack([np.zeros_like(spokes), spokes + 1, (spokes + 1) % 400 + 1], axis=1)

    found = seen(points, faces, size=(64, 64))

    expected = twin(points, faces, NO_CENTRE, AS_IS, (64, 64), np.full((64, 64), -np.inf))
    assert [table.tobytes() for table in expected] == [table.tobytes() for table in found]


def test_triangles_that_share_an_edge_cover_each_sample_once() -> None:
    """A fan around a point that lies in the middle of a sample, and edges through others."""
    points = np.array([(4.5, 4.5, 0), (0, 0, 0), (8, 0, 0), (8, 8, 0), (0, 8, 0)], dtype=np.float64)
    fan = np.array([(0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 1)], dtype=np.int32)

    each = [seen(points, face)[0] >= 0 for face in fan]

    assert np.ones((8, 8), int).tolist() == np.sum(each, axis=0).tolist()


@pytest.mark.parametrize("turned", [False, True])
def test_the_nearer_triangle_is_seen_from_both_sides(turned: bool) -> None:  # noqa: FBT001 - a case of the table
    points = [(0, 0, 5), (16, 0, 5), (0, 16, 5), (0, 0, 2), (8, 0, 2), (0, 8, 2)]
    faces = [(0, 2, 1), (3, 5, 4)] if turned else [(0, 1, 2), (3, 4, 5)]

    nearest, depths = seen(points, faces)

    assert (1, 2.0) == (nearest[0, 0], depths[0, 0])
    assert (0, 5.0) == (nearest[7, 7], depths[7, 7])


def test_what_lies_behind_is_seen_when_the_front_is_left_out() -> None:
    points = [(0, 0, 2), (32, 0, 2), (0, 32, 2), (0, 0, 5), (32, 0, 5), (0, 32, 5)]
    faces = [(0, 1, 2), (3, 4, 5)]

    front, depths = seen(points, faces)
    back, _ = seen(points, faces, behind=depths)

    assert ({0}, {1}) == (set(front.ravel().tolist()), set(back.ravel().tolist()))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, 1e7])
def test_a_triangle_beyond_all_bounds_is_left_out(value: float) -> None:
    assert -1 == seen([(0, 0, 0), (value, 0, 0), (0, 8, 0)], [(0, 1, 2)])[0].max()


@pytest.mark.parametrize("depth", [1e201, -1e308])
def test_a_triangle_too_deep_to_mix_its_depths_is_left_out(depth: float) -> None:
    """Found by libFuzzer: a depth times an area overflowed, and samples had no depth."""
    assert -1 == seen([(0, 0, 0), (8, 0, depth), (0, 8, 0)], [(0, 1, 2)])[0].max()


@pytest.mark.parametrize("face", [(0, 1, 3), (-1, 1, 2), (0, 2**31 - 1, 1)])
def test_a_face_that_names_no_vertex_is_refused(face: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="names no vertex"):
        seen([(0, 0, 0), (8, 0, 0), (0, 8, 0)], [face])


@pytest.mark.parametrize("size", [(0, 8), (8, 0), (1 << 26, 2), (1 << 63, 1 << 63)])
def test_a_size_that_nobody_needs_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no such size"):
        seen([(0, 0, 0), (8, 0, 0), (0, 8, 0)], [(0, 1, 2)], size=size)


def test_depths_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="one depth for each sample"):
        seen([(0, 0, 0), (8, 0, 0), (0, 8, 0)], [(0, 1, 2)], behind=np.zeros((8, 7)))


def test_the_budget_bounds_the_work() -> None:
    """Eight rows of eight samples: 8 * (16 + 7)."""
    points = np.array([(0, 0, 0), (16, 0, 0), (0, 16, 0)], dtype=np.float32)
    face = np.array([(0, 1, 2)], dtype=np.int32)
    work = 8 * (16 + 7)

    found = [
        _kernels.visible(points, face, NO_CENTRE, AS_IS, 8, 8, None, budget) is not None for budget in (work - 1, work)
    ]

    assert [False, True] == found


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bounds_are_of_what_the_camera_makes(dtype: type[np.float32 | np.float64]) -> None:
    points: Any = np.array([(1, 2, 3), (-4, 0.5, 8), (0, 9, -1)], dtype=dtype)
    centre, matrix = np.array([1.0, 1.0, 1.0]), np.array([[0.0, 1, 0, 2], [2, 0, 0, 0], [0, 0, -1, 0.5]])

    bounds = _kernels.projected_bounds(points, centre, matrix)

    assert [[1.5, -10.0, -6.5], [10.0, 0.0, 2.5]] == bounds.tolist()


def normals_of(vertices: Any, faces: Any, *, degrees: float) -> NDArray[np.float32]:
    points = np.asarray(vertices, dtype=np.float64).reshape(-1, 3)
    corners = np.asarray(faces, dtype=np.int32).reshape(-1, 3)
    return _kernels.corner_normals(points, corners, NO_CENTRE, AS_IS, math.cos(math.radians(degrees)))


def twin_normals(points: NDArray[np.float64], faces: NDArray[np.int32], degrees: float) -> NDArray[np.float64]:
    """Add up, for each corner, the faces around its vertex that lean little enough."""
    triangles = points[faces]
    own = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    sizes = np.linalg.norm(own, axis=1)
    result = np.zeros((len(faces), 3, 3))
    for face, corners in enumerate(faces):
        along = own @ own[face]
        near = np.abs(along) >= math.cos(math.radians(degrees)) * sizes * sizes[face]
        for corner, vertex in enumerate(corners):
            times = (faces == vertex).sum(axis=1) * near * np.where(along < 0, -1, 1)
            total = (own * times[:, None]).sum(axis=0) if sizes[face] else np.zeros(3)
            result[face, corner] = total / (np.linalg.norm(total) or 1.0)
    return result


@given(data=st.data())
@examples(60)
def test_property_normals_equal_their_twin(data: st.DataObject) -> None:
    """Of whole numbers, so that nothing leans by just the crease."""
    points = data.draw(arrays.arrays(np.float64, (9, 3), elements=st.integers(-9, 9).map(float)))
    faces = data.draw(arrays.arrays(np.int32, (12, 3), elements=st.integers(0, 8)))

    normals = normals_of(points, faces, degrees=32.1234)

    np.testing.assert_allclose(normals, twin_normals(points, faces, 32.1234), atol=1e-6)


@pytest.mark.parametrize(("degrees", "first"), [(59, [0.0, 0.0, 1.0]), (61, [0.0, -0.5, math.sqrt(0.75)])])
def test_an_edge_is_sharp_beyond_the_crease_and_round_below(degrees: float, first: list[float]) -> None:
    """Two faces that lean by 60 degrees and are wound in opposite ways."""
    points = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, -0.5, -math.sqrt(0.75))]

    normals = normals_of(points, [(0, 1, 2), (0, 1, 3)], degrees=degrees)

    assert first == pytest.approx(normals[0, 0].tolist(), abs=1e-6)


def test_the_tip_of_a_great_fan_stays_flat_and_costs_nothing() -> None:
    angles = np.linspace(0, 2 * np.pi, 200_001)
    rim = np.stack([np.cos(angles), np.sin(angles), np.zeros_like(angles)], axis=1)
    spokes = np.arange(200_000, dtype=np.int32)
    faces = np.stack([np.zeros_like(spokes), spokes + 1, spokes + 2], axis=1)

    normals = normals_of(np.vstack([[[0.0, 0.0, 1.0]], rim]), faces, degrees=32)

    expected = np.array([np.sqrt(0.5) * np.cos(angles[0]), 0, np.sqrt(0.5)])
    np.testing.assert_allclose(normals[0, 0], expected, atol=1e-4)
