"""The kernels for rows of lists and for rows of numbers as text."""

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfeed import _kernels
from unit import twins
from unit.properties import examples

SIZES = {"b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "q": 8, "Q": 8, "d": 8}


def found(data: bytes, layout: list[tuple[int, str, int]], last: int = 0, *, order: str = "<", rows: int = 99) -> Any:
    """Find rows; return their places as lists, the bytes used and the bytes needed."""
    fixed = np.array([*(part for part, _, _ in layout), last], dtype=np.int64)
    items = np.array([size for _, _, size in layout], dtype=np.int64)
    counts = "".join(kind for _, kind, _ in layout)
    at, used, needs = _kernels.list_rows(np.frombuffer(data, np.uint8), rows, fixed, counts, items, order == ">")
    return at.tolist(), used, needs


parts = st.tuples(st.integers(0, 5), st.sampled_from("BHIQd"), st.sampled_from([1, 2, 4, 8]))


@given(
    layout=st.lists(parts, min_size=1, max_size=3),
    counts=st.lists(st.integers(0, 4), max_size=20),
    last=st.integers(0, 3),
    order=st.sampled_from("<>"),
    cut=st.integers(0, 30),
)
@examples(100)
def test_property_rows_are_found_as_by_their_twin(
    layout: list[tuple[int, str, int]], counts: list[int], last: int, order: str, cut: int
) -> None:
    row = [
        b"\1" * fixed + struct.pack(order + kind, count) + b"\2" * (size * count)
        for count in counts
        for fixed, kind, size in layout
    ]
    rows = [b"".join(row[i : i + len(layout)]) + b"\3" * last for i in range(0, len(row), len(layout))]
    data = b"".join(rows)
    data = data[: len(data) - cut]

    at, used, needs = found(data, layout, last, order=order)

    assert twins.list_rows(data, layout, last, order) == at
    assert sum(map(len, rows[: len(at)])) == used
    assert needs > len(data) - used


@pytest.mark.parametrize("kind", SIZES)
@pytest.mark.parametrize("order", ["<", ">"])
def test_every_type_counts(kind: str, order: str) -> None:
    data = struct.pack(order + kind, 3) + b"abc"

    assert ([[0, SIZES[kind] + 3]], SIZES[kind] + 3, 0) == found(data, [(0, kind, 1)], order=order, rows=1)


@pytest.mark.parametrize(
    ("kind", "count"),
    [("b", -1), ("h", -1), ("i", -5), ("q", -(2**63)), ("d", -1.0), ("d", 0.5), ("d", float("nan")), ("d", 1e300)],
)
def test_what_is_no_count_is_told(kind: str, count: float) -> None:
    data = struct.pack("<" + kind, count) + bytes(20)

    assert ([], 0, -1) == found(data, [(0, kind, 1)])


@pytest.mark.parametrize("count", [2**32 - 1, 2**61, 2**63, 2**64 - 1])
def test_a_list_that_no_memory_holds_only_says_what_it_needs(count: int) -> None:
    at, used, needs = found(struct.pack("<Q", count) + bytes(20), [(0, "Q", 8)])

    assert ([], 0, min(8 + 8 * count, 2**63 - 1)) == (at, used, needs)


def test_no_more_rows_are_found_than_are_asked_for() -> None:
    assert ([[0, 1], [1, 2]], 2, 0) == found(bytes(9), [(0, "B", 4)], rows=2)


@pytest.mark.parametrize(
    ("fixed", "counts", "items"),
    [([0], "B", [1]), ([0, 0], "BB", [1]), ([0], "", []), ([0, 0], "x", [1]), ([-1, 0], "B", [1])],
)
def test_a_layout_that_does_not_fit_is_refused(fixed: list[int], counts: str, items: list[int]) -> None:
    sizes = np.array(fixed, dtype=np.int64), np.array(items, dtype=np.int64)

    with pytest.raises(ValueError, match=r"size|type"):
        _kernels.list_rows(np.zeros(9, dtype=np.uint8), 1, sizes[0], counts, sizes[1], swapped=False)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_of_numbers_have_the_fewest_digits(dtype: Any) -> None:
    values = np.array([[0.1, -0.0, 1e-5], [16777216, 1e20, -2.5]], dtype=dtype)

    expected = "".join(" ".join(twins.number(value) for value in row) + "\n" for row in values)
    assert expected == bytes(_kernels.table_rows(values)).decode()


def test_rows_of_integers_are_written_in_full() -> None:
    values = np.array([[3, -(2**31)], [0, 2**31 - 1]], dtype=np.int32)

    assert b"3 -2147483648\n0 2147483647\n" == bytes(_kernels.table_rows(values))
