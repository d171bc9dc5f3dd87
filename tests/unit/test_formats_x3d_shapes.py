import math
import re

import numpy as np
import pytest

from outfeed.errors import (
    IndexOutOfRange,
    NotFinite,
    SourceDamaged,
    SourceEmpty,
    SourceError,
    TooManyTriangles,
)
from outfeed.mesh.facts import bounds, volume
from outfeed.mesh.model import Mesh
from unit.mesh_helpers import CUBE_CORNERS, CUBE_FACES, CUBE_QUADS
from unit.x3d_helpers import CUBE, QUADS, TRIANGLE, a_shape, is_closed, read

# --- Sets of faces ----------------------------------------------------------------------------------------------------

INDEX = " ".join(str(corner) for face in CUBE_FACES for corner in face)
STRIPS = "4 0 5 1 6 2 7 3 4 0 -1 2 1 3 0 -1 5 6 4 7"
FANS = " -1 ".join(" ".join(str(corner) for corner in quad) for quad in CUBE_QUADS)
LISTED = " ".join(str(value) for corner in map(int, QUADS) for value in CUBE_CORNERS[corner])
FLAT = " ".join(str(value) for face in CUBE_FACES for corner in face for value in CUBE_CORNERS[corner])
STRIP_POINTS = " ".join(str(value) for word in STRIPS.replace("-1 ", "").split() for value in CUBE_CORNERS[int(word)])


@pytest.mark.parametrize(
    "geometry",
    [
        f'<IndexedFaceSet coordIndex="{FANS} -1">{CUBE}</IndexedFaceSet>',
        f'<IndexedFaceSet coordIndex="{FANS.replace(" ", ",")}">{CUBE}</IndexedFaceSet>',
        f'<IndexedTriangleSet index="{INDEX}">{CUBE}</IndexedTriangleSet>',
        f'<IndexedQuadSet index="{" ".join(QUADS)}">{CUBE}</IndexedQuadSet>',
        f'<IndexedTriangleFanSet index="{FANS}">{CUBE}</IndexedTriangleFanSet>',
        f'<IndexedTriangleStripSet index="{STRIPS}">{CUBE}</IndexedTriangleStripSet>',
        f'<TriangleSet><Coordinate point="{FLAT}"/></TriangleSet>',
        f'<QuadSet><Coordinate point="{LISTED}"/></QuadSet>',
        f'<TriangleFanSet fanCount="4 4 4 4 4 4"><Coordinate point="{LISTED}"/></TriangleFanSet>',
        f'<TriangleStripSet stripCount="10 4 4"><Coordinate point="{STRIP_POINTS}"/></TriangleStripSet>',
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_each_kind_of_set_gives_a_closed_cube(geometry: str, turned: bool) -> None:  # noqa: FBT001 a case
    text = re.sub(r"^<(\w+)", r"<\1 ccw='false'", geometry)

    reading = read(a_shape(text if turned else geometry))

    assert (12, 8) == (len(reading.mesh.faces), len(reading.mesh.vertices))
    assert is_closed(reading.mesh)
    assert (-1.0 if turned else 1.0, 12) == (volume(reading.mesh), reading.stored_triangles)


def test_faces_of_fewer_than_three_corners_are_none_and_concave_ones_are_cut() -> None:
    points = '<Coordinate point="0 0 0 2 1 0 0 2 0 1 1 0"/>'

    mesh = read(a_shape(f'<IndexedFaceSet coordIndex="0 1 -1 -1 2 -1 0 1 2 3">{points}</IndexedFaceSet>')).mesh

    corners = mesh.vertices[mesh.faces]
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 1] / 2
    assert [-0.5, -0.5] == areas.tolist()


def test_an_elevation_grid_looks_up() -> None:
    grid = '<ElevationGrid xDimension="3" zDimension="2" xSpacing="2" zSpacing="5" height="0 1 0 0 1 0"/>'

    mesh = read(a_shape(grid)).mesh

    normals = np.cross(*np.moveaxis(np.diff(mesh.vertices[mesh.faces], axis=1), 1, 0))
    assert [4, True] == [len(mesh.faces), bool((normals[:, 2] > 0).all())]
    assert [[0.0, -5.0, 0.0], [4.0, 0.0, 1.0]] == [corner.tolist() for corner in bounds(mesh)]


@pytest.mark.parametrize(
    ("geometry", "error"),
    [
        (f'<IndexedFaceSet coordIndex="0 1 3">{TRIANGLE}</IndexedFaceSet>', IndexOutOfRange),
        (f'<IndexedFaceSet coordIndex="0 1 -2">{TRIANGLE}</IndexedFaceSet>', IndexOutOfRange),
        (f'<IndexedFaceSet coordIndex="0 1 99999999999">{TRIANGLE}</IndexedFaceSet>', IndexOutOfRange),
        (f'<IndexedFaceSet coordIndex="0 1 1.5">{TRIANGLE}</IndexedFaceSet>', SourceDamaged),
        (f'<IndexedFaceSet coordIndex="0 1 two">{TRIANGLE}</IndexedFaceSet>', SourceDamaged),
        (f'<IndexedTriangleSet index="0 1 -1">{TRIANGLE}</IndexedTriangleSet>', IndexOutOfRange),
        (f'<IndexedTriangleFanSet index="0 1 7">{TRIANGLE}</IndexedTriangleFanSet>', IndexOutOfRange),
        (f'<TriangleFanSet fanCount="4">{TRIANGLE}</TriangleFanSet>', SourceDamaged),
        (f'<TriangleStripSet stripCount="-3 6">{TRIANGLE}</TriangleStripSet>', SourceDamaged),
        (f'<TriangleStripSet stripCount="2147483647 2147483647">{TRIANGLE}</TriangleStripSet>', SourceDamaged),
        ('<TriangleSet><Coordinate point="0 0 0 1 0 0 0 nan 0"/></TriangleSet>', NotFinite),
        ('<TriangleSet><Coordinate USE="gone"/></TriangleSet>', SourceDamaged),
        ('<ElevationGrid xDimension="60000" zDimension="60000" height="0 0 0 0"/>', SourceDamaged),
        ("<IndexedFaceSet/>", SourceEmpty),
        ("<TriangleFanSet/>", SourceEmpty),
        ("<ElevationGrid/>", SourceEmpty),
        ('<IndexedLineSet coordIndex="0 1 2"/>', SourceEmpty),
        ("<PointSet/>", SourceEmpty),
        ("<Text/>", SourceEmpty),
    ],
)
def test_a_geometry_that_is_wrong_or_has_no_triangles_is_refused(geometry: str, error: type[SourceError]) -> None:
    with pytest.raises(error):
        read(a_shape(geometry))


# --- Bodies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("geometry", "exact", "size"),
    [
        ('<Box size="1 2 3"/>', 6.0, [1.0, 3.0, 2.0]),
        ("<Box/>", 8.0, [2.0, 2.0, 2.0]),
        ('<Sphere radius="2"/>', 4 / 3 * math.pi * 8, [4.0, 4.0, 4.0]),
        ('<Cylinder radius="2" height="5"/>', math.pi * 4 * 5, [4.0, 4.0, 5.0]),
        ('<Cone bottomRadius="2" height="6"/>', math.pi * 4 * 6 / 3, [4.0, 4.0, 6.0]),
    ],
)
def test_a_body_is_closed_and_as_large_as_the_exact_one(geometry: str, exact: float, size: list[float]) -> None:
    """Corners lie on the exact body, so it is a little smaller: by less than 0.6 %."""
    mesh = read(a_shape(geometry)).mesh

    low, high = bounds(mesh)
    assert is_closed(mesh)
    np.testing.assert_allclose(high - low, size, rtol=1e-12)
    assert 0.994 * exact < volume(mesh) <= exact * (1 + 1e-12)


