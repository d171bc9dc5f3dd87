"""PLY files that are damaged, hostile or empty."""

import struct
from typing import Any

import pytest

from outfeed.errors import IndexOutOfRange, NotFinite, SourceDamaged, SourceEmpty, SourceError, TooManyTriangles
from unit.mesh_helpers import chance
from unit.ply_files import CORNERS, ORDERS, SQUARE, a_file, faces, points, reading

GOOD = a_file(points(), faces([0, 1, 2]), form="ascii")
NOWHERE = 4_000_000_000


@pytest.mark.parametrize("form", ORDERS)
def test_a_file_that_ends_anywhere_is_refused_or_whole(form: str) -> None:
    """No prefix of a file raises anything but an error of the source."""
    data = a_file(points(), faces([0, 1, 2], [0, 1, 2, 3]), ("rest", ["list int char x"], [[[1, 2]]]), form=form)

    for size in range(len(data) - 1):
        with pytest.raises((SourceDamaged, SourceEmpty)):
            reading(data[:size])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"ply\n", b"plx\n"),
        (b"format ascii 1.0\n", b""),
        (b"ascii 1.0", b"ascii"),
        (b"ascii 1.0", b"utf8 1.0"),
        (b"element vertex 4", b"element vertex -4"),
        (b"element vertex 4", b"element vertex 4.0"),
        (b"element vertex 4", b"element vertex \xd9\xa4"),
        (b"element vertex 4", b"element vertex " + b"9" * 30),
        (b"element face 1", b"element vertex 1"),
        (b"element face 1", b"element face"),
        (b"property float y", b"property float x"),
        (b"property float y", b"property quad y"),
        (b"property float y", b"property float"),
        (b"property list uchar int", b"property list float int"),
        (b"property list uchar int", b"property list uchar"),
        (b"property float y", b"wings float y"),
        (b"format ascii 1.0\n", b"property float x\nformat ascii 1.0\n"),
        (b"format ascii 1.0\n", b"format ascii 1.0\nformat ascii 1.0\n"),
    ],
)
def test_a_header_that_contradicts_itself_is_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(SourceDamaged, match=r"header|does not begin"):
        reading(GOOD.replace(old, new))


def test_lines_before_the_first_element_are_read_over() -> None:
    """A widespread exporter once forgot the word comment."""
    data = GOOD.replace(b"ascii 1.0\n", b"ascii 1.0\nCreated by Blender3D 247\n\nobj_info num_cols 512\n")

    assert 1 == reading(data).stored_triangles


def test_a_header_without_an_end_is_not_searched_for_long() -> None:
    with pytest.raises(SourceDamaged, match="no end_header within 65536 bytes"):
        reading(b"ply\nformat ascii 1.0\n" + b"comment x\n" * 60_000)


@pytest.mark.parametrize("form", ORDERS)
@pytest.mark.parametrize("element", ["vertex", "face"])
def test_rows_that_are_not_there_are_refused_before_they_are_made(form: str, element: str) -> None:
    data = a_file(points(), faces([0, 1, 2]), form=form)
    announced = data.replace(f"element {element} ".encode(), f"element {element} 99999999999".encode())

    with pytest.raises(SourceDamaged, match=rf"before the last of 99999999999\d rows of the element {element}"):
        reading(announced)


@pytest.mark.parametrize("kind", ["uint", "int"])
def test_a_list_that_is_longer_than_the_file_is_refused(kind: str) -> None:
    head, _ = a_file(points(), ("face", [f"list {kind} int vertex_indices"], [[[0, 1, 2]]])).split(b"end_header\n")
    body = struct.pack("<12f", *(x for row in SQUARE for x in row)) + struct.pack("<I3i", 0x7FFF_FFFF, 0, 1, 2)

    with pytest.raises(SourceDamaged, match="before the last of 1 rows"):
        reading(head + b"end_header\n" + body)


@pytest.mark.parametrize("length", ["-1", "0.5", "nan", "1e300"])
def test_a_lists_length_that_is_no_count_is_refused(length: str) -> None:
    with pytest.raises(SourceDamaged, match="a length that is no count"):
        reading(GOOD.replace(b"3 0 1 2", f"{length} 0 1 2".encode()))


@pytest.mark.parametrize("corner", ["-1", "4", "2147483648", "-2147483649", "1e30", "inf"])
@pytest.mark.parametrize("others", [b"0 1", b"3 2"])
def test_a_corner_that_is_not_there_is_refused(corner: str, others: bytes) -> None:
    with pytest.raises(IndexOutOfRange, match=r"\d"):
        reading(GOOD.replace(b"0 1 2", others + b" " + corner.encode()))


@pytest.mark.parametrize("corner", ["0.5", "nan"])
def test_a_corner_that_is_not_whole_is_refused(corner: str) -> None:
    with pytest.raises(SourceDamaged, match="not whole"):
        reading(GOOD.replace(b"0 1 2", f"0 1 {corner}".encode()))


@pytest.mark.parametrize(
    ("corners", "error"), [([0, 1, -2], IndexOutOfRange), ([0, 1, 4], IndexOutOfRange), ([0, 1, -1], SourceEmpty)]
)
def test_a_strip_names_what_is_there(corners: list[int], error: type[SourceError]) -> None:
    with pytest.raises(error):
        reading(a_file(points(), ("tristrips", ["list int int vertex_indices"], [[corners]])))


