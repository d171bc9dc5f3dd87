"""Where colours have their place in formats without corners."""

from typing import Any

import numpy as np
import pytest

from outfeed.mesh.appearance import Material
from outfeed.mesh.build import build
from outfeed.mesh.formats.tints import Tints, tinted
from outfeed.mesh.model import Mesh
from outfeed.mesh.shown import shown_colors
from outfeed.mesh.units import Unit
from unit.mesh_helpers import a_mesh

WHITE = [255, 255, 255, 255]


def at_corners(mesh: Mesh, tints: Tints) -> Any:
    """Return position and colour of each corner (m, 3, 7) as they would be written."""
    points = mesh.vertices if tints.rows is None else mesh.vertices[tints.rows]
    if tints.of_vertices is not None:
        colors = tints.of_vertices[tints.faces]
    elif tints.of_faces is not None:
        colors = np.repeat(tints.of_faces[:, None], 3, axis=1)
    else:
        colors = np.full((*tints.faces.shape, 4), 255, dtype=np.uint8)
    return np.concatenate([points[tints.faces], colors], axis=2)


@pytest.mark.parametrize("seed", range(60))
def test_each_corner_keeps_its_place_and_the_colour_that_it_shows(seed: int) -> None:
    mesh = a_mesh(seed)
    shown = shown_colors(mesh)

    tints = tinted(mesh)

    colors, rows = shown or (np.zeros((0, 4), dtype=np.uint8), np.full(mesh.faces.shape, -1))
    expected = np.concatenate([mesh.vertices[mesh.faces], np.vstack([colors, [WHITE]])[rows]], axis=2)
    assert np.array_equal(expected, at_corners(mesh, tints))


@pytest.mark.parametrize("seed", range(60))
def test_vertices_are_in_the_order_of_their_first_use(seed: int) -> None:
    tints = tinted(a_mesh(seed))

    used = tints.faces.reshape(-1).tolist()
    assert sorted(set(used)) == list(dict.fromkeys(used))


@pytest.mark.parametrize(
    ("color_faces", "place"),
    [
        ([[0, 1, 0], [0, 0, 1]], "vertices"),
        ([[0, 0, 0], [1, 1, 1]], "faces"),
        ([[0, 0, 0], [1, 0, 0]], "split"),
        (None, "none"),
    ],
)
def test_colours_go_to_vertices_before_faces_before_split_vertices(color_faces: Any, place: str) -> None:
    tables: dict[str, Any] = {}
    if color_faces:
        tables = {
            "colors": np.array([[1, 2, 3, 4], WHITE], dtype=np.uint8),
            "color_faces": np.array(color_faces, dtype=np.int32),
        }
    faces = np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32)
    points = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])

    tints = tinted(build(Mesh(vertices=points, faces=faces, unit=Unit.METRE, **tables)))

    found = "vertices" if tints.of_vertices is not None else "faces" if tints.of_faces is not None else "none"
    assert place == ("split" if tints.rows is not None else found)


@pytest.mark.parametrize(("color", "has_colors"), [((255, 255, 255, 255), False), ((255, 255, 255, 254), True)])
def test_only_white_materials_are_no_colours(color: tuple[int, int, int, int], has_colors: bool) -> None:  # noqa: FBT001 a case of the table
    mesh = Mesh(
        vertices=np.eye(3),
        faces=np.array([[0, 1, 2]], dtype=np.int32),
        unit=Unit.METRE,
        materials=(Material(color=color),),
        material_faces=np.zeros(1, dtype=np.int32),
    )

    assert has_colors == (tinted(mesh).of_vertices is not None)
