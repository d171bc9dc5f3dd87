"""The colour that a corner shows."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfeed.mesh.appearance import WHITE, Material
from outfeed.mesh.model import Mesh
from outfeed.mesh.shown import from_linear, multiplied, shown_colors, to_linear
from outfeed.mesh.transform import transform
from unit.mesh_helpers import Kind, a_cube, a_mesh
from unit.properties import examples

EVERY = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 4, axis=1)
WHITES = np.full((256, 4), 255, dtype=np.uint8)


def at_corners(mesh: Mesh) -> Any:
    """Return the colour of each corner (m, 3, 4), white where it has none."""
    shown = shown_colors(mesh)
    if shown is None:
        return np.full((*mesh.faces.shape, 4), 255, dtype=np.uint8)
    return np.vstack([shown[0], [WHITE]])[shown[1]]


def test_every_color_survives_linear_light_and_a_product_with_white() -> None:
    assert np.array_equal(EVERY, from_linear(to_linear(EVERY)))
    assert np.array_equal(EVERY, multiplied(EVERY, WHITES))
    assert np.array_equal(EVERY, multiplied(WHITES, EVERY))


def test_light_is_taken_as_the_standard_of_srgb_says() -> None:
    """Half of the light is 188 of 255, and 10 of 255 lie on the straight part of the curve."""
    light = to_linear(np.array([[188, 10, 0, 128]], dtype=np.uint8))[0]

    assert [0.5029, 0.003035, 0, 0.50196] == pytest.approx(light.tolist(), rel=1e-3)
    assert [188, 10, 0, 128] == from_linear(np.array([[0.5029, 0.003035, 0, 0.50196]])).tolist()[0]


def test_shares_beyond_the_edges_are_cut_off() -> None:
    assert [[255, 0, 255, 0]] == from_linear(np.array([[1.5, -1, np.inf, -np.inf]])).tolist()


def test_a_mesh_without_any_color_shows_none() -> None:
    assert shown_colors(a_cube()) is None


def test_the_product_of_a_material_and_a_corner_is_of_light() -> None:
    cube = a_cube()
    half = np.array([[188, 188, 188, 128]], dtype=np.uint8)
    mesh = Mesh(
        vertices=cube.vertices,
        faces=cube.faces,
        unit=cube.unit,
        colors=half,
        color_faces=np.zeros((12, 3), dtype=np.int32),
        materials=(Material(color=(188, 255, 0, 128)),),
        material_faces=np.array([0] * 6 + [-1] * 6, dtype=np.int32),
    )

    colors = at_corners(mesh)

    assert [[138, 188, 0, 64], [188, 188, 188, 128]] == [colors[0, 0].tolist(), colors[11, 2].tolist()]


@given(seed=st.integers(0, 2**32))
@examples(100)
def test_property_each_corner_shows_the_product_of_what_it_has(seed: int) -> None:
    mesh = a_mesh(seed)
    shown = shown_colors(mesh)
    for (face, corner), _ in np.ndenumerate(mesh.faces):
        own = -1 if mesh.color_faces is None else int(mesh.color_faces[face, corner])
        material = -1 if mesh.material_faces is None else int(mesh.material_faces[face])
        one = WHITE if own < 0 or mesh.colors is None else mesh.colors[own]
        other = WHITE if material < 0 else mesh.materials[material].color
        product = multiplied(np.array([one], dtype=np.uint8), np.array([other], dtype=np.uint8))[0].tolist()

        assert product == at_corners(mesh)[face, corner].tolist()
        assert (shown is None or int(shown[1][face, corner]) < 0) == (own < 0 and material < 0)


def test_colors_and_materials_follow_their_faces_through_a_mirroring() -> None:
    mesh = a_mesh(11, Kind(uvs=True, colors=True, materials=True, opacity=True))

    mirrored = transform(mesh, [[-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]])

    turned = [0, 2, 1]
    assert np.array_equal(at_corners(mesh)[:, turned], at_corners(mirrored))
    assert np.array_equal((mesh.vertices[mesh.faces] * [-1, 1, 1])[:, turned], mirrored.vertices[mirrored.faces])
    assert mesh.uvs is not None
    assert mirrored.uvs is not None
    assert np.array_equal(mesh.uvs[mesh.uv_faces][:, turned], mirrored.uvs[mirrored.uv_faces])


def test_a_move_changes_no_color() -> None:
    mesh = a_mesh(12, Kind(colors=True, materials=True, textures=True, uvs=True))

    moved = transform(mesh, [[1, 0, 0, 5], [0, 1, 0, 0], [0, 0, 1, 0]])

    assert np.array_equal(at_corners(mesh), at_corners(moved))
    assert (mesh.materials, mesh.textures) == (moved.materials, moved.textures)