@pytest.mark.parametrize(
    ("geometry", "triangles"),
    [
        ('<Cylinder top="false"/>', 64 * 3),
        ('<Cylinder side="false"/>', 64 * 2),
        ('<Cone bottom="false"/>', 64),
        ('<Cone side="false"/>', 64),
    ],
)
def test_parts_of_a_body_may_be_left_out(geometry: str, triangles: int) -> None:
    assert triangles == len(read(a_shape(geometry)).mesh.faces)


def area_to_the_viewer(mesh: Mesh) -> float:
    """Return the area of a flat mesh as seen along our y axis, from where X3D's viewer stands."""
    corners = mesh.vertices[mesh.faces]
    return float(-np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 1].sum() / 2)


@pytest.mark.parametrize(
    ("geometry", "exact"),
    [
        ('<Rectangle2D size="2 3"/>', 6.0),
        ('<Disk2D outerRadius="2"/>', math.pi * 4),
        ('<Disk2D outerRadius="2" innerRadius="1"/>', math.pi * 3),
        ('<ArcClose2D startAngle="0.5" endAngle="5" radius="2"/>', 9.0),
        ('<ArcClose2D startAngle="0" endAngle="1.5707963267948966" closureType="CHORD"/>', math.pi / 4 - 0.5),
        ('<ArcClose2D startAngle="0" endAngle="0"/>', math.pi),
        ('<TriangleSet2D vertices="0 0 1 0 0 1 5 5 6 5 5 6 9"/>', 1.0),
    ],
)
def test_flat_geometries_face_the_viewer_with_the_right_area(geometry: str, exact: float) -> None:
    assert area_to_the_viewer(read(a_shape(geometry)).mesh) == pytest.approx(exact, rel=0.006)


