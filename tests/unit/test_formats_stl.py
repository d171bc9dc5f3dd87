import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from outfeed.errors import NotFinite, OutfeedError, SourceDamaged, SourceEmpty, TargetTooSmall, TooManyTriangles
from outfeed.mesh.formats.stl import write_stl_binary
from outfeed.mesh.model import Mesh
from outfeed.mesh.units import Unit
from unit import twins
from unit.mesh_helpers import a_cube, ascii_stl, binary_stl, read, triangles_of, written

CUBE = triangles_of(a_cube())


@pytest.mark.parametrize(
    "data",
    [
        binary_stl(CUBE),
        binary_stl(CUBE, header=b"solid made by a program"),
        binary_stl(CUBE, header=b"solid facet normal"),
        binary_stl(CUBE, tail=b"\x01" * 37),
        binary_stl(CUBE, header=b"solid with a tail", tail=b"tail"),
    ],
    ids=["plain", "solid", "facet in header", "trailing bytes", "solid and trailing bytes"],
)
def test_binary_is_told_by_content_and_length(data: bytes, tmp_path: Path) -> None:
    mesh = read(data, tmp_path, form="stl")

    assert triangles_of(mesh) == CUBE
    assert (mesh.vertices.dtype.name, len(mesh.vertices)) == ("float32", 8)


@pytest.mark.parametrize(
    "text",
    [
        ascii_stl(CUBE),
        ascii_stl(CUBE, end="\r\n"),
        ascii_stl(CUBE, end="\r"),
        ascii_stl(CUBE, end=" "),
        ascii_stl(CUBE, name=""),
        ascii_stl(CUBE, name="a facet of a vertex"),
        ascii_stl(CUBE).upper(),
        ascii_stl(CUBE).replace("endsolid part\n", ""),
        ascii_stl(CUBE).rstrip(),
        "\ufeff" + ascii_stl(CUBE),
        "\n  " + ascii_stl(CUBE),
        ascii_stl(CUBE[:5], name="one") + ascii_stl([], name="none") + ascii_stl(CUBE[5:], name="two"),
        ascii_stl(CUBE).replace("normal 0 0 0", "normal nan nan nan"),
        ascii_stl(CUBE).replace("10.0", "+1.E1"),
    ],
    ids=[
        "lf",
        "crlf",
        "cr",
        "line",
        "noname",
        "name",
        "upper",
        "noend",
        "nonewline",
        "bom",
        "space",
        "solids",
        "nan",
        "exponent",
    ],
)
def test_ascii_in_every_style_is_the_same_mesh(text: str, tmp_path: Path) -> None:
    mesh = read(text, tmp_path, form="stl")

    assert triangles_of(mesh) == CUBE
    assert (mesh.vertices.dtype.name, len(mesh.vertices)) == ("float64", 8)


def test_a_name_in_latin_1_is_read_over(tmp_path: Path) -> None:
    data = ascii_stl(CUBE, name="Gehäuse").encode("latin-1")

    assert triangles_of(read(data, tmp_path, form="stl")) == CUBE


GOOD = ascii_stl(CUBE)


@pytest.mark.parametrize(
    ("error", "detail", "data"),
    [
        (SourceEmpty, "no bytes", b""),
        (SourceEmpty, "", binary_stl([])),
        (SourceEmpty, "", b"solid x\nendsolid x"),
        (SourceDamaged, "shorter", b"x" * 50),
        (SourceDamaged, "announces 3", binary_stl(CUBE[:2], count=3)),
        (SourceDamaged, "announces 4294967295", binary_stl(CUBE[:1], count=2**32 - 1)),
        (SourceDamaged, "announces 1 triangles, the file has room for 12", binary_stl(CUBE, count=1)),
        (SourceDamaged, "announces 0", binary_stl(CUBE, count=0)),
        (SourceDamaged, "UTF-16", GOOD.encode("utf-16")),
        (SourceDamaged, "Line 4", GOOD.replace("0.0", "0,0").encode()),
        (SourceDamaged, "Line 4", GOOD.replace("10.0", "ten", 1).encode()),
        (SourceDamaged, "ends inside", GOOD[:-60].encode()),
        (SourceDamaged, "three corners", GOOD.replace("endloop", "vertex 1 1 1\nendloop", 1).encode()),
        (SourceDamaged, "three corners", GOOD.replace("vertex 0.0 10.0 0.0\n", "", 1).encode()),
        (SourceDamaged, "Line 9", GOOD.replace("endfacet", "endfacet\nhello", 1).encode()),
        (NotFinite, "Line 4", GOOD.replace("10.0", "1e999", 1).encode()),
        (NotFinite, "Line 4", GOOD.replace("10.0", "nan", 1).encode()),
        (NotFinite, "", binary_stl([[(float("nan"), 0, 0), (1, 0, 0), (0, 1, 0)]])),
        (NotFinite, "", binary_stl([*CUBE, [(0, 0, 0), (1, -float("inf"), 0), (0, 1, 0)]])),
    ],
)
def test_damage_is_refused_with_its_reason(error: type[OutfeedError], detail: str, data: bytes, tmp_path: Path) -> None:
    with pytest.raises(error) as caught:
        read(data, tmp_path, form="stl")

    assert error is type(caught.value)
    assert detail in caught.value.detail


