"""From corners to vertices that carry everything."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from outfeed.mesh.corners import split
from outfeed.mesh.model import Mesh
from unit.mesh_helpers import Kind, a_cube, a_mesh
from unit.properties import examples


def combinations(mesh: Mesh, uv_faces: Any, color_faces: Any) -> list[tuple[int, ...]]:
    """Return what each corner has, one after another."""
    tables = [table.ravel().tolist() for table in (mesh.faces, uv_faces, color_faces) if table is not None]
    return list(zip(*tables, strict=True))


def test_a_mesh_with_nothing_at_its_corners_keeps_its_vertices() -> None:
    cube = a_cube()

    parts = split(cube, uv_faces=None, color_faces=None)

    assert (None, None, None) == (parts.rows, parts.uv_rows, parts.color_rows)
    assert parts.faces is cube.faces


def test_corners_that_agree_share_a_vertex_and_others_do_not() -> None:
    cube = a_cube()
    colors = np.zeros((12, 3), dtype=np.int32)
    colors[2:4] = 1  # the upper side
    colors[5, 0] = -1

    parts = split(cube, uv_faces=None, color_faces=colors)

    assert parts.rows is not None
    assert parts.color_rows is not None
    assert parts.uv_rows is None
    assert 8 + 4 + 1 == len(parts.rows)
    assert np.array_equal(cube.faces, parts.rows[parts.faces])
    assert np.array_equal(colors, parts.color_rows[parts.faces])


@given(seed=st.integers(0, 2**32), uvs=st.booleans(), colors=st.booleans())
@examples(100)
def test_property_vertices_are_the_different_corners_in_the_order_of_first_use(
    seed: int, *, uvs: bool, colors: bool
) -> None:
    mesh = a_mesh(seed, Kind(uvs=True, colors=True, gaps=seed % 2 == 0))
    uv_faces, color_faces = mesh.uv_faces if uvs else None, mesh.color_faces if colors else None

    parts = split(mesh, uv_faces=uv_faces, color_faces=color_faces)

    wanted = combinations(mesh, uv_faces, color_faces)
    order = {key: number for number, key in enumerate(dict.fromkeys(wanted))}
    if uv_faces is not None or color_faces is not None:
        assert [order[key] for key in wanted] == parts.faces.ravel().tolist()
        held = [rows.tolist() for rows in (parts.rows, parts.uv_rows, parts.color_rows) if rows is not None]
        assert list(order) == list(zip(*held, strict=True))


def test_tables_with_many_rows_do_not_mix_up_their_corners() -> None:
    """Three numbers of 31 bits do not fit into 64 together."""
    random = np.random.default_rng(5)
    corners = random.integers(0, 2**31 - 8, (400, 3), dtype=np.int32)
    faces, uv_faces, color_faces = corners, corners[::-1].copy(), np.roll(corners, 1, axis=0)
    mesh = Mesh(vertices=np.zeros((1, 3)), faces=faces, unit=a_cube().unit)

    parts = split(mesh, uv_faces=uv_faces, color_faces=color_faces)

    assert parts.rows is not None
    assert parts.uv_rows is not None
    assert parts.color_rows is not None
    assert np.array_equal(faces, parts.rows[parts.faces])
    assert np.array_equal(uv_faces, parts.uv_rows[parts.faces])
    assert np.array_equal(color_faces, parts.color_rows[parts.faces])
