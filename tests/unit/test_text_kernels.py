"""Numbers as text: the fast ways of the kernels and the plain ones of Python."""

import math
from random import Random
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from outfeed import _kernels

if TYPE_CHECKING:
    from outfeed.mesh.model import Positions
from unit import twins, twins_points
from unit.properties import examples

WIDTHS: dict[Any, Literal[32, 64]] = {np.float32: 32, np.float64: 64}

#: Where roundings and limits are: halfway between two numbers, subnormal, the largest, many digits, large exponents.
HARD = [
    "1e9223372036854775807",
    "-12e9223372036854775807",
    "1e-9223372036854775808",
    "9007199254740993",
    "9007199254740992.5",
    "9007199254740991e22",
    "9007199254740993e-22",
    "1e22",
    "1e23",
    "123456789012345678901234567890",
    "0.1000000000000000055511151231257827021181583404541015625",
    "2.4703282292062327208e-324",
    "2.4703282292062328e-324",
    "4.9406564584124654e-324",
    "2.2250738585072011e-308",
    "1.7976931348623157e308",
    "1.7976931348623159e308",
    "-0",
    "-0.0e5",
    "0e9999",
    "1e-9999",
    "0." + "0" * 400 + "1e400",
    "1" + "0" * 400 + "e-400",
    "0" * 800 + "1.5",
    "3." + "1415926535897932384626433832795028841971" * 20,
    "00000000000000000001.25",
    "1.00000000000000011102230246251565404236316680908203125",
    "8.5e+0",
    "12345678.12345678",
]

#: What follows a number, or is none.
OTHERS = [".", "-", "+", "+-1", "e5", ".e5", "1e", "1e+", "1.5.2", "0x10", "1f", "--1", "1_0", "", "12a"]


def read(text: str) -> tuple[list[float], int]:
    values, used = _kernels.numbers(np.frombuffer(text.encode(), dtype=np.uint8))
    return values.tolist(), used


@pytest.mark.parametrize("text", HARD)
def test_hard_numbers_are_read_as_python_reads_them(text: str) -> None:
    values, used = read(text)

    assert [float(text).hex()] == [value.hex() for value in values]
    assert len(text) == used


def some_decimal(random: Random) -> str:
    """Return digits with a point somewhere, and perhaps a sign and an exponent."""
    digits = "".join(random.choices("0123456789", k=random.randint(1, 24)))
    point = random.randint(0, len(digits))
    sign, exponent = random.choice(["", "-", "+"]), random.choice(["", f"e{random.randint(-40, 40)}", "E+7", "e0012"])
    return f"{sign}{digits[:point]}{random.choice(['.', '.', ''])}{digits[point:]}{exponent}"


def test_property_numbers_are_read_as_python_reads_them() -> None:
    random = Random(5)  # noqa: S311 numbers for a test
    words = [some_decimal(random) for _ in range(20_000)]
    words += [repr(random.uniform(-1, 1) * 10 ** random.randint(-320, 300)) for _ in range(5_000)]

    values, used = read(" ".join(words))

    assert [float(word).hex() for word in words] == [value.hex() for value in values]
    assert len(" ".join(words)) == used


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_no_number_is_not_read(text: str) -> None:
    assert ([1.0], 2) == read(f"1 {text}")


@pytest.mark.parametrize("text", ["1", "12345678", "0.12345678", "-1.5e-7", "9.87654321e+12"])
def test_a_number_may_be_the_last_of_its_memory(text: str) -> None:
    memory = np.frombuffer(text.encode() + b"99999999", dtype=np.uint8)

    values, used = _kernels.numbers(memory[: len(text)])

    assert ([float(text)], len(text)) == (values.tolist(), used)


def lines_of(values: Any) -> str:
    return bytes(_kernels.point_rows("v", values)).decode()


@given(bits=arrays.arrays(np.uint64, (8, 3)))
@examples(60)
def test_property_numbers_of_any_bits_are_written_as_python_writes_them(bits: Any) -> None:
    doubles = bits.view(np.float64)
    doubles[~np.isfinite(doubles)] = 1.25
    with np.errstate(over="ignore", invalid="ignore"):
        singles = bits.astype(np.uint32).view(np.float32)
    singles[~np.isfinite(singles)] = 1.25

    assert twins.point_rows("v", doubles) == lines_of(doubles)
    assert twins.point_rows("v", singles) == lines_of(singles)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_powers_of_two_and_their_neighbours_are_written_as_python_writes_them(
    dtype: type[np.float32 | np.float64],
) -> None:
    info = np.finfo(dtype)
    exponents = np.arange(int(info.minexp) - int(info.nmant), int(info.maxexp))
    powers: Any = np.ldexp(dtype(1), exponents)
    values = np.stack([np.nextafter(powers, dtype(0)), powers, np.nextafter(powers, dtype(np.inf))], axis=1)
    values[~np.isfinite(values)] = info.max

    assert twins.point_rows("v", values) == lines_of(values)


def test_powers_of_ten_and_what_is_near_them_are_written_as_python_writes_them() -> None:
    tens = np.array([float(f"1e{exponent}") for exponent in range(-323, 309)])
    values = np.stack([np.nextafter(tens, 0), tens, np.nextafter(tens, 1e308)], axis=1)

    assert twins.point_rows("v", values) == lines_of(values)


def test_numbers_halfway_between_two_decimals_are_written_as_python_writes_them() -> None:
    odd = np.arange(1, 4000, 2, dtype=np.float64)
    values = np.stack([np.ldexp(odd, shift) for shift in range(50, 110)], axis=1)

    assert twins.point_rows("v", values) == lines_of(values)


