from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfeed import _kernels
from outfeed.errors import NotMeaningful
from outfeed.mesh.appearance import Material
from outfeed.mesh.build import build
from outfeed.mesh.facts import volume
from outfeed.mesh.model import Mesh, check
from outfeed.mesh.reduce import reduce, simplify
from outfeed.mesh.units import Unit
from unit.mesh_helpers import a_ball, a_cube, a_mesh, assert_same

RULES: dict[str, Any] = {"target": 0, "most_error": 1.0, "lock_borders": False, "keep_positions": False}


def sides(mesh: Mesh) -> np.ndarray:
    """Return the directed edges (k, 2) of faces that have three vertices."""
    faces = mesh.faces[(mesh.faces != np.roll(mesh.faces, 1, axis=1)).all(axis=1)]
    return np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])


def kind_of(mesh: Mesh) -> dict[str, int]:
    """Count by numpy alone what tells surfaces apart; `crowded` edges have more than two faces, or two the same way."""
    all_sides = sides(mesh)
    edges, faces_at = np.unique(np.sort(all_sides, axis=1), axis=0, return_counts=True)
    ways = np.unique(all_sides, axis=0)
    vertices = len(np.unique(all_sides))
    return {
        "euler": vertices - len(edges) + len(all_sides) // 3,
        "parts": parts(mesh),
        "open": int((faces_at == 1).sum()),
        "crowded": int((faces_at > 2).sum()) + len(all_sides) - len(ways),
    }


def parts(mesh: Mesh) -> int:
    """Return how many parts hang together by vertices."""
    label = np.arange(len(mesh.vertices))
    pairs = sides(mesh)
    before = None
    while before is None or not np.array_equal(before, label):
        before = label.copy()
        np.minimum.at(label, pairs[:, 0], before[pairs[:, 1]])
        np.minimum.at(label, pairs[:, 1], before[pairs[:, 0]])
    return len(np.unique(label[pairs]))


