"""The kernels of native/intersections.hpp and native/morton.hpp again, in exact fractions and in plain numpy."""

import itertools
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from outfeed.mesh.model import Positions

Vector: TypeAlias = tuple[Fraction, ...]
Triangle: TypeAlias = tuple[Vector, Vector, Vector]


def self_intersections(vertices: Positions, faces: NDArray[np.int32]) -> list[list[int]]:
    """Return the pairs of faces that cross: whose common points are more than one, some inside one of the two."""
    points = [tuple(Fraction(float(x)) for x in point) for point in vertices]
    corners = [tuple(face) for face in faces.tolist()]
    triangles: list[Triangle] = [(points[a], points[b], points[c]) for a, b, c in corners]
    with_area = [i for i, triangle in enumerate(triangles) if any(_normal(triangle))]
    pairs = itertools.combinations(with_area, 2)
    return [[i, k] for i, k in pairs if {*corners[i]} != {*corners[k]} and crosses(triangles[i], triangles[k])]


def crosses(a: Triangle, b: Triangle) -> bool:
    """Cut b by the plane of a and by the planes that stand on its edges; see where the middle of the rest lies."""
    normal = _normal(a)
    common: list[Vector] = list(b)
    for direction in (normal, _scaled(normal, -1)):
        common = _cut(common, a[0], direction)
    for i in range(3):
        common = _cut(common, a[i], _inwards(a, i))
    distinct = set(common)
    if len(distinct) < 2:
        return False
    middle = tuple(sum(axis, Fraction(0)) / len(distinct) for axis in zip(*distinct, strict=True))
    return _inside(middle, a) or _inside(middle, b)


def _cut(polygon: list[Vector], point: Vector, direction: Vector) -> list[Vector]:
    """Return what of a convex polygon, segment or point lies on the side of a plane that the direction shows."""
    heights = [_dot(_minus(corner, point), direction) for corner in polygon]
    kept: list[Vector] = []
    for (p, height), (q, next_height) in itertools.pairwise([*zip(polygon, heights, strict=True)] * 2):
        if height >= 0:
            kept.append(p)
        if height * next_height < 0:
            share = height / (height - next_height)
            kept.append(tuple(x + share * (y - x) for x, y in zip(p, q, strict=True)))
    return list(dict.fromkeys(kept))


def _inside(point: Vector, triangle: Triangle) -> bool:
    return all(_dot(_minus(point, triangle[i]), _inwards(triangle, i)) > 0 for i in range(3))


def _inwards(triangle: Triangle, i: int) -> Vector:
    return _times(_normal(triangle), _minus(triangle[(i + 1) % 3], triangle[i]))


def _normal(triangle: Triangle) -> Vector:
    a, b, c = triangle
    return _times(_minus(b, a), _minus(c, a))


def _minus(a: Vector, b: Vector) -> Vector:
    return tuple(x - y for x, y in zip(a, b, strict=True))


def _scaled(a: Vector, factor: int) -> Vector:
    return tuple(x * factor for x in a)


def _dot(a: Vector, b: Vector) -> Fraction:
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def _times(a: Vector, b: Vector) -> Vector:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def morton_codes(points: Positions) -> NDArray[np.uint64]:
    """Return the bits of the cells of 2^21 along each axis of the cube around the points, x lowest."""
    if len(points) == 0:
        return np.zeros(0, dtype=np.uint64)
    quarters = points.astype(np.float64) * 0.25
    low = quarters.min(axis=0)
    width = (quarters - low).max()
    places: Any = (quarters - low) / width if width else np.zeros_like(quarters)
    cells = np.minimum((places * 2.0**21).astype(np.uint64), np.uint64(2**21 - 1))
    codes = np.zeros(len(points), dtype=np.uint64)
    for bit, axis in itertools.product(range(21), range(3)):
        codes |= (cells[:, axis] >> np.uint64(bit) & np.uint64(1)) << np.uint64(3 * bit + axis)
    return codes


def morton_order(points: Positions) -> NDArray[np.int32]:
    """Return the points in the order of their codes, equal ones in their own."""
    return np.argsort(morton_codes(points), kind="stable").astype(np.int32)
