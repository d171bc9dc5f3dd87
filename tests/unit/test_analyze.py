"""What an analysis says of meshes that are known."""

import json
import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from outfeed.errors import IndexOutOfRange
from outfeed.mesh.analyze import MOST_PLACES, Analysis, ProblemType, analyze, problems, report
from outfeed.mesh.build import build
from outfeed.mesh.model import Mesh
from outfeed.mesh.samples import torus
from outfeed.mesh.units import Unit
from unit.mesh_helpers import CUBE_CORNERS, CUBE_FACES, a_cube
from unit.properties import examples


def a_mesh(points: Any, faces: Any) -> Mesh:
    return build(
        Mesh(
            vertices=np.array(points, dtype=np.float64),
            faces=np.array(faces, dtype=np.int32).reshape(-1, 3),
            unit=Unit.MILLIMETRE,
        )
    )


def cubes(*offsets: tuple[float, float, float]) -> Mesh:
    """Return unit cubes at some places; equal corners are one vertex."""
    points = np.concatenate([np.array(CUBE_CORNERS, dtype=np.float64) + offset for offset in offsets])
    return a_mesh(points, np.concatenate([np.array(CUBE_FACES) + 8 * i for i in range(len(offsets))]))


def without(mesh: Mesh, *faces: int) -> Mesh:
    return replace(mesh, faces=np.delete(mesh.faces, faces, axis=0))


def turned(mesh: Mesh, *faces: int) -> Mesh:
    rows = mesh.faces.copy()
    rows[list(faces)] = rows[list(faces), ::-1]
    return replace(mesh, faces=rows)


def kinds(mesh: Mesh) -> dict[str, int]:
    return {problem.type.value: problem.count for problem in problems(mesh, analyze(mesh))}


def a_moebius_strip(steps: int = 8) -> Mesh:
    """Return a strip whose ends meet with a half turn."""
    angles = np.arange(steps) * math.tau / steps
    across = np.column_stack(
        [np.cos(angles / 2) * np.cos(angles), np.cos(angles / 2) * np.sin(angles), np.sin(angles / 2)]
    )
    middle = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(steps)])
    points = np.concatenate([middle * 5 - across, middle * 5 + across])
    faces = []
    for i in range(steps):
        j = (i + 1) % steps
        low, high = (j, j + steps) if j else (steps, 0)
        faces += [(i, low, high), (i, high, i + steps)]
    return a_mesh(points, faces)


def test_a_cube_is_closed_and_has_the_numbers_of_a_cube() -> None:
    found = analyze(a_cube(10))

    assert (12, 8, 18) == (found.triangles, found.vertices, found.edges)
    assert (True, True, 0) == (found.closed, found.oriented, found.genus)
    assert (1000.0, 600.0, (5.0, 5.0, 5.0)) == (found.volume, found.area, found.centre_of_mass)
    assert ((0.0, 0.0, 0.0), (10.0, 10.0, 10.0)) == found.bounds
    assert [12] == found.parts.triangles.tolist()
    assert (0, True) == (found.self_intersections, found.self_intersections_complete)
    assert [] == problems(a_cube(10), found)


def test_a_cube_inside_out_has_a_negative_volume() -> None:
    mesh = turned(a_cube(10), *range(12))
    found = analyze(mesh)

    assert (True, True, -1000.0) == (found.closed, found.oriented, found.volume)
    assert (5.0, 5.0, 5.0) == found.centre_of_mass
    assert [] == problems(mesh, found)


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1.0, 1e30, 1e300])
def test_sizes_neither_overflow_nor_vanish_where_a_double_has_them(scale: float) -> None:
    mesh = replace(a_cube(1), vertices=a_cube(1).vertices.astype(np.float64) * scale)
    found = analyze(mesh)

    assert pytest.approx(scale / 2, rel=1e-15) == found.centre_of_mass[0]
    assert (True, 0, 0) == (found.closed, found.genus, len(found.degenerate_faces))
    assert pytest.approx(scale**2 * 6 if scale < 1e154 else math.inf, rel=1e-15, abs=0) == found.area
    assert json.loads(json.dumps(report(found, mesh.unit), allow_nan=False))["volume"] == (
        None if scale == 1e300 else pytest.approx(scale * scale * scale, rel=1e-15)
    )


def test_far_from_the_origin_the_volume_keeps_its_digits() -> None:
    mesh = replace(a_cube(1), vertices=a_cube(1).vertices + 2.0**40)

    assert (1.0, 6.0) == (analyze(mesh).volume, analyze(mesh).area)


