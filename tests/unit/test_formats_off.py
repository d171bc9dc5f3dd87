"""OFF as it is read."""

import struct
from typing import Any

import numpy as np
import pytest

from outfeed.errors import (
    IndexOutOfRange,
    NotFinite,
    SourceDamaged,
    SourceEmpty,
    SourceError,
    SourceUnsupported,
    TooManyTriangles,
)
from outfeed.mesh.formats.reading import Reading
from outfeed.mesh.formats.registry import read_source
from outfeed.mesh.formats.source import ReadLimits, SourceFile
from outfeed.mesh.traits import Loss, Trait
from outfeed.mesh.units import Unit
from unit.mesh_helpers import chance, triangles_of

SQUARE = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]
GOOD = "OFF\n4 2 5\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n3 0 1 2\n3 0 2 3\n"


def reading(data: bytes | str, *, most: int = 1_000_000) -> Reading:
    source = SourceFile(content=data.encode() if isinstance(data, str) else data)
    return read_source(source, format="off", unitless=Unit.MILLIMETRE, limits=ReadLimits(max_triangles=most))


def a_file(vertices: list[Any], faces: list[Any], *, word: str = "OFF\n") -> str:
    """Return a text file with these lines."""
    lines = [" ".join(map(str, row)) for row in [*vertices, *faces]]
    return "\n".join([f"{word}{len(vertices)} {len(faces)} 0", *lines, ""])


def a_binary_file(
    vertices: list[list[float]], faces: list[tuple[list[int], list[float]]], *, word: str = "OFF"
) -> bytes:
    """Return a binary file; a face has corners and a colour."""
    head = f"{word} BINARY\n".encode() + struct.pack(">3i", len(vertices), len(faces), 0)
    body = b"".join(struct.pack(f">{len(row)}f", *row) for row in vertices)
    return head + body + b"".join(struct.pack(f">i{len(a)}ii{len(b)}f", len(a), *a, len(b), *b) for a, b in faces)


def corner_colors(found: Reading) -> Any:
    """Return the colour of each corner (m, 3, 4); a corner without one is all zeros."""
    assert found.mesh.colors is not None
    return np.vstack([found.mesh.colors, [[0] * 4]])[found.mesh.color_faces].tolist()


def corner_uvs(found: Reading) -> Any:
    assert found.mesh.uvs is not None
    return found.mesh.uvs[found.mesh.uv_faces].tolist()


@pytest.mark.parametrize(
    "data",
    [
        GOOD,
        GOOD.replace("OFF\n", ""),
        GOOD.replace("OFF\n", "off\n"),
        GOOD.replace("OFF\n", "OFF "),
        GOOD.replace("OFF\n", "\ufeffOFF\n"),
        GOOD.replace("OFF\n", "# made\n\nOFF # a word\n# and more\n\n  \n"),
        GOOD.replace("4 2 5", "4 2"),
        GOOD.replace("4 2 5", "4 2 -1 # counts"),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.replace("\n", " \n\n"),
        GOOD.replace(" ", "\t "),
        GOOD.replace("\n3 0 1", " # x\n3 0 1"),
        GOOD.removesuffix("\n"),
    ],
)
def test_the_ways_to_write_one_mesh(data: str) -> None:
    found = reading(data)

    assert [SQUARE[:3], [SQUARE[0], SQUARE[2], SQUARE[3]]] == triangles_of(found.mesh)
    assert (2, ()) == (found.stored_triangles, found.lost)
    assert np.float64 == found.mesh.vertices.dtype


def test_polygons_are_cut_and_faces_without_three_corners_are_left_out() -> None:
    found = reading(a_file(SQUARE, [[4, 0, 1, 2, 3], [0], [1, 2], [2, 0, 1], [3, 3, 2, 1]]))

    assert [[0, 1, 2], [0, 2, 3], [3, 2, 1]] == found.mesh.faces.tolist()
    assert 3 == found.stored_triangles


COLORS = {
    "255 128 0 64": [255, 128, 0, 64],
    "255 128 0": [255, 128, 0, 255],
    "1.0 0.501 0 0.25": [255, 128, 0, 64],
    "1 0.501 0": [255, 128, 0, 255],
    "300 128 -7": [255, 128, 0, 255],
    "1.000001 0.501 0": [255, 128, 0, 255],
}


