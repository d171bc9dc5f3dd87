"""The geometries of X3D that are described by a few numbers: boxes, spheres, cylinders, cones, and flat ones.

Round ones are cut into `SEGMENTS` around and `RINGS` from pole to pole, with their corners on the exact body. One body
of the size 1 serves all of a kind: the matrix beside it gives it its size.
"""

import math
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from outfeed.errors import NotFinite
from outfeed.mesh.formats import runs
from outfeed.mesh.formats.matrices import IDENTITY, Matrix, scaling
from outfeed.mesh.formats.placing import Body, Rows, body
from outfeed.mesh.formats.x3d.fields import flag, floats, scalar, vector
from outfeed.mesh.formats.xml_tree import Element

SEGMENTS: Final = 64
RINGS: Final = 32
#: From the axis out, and up: radius and height of rings.
Profile = tuple[tuple[float, float], ...]

BODIES: Final = frozenset({"Box", "Sphere", "Cylinder", "Cone", "Rectangle2D", "Disk2D", "ArcClose2D", "TriangleSet2D"})


def simple_body(element: Element) -> tuple[Body, Matrix]:
    """Return the body of an element named in `BODIES`, and the matrix that gives it its size."""
    if element.tag in {"Cylinder", "Cone"}:
        name, profiles = ("radius", _cylinder) if element.tag == "Cylinder" else ("bottomRadius", _cone)
        radius, height = scalar(element, name, 1.0), scalar(element, "height", 2.0)
        return _lathed(profiles(element)), scaling(np.array([radius, height, radius]))
    if element.tag == "Box":
        return _box(), scaling(vector(element, "size", (2.0, 2.0, 2.0)))
    if element.tag == "Sphere":
        return _lathed(_sphere()), scaling(np.full(3, scalar(element, "radius", 1.0)))
    if element.tag == "Rectangle2D":
        return _square(), scaling(np.array([*vector(element, "size", (2.0, 2.0)), 1.0]))
    return _flat_triangles(element) if element.tag == "TriangleSet2D" else _round(element), IDENTITY


@cache
def _box() -> Body:
    corners = np.array([(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [face for a, b, c, d in quads for face in ((a, b, c), (a, c, d))]
    return body(corners, np.array(faces, dtype=np.int32))


@cache
def _square() -> Body:
    corners = np.array([(-0.5, -0.5, 0.0), (0.5, -0.5, 0.0), (0.5, 0.5, 0.0), (-0.5, 0.5, 0.0)])
    return body(corners, np.array([(0, 1, 2), (0, 2, 3)], dtype=np.int32))


def _sphere() -> tuple[Profile, ...]:
    angles = [math.pi * ring / RINGS for ring in range(1, RINGS)]
    rings = tuple((math.sin(angle), -math.cos(angle)) for angle in angles)
    return (((0.0, -1.0), *rings, (0.0, 1.0)),)


def _cylinder(element: Element) -> tuple[Profile, ...]:
    pieces: dict[str, Profile] = {
        "bottom": ((0.0, -0.5), (1.0, -0.5)),
        "side": ((1.0, -0.5), (1.0, 0.5)),
        "top": ((1.0, 0.5), (0.0, 0.5)),
    }
    return tuple(piece for name, piece in pieces.items() if flag(element, name, default=True))


def _cone(element: Element) -> tuple[Profile, ...]:
    pieces: dict[str, Profile] = {"bottom": ((0.0, -0.5), (1.0, -0.5)), "side": ((1.0, -0.5), (0.0, 0.5))}
    return tuple(piece for name, piece in pieces.items() if flag(element, name, default=True))


@cache
def _lathed(profiles: tuple[Profile, ...]) -> Body:
    """Return what profiles leave when they turn about the y axis; they go up on the outside."""
    circle = _circle(0.0, math.tau, SEGMENTS)
    points: list[NDArray[np.float64]] = [np.zeros((0, 3))]
    faces: list[Rows] = [np.zeros((0, 3), dtype=np.int32)]
    first = 0
    for profile in profiles:
        for (radius, _), (next_radius, _) in pairwise(profile):
            here = first + np.arange(SEGMENTS, dtype=np.int32)
            beside = first + (np.arange(SEGMENTS, dtype=np.int32) + 1) % SEGMENTS
            if radius > 0:
                faces.append(np.stack([here, beside, beside + SEGMENTS], axis=1))
            if next_radius > 0:
                faces.append(np.stack([here, beside + SEGMENTS, here + SEGMENTS], axis=1))
            first += SEGMENTS
        first += SEGMENTS
        points += [
            np.column_stack([circle[:, 0] * radius, np.full(SEGMENTS, height), circle[:, 1] * -radius])
            for radius, height in profile
        ]
    # At a pole, all corners of its ring are at one point, and become one vertex.
    return body(np.vstack(points), np.vstack(faces))


def _circle(start: float, span: float, count: int) -> NDArray[np.float64]:
    """Return points (count, 2) of the unit circle, counter-clockwise, at even steps of a span."""
    angles = [start + span * step / count for step in range(count)]
    return np.array([(math.cos(angle), math.sin(angle)) for angle in angles])


def _flat_triangles(element: Element) -> Body:
    values = floats(element, "vertices")
    points = np.zeros((len(values) // 6 * 3, 3))
    points[:, :2] = values[: len(points) * 2].reshape(-1, 2)
    return body(points, np.arange(len(points), dtype=np.int32).reshape(-1, 3))


def _round(element: Element) -> Body:
    """Return a disk, a ring, or what an arc closes."""
    if element.tag == "Disk2D":
        return _ring(scalar(element, "innerRadius", 0.0), scalar(element, "outerRadius", 1.0))
    start, end = scalar(element, "startAngle", 0.0), scalar(element, "endAngle", math.pi / 2)
    radius, span = scalar(element, "radius", 1.0), (end - start) % math.tau
    if span == 0:
        return _ring(0.0, radius)
    steps = max(math.ceil(SEGMENTS * span / math.tau), 2)
    arc = _circle(start, span * (steps + 1) / steps, steps + 1) * radius
    pie = [] if "CHORD" in element.get("closureType").upper() else [np.zeros((1, 2))]
    corners = np.vstack([*pie, arc])
    points = np.column_stack([corners, np.zeros(len(corners))])
    return body(points, runs.fans(np.array([len(points)], dtype=np.int32))[0])


def _ring(inner: float, outer: float) -> Body:
    if not math.isfinite(inner * outer):
        raise NotFinite("A disk has a radius that is too large.")
    circle = _circle(0.0, math.tau, SEGMENTS)
    flat = np.column_stack([circle, np.zeros(SEGMENTS)])
    here = np.arange(SEGMENTS, dtype=np.int32)
    beside = (here + 1) % SEGMENTS
    if inner == 0:
        return body(flat * outer, np.stack([np.zeros_like(here), here, beside], axis=1)[1:-1])
    faces = [np.stack([here, here + SEGMENTS, beside + SEGMENTS], axis=1)]
    faces.append(np.stack([here, beside + SEGMENTS, beside], axis=1))
    return body(np.vstack([flat * inner, flat * outer]), np.vstack(faces))