# --- Extrusion --------------------------------------------------------------------------------------------------------

ANGLES = [math.tau * number / 16 for number in [*range(16), 0]]
ROUND = " ".join(f"{math.cos(angle)} {-math.sin(angle)}" for angle in ANGLES)


@pytest.mark.parametrize(
    ("fields", "exact"),
    [
        ("", 4.0),
        ('spine="0 0 0 0 0 3"', 12.0),
        ('spine="0 0 0 -3 0 0"', 12.0),
        ('spine="0 0 0 0 -3 0"', 12.0),
        ('spine="0 0 0 0 1 0 0 2 0" scale="1 1 2 2 1 1"', 2 * (4 + 16 + 8) / 3),
        ('spine="0 0 0 0 1 0" scale="2 3"', 24.0),
        ('spine="0 0 0 0 1 0" orientation="0 1 0 0.7"', 4.0),
        # A right angle: both arms of 5 and 6, mitred where they meet.
        ('spine="0 0 0 0 5 0 6 5 0"', None),
    ],
)
def test_an_extrusion_is_closed_and_has_its_volume(fields: str, exact: float | None) -> None:
    mesh = read(a_shape(f"<Extrusion {fields}/>")).mesh

    assert is_closed(mesh)
    assert volume(mesh) > 0 if exact is None else volume(mesh) == pytest.approx(exact, rel=1e-12)


def test_a_closed_spine_makes_a_ring_without_caps() -> None:
    spine = (
        " ".join(f"{10 * math.cos(math.pi * n / 32)} 0 {10 * math.sin(math.pi * n / 32)}" for n in range(64))
        + " 10 0 0"
    )

    mesh = read(a_shape(f'<Extrusion crossSection="{ROUND}" spine="{spine}"/>')).mesh

    exact = 16 / 2 * math.sin(math.pi / 8) * 20 * math.pi
    assert (True, 64 * 16 * 2) == (is_closed(mesh), len(mesh.faces))
    assert abs(volume(mesh)) == pytest.approx(exact, rel=0.01)


@pytest.mark.parametrize(
    ("fields", "triangles"),
    [
        # Its ends differ in size, so both need their cap, as in X_ITE.
        ('spine="5 0 0 0 0 -5 -5 0 0 0 0 5 5 0 0" scale="1 1 1.2 1.2 1.4 1.4 1.6 1.6 1.8 1.8"', 36),
        # Its sections turn over on the way round, and both ends have one plane all the same.
        ('spine="0 0 3 -1 -1 -2 0 1 0 -1 0 1 0 0 3"', 32),
    ],
)
def test_a_closed_spine_makes_a_closed_body(fields: str, triangles: int) -> None:
    section = "0.03 0.02 0.03 -0.03 -0.02 -0.03 -0.03 0.03 0.03 0.02"

    mesh = read(a_shape(f'<Extrusion crossSection="{section}" {fields}/>')).mesh

    assert (True, triangles) == (is_closed(mesh), len(mesh.faces))


@pytest.mark.parametrize(
    ("fields", "triangles"),
    [('beginCap="false"', 10), ('beginCap="false" endCap="FALSE"', 8), ('crossSection="0 0 1 0 1 1"', 6)],
)
def test_caps_may_be_left_out_and_open_sections_have_them_too(fields: str, triangles: int) -> None:
    assert triangles == len(read(a_shape(f"<Extrusion {fields}/>")).mesh.faces)


def test_a_spine_that_points_straight_down_turns_the_section_about_z() -> None:
    mesh = read(a_shape('<Extrusion crossSection="0 0 0 1 2 0 0 0" spine="0 0 0 0 -3 0"/>')).mesh

    low, high = bounds(mesh)

    assert ([-2.0, -1.0, -3.0], [0.0, 0.0, 0.0], 3.0) == ([*low], [*high], volume(mesh))


@pytest.mark.parametrize("fields", ['spine="0 0 0"', 'crossSection="1 1"', 'spine=""'])
def test_an_extrusion_of_nothing_is_empty(fields: str) -> None:
    with pytest.raises(SourceEmpty):
        read(a_shape(f"<Extrusion {fields}/>"))


def test_an_extrusion_is_counted_before_it_is_made() -> None:
    spine, section = "0 0 0 " * 60_000, "0 0 " * 60_000

    with pytest.raises(TooManyTriangles):
        read(a_shape(f'<Extrusion spine="{spine}" crossSection="{section}"/>'))
