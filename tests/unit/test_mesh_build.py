"""From a file's tables to a mesh: every table welded, and in the order of first use."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfeed.errors import IndexOutOfRange, NotFinite, SourceEmpty
from outfeed.mesh.appearance import Material, Texture, Wrap
from outfeed.mesh.build import as_rows, build, first_use, welded_points
from outfeed.mesh.model import Mesh, check
from outfeed.mesh.units import Unit
from unit.mesh_helpers import a_mesh, assert_same
from unit.properties import examples

IMAGE = Texture(image=b"not looked at", media_type="image/png")


def tables(**changes: Any) -> Mesh:
    """Return tables of two triangles that share a side; rows 0 and 5 of the vertices are unused."""
    points = np.array([[np.nan, 0, 0], [1, 1, 0], [1, 0, 0], [0, 0, 0], [0, 1, 0], [9, 9, 9], [1, 1, -0.0]])
    faces = np.array([[3, 2, 1], [3, 6, 4]], dtype=np.int32)
    return replace(Mesh(vertices=points, faces=faces, unit=Unit.INCH), **changes)


def corners(*rows: tuple[int, int, int]) -> Any:
    return np.array(rows, dtype=np.int32)


def test_vertices_are_welded_and_stand_in_the_order_of_first_use() -> None:
    mesh = build(tables())

    assert [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]] == mesh.vertices.tolist()
    assert [[0, 1, 2], [0, 2, 3]] == mesh.faces.tolist()
    assert Unit.INCH is mesh.unit


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_vertices_keep_their_type(dtype: Any) -> None:
    assert dtype == build(tables(vertices=tables().vertices.astype(dtype))).vertices.dtype


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_only_vertices_that_are_used_must_be_finite(bad: float) -> None:
    vertices = tables().vertices.copy()
    vertices[[0, 5]] = bad

    assert 4 == len(build(tables(vertices=vertices)).vertices)
    vertices[6, 2] = bad
    with pytest.raises(NotFinite):
        build(tables(vertices=vertices))


def test_no_faces_are_no_mesh() -> None:
    with pytest.raises(SourceEmpty):
        build(tables(faces=np.zeros((0, 3), dtype=np.int32)))


def test_degenerate_and_repeated_triangles_stay_in_their_order() -> None:
    mesh = build(tables(faces=corners((3, 3, 3), (3, 2, 1), (1, 6, 1), (3, 2, 1))))

    assert [[0, 0, 0], [0, 1, 2], [2, 2, 2], [0, 1, 2]] == mesh.faces.tolist()


def test_texture_coordinates_are_welded_and_those_that_are_not_finite_are_none() -> None:
    uvs = np.array([[5, 5], [0.25, 0], [np.nan, 1], [0.25, -0.0], [1, np.inf], [0, 1]])

    mesh = build(tables(uvs=uvs, uv_faces=corners((5, 1, 2), (4, 3, -1))))

    assert mesh.uvs is not None
    assert mesh.uv_faces is not None
    assert [[0, 1], [0.25, 0]] == mesh.uvs.tolist()
    assert [[0, 1, -1], [-1, 1, -1]] == mesh.uv_faces.tolist()
    assert not np.signbit(mesh.uvs).any()


@pytest.mark.parametrize("rows", [corners((-1, -1, -1), (-1, -1, -1)), corners((2, 2, 2), (-1, 2, 2))])
def test_texture_coordinates_that_no_corner_has_are_not_there(rows: Any) -> None:
    mesh = build(tables(uvs=np.array([[0, 0], [1, 1], [np.nan, 0]]), uv_faces=rows))

    assert (None, None) == (mesh.uvs, mesh.uv_faces)


def test_colors_are_told_apart_by_their_opacity_and_stand_in_the_order_of_first_use() -> None:
    colors = np.array([[9, 9, 9, 9], [1, 2, 3, 255], [255, 2, 3, 0], [1, 2, 3, 255]], dtype=np.uint8)

    mesh = build(tables(colors=colors, color_faces=corners((2, 1, 3), (-1, 2, 3))))

    assert mesh.colors is not None
    assert mesh.color_faces is not None
    assert [[255, 2, 3, 0], [1, 2, 3, 255]] == mesh.colors.tolist()
    assert [[0, 1, 1], [-1, 0, 1]] == mesh.color_faces.tolist()


def test_colors_that_no_corner_has_are_not_there() -> None:
    mesh = build(tables(colors=np.zeros((1, 4), dtype=np.uint8), color_faces=corners((-1, -1, -1), (-1, -1, -1))))

    assert (None, None) == (mesh.colors, mesh.color_faces)


def test_equal_materials_and_textures_become_one_and_unused_ones_go() -> None:
    clamped = replace(IMAGE, wrap_u=Wrap.CLAMP)
    materials = (
        Material(name="unused", texture=0),
        Material(name="b", texture=3),
        Material(name="a", texture=1),
        Material(name="b", texture=2),
    )
    rows = np.array([3, 1], dtype=np.int32)

    mesh = build(tables(materials=materials, material_faces=rows, textures=(clamped, IMAGE, clamped, clamped)))

    assert ((Material(name="b", texture=0),), (clamped,)) == (mesh.materials, mesh.textures)
    assert mesh.material_faces is not None
    assert [0, 0] == mesh.material_faces.tolist()


def test_materials_stand_in_the_order_of_first_use_and_their_textures_too() -> None:
    other = replace(IMAGE, image=b"other")
    materials = (Material(name="a", texture=0), Material(name="b", texture=1))

    mesh = build(tables(materials=materials, material_faces=as_rows(np.array([1, 0])), textures=(other, IMAGE)))

    assert (Material(name="b", texture=0), Material(name="a", texture=1)) == mesh.materials
    assert (IMAGE, other) == mesh.textures


@pytest.mark.parametrize("rows", [None, np.array([-1, -1], dtype=np.int32)])
def test_materials_that_no_face_has_are_not_there(rows: Any) -> None:
    mesh = build(tables(materials=(Material(texture=0),), material_faces=rows, textures=(IMAGE,)))

    assert ((), None, ()) == (mesh.materials, mesh.material_faces, mesh.textures)


ONE = np.zeros((1, 4), dtype=np.uint8)
BEYOND = {
    "vertex": {"faces": corners((0, 1, 7), (1, 2, 3))},
    "negative vertex": {"faces": corners((3, 2, -1), (1, 2, 3))},
    "uv": {"uvs": np.zeros((1, 2)), "uv_faces": corners((0, 0, 0), (0, 0, 1))},
    "negative uv": {"uvs": np.zeros((1, 2)), "uv_faces": corners((0, 0, 0), (0, -2, 0))},
    "color": {"colors": ONE, "color_faces": corners((0, 0, 1), (0, 0, 0))},
    "negative color": {"colors": ONE, "color_faces": corners((-2, 0, 0), (0, 0, 0))},
    "material": {"materials": (Material(),), "material_faces": np.array([0, 1], dtype=np.int32)},
    "negative material": {"materials": (Material(),), "material_faces": np.array([-2, 0], dtype=np.int32)},
    "texture": {"materials": (Material(texture=0),), "material_faces": np.array([0, 0], dtype=np.int32)},
    "negative texture": {
        "materials": (Material(texture=-1),),
        "material_faces": np.array([0, 0], dtype=np.int32),
        "textures": (IMAGE,),
    },
}


@pytest.mark.parametrize("case", BEYOND)
def test_rows_that_are_not_there_are_refused(case: str) -> None:
    with pytest.raises(IndexOutOfRange):
        build(tables(**BEYOND[case]))


@pytest.mark.parametrize("rows", [[2**31], [-(2**31) - 1], [2**62]])
def test_rows_that_do_not_fit_are_refused_and_not_cut_off(rows: list[int]) -> None:
    with pytest.raises(IndexOutOfRange):
        as_rows(np.array(rows, dtype=np.int64))


def test_rows_of_unsigned_types_that_do_not_fit_are_refused() -> None:
    with pytest.raises(IndexOutOfRange):
        as_rows(np.array([2**32 - 1], dtype=np.uint32))
    with pytest.raises(IndexOutOfRange):
        as_rows(np.array([2**64 - 1], dtype=np.uint64))


def test_rows_of_any_type_become_rows() -> None:
    for kind in ("uint8", "int8", "uint16", "int64", "uint64"):
        source: Any = np.array([[3, 0], [1, 2]], dtype=kind)[:, ::-1]
        rows = as_rows(source)

        assert ("int32", [[0, 3], [2, 1]], True) == (rows.dtype.name, rows.tolist(), rows.flags.c_contiguous)
    assert 0 == len(as_rows(np.zeros(0, dtype=np.uint64)))


def test_first_use_keeps_the_shape_and_the_rows_that_are_none() -> None:
    used, rows = first_use(corners((4, -1, 2), (2, 4, 0)), 5, none=True)

    assert ([4, 2, 0], [[0, -1, 1], [1, 0, 2]]) == (used.tolist(), rows.tolist())


def test_first_use_takes_no_row_for_a_row_only_where_it_is_told_so() -> None:
    with pytest.raises(IndexOutOfRange):
        first_use(corners((0, -1, 0)), 1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_welded_points_are_in_the_order_of_first_appearance(dtype: Any) -> None:
    points = np.array([[2, 0, 0], [1, 0, 0], [2, -0.0, 0]], dtype=dtype)

    welded, index = welded_points(points)

    assert ([[2, 0, 0], [1, 0, 0]], [0, 1, 0], dtype) == (welded.tolist(), index.tolist(), welded.dtype)


@given(seed=st.integers(0, 2**32))
@examples(80)
def test_property_a_mesh_depends_on_its_corners_and_not_on_the_order_of_the_tables(seed: int) -> None:
    mesh = a_mesh(seed)

    again = build(shuffled(mesh, np.random.default_rng(seed)))

    assert_same(mesh, again)
    assert_same(mesh, build(mesh))
    assert_same(mesh, check(mesh))


def shuffled(mesh: Mesh, random: np.random.Generator) -> Mesh:
    """Return the same mesh with the rows of every table in another order, and repeated."""

    def mixed(table: Any, rows: Any) -> tuple[Any, Any]:
        if table is None:
            return None, None
        order = random.permutation(np.repeat(np.arange(len(table)), 2))
        first = np.zeros(len(table) + 1, dtype=np.int32)
        first[order] = np.arange(len(order))
        first[-1] = -1
        return table[order], first[rows]

    vertices, faces = mixed(mesh.vertices, mesh.faces)
    uvs, uv_faces = mixed(mesh.uvs, mesh.uv_faces)
    colors, color_faces = mixed(mesh.colors, mesh.color_faces)
    materials, material_faces = mixed(
        np.array(mesh.materials, dtype=object) if mesh.materials else None, mesh.material_faces
    )
    return replace(
        mesh,
        vertices=vertices,
        faces=faces,
        uvs=uvs,
        uv_faces=uv_faces,
        colors=colors,
        color_faces=color_faces,
        materials=() if materials is None else tuple(materials),
        material_faces=material_faces,
    )