def a_sheet(wide: int = 12, *, bump: float = 0.0) -> Mesh:
    """Return an open square from 0 to 1 with texture coordinates that equal x and y."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(wide + 1), np.arange(wide + 1)))
    corner = (np.arange(wide)[:, None] * (wide + 1) + np.arange(wide)).ravel()
    lower = np.stack([corner, corner + 1, corner + wide + 2], axis=1)
    upper = np.stack([corner, corner + wide + 2, corner + wide + 1], axis=1)
    faces = np.concatenate([lower, upper]).astype(np.int32)
    flat = np.stack([x, y], axis=1) / wide
    heights = bump * np.sin(flat @ [7.0, 5.0])
    points = np.column_stack([flat, heights])
    return build(Mesh(vertices=points, faces=faces, unit=Unit.METRE, uvs=flat, uv_faces=faces))


def areas(mesh: Mesh) -> Any:
    corners = mesh.vertices[mesh.faces]
    return np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2


@pytest.mark.parametrize("share", [0.0, -0.1, 1.0001, float("nan"), float("inf")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(NotMeaningful, match="above 0 and at most 1"):
        reduce(a_cube(), share)


def test_the_whole_share_is_the_mesh_itself() -> None:
    mesh = a_ball()

    assert reduce(mesh, 1) is mesh


@pytest.mark.parametrize(("share", "shrunk"), [(0.5, 0.005), (0.1, 0.03), (0.02, 0.13)])
def test_a_closed_surface_stays_closed_and_near(share: float, shrunk: float) -> None:
    mesh = a_ball()

    made = reduce(mesh, share)

    assert {"euler": 2, "parts": 1, "open": 0, "crowded": 0} == kind_of(made)
    assert round(2048 * share) - 1 <= len(made.faces) <= round(2048 * share) + 1
    assert abs(volume(made) / volume(mesh) - 1) < shrunk
    assert np.abs(np.linalg.norm(made.vertices, axis=1) - 10).max() < 1


def test_every_part_keeps_what_makes_it_a_solid() -> None:
    """The smallest share leaves a tetrahedron of each closed part, and never an empty mesh."""
    ball = a_ball(3)
    vertices = np.concatenate([ball.vertices * size + [place, 0, 0] for place, size in ((0, 1), (50, 0.01), (99, 1))])
    faces = np.concatenate([ball.faces + k * len(ball.vertices) for k in range(3)]).astype(np.int32)

    made = reduce(build(replace(ball, vertices=vertices, faces=faces)), 1e-9)

    assert {"euler": 6, "parts": 3, "open": 0, "crowded": 0} == kind_of(made)
    assert 12 == len(made.faces)


def test_the_flat_inside_of_a_square_goes_and_its_border_stays() -> None:
    made = reduce(replace(a_sheet(), uvs=None, uv_faces=None), 2 / 288)

    assert {"euler": 1, "parts": 1, "open": 4, "crowded": 0} == kind_of(made)
    assert areas(made).sum() == pytest.approx(1, abs=1e-4)


def test_a_locked_border_stays_to_the_last_vertex() -> None:
    mesh = replace(a_sheet(), uvs=None, uv_faces=None)
    rim = mesh.vertices[(mesh.vertices[:, :2] % 1 == 0).any(axis=1)]

    done = simplify(mesh, 0, lock_borders=True)

    kept = {tuple(point) for point in done.mesh.vertices.tolist()}
    assert {tuple(point) for point in rim.tolist()} <= kept
    assert kind_of(mesh)["open"] == kind_of(done.mesh)["open"]
    assert areas(done.mesh).sum() == pytest.approx(1, abs=1e-12)


def test_locked_vertices_stay() -> None:
    mesh = a_ball()
    locked = mesh.vertices[:, 0] > 0

    made = simplify(mesh, 100, locked=locked).mesh

    assert {tuple(p) for p in mesh.vertices[locked].tolist()} <= {tuple(p) for p in made.vertices.tolist()}


def test_no_step_goes_beyond_the_error_and_the_error_is_in_the_unit() -> None:
    mesh = a_ball(size=1000)

    done = simplify(mesh, 0, most_error=10)

    assert 1 < done.error <= 10
    assert np.abs(np.linalg.norm(done.mesh.vertices, axis=1) - 1000).max() < 50
    assert simplify(mesh, 0).error > 10


def test_texture_coordinates_follow_the_vertices() -> None:
    made = reduce(a_sheet(bump=0.1), 0.2)

    assert made.uvs is not None
    assert made.uv_faces is not None
    assert len(made.faces) <= 60
    assert np.abs(made.uvs[made.uv_faces] - made.vertices[made.faces][:, :, :2]).max() < 0.02


def test_nothing_is_pulled_over_a_seam_of_the_texture() -> None:
    """The right half of the sheet shows another place of the picture."""
    sheet = a_sheet(bump=0.05)
    right = (sheet.vertices[sheet.faces][:, :, 0].mean(axis=1) > 0.5)[:, None]
    assert sheet.uvs is not None
    uvs = np.concatenate([sheet.uvs, sheet.uvs + np.array([5, 0])])
    mesh = build(replace(sheet, uvs=uvs, uv_faces=(sheet.faces + right * len(sheet.uvs)).astype(np.int32)))

    made = reduce(mesh, 0.3)

    assert made.uvs is not None
    assert made.uv_faces is not None
    shift = made.uvs[made.uv_faces] - made.vertices[made.faces][:, :, :2]
    far = shift[:, :, 0] > 2.5
    assert (far.all(axis=1) | ~far.any(axis=1)).all()
    assert areas(made)[far.all(axis=1)].sum() == pytest.approx(areas(mesh).sum() / 2, rel=0.02)
    assert np.abs(shift - far[:, :, None] * [5, 0]).max() < 0.1


def test_each_face_keeps_its_material_and_the_line_between_two_stays() -> None:
    sheet = replace(a_sheet(), uvs=None, uv_faces=None)
    left = sheet.vertices[sheet.faces][:, :, 0].mean(axis=1) < 0.5
    looks = (Material(name="a", color=(255, 0, 0, 255)), Material(name="b", color=(0, 0, 255, 255)))
    mesh = build(replace(sheet, materials=looks, material_faces=np.where(left, 0, 1).astype(np.int32)))

    made = reduce(mesh, 0.1)

    assert made.material_faces is not None
    assert len(made.faces) <= 29
    first = made.material_faces == [m.name for m in made.materials].index("a")
    assert areas(made)[first].sum() == pytest.approx(0.5, abs=1e-6)
    assert made.vertices[made.faces[first]][:, :, 0].max() == pytest.approx(0.5, abs=1e-6)


def test_colors_follow_the_vertices() -> None:
    sheet = replace(a_sheet(20), uvs=None, uv_faces=None)
    shade = np.rint(sheet.vertices[:, :1] * 255).astype(np.uint8)
    colors = np.hstack([shade, 255 - shade, shade, np.full_like(shade, 255)])

    made = reduce(build(replace(sheet, colors=colors, color_faces=sheet.faces)), 0.1)

    assert made.colors is not None
    assert made.color_faces is not None
    assert len(made.faces) <= 80
    seen = made.colors[made.color_faces][:, :, 0].astype(float)
    assert np.abs(seen - made.vertices[made.faces][:, :, 0] * 255).max() < 6
    assert set(made.colors[:, 3].tolist()) == {255}


@pytest.mark.parametrize("factor", [2.0**-1000, 2.0**-20, 2.0**40, 2.0**1000])
def test_size_plays_no_part(factor: float) -> None:
    mesh = a_ball()

    made = reduce(replace(mesh, vertices=mesh.vertices * factor), 0.1)

    expected = reduce(mesh, 0.1)
    assert_same(replace(expected, vertices=expected.vertices * factor), made)


def test_vertices_that_fall_together_in_the_numbers_of_the_mesh_do_not_tie_it_up() -> None:
    """Far from the origin float32 has few places; then none but the mesh's own are used."""
    ball = a_ball()
    far = (ball.vertices + 2.0**24).astype(np.float32)
    mesh = build(replace(ball, vertices=far))

    made = reduce(mesh, 0.3)

    assert np.float32 == made.vertices.dtype
    assert {tuple(p) for p in made.vertices.tolist()} <= {tuple(p) for p in mesh.vertices.tolist()}
    assert len(made.faces) < len(mesh.faces)


