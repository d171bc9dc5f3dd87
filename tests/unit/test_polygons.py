"""Polygons as triangles."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfeed import _kernels
from outfeed.errors import IndexOutOfRange, TooManyTriangles
from outfeed.mesh.formats.polygons import cut
from unit import twins
from unit.properties import examples


def rows(*values: int) -> Any:
    return np.array(values, dtype=np.int32)


def a_star(corners: int, radii: list[float]) -> Any:
    """Return a polygon around the origin, not convex as a rule, in a tilted plane."""
    turns = np.arange(corners) * (2 * math.pi / max(corners, 1))
    wide = np.array([radii[i % len(radii)] for i in range(corners)])
    x, y = wide * np.cos(turns), wide * np.sin(turns)
    return np.column_stack([x, y, 0.5 * x - 0.25 * y])


def area_of(points: Any, triangles: Any) -> Any:
    """Return twice the sum of the triangles' normals, so that a flipped one takes its area away."""
    a, b, c = (points[triangles[:, i]] for i in range(3))
    return np.cross(b - a, c - a).sum(axis=0)


@given(counts=st.lists(st.integers(0, 9), max_size=30))
@examples(60)
def test_property_convex_polygons_become_fans(counts: list[int]) -> None:
    points = np.vstack([np.zeros((0, 3)), *(a_star(count, [1.0]) for count in counts)])

    triangles = _kernels.cut_polygons(points, rows(*counts), rows(*range(len(points))))

    assert twins.fans(counts) == triangles.tolist()


@given(radii=st.lists(st.floats(0.1, 10), min_size=1, max_size=12), corners=st.integers(4, 40))
@examples(60)
def test_property_triangles_cover_a_polygon_that_is_not_convex(radii: list[float], corners: int) -> None:
    points = a_star(corners, radii)
    around = np.array(twins.fans([corners]))

    triangles = _kernels.cut_polygons(points, rows(corners), rows(*range(corners)))

    normals = np.cross(
        points[triangles[:, 1]] - points[triangles[:, 0]], points[triangles[:, 2]] - points[triangles[:, 0]]
    )
    assert (corners - 2, 3) == triangles.shape
    assert area_of(points, triangles) == pytest.approx(area_of(points, around), abs=1e-9)
    assert bool((normals[:, 2] > -1e-9).all())


def test_the_dent_of_an_arrow_is_not_covered() -> None:
    points = np.array([[0.0, 0, 0], [2, -2, 0], [0.5, 0, 0], [2, 2, 0]])[[1, 2, 3, 0]]

    result = cut(points, rows(4), rows(0, 1, 2, 3), most=2)

    assert {frozenset((0, 1, 3)), frozenset((1, 2, 3))} == {frozenset(row) for row in result.positions.tolist()}


def test_each_triangle_knows_its_polygon() -> None:
    points = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])

    result = cut(points, rows(3, 2, 4, 0, 3), rows(0, 1, 2, 0, 1, 0, 1, 2, 3, 2, 3, 0), most=4)

    assert [[0, 1, 2], [5, 6, 7], [5, 7, 8], [9, 10, 11]] == result.positions.tolist()
    assert [0, 2, 2, 4] == result.polygons.tolist()


def test_points_that_are_no_numbers_end_nothing() -> None:
    points = np.array([[0.0, 0, 0], [math.nan, 0, 0], [1, math.inf, 0], [0, 1, 0], [3, 4, 5]])

    result = cut(points, rows(5), rows(0, 1, 2, 3, 4), most=9)

    assert (3, 3) == result.positions.shape


def test_a_long_polygon_that_crosses_itself_ends_soon() -> None:
    turns = np.arange(100_000) * 2.1
    points = np.column_stack([np.cos(turns), np.sin(turns), np.zeros_like(turns)])

    result = cut(points, rows(len(points)), np.arange(len(points), dtype=np.int32), most=100_000)

    assert (99_998, 3) == result.positions.shape


def test_more_triangles_than_allowed_are_counted_before_they_are_made() -> None:
    with pytest.raises(TooManyTriangles, match=r"It has 2; the limit is 1\."):
        cut(np.zeros((4, 3)), rows(4), rows(0, 1, 2, 3), most=1)


@pytest.mark.parametrize("corner", [-1, 3])
@pytest.mark.parametrize("count", [3, 4])
def test_a_corner_that_is_not_there_is_refused(corner: int, count: int) -> None:
    with pytest.raises(IndexOutOfRange):
        cut(np.zeros((3, 3)), rows(count), rows(0, 1, corner, 2)[:count], most=9)


@pytest.mark.parametrize(
    ("counts", "corners"),
    [([3], [0, 1]), ([3], [0, 1, 2, 0]), ([-1, 4], [0, 1, 2]), ([3], [0, 1, 3]), ([3], [0, -1, 1])],
)
def test_the_kernel_refuses_what_does_not_fit(counts: list[int], corners: list[int]) -> None:
    with pytest.raises(ValueError, match="corner"):
        _kernels.cut_polygons(np.zeros((3, 3)), rows(*counts), rows(*corners))
