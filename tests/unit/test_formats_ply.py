"""PLY as it is read."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest

from outfeed.mesh.appearance import Material, Texture
from outfeed.mesh.formats.ply.body import Body
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.reporting import silent
from outfeed.mesh.traits import Loss, Trait
from unit.mesh_helpers import an_image, triangles_of
from unit.ply_files import CORNERS, NEW_NAMES, ORDERS, SQUARE, a_file, faces, points, reading


def corner_colors(found: Reading) -> Any:
    """Return the colour of each corner (m, 3, 4)."""
    assert found.mesh.colors is not None
    return found.mesh.colors[found.mesh.color_faces].tolist()


def corner_uvs(found: Reading) -> Any:
    """Return the texture coordinates of each corner (m, 3, 2), NaN for none."""
    assert found.mesh.uvs is not None
    return np.vstack([found.mesh.uvs, [[np.nan, np.nan]]])[found.mesh.uv_faces].tolist()


@pytest.mark.parametrize("form", ORDERS)
@pytest.mark.parametrize("index", ["vertex_indices", "vertex_index", "corners"])
def test_triangles_are_read_in_their_order(form: str, index: str) -> None:
    data = a_file(points(), ("face", [f"list uchar int {index}"], [[[0, 1, 2]], [[0, 2, 3]]]), form=form)

    found = reading(data)

    assert [[SQUARE[0], SQUARE[1], SQUARE[2]], [SQUARE[0], SQUARE[2], SQUARE[3]]] == triangles_of(found.mesh)
    assert (2, ()) == (found.stored_triangles, found.lost)


@pytest.mark.parametrize("form", ["binary_little_endian", "binary_big_endian"])
@pytest.mark.parametrize("count", ["char", "uchar", "short", "ushort", "int", "uint"])
@pytest.mark.parametrize("item", ["char", "uchar", "short", "ushort", "int", "uint"])
def test_lists_have_any_type(form: str, count: str, item: str) -> None:
    data = a_file(points(), ("face", [f"list {count} {item} vertex_indices"], [[[0, 1, 2]], [[3, 2, 1, 0]]]), form=form)

    assert [[0, 1, 2], [3, 2, 1], [3, 1, 0]] == reading(data).mesh.faces.tolist()


@pytest.mark.parametrize("old", NEW_NAMES)
def test_types_have_two_names(old: str) -> None:
    rows = [[*row, 1] for row in SQUARE]
    data = a_file(points(rows, more=[f"{old} flags"]), faces([0, 1, 2]))

    assert (
        reading(data).mesh.faces.tolist()
        == reading(data.replace(old.encode() + b" f", NEW_NAMES[old].encode() + b" f")).mesh.faces.tolist()
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("form", ORDERS)
def test_lines_end_as_on_any_system(end: str, form: str) -> None:
    """The first byte of the data is a line feed, which a lone CR must not swallow."""
    data = a_file(("first", ["uchar ten"], [[10]]), points(), faces([0, 1, 2]), form=form, end=end)

    assert [SQUARE[:3]] == triangles_of(reading(data).mesh)


@pytest.mark.parametrize(
    ("form", "kind", "dtype"),
    [
        ("binary_little_endian", "float", np.float32),
        ("binary_big_endian", "float", np.float32),
        ("binary_little_endian", "double", np.float64),
        ("binary_little_endian", "int", np.float64),
        ("ascii", "float", np.float64),
    ],
)
def test_coordinates_keep_what_the_file_has(form: str, kind: str, dtype: Any) -> None:
    data = a_file(("vertex", [f"{kind} {axis}" for axis in "xyz"], SQUARE), faces([0, 1, 2]), form=form)

    assert dtype == reading(data).mesh.vertices.dtype


def test_text_keeps_every_digit() -> None:
    rows: list[list[Any]] = [[0.1, 1e-9, 123456.789], [1, 0, 0], [0, 1, 0]]

    mesh = reading(a_file(points(rows), faces([0, 1, 2]), form="ascii")).mesh

    assert rows == mesh.vertices.tolist()


def test_text_needs_no_lines() -> None:
    head, rows = a_file(points(), faces([0, 1, 2], [0, 2, 3]), form="ascii").split(b"end_header\n")

    mesh = reading(head + b"end_header\n" + b"  ".join(rows.split()) + b" \n\n").mesh

    assert [[0, 1, 2], [0, 2, 3]] == mesh.faces.tolist()


@pytest.mark.parametrize("form", ORDERS)
def test_elements_come_in_any_order_and_unknown_ones_are_read_over(form: str) -> None:
    camera = ("camera", ["float far", "list int short ring", "uchar on"], [[1.5, [1, 2, 3], 1], [2.5, [], 0]])
    data = a_file(camera, faces([0, 1, 2]), ("grid", ["int a"], [[7], [8]]), points(), form=form)

    found = reading(data)

    assert [SQUARE[:3]] == triangles_of(found.mesh)
    assert (Loss(what=Trait.OTHER, why="What a mesh does not hold: camera, grid."),) == found.lost


@pytest.mark.parametrize("form", ORDERS)
@pytest.mark.parametrize("more", [[], ["uchar quality"]])
def test_points_are_read_before_and_behind_other_elements(form: str, more: list[str]) -> None:
    rows = [[*row, *(7 for _ in more)] for row in SQUARE]
    tables = [faces([0, 1, 2]), points(rows, more=more)]

    found = [reading(a_file(*order, form=form)).mesh for order in (tables, tables[::-1])]

    assert [[SQUARE[:3]]] * 2 == [triangles_of(mesh) for mesh in found]


@pytest.mark.parametrize("held", [0, 1, 5])
def test_points_of_a_file_that_became_shorter_are_missed(held: int) -> None:
    body = Body(BytesIO(b"12345678"), 12, order="<", report=silent)
    body.look(held)

    assert not body.fill(np.zeros(12, dtype=np.uint8))
    assert body.is_at_end()


@pytest.mark.parametrize("form", ORDERS)
def test_long_tables_are_read_in_pieces(form: str) -> None:
    times, end = 60_000, b"end_header\n"
    blank = b"\n" if form == "ascii" else b""
    front, points_once = a_file(points(), form=form).split(end)
    back, faces_once = a_file(faces([0, 1, 2], [0, 1, 2, 3]), form=form).split(end)
    head = front.replace(b"vertex 4", b"vertex 240000") + back[back.index(b"element") :].replace(
        b"face 2", b"face 120000"
    )

    mesh = reading(head + end + (points_once + blank) * times + (faces_once + blank) * times).mesh

    assert np.array_equal(np.tile([[0, 1, 2], [0, 1, 2], [0, 2, 3]], (times, 1)), mesh.faces)
    assert SQUARE == mesh.vertices.tolist()


def test_polygons_are_cut_as_those_of_obj() -> None:
    dented: list[list[Any]] = [[2, -2, 0], [0.5, 0, 0], [2, 2, 0], [0, 0, 0]]

    found = reading(a_file(points(dented), faces([0, 1, 2, 3])))

    expected = {frozenset({(2, -2, 0), (0.5, 0, 0), (0, 0, 0)}), frozenset({(2, 2, 0), (0.5, 0, 0), (0, 0, 0)})}
    assert expected == {frozenset(map(tuple, triangle)) for triangle in triangles_of(found.mesh)}
    assert 2 == found.stored_triangles


def test_faces_without_three_corners_are_left_out() -> None:
    assert [[0, 1, 2]] == reading(a_file(points(), faces([], [0], [0, 1], [0, 1, 2]))).mesh.faces.tolist()


@pytest.mark.parametrize("form", ORDERS)
def test_strips_turn_every_second_triangle_and_begin_anew(form: str) -> None:
    rows: list[list[Any]] = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 2, 0], [1, 2, 0]]
    strips = ("tristrips", ["list int int vertex_indices"], [[[0, 1, 2, 3, -1, 2, 3, 4, 5]], [[0, 1]], [[5, 4, 3]]])

    found = reading(a_file(points(rows), strips, form=form))

    assert [[0, 1, 2], [2, 1, 3], [2, 3, 4], [4, 3, 5], [5, 4, 3]] == found.mesh.faces.tolist()
    assert 5 == found.stored_triangles


def test_a_strips_steps_to_its_next_piece_are_no_triangles() -> None:
    rows = [[i, i * i, 0] for i in range(6)]
    strips = ("tristrips", ["list int int vertex_indices"], [[[0, 1, 2, 2, 3, 3, 4, 5]]])

    assert [[0, 1, 2], [3, 4, 5]] == reading(a_file(points(rows), strips)).mesh.faces.tolist()


COLORS: dict[str, tuple[list[float], float]] = {
    "uchar": ([255, 128, 0], 64),
    "ushort": ([65535, 32896, 0], 16448),
    "float": ([1.5, 0.501, -1.0], 0.25),
    "double": ([1.0, 0.501, 0.0], 0.25),
    "int": ([300, 128, -5], 64),
}


@pytest.mark.parametrize("form", ORDERS)
@pytest.mark.parametrize("kind", COLORS)
@pytest.mark.parametrize("names", ["red green blue alpha", "diffuse_red diffuse_green diffuse_blue diffuse_alpha"])
def test_vertices_have_colours_of_any_type(form: str, kind: str, names: str) -> None:
    color, alpha = COLORS[kind]
    rows = [[*row, *color, alpha] for row in SQUARE]

    found = reading(
        a_file(points(rows, more=[f"{kind} {name}" for name in names.split()]), faces([0, 1, 2]), form=form)
    )

    assert [[[255, 128, 0, 64]] * 3] == corner_colors(found)
    assert () == found.lost


def test_colours_without_opacity_are_opaque() -> None:
    rows = [[*row, i, 0, 9] for i, row in enumerate(SQUARE)]

    found = reading(a_file(points(rows, more=["uchar red", "uchar green", "uchar blue"]), faces([0, 1, 2])))

    assert [[[i, 0, 9, 255] for i in range(3)]] == corner_colors(found)


def test_colours_that_are_no_numbers_are_black() -> None:
    rows = [[*row, float("nan"), float("inf"), float("-inf")] for row in SQUARE]

    found = reading(a_file(points(rows, more=["float red", "float green", "float blue"]), faces([0, 1, 2])))

    assert [[[0, 255, 0, 255]] * 3] == corner_colors(found)


def test_colours_of_faces_go_to_their_corners() -> None:
    face = (
        "face",
        [*CORNERS, "uchar red", "uchar green", "uchar blue"],
        [[[0, 1, 2, 3], 1, 2, 3], [[0, 1, 2], 4, 5, 6]],
    )

    found = reading(a_file(points(), face))

    assert [[[1, 2, 3, 255]] * 3] * 2 + [[[4, 5, 6, 255]] * 3] == corner_colors(found)


def test_colours_of_vertices_go_before_those_of_faces_which_is_told() -> None:
    names = ["uchar red", "uchar green", "uchar blue"]
    face = ("face", [*CORNERS, *names], [[[0, 1, 2], 4, 5, 6]])

    found = reading(a_file(points([[*row, 1, 2, 3] for row in SQUARE], more=names), face))

    assert [[[1, 2, 3, 255]] * 3] == corner_colors(found)
    assert (Loss(what=Trait.COLORS, why="Colours of faces: its vertices have colours too."),) == found.lost


@pytest.mark.parametrize("names", [("s", "t"), ("u", "v"), ("texture_u", "texture_v")])
def test_vertices_have_texture_coordinates(names: tuple[str, str]) -> None:
    rows = [[*row, row[0] / 2, row[1] / 4] for row in SQUARE]

    found = reading(a_file(points(rows, more=[f"float {name}" for name in names]), faces([0, 1, 2])))

    assert [[[0, 0], [0.5, 0], [0.5, 0.25]]] == corner_uvs(found)


def test_vertices_have_texture_coordinates_in_lists() -> None:
    rows = [[*row, [row[0] / 2, row[1] / 4]] for row in SQUARE]

    found = reading(a_file(points(rows, more=["list uchar float texcoord"]), faces([0, 1, 2])))

    assert [[[0, 0], [0.5, 0], [0.5, 0.25]]] == corner_uvs(found)


@pytest.mark.parametrize("form", ORDERS)
def test_corners_have_texture_coordinates_through_polygons_and_gaps(form: str) -> None:
    quad = [0, 0.5, 0.25, 0.5, 0.25, 0.75, 0, 0.75]
    rows: list[list[Any]] = [
        [[0, 1, 2], []],
        [[0, 1, 2, 3], quad],
        [[0, 1, 2], [1, 2, 3, 4, 5]],
        [[2, 1, 0], [1, 1, 2, 2, 3, 3]],
    ]

    found = reading(a_file(points(), ("face", [*CORNERS, "list uchar float texcoord"], rows), form=form))

    a, b, c, d = (quad[i : i + 2] for i in range(0, 8, 2))
    assert [[a, b, c], [a, c, d]] == corner_uvs(found)[1:3]
    assert [[1, 1], [2, 2], [3, 3]] == corner_uvs(found)[4]
    assert [-1] * 6 == [row for face in (0, 3) for row in found.mesh.uv_faces.tolist()[face]]  # type: ignore[union-attr]  # corner_uvs has asked


def test_texture_coordinates_without_a_place_are_told() -> None:
    rows = [[*row, 0, 1] for row in SQUARE]
    vertices = points(rows, more=["float s", "float t"])
    properties = [*CORNERS, "list uchar float texcoord"]

    both = reading(a_file(vertices, ("face", properties, [[[0, 1, 2], [1] * 6]])))
    misfit = reading(a_file(vertices, ("face", properties, [[[0, 1, 2], [1] * 5]])))

    assert [[[1, 1]] * 3] == corner_uvs(both)
    assert (Loss(what=Trait.UVS, why="Texture coordinates of vertices: its faces have some too."),) == both.lost
    assert [[[0, 1]] * 3] == corner_uvs(misfit)
    why = "Texture coordinates of faces that have not two numbers for each corner."
    assert (Loss(what=Trait.UVS, why=why),) == misfit.lost


TEXTURED = ["list uchar float texcoord", "int texnumber"]


def a_textured_file(*numbers: int, names: tuple[str, ...] = ("a.png", "b c.png")) -> bytes:
    rows = [[[0, 1, 2], [0, 0, 1, 0, 1, 1], number] for number in numbers]
    comments = tuple(f"comment TextureFile {name}" for name in names)
    return a_file(points(), ("face", [*CORNERS, *TEXTURED], rows), comments=comments)


def test_faces_say_which_image_they_show() -> None:
    images = {"a.png": an_image(1), "b c.png": an_image(2)}

    found = reading(a_textured_file(1, -1, 0, 1), companion=images.get)

    assert (Material(name="b c.png", texture=0), Material(name="a.png", texture=1)) == found.mesh.materials
    assert [0, -1, 1, 0] == found.mesh.material_faces.tolist()  # type: ignore[union-attr]  # the materials are there
    expected = tuple(Texture(image=images[name], media_type="image/png") for name in ("b c.png", "a.png"))
    assert (expected, ()) == (found.mesh.textures, found.lost)


def test_without_numbers_all_faces_show_the_first_image() -> None:
    rows = [[*row, row[0], row[1]] for row in SQUARE]
    data = a_file(points(rows, more=["float s", "float t"]), faces([0, 1, 2]), comments=("comment TextureFile a.png",))

    found = reading(data, companion={"a.png": an_image()}.get)

    assert [0] == found.mesh.material_faces.tolist()  # type: ignore[union-attr]  # asked for here
    assert (Material(name="a.png", texture=0),) == found.mesh.materials


@pytest.mark.parametrize("image", [None, b"no image"])
def test_an_image_that_is_not_there_costs_the_texture_and_is_told(image: bytes | None) -> None:
    found = reading(a_textured_file(0, 1, 9), companion={"a.png": image or b"", "b c.png": an_image()}.get)

    assert [-1, 0, -1] == found.mesh.material_faces.tolist()  # type: ignore[union-attr]  # one is there
    expected = "2 of the images that it names are not there or are no images."
    assert (Loss(what=Trait.TEXTURES, why=expected),) == found.lost


@pytest.mark.parametrize("name", ["../a.png", "/etc/a.png", "http://host/a.png", "c:\\a.png"])
def test_an_image_elsewhere_is_never_asked_for(name: str) -> None:
    asked: list[str] = []

    found = reading(a_textured_file(0, names=(name,)), companion=asked.append)

    assert ([], ()) == (asked, found.mesh.materials)
    assert [Trait.TEXTURES] == [loss.what for loss in found.lost]


def test_images_without_texture_coordinates_are_lost() -> None:
    data = a_file(points(), faces([0, 1, 2]), comments=("comment TextureFile a.png",))

    found = reading(data, companion={"a.png": an_image()}.get)

    assert (Loss(what=Trait.TEXTURES, why="It names images, but has no texture coordinates."),) == found.lost


def test_what_a_mesh_does_not_hold_is_told() -> None:
    rows = [[*row, 0, 0, 1, 5] for row in SQUARE]
    edges = ("edge", ["int vertex1", "int vertex2"], [[0, 1]])
    data = a_file(points(rows, more=["float nx", "float ny", "float nz", "float quality"]), faces([0, 1, 2]), edges)

    lost = reading(data + b"more").lost

    other = "What a mesh does not hold: quality, data behind its last element."
    assert (Loss(what=Trait.NORMALS), Loss(what=Trait.LINES), Loss(what=Trait.OTHER, why=other)) == lost
