"""The kernels for rows of one size, and the PLY files that take their way."""

from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfeed import _kernels
from outfeed.errors import IndexOutOfRange, SourceDamaged
from unit import twins
from unit.ply_files import ORDERS, a_file, faces, points, reading
from unit.properties import examples

#: Numbers that are indices, or just not.
HOSTILE = [0, 1, -1, 127, 255, 32_767, 65_535, 2**31 - 1, 1 - 2**31]
STRANGE = [-(2**31), 2**31, 2**32 - 1, 2**63 - 1, -(2**63), 0.5, float("nan"), float("inf"), 1e300]
SMALL = [[i % 4, (i + 1) % 4, (i + 2) % 4] for i in range(40)]
LARGE = [[*range(4)], *SMALL]


def packed(letter: str, order: Literal["<", ">"], numbers: list[float]) -> bytes:
    """Return the numbers in this type, each that does not fit as 0."""
    with np.errstate(all="ignore"):
        if letter in "fd":
            return np.array(numbers, dtype=order + letter).tobytes()
    limits = np.iinfo(letter)
    fit = [int(n) if n == n // 1 and limits.min <= n <= limits.max else 0 for n in numbers]
    return np.array(fit, dtype=np.dtype(letter)).astype(np.dtype(letter).newbyteorder(order)).tobytes()


@given(
    words=st.lists(st.integers(0, 2), min_size=1, max_size=30),
    size=st.sampled_from([1, 2, 4, 8]),
    before=st.integers(0, 3),
    behind=st.integers(0, 3),
)
@examples(100)
def test_property_even_rows_are_counted_as_by_their_twin(words: list[int], size: int, before: int, behind: int) -> None:
    data = b"".join(bytes([i] * before) + word.to_bytes(size, "big") + bytes(behind) for i, word in enumerate(words))
    row_bytes = before + size + behind

    even = _kernels.even_rows(np.frombuffer(data, np.uint8), len(words), row_bytes, before, size)

    assert twins.even_rows(data, row_bytes, before, size) == even


@given(
    letter=st.sampled_from("bBhHiIqQfd"),
    order=st.sampled_from("<>"),
    numbers=st.lists(st.sampled_from([*HOSTILE * 3, *STRANGE]), max_size=40),
    count=st.integers(1, 5),
    before=st.integers(0, 3),
)
@examples(300)
def test_property_indices_are_read_as_by_their_twin(
    letter: str, order: Literal["<", ">"], numbers: list[float], count: int, before: int
) -> None:
    rows = [b"\7" * before + packed(letter, order, numbers[i : i + count]) for i in range(0, len(numbers), count)]
    rows = rows[: len(numbers) // count]
    row_bytes = before + count * np.dtype(letter).itemsize
    out = np.zeros((len(rows), count), dtype=np.int32)

    done = _kernels.index_rows(np.frombuffer(b"".join(rows), np.uint8), row_bytes, before, letter, order == ">", out)

    assert twins.index_rows(rows, before, order + str(count) + letter) == out[:done].tolist()


@pytest.mark.parametrize(("rows", "row_bytes", "at", "size"), [(4, 3, 0, 1), (1, 0, 0, 1), (1, 9, 9, 1), (2, 4, 1, 4)])
def test_places_outside_of_the_bytes_are_refused(rows: int, row_bytes: int, at: int, size: int) -> None:
    data = np.zeros(9, dtype=np.uint8)

    with pytest.raises(ValueError, match=r"rows|place"):
        _kernels.even_rows(data, rows, row_bytes, at, size)
    with pytest.raises(ValueError, match=r"rows|place"):
        _kernels.index_rows(data, row_bytes, at, "b", swapped=False, out=np.zeros((rows, size), dtype=np.int32))


def test_a_type_that_is_none_is_refused() -> None:
    data, out = np.zeros(9, dtype=np.uint8), np.zeros((1, 1), dtype=np.int32)

    with pytest.raises(ValueError, match="type"):
        _kernels.index_rows(data, 9, 0, "x", swapped=False, out=out)
    with pytest.raises(ValueError, match="count"):
        _kernels.even_rows(data, 1, 9, 0, 3)


@pytest.mark.parametrize("form", ORDERS)
@pytest.mark.parametrize("rows", [SMALL, LARGE, [*SMALL, *LARGE], [*SMALL, [], *SMALL]])
def test_faces_are_the_same_whether_they_are_even_or_not(form: str, rows: list[list[int]]) -> None:
    corners = reading(a_file(points(), faces(*rows), form=form)).mesh.faces

    expected = [[row[0], row[i], row[i + 1]] for row in rows for i in range(1, len(row) - 1)]
    assert expected == corners.tolist()


@pytest.mark.parametrize("kind", ["char", "uchar", "short", "ushort", "int", "uint", "float", "double"])
@pytest.mark.parametrize("count", ["uchar", "ushort", "int"])
def test_faces_of_every_type_are_read(kind: str, count: str) -> None:
    table: Any = ("face", ["uchar red", f"list {count} {kind} vertex_indices"], [[7, row] for row in SMALL])

    assert SMALL == reading(a_file(points(), table)).mesh.faces.tolist()


@pytest.mark.parametrize(
    ("number", "error"),
    [(0.5, SourceDamaged), (float("nan"), SourceDamaged), (2.0**31, IndexOutOfRange), (float("inf"), IndexOutOfRange)],
)
@pytest.mark.parametrize("rows", [SMALL, LARGE])
def test_a_number_that_names_no_vertex_is_refused(number: float, error: type[Exception], rows: list[list[int]]) -> None:
    table: Any = ("face", ["list uchar float vertex_indices"], [[row] for row in [*rows, [0, 1, number]]])

    with pytest.raises(error):
        reading(a_file(points(), table))


def test_an_axis_that_is_a_list_is_no_axis() -> None:
    table: Any = ("vertex", ["list uchar float x", "float y", "float z"], [[[1.0], 2, 3]] * 3)

    with pytest.raises(SourceDamaged, match="no x, y and z"):
        reading(a_file(table, faces([0, 1, 2])))


def test_memory_follows_the_file_and_not_its_first_list() -> None:
    """A long list before many short ones does not let the reader prepare for as many long ones."""
    rows = [[[*range(4)] * 5_000], *[[[0, 1, 2]]] * 20_000]

    found = reading(a_file(points(), ("face", ["list int int vertex_indices"], rows)))

    assert 20_000 - 2 + 20_000 == found.stored_triangles
