from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from outfeed import _kernels
from unit import twins, twins_points
from unit.properties import examples
from unit.test_kernels import corners_of

KINDS = pytest.mark.parametrize("kind", [np.float32, np.float64])
QUICK = examples(40)
#: numpy warns of what overflows, and of hypothesis' signalling NaN.
LOUD = pytest.mark.filterwarnings("ignore:overflow encountered in cast", "ignore:invalid value encountered")


def same(expected: Any, actual: Any) -> bool:
    """Compare types, shapes and bits; one NaN is as good as another."""
    plain = [np.where(np.isnan(table), np.nan, table).astype(table.dtype) for table in (expected, actual)]
    return (
        expected.dtype == actual.dtype and expected.shape == actual.shape and plain[0].tobytes() == plain[1].tobytes()
    )


@KINDS
@LOUD
@given(data=st.data())
@QUICK
def test_property_points_are_distinct_where_their_twin_says_so(kind: Any, data: st.DataObject) -> None:
    points = data.draw(corners_of(kind))

    assert twins_points.distinct(points) == _kernels.distinct(points)


@KINDS
@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 40_000])
def test_points_are_distinct_until_one_is_there_twice(kind: Any, count: int) -> None:
    points = np.arange(3 * count, dtype=kind).reshape(-1, 3)

    assert _kernels.distinct(points)
    for row in range(0, count, 7_001):
        assert not _kernels.distinct(np.vstack([points, points[row]]))


@KINDS
@pytest.mark.parametrize("column", [0, 1, 2])
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, -np.nan])
@pytest.mark.parametrize("row", [0, 63, 64, 99])
def test_points_that_are_not_finite_are_not_distinct(kind: Any, column: int, value: float, row: int) -> None:
    points = np.arange(300, dtype=kind).reshape(-1, 3) - np.finfo(kind).max
    points[:, 0] = np.arange(100)
    points[row, column] = value

    assert not _kernels.distinct(points)


@KINDS
def test_the_largest_numbers_are_finite(kind: Any) -> None:
    largest, least = np.finfo(kind).max, np.finfo(kind).smallest_subnormal
    points = np.array([[largest, -largest, 0], [-largest, largest, least], [-least, 1, largest]], dtype=kind)

    assert _kernels.distinct(points)


@KINDS
@pytest.mark.parametrize("column", [0, 1, 2])
def test_a_zero_with_a_sign_must_be_welded(kind: Any, column: int) -> None:
    points = np.arange(300, dtype=kind).reshape(-1, 3) + 1
    points[50, column] = -0.0

    assert not _kernels.distinct(points)


@KINDS
@LOUD
@given(data=st.data())
@QUICK
def test_property_passes_over_points_equal_their_twins(kind: Any, data: st.DataObject) -> None:
    points = data.draw(corners_of(kind))
    factor = data.draw(st.sampled_from([0.001, 25.4, 1.0, 1e-300, 1e300, -1.0]))

    assert same(twins_points.bounds(points), _kernels.bounds(points))
    assert same(twins_points.scaled(points, factor, kind), _kernels.scaled(points, factor))
    assert same(twins_points.scaled(points, factor, np.float32), _kernels.scaled_single(points, factor))
    assert same(twins_points.y_up(points), _kernels.y_up(points))
    assert same(twins_points.z_up(points), _kernels.z_up(points))


@KINDS
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_coordinate_that_is_not_finite_leaves_no_bounds(kind: Any, bad: float) -> None:
    for place in range(51):
        points = np.arange(51, dtype=kind).reshape(-1, 3)
        points.reshape(-1)[place] = bad

        assert np.isnan(_kernels.bounds(points)).all()


TRIANGLES = st.tuples(st.integers(0, 40), st.just(3), st.just(3))


def normals_of(triangles: Any) -> Any:
    """Return the normals that facets of ASCII STL have."""
    faces = np.arange(3 * len(triangles), dtype=np.int32).reshape(-1, 3)
    lines = bytes(_kernels.facet_rows(triangles.reshape(-1, 3), faces)).decode().splitlines()
    normals = [line.split()[2:] for line in lines if line.startswith("facet normal")]
    return np.array(normals, dtype=np.float32).reshape(-1, 3) + 0


def expected_normals(triangles: Any) -> Any:
    points = triangles.reshape(-1, 3)
    read = _kernels.as_written(points) if points.dtype == np.float32 else points
    return twins_points.normals(read.reshape(-1, 3, 3)) + 0  # no sign of zero is written


@KINDS
@given(data=st.data())
@QUICK
def test_property_normals_equal_their_twin(kind: Any, data: st.DataObject) -> None:
    values = st.floats(width=32) if kind is np.float32 else st.floats(-1.7e308, 1.7e308)
    plain = st.one_of(st.integers(-3, 3).map(float), values.filter(np.isfinite))
    triangles = data.draw(arrays.arrays(kind, TRIANGLES, elements=plain))

    assert same(expected_normals(triangles), normals_of(triangles))


@pytest.mark.slow
@KINDS
@pytest.mark.parametrize("size", [1e-38, 1e-20, 1.0, 1e30])
def test_normals_of_many_triangles_equal_their_twin(kind: Any, size: float) -> None:
    triangles = (np.random.default_rng(5).normal(size=(20_000, 3, 3)) * size).astype(kind)

    assert same(expected_normals(triangles), normals_of(triangles))


def test_records_of_binary_stl_equal_their_twin() -> None:
    random = np.random.default_rng(6)
    vertices = random.normal(size=(500, 3)).astype(np.float32)
    faces = random.integers(0, 500, size=(3_000, 3), dtype=np.int32)

    assert twins_points.stl_records(vertices, faces) == _kernels.stl_records(vertices, faces).tobytes()


@pytest.mark.parametrize("bad", [-1, 3, 2**31 - 1, -(2**31)])
def test_a_record_of_a_vertex_that_is_not_there_is_refused(bad: int) -> None:
    with pytest.raises(ValueError, match="a face names no vertex"):
        _kernels.stl_records(np.zeros((3, 3), dtype=np.float32), np.array([[0, 1, bad]], dtype=np.int32))


@given(
    users=arrays.arrays(np.int32, st.integers(0, 12), elements=st.integers(-1, 4)),
    rows=st.integers(0, 5),
    tidy=st.booleans(),
)
@examples(300)
def test_property_rows_are_in_first_use_where_their_twin_says_so(users: Any, rows: int, *, tidy: bool) -> None:
    if tidy:
        used, users = _kernels.first_use(users[users >= 0], 5)
        rows = len(used)

    assert twins_points.in_first_use(users, rows) == _kernels.in_first_use(users, rows)


@pytest.mark.parametrize("shared", [1, 2, 6])
def test_weld_equals_its_twin_where_vertices_are_fewer_or_more_than_foreseen(shared: int) -> None:
    corners = np.random.default_rng(8).permutation(
        np.arange(30_000, dtype=np.float64).reshape(-1, 3).repeat(shared, axis=0)
    )

    vertices, index = _kernels.weld(corners)

    expected_vertices, expected_index = twins.weld(corners)
    assert expected_vertices.tobytes() == vertices.tobytes()
    assert expected_index.tobytes() == index.tobytes()