def test_numbers_of_vertices_that_have_not_moved_are_as_they_were() -> None:
    mesh = replace(a_ball(), vertices=a_ball().vertices + np.float64(1 / 3))

    made = reduce(mesh, 0.9)

    same = {tuple(p) for p in made.vertices.tolist()} & {tuple(p) for p in mesh.vertices.tolist()}
    assert len(same) > len(mesh.vertices) / 2


@given(seed=st.integers(0, 2**32 - 1), share=st.sampled_from([1e-9, 0.3, 0.7]))
def test_any_mesh_stays_a_mesh_of_its_kind(seed: int, share: float) -> None:
    """Soups of faces: collapsed, twice there, in fans and fins, with all kinds of attributes."""
    mesh = a_mesh(seed)

    made = check(reduce(mesh, share))

    before, after = kind_of(mesh), kind_of(made)
    assert (before["euler"], before["parts"]) == (after["euler"], after["parts"])
    assert after["crowded"] <= before["crowded"]
    assert 0 < len(made.faces) <= len(mesh.faces)
    assert_same(build(made), made)
    assert_same(made, reduce(mesh, share))


@pytest.mark.parametrize("wrong", [-1, 8, 2**31 - 1])
def test_the_kernel_refuses_corners_without_a_vertex(wrong: int) -> None:
    cube = a_cube()
    faces = cube.faces.copy()
    faces[3, 1] = wrong

    with pytest.raises(ValueError, match="a corner without a vertex"):
        _kernels.simplify(cube.vertices.astype(np.float64), faces, **RULES)


def test_the_kernel_refuses_wedges_that_do_not_fit() -> None:
    cube = a_cube()
    points, values, classes = cube.vertices.astype(np.float64), np.zeros((8, 2)), np.zeros(8, dtype=np.int32)

    for wedges, table in ((cube.faces[:-1], values), (cube.faces + np.int32(1), values), (cube.faces, values[:-1])):
        with pytest.raises(ValueError, match="wedge"):
            _kernels.simplify(points, cube.faces, wedges=wedges, values=table, classes=classes, **RULES)
