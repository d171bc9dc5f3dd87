"""The order of a Morton curve, against plain numpy."""

from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from outfeed import _kernels
from unit import twins_intersect
from unit.properties import examples

WIDTHS: dict[Any, Literal[32, 64]] = {np.float32: 32, np.float64: 64}


def points_of(dtype: Any) -> st.SearchStrategy[Any]:
    numbers = st.floats(width=WIDTHS[dtype], allow_nan=False, allow_infinity=False) | st.sampled_from([-1, 0, 0.5, 1])
    return arrays.arrays(dtype, st.tuples(st.integers(0, 60), st.just(3)), elements=numbers)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(data=st.data())
@examples(40)
def test_property_codes_and_order_equal_their_twins(dtype: Any, data: st.DataObject) -> None:
    points = data.draw(points_of(dtype))

    assert twins_intersect.morton_codes(points).tobytes() == _kernels.morton_codes(points).tobytes()
    assert twins_intersect.morton_order(points).tobytes() == _kernels.morton_order(points).tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_many_points_equal_their_twins(dtype: Any) -> None:
    points: Any = np.random.default_rng(5).normal(size=(30_000, 3)).astype(dtype)

    assert twins_intersect.morton_codes(points).tobytes() == _kernels.morton_codes(points).tobytes()
    assert twins_intersect.morton_order(points).tobytes() == _kernels.morton_order(points).tobytes()


def test_corners_of_a_cube_come_as_their_bits_count() -> None:
    corners = np.array([[i & 1, i >> 1 & 1, i >> 2] for i in range(8)], dtype=np.float64)

    assert [3, 1, 2, 0] == _kernels.morton_order(corners[[7, 3, 5, 0]]).tolist()


def test_equal_points_keep_their_order() -> None:
    points = np.array([[1, 1, 1], [0, 0, 0], [1, 1, 1], [0, 0, 0]], dtype=np.float32)

    assert [1, 3, 0, 2] == _kernels.morton_order(points).tolist()
    assert [0, 2**63 - 1] == sorted(set(_kernels.morton_codes(points).tolist()))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_points_that_are_not_finite_are_refused(value: float) -> None:
    points = np.array([[0, 0, 0], [0, value, 0]])

    for kernel in (_kernels.morton_codes, _kernels.morton_order):
        with pytest.raises(ValueError, match="not finite"):
            kernel(points)


@pytest.mark.parametrize("wrong", [np.zeros((4, 2)), np.zeros(6), np.zeros((2, 3), dtype=np.int32)])
def test_what_is_no_table_of_coordinates_is_refused(wrong: Any) -> None:
    for kernel in (_kernels.morton_codes, _kernels.morton_order):
        with pytest.raises(TypeError):
            kernel(wrong)