@pytest.mark.parametrize("form", ORDERS)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_coordinate_that_is_not_finite_is_refused_where_a_face_uses_it(form: str, value: float) -> None:
    rows: list[list[Any]] = [*SQUARE[:3], [value, 1, 0]]

    assert 1 == reading(a_file(points(rows), faces([0, 1, 2]), form=form)).stored_triangles
    with pytest.raises(NotFinite):
        reading(a_file(points(rows), faces([0, 1, 3]), form=form))


@pytest.mark.parametrize("word", ["x", "1.2.3", "0,5", "--1", "0x10", "\xff"])
def test_a_word_that_is_no_number_is_shown(word: str) -> None:
    with pytest.raises(SourceDamaged) as error:
        reading(GOOD.replace(b"1 0 0", f"1 {word} 0".encode("latin-1")))

    shown = word.replace("\xff", "?")
    assert f'"{shown}" stands where a number of the element vertex should be.' == error.value.detail


def test_a_word_without_an_end_is_refused() -> None:
    with pytest.raises(SourceDamaged, match=r'"9{20}" stands'):
        reading(GOOD[: GOOD.index(b"1 0 0")] + b"9" * 3_000_000)


@pytest.mark.parametrize("word", [b"\x0b" * 40 + b",", b"\x0b" * 70_000, b"\0" * 70_000])
def test_words_of_control_characters_are_refused(word: bytes) -> None:
    with pytest.raises(SourceDamaged):
        reading(GOOD[: GOOD.index(b"1 0 0")] + word + b" " * (2 << 20))


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"", "It has no bytes."),
        (a_file(points(), faces()), "It has no faces."),
        (a_file(points()), "It has no faces."),
        (a_file(faces([0, 1, 2])), "It has no vertices."),
        (a_file(points(), faces([], [0, 1])), "None of its faces has three corners."),
    ],
)
def test_a_file_without_triangles_is_empty(data: bytes, detail: str) -> None:
    with pytest.raises(SourceEmpty) as error:
        reading(data)

    assert detail == error.value.detail


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (a_file(("vertex", ["float x", "float y"], [[0, 0]]), faces([0, 0, 0])), "Its vertices have no x, y and z."),
        (a_file(points(), ("face", ["int a"], [[1]])), "Its element face has no list vertex_indices."),
        (
            a_file(points(), ("face", ["list uchar int a", "list uchar int b"], [[[], []]])),
            "Its element face has no list vertex_indices.",
        ),
    ],
)
def test_elements_without_what_makes_a_mesh_are_refused(data: bytes, detail: str) -> None:
    with pytest.raises(SourceDamaged) as error:
        reading(data)

    assert detail == error.value.detail


def test_more_triangles_than_allowed_are_refused() -> None:
    strips = ("tristrips", ["list int int vertex_indices"], [[[0, 1, 2, 3]]])

    assert 4 == reading(a_file(points(), faces([0, 1, 2, 3]), strips), most=4).stored_triangles
    with pytest.raises(TooManyTriangles, match="It has 4; the limit is 3"):
        reading(a_file(points(), faces([0, 1, 2, 3]), strips), most=3)


def test_names_of_the_file_are_shown_without_what_is_no_letter() -> None:
    data = a_file(points(), ("<b>" + "x" * 60, ["list int char a"], [[[1]]]), faces([0, 1, 2]), form="ascii")

    with pytest.raises(SourceDamaged, match=f"element b{'x' * 37} should"):
        reading(data.replace(b"\n1 1\n", b"\nno no\n"))


def test_many_properties_and_many_lists_are_read() -> None:
    wide = (
        "wide",
        [*(f"uchar p{i}" for i in range(1500)), *(f"list uchar uchar l{i}" for i in range(900))],
        [[1] * 1500 + [[7]] * 900],
    )

    assert 1 == reading(a_file(wide, points(), faces([0, 1, 2]))).stored_triangles


def test_elements_without_properties_have_nothing_to_read() -> None:
    data = GOOD.replace(b"element vertex", f"element nothing {NOWHERE}\nelement vertex".encode())

    assert 1 == reading(data).stored_triangles


@pytest.mark.parametrize("form", ORDERS)
def test_damage_gives_an_error_of_the_source_or_a_mesh(form: str) -> None:
    names = ["ushort red", "ushort green", "ushort blue", "float s", "float t"]
    face = (
        "face",
        [*CORNERS, "list uchar float texcoord", "int texnumber"],
        [[[0, 1, 2, 3], [0.5] * 8, 0], [[2, 1, 0], [], 1]],
    )
    strips = ("tristrips", ["list int int vertex_indices"], [[[0, 1, 2, -1, 3, 2, 1]]])
    data = a_file(
        points([[*row, 1, 2, 3, 0, 1] for row in SQUARE], more=names),
        face,
        strips,
        form=form,
        comments=("comment TextureFile a",),
    )
    dice, read = chance(form), 0

    for _ in range(300):
        damaged = bytearray(data)
        for _ in range(dice.choice([1, 1, 2, 5])):
            damaged[dice.randrange(len(data) - 90, len(data)) if dice.random() < 0.6 else dice.randrange(len(data))] = (
                dice.randrange(256)
            )
        try:
            read += reading(bytes(damaged), most=1000).stored_triangles > 0
        except SourceError as error:
            assert error.code != "source_refused"  # noqa: PT017 each one has a kind

    assert 20 < read < 280