def test_a_hole_is_a_rim_with_its_length_in_the_order_of_a_face_that_would_fill_it() -> None:
    mesh = without(a_cube(10), 0, 1)
    found = analyze(mesh)

    rim = found.holes.rim(0)
    filled = replace(mesh, faces=np.concatenate([mesh.faces, [rim[[0, 1, 2]], rim[[0, 2, 3]]]]).astype(np.int32))
    assert ([40.0], 4) == (found.holes.lengths.tolist(), len(rim))
    assert (False, None, 4) == (found.closed, found.genus, len(found.open_edges))
    assert (1000.0, True, True) == (analyze(filled).volume, analyze(filled).closed, analyze(filled).oriented)
    assert {"holes": 1} == kinds(mesh)


def test_rims_that_touch_in_a_vertex_are_two_holes() -> None:
    """Two faces of a ring are gone that share no more than a corner."""
    ring = torus(around=12, along=8)
    corner = int(ring.faces[0, 0])
    around = np.flatnonzero((ring.faces == corner).any(axis=1)).tolist()
    other = next(face for face in around if {corner} == set(ring.faces[0].tolist()) & set(ring.faces[face].tolist()))
    mesh = without(ring, 0, other)
    found = analyze(mesh)

    assert [3, 3] == np.diff(found.holes.starts).tolist()
    assert [corner] == found.nonmanifold_vertices.tolist()
    assert {"holes": 2, "nonmanifold_vertices": 1} == kinds(mesh)


def test_turned_faces_are_the_fewer_ones() -> None:
    mesh = turned(a_cube(), 0, 5)
    found = analyze(mesh)

    assert ([0, 5], False, 6) == (found.turned_faces.tolist(), found.oriented, len(found.inconsistent_edges))
    assert [0, 5] == analyze(turned(a_cube(), *(set(range(12)) - {0, 5}))).turned_faces.tolist()
    assert {"inconsistently_oriented_triangles": 2} == kinds(mesh)
    assert 1000.0 == analyze(turned(mesh, *found.turned_faces)).volume


def test_a_moebius_strip_cannot_be_oriented() -> None:
    """One face of each edge that stays wrong is a problem; none is to be turned."""
    mesh = a_moebius_strip()
    found = analyze(mesh)

    assert ([], [False]) == (found.turned_faces.tolist(), found.parts.orientable.tolist())
    assert (1, 1) == (len(found.holes), len(found.inconsistent_edges))
    assert {"holes": 1, "inconsistently_oriented_triangles": 1} == kinds(mesh)


def test_cubes_that_touch_in_a_corner_are_two_parts_and_no_problem_of_the_api() -> None:
    mesh = cubes((0, 0, 0), (1, 1, 1))
    found = analyze(mesh)

    assert (15, 2, True, [1.0, 1.0]) == (found.vertices, len(found.parts), found.closed, found.parts.volume.tolist())
    assert ([0, 0], 0) == (found.parts.genus.tolist(), found.self_intersections)
    assert [[1.0, 1.0, 1.0]] == mesh.vertices[found.nonmanifold_vertices].tolist()
    assert {} == kinds(mesh)


def test_cubes_that_touch_along_an_edge_are_one_part_that_is_not_closed() -> None:
    mesh = cubes((0, 0, 0), (1, 1, 0))
    found = analyze(mesh)

    assert (1, False, 1, 2) == (
        len(found.parts),
        found.closed,
        len(found.nonmanifold_edges),
        len(found.nonmanifold_vertices),
    )
    assert (0, 0) == (len(found.open_edges), len(found.holes))
    assert {"nonmanifold_vertices": 2} == kinds(mesh)


def test_of_equal_faces_all_but_the_first_are_duplicates_whatever_their_order() -> None:
    cube = a_cube()
    again = [cube.faces[3], np.roll(cube.faces[3], 1), cube.faces[7, ::-1]]
    mesh = replace(cube, faces=np.concatenate([cube.faces, again]).astype(np.int32))

    assert [12, 13, 14] == analyze(mesh).duplicate_faces.tolist()
    assert 3 == kinds(mesh)["duplicate_triangles"]


def test_collapsed_faces_are_degenerate_and_nothing_else() -> None:
    cube = a_cube()
    mesh = replace(cube, faces=np.concatenate([[[0, 0, 1], [2, 3, 2]], cube.faces, [[4, 4, 4]]]).astype(np.int32))
    found = analyze(mesh)

    assert [0, 1, 14] == found.degenerate_faces.tolist()
    assert (True, True, 1000.0, 0) == (found.closed, found.oriented, found.volume, found.genus)
    assert ([12], [-1, -1, 0]) == (found.parts.triangles.tolist(), found.part_of_face[:3].tolist())
    assert {"degenerate_triangles": 3} == kinds(mesh)