@pytest.mark.parametrize("color", COLORS)
def test_colours_of_vertices_are_whole_numbers_or_shares(color: str) -> None:
    found = reading(a_file([[*row, color] for row in SQUARE], [[3, 0, 1, 2]], word="COFF\n"))

    assert [[COLORS[color]] * 3] == corner_colors(found)


@pytest.mark.parametrize("color", COLORS)
def test_colours_of_faces_are_whole_numbers_or_shares(color: str) -> None:
    found = reading(a_file(SQUARE, [[3, 0, 1, 2, color], [3, 0, 2, 3]]))

    assert [[COLORS[color]] * 3, [[0] * 4] * 3] == corner_colors(found)


def test_one_whole_number_above_one_decides_for_all() -> None:
    found = reading(a_file(SQUARE, [[3, 0, 1, 2, 1, 0, 0], [3, 0, 2, 3, 2, 1, 1]]))

    assert [[[1, 0, 0, 255]] * 3, [[2, 1, 1, 255]] * 3] == corner_colors(found)


def test_numbers_behind_vertices_that_can_be_colours_are_some() -> None:
    found = reading(a_file([[*row, 9, 8, 7] for row in SQUARE], [[3, 0, 1, 2]]))

    assert [[[9, 8, 7, 255]] * 3] == corner_colors(found)


@pytest.mark.parametrize("more", ["0 0 -1", "300 0 0", "1 2", "1 2 3 4 5"])
def test_numbers_behind_vertices_that_are_no_colours_are_lost(more: str) -> None:
    found = reading(a_file([[*row, more] for row in SQUARE], [[3, 0, 1, 2]]))

    why = "What a mesh does not hold: numbers behind the coordinates that are no colours."
    assert (None, (Loss(what=Trait.OTHER, why=why),)) == (found.mesh.colors, found.lost)


def test_numbers_that_only_some_vertices_have_are_lost() -> None:
    found = reading(a_file([*SQUARE[:3], [*SQUARE[3], 1, 2, 3]], [[3, 0, 1, 2]]))

    why = "What a mesh does not hold: numbers that only some vertices have."
    assert (None, (Loss(what=Trait.OTHER, why=why),)) == (found.mesh.colors, found.lost)


def test_the_word_says_what_vertices_have() -> None:
    rows = [[*row, 0, 0, 1, 1, 0.501, 0, 1, row[0] / 2, row[1] / 4] for row in SQUARE]

    found = reading(a_file(rows, [[3, 0, 1, 2]], word="STCNOFF\n"))

    assert [[[255, 128, 0, 255]] * 3] == corner_colors(found)
    assert [[[0, 0], [0.5, 0], [0.5, 0.25]]] == corner_uvs(found)
    assert (Loss(what=Trait.NORMALS),) == found.lost


def test_colours_of_vertices_go_before_those_of_faces_which_is_told() -> None:
    found = reading(a_file([[*row, 9, 8, 7] for row in SQUARE], [[3, 0, 1, 2, 1, 2, 3]], word="COFF\n"))

    assert [[[9, 8, 7, 255]] * 3] == corner_colors(found)
    assert (Loss(what=Trait.COLORS, why="Colours of faces: its vertices have colours too."),) == found.lost


@pytest.mark.parametrize("color", ["5", "1 2", "1 2 3 4 5"])
def test_colours_of_a_palette_are_lost(color: str) -> None:
    found = reading(a_file(SQUARE, [[3, 0, 1, 2, color]]))

    expected = (Loss(what=Trait.COLORS, why="Colours of faces that are no red, green and blue."),)
    assert (None, expected) == (found.mesh.colors, found.lost)


