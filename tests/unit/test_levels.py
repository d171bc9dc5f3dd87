from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfeed.mesh.build import build
from outfeed.mesh.levels import coarser
from outfeed.mesh.model import Mesh, check
from unit.mesh_helpers import a_ball, a_mesh, assert_same
from unit.test_reduce import a_sheet


def points_of(mesh: Mesh) -> set[tuple[float, ...]]:
    return {tuple(point) for point in mesh.vertices.tolist()}


def test_a_coarser_ball_has_the_number_and_the_error_in_its_unit() -> None:
    mesh = a_ball(size=1000)

    done = coarser(mesh, 512)

    assert 500 <= len(done.mesh.faces) <= 512
    assert points_of(done.mesh) <= points_of(mesh)
    middles = done.mesh.vertices[done.mesh.faces].mean(axis=1)
    off = 1000 - float(np.linalg.norm(middles, axis=1).min())
    assert off / 3 < done.error < 3 * off


def test_an_error_that_may_not_be_exceeded_keeps_more_triangles() -> None:
    mesh = a_ball(size=1000)

    done = coarser(mesh, 8, most_error=10)

    assert 0 < done.error <= 10
    assert 8 < len(done.mesh.faces) < len(mesh.faces)


def test_borders_stay_to_the_last_vertex() -> None:
    mesh = replace(a_sheet(bump=0.05), uvs=None, uv_faces=None)

    made = coarser(mesh, 0).mesh

    rim = mesh.vertices[(mesh.vertices[:, :2] % 1 == 0).any(axis=1)]
    assert {tuple(point) for point in rim.tolist()} <= points_of(made)
    assert len(made.faces) < 100


def test_locked_vertices_stay() -> None:
    mesh = a_ball()
    locked = mesh.vertices[:, 0] > 0

    made = coarser(mesh, 100, locked=locked).mesh

    assert {tuple(point) for point in mesh.vertices[locked].tolist()} <= points_of(made)
    assert len(made.faces) < len(mesh.faces) * 0.7


def test_texture_coordinates_stay_with_their_vertices() -> None:
    made = coarser(a_sheet(bump=0.1), 100).mesh

    assert made.uvs is not None
    assert made.uv_faces is not None
    assert np.array_equal(made.uvs[made.uv_faces], made.vertices[made.faces][:, :, :2])
    assert len(made.faces) < 200


@pytest.mark.parametrize("factor", [2.0**-1000, 2.0**1000])
def test_size_plays_no_part(factor: float) -> None:
    mesh = a_ball()

    made = coarser(replace(mesh, vertices=mesh.vertices * factor), 512).mesh

    expected = coarser(mesh, 512).mesh
    assert_same(replace(expected, vertices=expected.vertices * factor), made)


@given(seed=st.integers(0, 2**32 - 1), share=st.sampled_from([0.0, 0.3, 0.7]))
def test_any_mesh_gives_a_mesh_of_its_own_rows(seed: int, share: float) -> None:
    """Soups of faces: collapsed, twice there, in fans and fins, with all kinds of attributes."""
    mesh = a_mesh(seed)

    made = check(coarser(mesh, int(len(mesh.faces) * share)).mesh)

    assert 0 < len(made.faces) <= len(mesh.faces)
    assert points_of(made) <= points_of(mesh)
    assert_same(build(made), made)