def test_a_mesh_of_collapsed_faces_alone_has_no_part_and_is_not_closed() -> None:
    mesh = a_mesh([[1, 2, 3]], [[0, 0, 0]])
    found = analyze(mesh)

    assert (0, 0, False, None) == (len(found.parts), found.edges, found.closed, found.genus)
    assert (0.0, 0.0, (1.0, 2.0, 3.0)) == (found.volume, found.area, found.centre_of_mass)


def test_faces_that_cross_are_counted_and_named() -> None:
    mesh = a_mesh(
        [[0, 0, 0], [4, 0, 0], [0, 4, 0], [1, 1, -1], [1, 1, 1], [2, 1, 1]],
        [[0, 1, 2], [3, 4, 5]],
    )

    assert (1, [[0, 1]]) == (analyze(mesh).self_intersections, analyze(mesh).crossing_faces.tolist())
    assert analyze(mesh, intersections=False).self_intersections is None


def test_the_tip_of_a_needle_is_a_spike_and_the_tip_of_a_cone_is_not() -> None:
    around = 32
    angles = np.arange(around) * math.tau / around
    ring = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(around)])
    faces = [(i, (i + 1) % around, around) for i in range(around)]
    faces += [((i + 1) % around, i, around + 1) for i in range(around)]
    needle, cone = (a_mesh([*ring, (0, 0, high), (0, 0, 0)], faces) for high in (20, 5))

    assert [2] == analyze(needle).spikes.tolist()
    assert [] == analyze(cone).spikes.tolist()


def test_problems_have_their_places_in_space() -> None:
    mesh = without(a_cube(10), 0, 1)
    (holes,) = problems(mesh, analyze(mesh))

    assert (ProblemType.HOLES, 1, 1) == (holes.type, holes.count, len(holes.places))
    assert {(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)} == {(x, y) for x, y, _ in holes.places[0].tolist()}
    (triangles,) = problems(turned(a_cube(), 4), analyze(turned(a_cube(), 4)))
    assert a_cube().vertices[a_cube().faces[4, ::-1]].tolist() == triangles.places[0].tolist()


def test_lists_are_bounded_and_counts_are_not() -> None:
    """Separate triangles: each is a part and a hole."""
    count = MOST_PLACES + 1
    mesh = a_mesh(np.arange(9 * count).reshape(-1, 3) ** 2, np.arange(3 * count))
    found = analyze(mesh, intersections=False)
    told = report(found, mesh.unit)

    assert (count, count) == (told["parts"]["count"], told["holes"]["count"])
    assert (MOST_PLACES, MOST_PLACES) == (len(told["parts"]["places"]), len(told["open_edges"]["places"]))
    assert MOST_PLACES == sum(len(hole["vertices"]) for hole in told["holes"]["places"])
    (holes,) = problems(mesh, found)
    assert (count, MOST_PLACES) == (holes.count, sum(map(len, holes.places)))


def test_a_report_has_every_field_of_an_analysis_but_the_part_of_each_face() -> None:
    told = report(analyze(a_cube()), Unit.INCH)

    inside = {"part_of_face", "self_intersections_complete", "crossing_faces"}
    assert {field.name for field in fields(Analysis)} - inside | {"unit"} == set(told)
    assert "in" == told["unit"]


def test_a_part_of_a_table_is_analysed_as_well() -> None:
    """Arrays with gaps, as slices are."""
    wide = np.zeros((8, 6))
    wide[:, ::2] = a_cube().vertices
    mesh = replace(a_cube(), vertices=wide[:, ::2])

    assert 1000.0 == analyze(mesh).volume


def test_a_corner_that_is_not_there_is_the_error_of_a_mesh() -> None:
    with pytest.raises(IndexOutOfRange):
        analyze(replace(a_cube(), faces=np.array([[0, 1, 8]], dtype=np.int32)))


@given(
    points=arrays.arrays(np.float64, (7, 3), elements=st.floats(allow_nan=False, allow_infinity=False)),
    faces=arrays.arrays(np.int32, st.tuples(st.integers(1, 12), st.just(3)), elements=st.integers(0, 6)),
)
@examples(150)
def test_property_every_mesh_that_is_built_has_an_analysis(points: Any, faces: Any) -> None:
    """Without a warning, in plain JSON, and with all places in the tables."""
    mesh = a_mesh(points, faces)
    found = analyze(mesh)

    assert json.dumps(report(found, mesh.unit), allow_nan=False)
    assert len(found.parts) == len({*found.part_of_face.tolist()} - {-1})
    assert all(len(problem.places) == problem.count for problem in problems(mesh, found))
    assert found.closed == (len(found.parts) > 0 and bool(found.parts.closed.all()))
    assert found.oriented == bool(found.parts.oriented.all())
