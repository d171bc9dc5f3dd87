"""The kernels of trees of tiles, against plain numpy."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from outfeed import _kernels
from unit import twins_tiles
from unit.mesh_helpers import a_ball
from unit.properties import examples

DEPTH = 3


def tables(*shape: int, low: int = -3, high: int = 3) -> st.SearchStrategy[Any]:
    """Return tables of small numbers: many of them are equal."""
    rows = st.integers(0, 40)
    return rows.flatmap(lambda n: arrays.arrays(np.int32, (n, *shape), elements=st.integers(low, high)))


@given(data=st.data(), depth=st.integers(0, 5))
@examples(100)
def test_property_units_are_halved_as_the_twin_does(data: st.DataObject, depth: int) -> None:
    keys = data.draw(tables(3))
    weights = data.draw(arrays.arrays(np.int32, len(keys), elements=st.integers(0, 9)))

    expected = twins_tiles.halved_units(keys, weights, depth)

    assert expected.tolist() == _kernels.halved_units(keys, weights, depth).tolist()


@given(keys=tables(3) | tables(3, low=-(2**31), high=2**31 - 1), depth=st.integers(0, 6))
@examples(100)
def test_property_units_of_one_weight_are_halved_as_the_twin_does(keys: Any, depth: int) -> None:
    weights = np.ones(len(keys), dtype=np.int32)

    expected = twins_tiles.halved_units(keys, weights, depth)

    assert expected.tolist() == _kernels.halved_units(keys, weights, depth).tolist()


@given(points=tables(3, low=-(2**31), high=2**31 - 1), data=st.data())
@examples(60)
def test_property_steps_are_those_of_the_twin(points: Any, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, 9)) if len(points) else 0
    rows = data.draw(arrays.arrays(np.int32, count, elements=st.integers(0, max(len(points) - 1, 0))))
    low, high = data.draw(st.sampled_from([(-3, 3), (-(2**40), 2**40)]))
    x, y, z = data.draw(st.tuples(*[st.integers(low, high)] * 3))

    expected, expected_box = twins_tiles.steps_from(points, rows, (x, y, z))
    steps, box = _kernels.steps_from(points, rows, (x, y, z))

    assert (expected.dtype, expected.tolist()) == (steps.dtype, steps.tolist())
    assert (expected_box.dtype, expected_box.tolist()) == (box.dtype, box.tolist())


@given(faces=tables(3, low=0, high=12), data=st.data())
@examples(60)
def test_property_leaves_are_split_as_the_twin_does(faces: Any, data: st.DataObject) -> None:
    leaves = data.draw(arrays.arrays(np.int32, len(faces), elements=st.integers(0, (1 << DEPTH) - 1)))

    expected = twins_tiles.split_leaves(faces, leaves, DEPTH)
    found = _kernels.split_leaves(faces, leaves, 13, DEPTH)

    assert [table.tolist() for table in (*expected,)] == [table.tolist() for table in (*found,)]
    assert (
        twins_tiles.meeting_depths(faces, leaves, 13, DEPTH).tolist()
        == _kernels.meeting_depths(faces, leaves, 13, DEPTH).tolist()
    )


@given(rows=tables(2))
@examples(60)
def test_property_equal_rows_become_one(rows: Any) -> None:
    for expected, found in zip(twins_tiles.weld_rows(rows), _kernels.weld_rows(rows), strict=True):
        assert expected.tolist() == found.tolist()


@given(points=tables(3, low=-(2**28), high=2**28))
@examples(20)
def test_property_corners_are_added_up(points: Any) -> None:
    faces = np.random.default_rng(0).integers(0, max(len(points), 1), (30 if len(points) else 0, 3), dtype=np.int32)

    assert twins_tiles.corner_sums(points, faces).tolist() == _kernels.corner_sums(points, faces).tolist()


def test_halves_weigh_about_the_same() -> None:
    """No side has more than the other and the heaviest unit."""
    dice = np.random.default_rng(1)
    keys = dice.integers(-1000, 1000, (5000, 3), dtype=np.int32)
    weights = dice.integers(1, 50, 5000, dtype=np.int32)

    sums = np.bincount(_kernels.halved_units(keys, weights, 4), weights=weights)

    assert np.ptp(sums) <= 2 * 50


def test_a_surface_is_as_far_from_another_as_it_was_moved() -> None:
    """Moved up by 7; a smaller ball in a larger one lies at the difference."""
    square = np.array([[0, 0, 0], [9, 0, 0], [9, 9, 0], [0, 9, 0]], dtype=np.int32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32)
    ball = a_ball(4, size=1)
    large, small = (np.rint(ball.vertices * size).astype(np.int32) for size in (40_000, 39_000))

    assert _kernels.farthest(square, faces, square + np.array([0, 0, 7], dtype=np.int32), faces, 100, 0) == 7
    assert pytest.approx(1000, rel=0.02) == _kernels.farthest(small, ball.faces, large, ball.faces, 500, 0)
    assert _kernels.farthest(small, ball.faces, large, ball.faces, 500, 2000.1) == 2000.1


def test_a_long_narrow_face_is_measured_between_its_ends() -> None:
    """A strip that sags in the middle, beside a plate of forty thousand times its area."""
    plate = np.array([[0, 0, 0], [40_000, 0, 0], [40_000, 40_000, 0], [0, 40_000, 0]], dtype=np.int32)
    ends = np.array([[0, 0, 9_000], [40_000, 0, 9_000], [40_000, 1, 9_000], [0, 1, 9_000]], dtype=np.int32)
    middle = np.array([[20_000, 0, 8_500], [20_000, 1, 8_500]], dtype=np.int32)
    straight = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]], dtype=np.int32)
    sagging = np.array([[0, 1, 2], [0, 2, 3], [4, 8, 9], [4, 9, 7], [8, 5, 6], [8, 6, 9]], dtype=np.int32)

    far = _kernels.farthest(np.vstack([plate, ends]), straight, np.vstack([plate, ends, middle]), sagging, 1000, 0.0)

    assert pytest.approx(500, rel=0.02) == far


@pytest.mark.parametrize("wrong", [-1, 3])
def test_a_vertex_that_is_not_there_is_refused(wrong: int) -> None:
    points, leaves = np.zeros((3, 3), dtype=np.int32), np.zeros(1, dtype=np.int32)
    faces = np.array([[0, 1, wrong]], dtype=np.int32)

    with pytest.raises(ValueError, match="not there"):
        _kernels.corner_sums(points, faces)
    with pytest.raises(ValueError, match="not there"):
        _kernels.split_leaves(faces, leaves, 3, 0)
    with pytest.raises(ValueError, match="not there"):
        _kernels.meeting_depths(faces, leaves, 3, 0)
    with pytest.raises(ValueError, match="not there"):
        _kernels.farthest(points, faces, points, faces, 1, 0)


@pytest.mark.parametrize("leaf", [-1, 4])
def test_a_leaf_that_is_not_there_is_refused(leaf: int) -> None:
    faces, leaves = np.zeros((1, 3), dtype=np.int32), np.array([leaf], dtype=np.int32)

    with pytest.raises(ValueError, match="leaf"):
        _kernels.split_leaves(faces, leaves, 1, 2)
    with pytest.raises(ValueError, match="leaf"):
        _kernels.meeting_depths(faces, leaves, 1, 2)


def test_numbers_that_no_tree_has_are_refused() -> None:
    one = np.zeros((1, 3), dtype=np.int32)

    with pytest.raises(ValueError, match="weight"):
        _kernels.halved_units(one, np.array([-1], dtype=np.int32), 1)
    with pytest.raises(ValueError, match="depth"):
        _kernels.halved_units(one, np.ones(1, dtype=np.int32), 21)
    with pytest.raises(ValueError, match="lengths"):
        _kernels.halved_units(one, np.ones(2, dtype=np.int32), 1)
    with pytest.raises(ValueError, match="grid"):
        _kernels.corner_sums(np.full((1, 3), 2**28 + 1, dtype=np.int32), one)
    with pytest.raises(ValueError, match="grid"):
        _kernels.farthest(np.full((1, 3), 2**24 + 1, dtype=np.int32), one, one, one, 1, 0)
    with pytest.raises(ValueError, match="grid"):
        _kernels.steps_from(one, np.zeros(0, dtype=np.int32), (0, 0, 2**62 + 1))
    with pytest.raises(ValueError, match="not there"):
        _kernels.steps_from(one, np.ones(1, dtype=np.int32), (0, 0, 0))
    with pytest.raises(ValueError, match="distance"):
        _kernels.farthest(one, one, one, one, 1, -1)
    with pytest.raises(ValueError, match="without"):
        _kernels.farthest(one, one[:0], one, one, 1, 0)