@pytest.mark.parametrize("data", [binary_stl(CUBE), GOOD.encode()], ids=["binary", "ascii"])
def test_the_limit_of_triangles_is_the_last_that_passes(data: bytes, tmp_path: Path) -> None:
    assert len(read(data, tmp_path, form="stl", most=12).faces) == 12
    with pytest.raises(TooManyTriangles):
        read(data, tmp_path, form="stl", most=11)


def test_too_small_numbers_are_zero_and_too_large_ones_are_refused_whatever_their_notation(tmp_path: Path) -> None:
    tiny = "0." + "0" * 400 + "1"
    mesh = read(GOOD.replace(" 0.0", f" {tiny}", 1), tmp_path, form="stl")

    assert triangles_of(mesh) == CUBE
    with pytest.raises(NotFinite):
        read(GOOD.replace("10.0", "1" + "0" * 400, 1), tmp_path, form="stl")


def test_degenerate_triangles_are_kept(tmp_path: Path) -> None:
    mesh = read(binary_stl([[(1, 1, 1)] * 3] * 5), tmp_path, form="stl")

    assert (1, 5) == (len(mesh.vertices), len(mesh.faces))


def test_binary_is_written_as_the_format_says() -> None:
    data = written(a_cube(), "stl_binary")

    assert len(data) == 84 + 12 * 50
    assert data[:5] != b"solid"
    assert struct.unpack_from("<I", data, 80) == (12,)
    assert struct.unpack_from("<12fH", data, 84) == (0, 0, -1, 0, 10, 0, 10, 10, 0, 10, 0, 0, 0)


def test_ascii_is_written_as_the_format_says() -> None:
    data = written(a_cube(), "stl_ascii").decode().splitlines()

    assert data[0] == "solid outfeed"
    assert data[1:8] == [
        "facet normal 0 0 -1",
        "outer loop",
        "vertex 0 10 0",
        "vertex 10 10 0",
        "vertex 10 0 0",
        "endloop",
        "endfacet",
    ]
    assert (1 + 12 * 7 + 1, "endsolid outfeed") == (len(data), data[-1])


@pytest.mark.parametrize("form", ["stl_ascii", "stl_binary"])
def test_stl_to_stl_never_changes_a_number(form: str, tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    numbers = random.normal(size=(2000, 3, 3)) * 10.0 ** random.integers(-30, 30, size=(2000, 1, 1))
    source = binary_stl(numbers.tolist())
    mesh = read(source, tmp_path, form="stl", unit=Unit.CENTIMETRE)

    again = read(written(mesh, form, unit=Unit.CENTIMETRE), tmp_path, form="stl")

    assert np.array_equal(mesh.vertices[mesh.faces], again.vertices.astype(np.float32)[again.faces])


def test_a_mesh_in_another_unit_is_converted(tmp_path: Path) -> None:
    mesh = read(written(a_cube(1, unit=Unit.INCH), "stl_ascii"), tmp_path, form="stl")

    assert mesh.vertices.max() == 25.4


@pytest.mark.parametrize(("unit", "target"), [(Unit.MILLIMETRE, Unit.MILLIMETRE), (Unit.METRE, Unit.MICROMETRE)])
def test_numbers_beyond_float32_do_not_fit_into_binary(unit: Unit, target: Unit) -> None:
    size = 1e39 if unit is target else 1e33
    with pytest.raises(TargetTooSmall):
        written(a_cube(size, unit=unit), "stl_binary", unit=target)


def written_normals(mesh: Mesh) -> NDArray[np.float32]:
    lines = written(mesh, "stl_ascii").decode().splitlines()
    normals = [line.split()[2:] for line in lines if line.startswith("facet normal")]
    return np.array(normals, dtype=np.float32)


@pytest.mark.parametrize("size", [1e-300, 1e-30, 1.0, 1e30, 1.7e308])
def test_normals_are_units_at_every_size(size: float) -> None:
    mesh = a_cube(size)

    result = written_normals(mesh)

    expected = [twins.normal(triangle) for triangle in triangles_of(a_cube(1))]
    assert np.array_equal(np.array(expected, dtype=np.float32), result)


def test_a_triangle_without_an_area_has_no_normal() -> None:
    line = Mesh(
        vertices=np.array([[0.0, 0, 0], [1, 1, 1], [2, 2, 2]]),
        faces=np.array([[0, 1, 2]], dtype=np.int32),
        unit=Unit.MILLIMETRE,
    )

    assert [[0, 0, 0]] == written_normals(line).tolist()


def test_writing_in_pieces_reports_how_far_it_is(tmp_path: Path) -> None:
    cube = a_cube()
    large = Mesh(vertices=cube.vertices, faces=np.tile(cube.faces, (11_000, 1)), unit=cube.unit)
    shares: list[float] = []
    path = tmp_path / "large.stl"

    with path.open("wb") as out:
        write_stl_binary(large, out, unitless=Unit.MILLIMETRE, report=shares.append)

    assert path.stat().st_size == 84 + 50 * 132_000
    assert [piece / 17 for piece in range(1, 18)] == shares