def test_binary_files_keep_float32_and_their_colours_are_shares() -> None:
    rows = [[*map(float, row), 0, 0, 1, 1, 0.501, 0, 2, row[0] / 2, row[1] / 4] for row in SQUARE]
    data = a_binary_file(rows, [([0, 1, 2, 3], [])], word="STCNOFF")

    found = reading(data)

    assert np.float32 == found.mesh.vertices.dtype
    assert [SQUARE[:3], [SQUARE[0], SQUARE[2], SQUARE[3]]] == triangles_of(found.mesh)
    assert [[[255, 128, 0, 255]] * 3] * 2 == corner_colors(found)
    assert [[[0, 0], [0.5, 0], [0.5, 0.25]], [[0, 0], [0.5, 0.25], [0, 0.25]]] == corner_uvs(found)


def test_faces_of_binary_files_have_colours() -> None:
    data = a_binary_file(
        [[*map(float, row)] for row in SQUARE], [([0, 1, 2], [1, 0, 0, 0.25]), ([0, 2, 3], []), ([1, 2, 3], [7])]
    )

    found = reading(data)

    assert [[[255, 0, 0, 64]] * 3, [[0] * 4] * 3, [[0] * 4] * 3] == corner_colors(found)
    assert (Loss(what=Trait.COLORS, why="Colours of faces that are no red, green and blue."),) == found.lost


def test_long_tables_are_read_in_pieces() -> None:
    times = 40_000
    head, rows, faces = "OFF\n160000 80000 0\n", "0 0 0\n1 0 0\n1 1 0\n0 1 0\n", "4 0 1 2 3 # x\n\n3 0 1 2 9 8 7\n"

    found = reading(head + rows * times + faces * times)

    assert np.array_equal(np.tile([[0, 1, 2], [0, 2, 3], [0, 1, 2]], (times, 1)), found.mesh.faces)
    assert [[9, 8, 7, 255]] == found.mesh.colors.tolist()  # type: ignore[union-attr]  # some faces have one
    assert [[-1] * 3, [-1] * 3, [0] * 3] == found.mesh.color_faces.tolist()[-3:]  # type: ignore[union-attr]  # as above


@pytest.mark.parametrize("more", ["0 0 0\n", "x"])
def test_what_follows_the_last_face_is_told(more: str) -> None:
    why = "What a mesh does not hold: data behind its last face."

    assert (Loss(what=Trait.OTHER, why=why),) == reading(GOOD + more).lost


REFUSED = {
    "": "It has no bytes.",
    "OFF\n4 0 0\n0 0 0\n": "It has no faces.",
    "OFF\n1 1 0\n0 0 0\n2 0 0\n": "None of its faces has three corners.",
    "OFF\n": "It has no line with the counts of vertices and faces within 65536 bytes.",
    "OFF\n-1 -1 0\n": "It has no line with the counts of vertices and faces within 65536 bytes.",
    "OFF\n4\n2\n0\n": "It has no line with the counts of vertices and faces within 65536 bytes.",
    "OFF\n" + "#" * 70_000: "It has no line with the counts of vertices and faces within 65536 bytes.",
    "solid x\n": "It has no line with the counts of vertices and faces within 65536 bytes.",
    "4OFF\n1 1 0\n": "Its points have four or n dimensions, which are not read.",
    "nOFF\n3\n1 1 0\n": "Its points have four or n dimensions, which are not read.",
    GOOD.replace("4 2 5", "4 5000000000 0"): "It announces 4 vertices and 5000000000 faces, and has 40 bytes for them.",
    GOOD.replace("4 2 5", "5000000000 2 0"): "It announces 5000000000 vertices and 2 faces, and has 40 bytes for them.",
    GOOD.replace("4 2 5", "4 3 5"): "It announces 3 faces: 2 are there.",
    GOOD.replace("1 0 0\n", "1 0\n"): "A vertex has fewer than three coordinates.",
    GOOD.replace("1 0 0\n", "1 0,5 0\n"): 'It announces 4 vertices: "0,5" is no number.',
    GOOD.replace("1 0 0\n", "1 zero 0\n"): 'It announces 4 vertices: "zero" is no number.',
    GOOD.replace("1 0 0\n", "1 \xff 0\n"): 'It announces 4 vertices: "??" is no number.',
    GOOD.replace("3 0 1 2", "4 0 1 2"): "A face has fewer corners than its line says.",
    GOOD.replace("3 0 1 2", "-3 0 1 2"): "A face has fewer corners than its line says.",
    GOOD.replace("3 0 1 2", "3.5 0 1 2"): "A face has a number of corners that is none.",
    GOOD.replace("3 0 1 2", "3 0 1 1.5"): "A face names a vertex by a number that is not whole.",
    GOOD.replace("3 0 1 2", "3 0 1 nan"): "A face names a vertex by a number that is not whole.",
}