def test_what_is_not_finite_is_written_as_a_word() -> None:
    values = np.array([[math.inf, -math.inf, math.nan]])

    assert "v inf -inf nan\n" == lines_of(values)


@given(values=arrays.arrays(np.int32, (6, 3)))
@example(values=np.array([[-(2**31), 2**31 - 1, 0], [9, 10, 99], [99_999_999, 10**8, -1]], dtype=np.int32))
@examples(100)
def test_property_whole_numbers_are_written_as_python_writes_them(values: Any) -> None:
    text = bytes(_kernels.table_rows(values)).decode()

    assert "".join(f"{a} {b} {c}\n" for a, b, c in values.tolist()) == text


@given(values=arrays.arrays(np.float32, 12, elements=st.floats(width=32, allow_nan=False, allow_infinity=False)))
@example(values=np.array([1e15, 1e-4, -1e15, -1e-4] * 3, dtype=np.float32))
@examples(100)
def test_property_floats_become_the_doubles_that_their_text_is_read_as(values: Any) -> None:
    doubles = _kernels.as_written(values.reshape(-1, 3))

    assert [float(twins.number(value)) for value in values] == doubles.ravel().tolist()


def test_floats_that_are_not_finite_have_no_text_that_is_read() -> None:
    with pytest.raises(ValueError, match="not finite"):
        _kernels.as_written(np.array([[1, np.nan, 2]], dtype=np.float32))


def facets_of(vertices: Any, faces: Any) -> str:
    """Return facets of ASCII STL, with the normals of the numbers as they are read."""
    words = [[twins.number(value) for value in vertex] for vertex in vertices]
    read = np.array(words, dtype=np.float64).reshape(-1, 3)
    normals = twins_points.normals(read[faces])
    return "".join(
        f"{twins.point_rows('facet normal', normal[None])}outer loop\n"
        + "".join(f"vertex {' '.join(words[corner])}\n" for corner in face)
        + "endloop\nendfacet\n"
        for face, normal in zip(faces, normals, strict=True)
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(data=st.data())
@examples(60)
def test_property_facets_equal_their_twin(dtype: type[np.float32 | np.float64], data: st.DataObject) -> None:
    finite = st.floats(width=WIDTHS[dtype], allow_nan=False, allow_infinity=False)
    vertices: Positions = data.draw(arrays.arrays(dtype, (5, 3), elements=finite))
    faces = data.draw(arrays.arrays(np.int32, st.tuples(st.integers(0, 9), st.just(3)), elements=st.integers(0, 4)))

    assert facets_of(vertices, faces) == bytes(_kernels.facet_rows(vertices, faces)).decode()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_facets_of_more_vertices_than_are_remembered_equal_their_twin(dtype: type[np.float32 | np.float64]) -> None:
    random = np.random.default_rng(4)
    vertices: Any = random.normal(size=(6000, 3)).astype(dtype)
    faces = random.integers(0, 6000, size=(2000, 3), dtype=np.int32)
    # Two corners of a face that are remembered in one place.
    faces[::2, 1] = (faces[::2, 0] + 2048) % 6000

    assert facets_of(vertices, faces) == bytes(_kernels.facet_rows(vertices, faces)).decode()


@pytest.mark.parametrize("corner", [-1, 3, 2**31 - 1, -(2**31)])
def test_facets_of_a_vertex_that_is_not_there_are_refused(corner: int) -> None:
    faces = np.array([[0, 1, corner]], dtype=np.int32)

    with pytest.raises(ValueError, match="no vertex"):
        _kernels.facet_rows(np.zeros((3, 3)), faces)


FACET = """  facet normal {a} -1e-3 nan
    outer loop
      vertex {a} 0 {b}
      vertex\t1.5 {b} 1E-3
      vertex   +0 .5 -2.25e+02
    endloop
  endfacet
"""


def some_stl(random: Random) -> bytes:
    """Return ASCII STL that has been damaged, mostly."""
    facets = [FACET.format(a=random.randint(-3, 3), b=random.random()) for _ in range(5)]
    text = "solid of mine\n" + "".join(facets) + "endsolid of mine\n"
    text = random.choice([text, text, text.upper(), text.replace("\n", "\r\n"), text.replace("\n", "\r")])
    data = bytearray(text.encode())
    for _ in range(random.randint(0, 2)):
        at = random.randrange(len(data))
        data[at : at + random.randint(0, 2)] = random.choices(b"\n\r \t\0+-.05eEfacxvno", k=random.randint(0, 2))
    return bytes(data[: random.choice([len(data), len(data), random.randrange(len(data))])])


def triangles_of(data: bytes, step: int, most: int) -> tuple[tuple[str, str, int], list[list[float]], list[int]]:
    reader, held = _kernels.StlAscii(most), b""
    for first in range(0, len(data), step):
        held += data[first : first + step]
        held = held[reader.feed(np.frombuffer(held, dtype=np.uint8), last=False) :]
    reader.feed(np.frombuffer(held, dtype=np.uint8), last=True)
    vertices, index = reader.finish()
    return reader.complaint(), vertices.tolist(), index.tolist()


def test_property_facets_that_are_read_whole_are_those_that_are_read_word_by_word() -> None:
    random = Random(6)  # noqa: S311 numbers for a test
    problems = set()
    for _ in range(400):
        data, most = some_stl(random), random.choice([3, 100, 100, 100])
        expected = triangles_of(data, 1, most)

        assert expected == triangles_of(data, 1 << 20, most)
        problems.add(expected[0][0])

    assert {"", "damaged", "not_finite", "too_many_triangles"} == problems