@pytest.mark.parametrize("data", REFUSED)
def test_a_file_that_is_no_mesh_is_refused_with_what_is_wrong(data: str) -> None:
    with pytest.raises((SourceDamaged, SourceEmpty, SourceUnsupported)) as error:
        reading(data)

    assert REFUSED[data] == error.value.detail


@pytest.mark.parametrize("corner", ["-1", "4", "2147483648", "1e30", "inf"])
@pytest.mark.parametrize("count", [3, 4])
def test_a_corner_that_is_not_there_is_refused(corner: str, count: int) -> None:
    with pytest.raises(IndexOutOfRange, match=r"\d"):
        reading(GOOD.replace("3 0 1 2", f"{count} 0 1 {'2 ' * (count - 3)}{corner}"))


@pytest.mark.parametrize("value", ["nan", "inf", "-1e999"])
def test_a_coordinate_that_is_not_finite_is_refused_where_a_face_uses_it(value: str) -> None:
    assert 1 == reading(GOOD.replace("0 1 0\n", f"0 {value} 0\n").replace("3 0 2 3", "2 0 2")).stored_triangles
    with pytest.raises(NotFinite):
        reading(GOOD.replace("0 1 0\n", f"0 {value} 0\n"))


def test_more_triangles_than_allowed_are_refused() -> None:
    with pytest.raises(TooManyTriangles, match="It has 2; the limit is 1"):
        reading(GOOD, most=1)


@pytest.mark.parametrize(
    ("counts", "detail"), [((-1, 1, 0), "counts"), ((2**31 - 1, 1, 0), "vertex"), ((4, 2**31 - 1, 0), "face")]
)
def test_counts_of_binary_files_are_checked(counts: tuple[int, int, int], detail: str) -> None:
    data = a_binary_file([[*map(float, row)] for row in SQUARE], [([0, 1, 2], [])])

    with pytest.raises(SourceDamaged, match=detail):
        reading(data[:11] + struct.pack(">3i", *counts) + data[23:])


@pytest.mark.parametrize("binary", [False, True])
def test_a_file_that_ends_anywhere_is_refused_or_whole(binary: bool) -> None:  # noqa: FBT001 a case of the table
    corners = [[*map(float, row)] for row in SQUARE]
    data = (
        a_binary_file(corners, [([0, 1, 2, 3], [1, 0, 0])]) if binary else a_file(corners, [[4, 0, 1, 2, 13]]).encode()
    )

    for size in range(len(data) - 2):
        with pytest.raises((SourceDamaged, SourceEmpty, IndexOutOfRange)):
            reading(data[:size])


@pytest.mark.parametrize("binary", [False, True])
def test_damage_gives_an_error_of_the_source_or_a_mesh(binary: bool) -> None:  # noqa: FBT001 a case of the table
    rows: list[Any] = [[*map(float, row), 0, 0, 1, 1, 0.5, 0, 1, 0.5, 0.25] for row in SQUARE]
    text = a_file(rows, [[4, 0, 1, 2, 3, 1, 2, 3], [3, 0, 1, 2]], word="STCNOFF\n").encode()
    data = a_binary_file(rows, [([0, 1, 2, 3], [1, 0, 0]), ([2, 1, 0], [])], word="STCNOFF") if binary else text
    dice, read = chance(str(binary)), 0

    for _ in range(400):
        damaged = bytearray(data)
        for _ in range(dice.choice([1, 1, 2, 5])):
            damaged[dice.randrange(len(data))] = dice.choice([dice.randrange(256), *b"0123456789 \n#,.-"])
        try:
            read += reading(bytes(damaged), most=1000).stored_triangles > 0
        except SourceError as error:
            assert error.code != "source_refused"  # noqa: PT017 each one has a kind

    assert 20 < read < 390
