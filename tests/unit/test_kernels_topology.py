"""The kernels of surfaces equal their slow twins, on random and on hostile meshes."""

import itertools
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from outfeed import _kernels
from outfeed.mesh.samples import terrain, torus
from unit import twins_topology as twins
from unit.properties import examples

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTHS: dict[Any, Literal[32, 64]] = {np.float32: 32, np.float64: 64}

#: Few vertices, so that edges are crowded, surfaces twisted, faces doubled and collapsed.
SOUPS = st.integers(1, 9).flatmap(
    lambda vertices: arrays.arrays(
        np.int32, st.tuples(st.integers(0, 14), st.just(3)), elements=st.integers(0, vertices - 1)
    )
)


def listed(tables: Any) -> dict[str, Any]:
    return {name: table.tolist() if isinstance(table, np.ndarray) else table for name, table in tables.items()}


def twin_of(faces: "NDArray[np.int32]") -> dict[str, Any]:
    return twins.Surface([(a, b, c) for a, b, c in faces.tolist()]).tables()


@given(faces=SOUPS)
@examples(200)
def test_property_topology_equals_its_twin_on_soups(faces: "NDArray[np.int32]") -> None:
    assert twin_of(faces) == listed(_kernels.topology(faces, 9))


@given(seed=st.integers(0, 2**32 - 1), kept=st.floats(0.3, 1), turned=st.floats(0, 1), closed=st.booleans())
@examples(60)
def test_property_topology_equals_its_twin_on_damaged_surfaces(
    seed: int, kept: float, turned: float, *, closed: bool
) -> None:
    """Faces in any order, some gone, some turned, some doubled."""
    dice = np.random.default_rng(seed)
    faces = (torus(around=7, along=5) if closed else terrain(cells=6)).faces
    faces = faces[dice.permutation(len(faces))[: int(len(faces) * kept)]]
    faces = np.where(dice.random((len(faces), 1)) < turned, faces[:, ::-1], faces)
    faces = np.ascontiguousarray(np.concatenate([faces, faces[:2]]))

    assert twin_of(faces) == listed(_kernels.topology(faces, 49))


def test_a_fan_of_very_many_faces_is_no_work_of_squares() -> None:
    """All edges meet in vertex 0, all faces have the edge from 0 to 1."""
    count = 200_000
    rest = np.arange(2, count + 2, dtype=np.int32)
    faces = np.stack([np.zeros_like(rest), np.ones_like(rest), rest], axis=1)

    found = _kernels.topology(faces, count + 2)

    assert (2 * count + 1, 1, 2 * count) == (found["edges"], len(found["part_faces"]), len(found["open"]))
    assert [0, count] == found["crowded_starts"].tolist()
    # The other edges meet at both ends of the crowded one and are joined there two by two: rims of four.
    assert count // 2 == len(found["rim_starts"]) - 1


@pytest.mark.parametrize("faces", [[[0, 1, 3]], [[0, 1, -1]], [[2**31 - 1, 0, 1]], [[-(2**31), 0, 1]]])
def test_a_corner_of_a_vertex_that_is_not_there_is_refused(faces: list[list[int]]) -> None:
    rows, points = np.array(faces, dtype=np.int32), np.zeros((3, 3))
    none, centre = np.zeros(1, dtype=np.int32), np.zeros(3)

    for call in (
        lambda: _kernels.topology(rows, 3),
        lambda: _kernels.degenerate(points, rows),
        lambda: _kernels.moments(points, rows, none, 1, centre, 1.0),
        lambda: _kernels.spikes(points, rows, centre, 1.0, 2.0),
    ):
        with pytest.raises(ValueError, match="a vertex that is not there"):
            call()


@pytest.mark.parametrize(("labels", "parts"), [([1], 1), ([-2], 1), ([0, 0], 1), ([0], 2)])
def test_moments_refuse_labels_that_do_not_fit(labels: list[int], parts: int) -> None:
    faces = np.array([[0, 1, 2]], dtype=np.int32)

    with pytest.raises(ValueError, match=r"label|parts"):
        _kernels.moments(np.zeros((3, 3)), faces, np.array(labels, dtype=np.int32), parts, np.zeros(3), 1.0)


@pytest.mark.parametrize("faces", [np.zeros((2, 3)), np.zeros((2, 3), np.int64), np.zeros(6, np.int32)])
def test_what_is_no_table_of_faces_is_refused(faces: Any) -> None:
    with pytest.raises(TypeError):
        _kernels.topology(faces, 3)


def points_of(dtype: type[np.float32 | np.float64]) -> st.SearchStrategy[Any]:
    """Points on a coarse grid at many scales, so that many lie on one line, and any finite ones."""
    largest = float(np.finfo(dtype).max)
    scales = [5e-324, 1e-310, 1e-160, 1e-45, 1e-30, 0.1, 1.0, 3.0, 2.0**40, 1e37, 1e160, 1e307]
    scale = st.sampled_from([dtype(x) for x in scales if x < largest and dtype(x) > 0])
    grid = st.tuples(arrays.arrays(np.int8, (6, 3), elements=st.integers(-3, 3)), scale, st.integers(0, 3))
    near = grid.map(lambda made: (made[0] + made[2]) * made[1])
    anything = arrays.arrays(
        dtype, (6, 3), elements=st.floats(width=WIDTHS[dtype], allow_nan=False, allow_infinity=False)
    )
    return st.one_of(near, anything).map(lambda points: points.astype(dtype))


ALL_FACES = np.array(list(itertools.product(range(6), repeat=3)), dtype=np.int32)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(data=st.data())
@examples(40)
def test_property_degenerate_faces_are_exactly_those_without_area(
    dtype: type[np.float32 | np.float64], data: st.DataObject
) -> None:
    points = data.draw(points_of(dtype))
    faces = ALL_FACES[data.draw(st.integers(0, 5)) :: 7].copy()

    assert twins.degenerate(points, faces.tolist()) == _kernels.degenerate(points, faces).tolist()


@pytest.mark.parametrize("far", [0.0, 1e6, 1e15])
def test_a_face_is_degenerate_by_its_numbers_and_not_by_a_tolerance(far: float) -> None:
    """One step of the last corner off the line is enough, and rounding hides nothing."""
    line = np.array([[0.1, 0.2, 0.3], [0.1, 0.2, 0.3], [0.1, 0.2, 0.3]]) * [[1], [2], [4]] + [far, 0, 0]
    on, off = line.copy(), line.copy()
    on[:, 0] = far
    off[:, 0] = far
    off[2, 2] = np.nextafter(off[2, 2], 1)
    faces = np.array([[0, 1, 2]], dtype=np.int32)

    assert ([0], []) == (_kernels.degenerate(on, faces).tolist(), _kernels.degenerate(off, faces).tolist())


@given(seed=st.integers(0, 2**32 - 1), faces=st.integers(0, 2_500), single=st.booleans())
@examples(25)
def test_property_moments_equal_their_twin_to_the_last_bit(seed: int, faces: int, *, single: bool) -> None:
    dice = np.random.default_rng(seed)
    points: Any = dice.normal(size=(40, 3)).astype(np.float32 if single else np.float64)
    rows = dice.integers(0, 40, (faces, 3), dtype=np.int32)
    parts = min(faces, 5)
    labels = dice.integers(-1, parts, faces, dtype=np.int32)
    centre = dice.normal(size=3)

    whole, volumes = _kernels.moments(points, rows, labels, parts, centre, 0.25)

    expected = twins.moments(points, rows.tolist(), labels.tolist(), parts, centre.tolist(), 0.25)
    assert expected == (whole.tolist(), volumes.tolist())


@given(seed=st.integers(0, 2**32 - 1), single=st.booleans())
@examples(25)
def test_property_spikes_equal_their_twin(seed: int, *, single: bool) -> None:
    dice = np.random.default_rng(seed)
    ring = torus(around=6, along=4)
    points: Any = ring.vertices * np.where(dice.random((24, 1)) < 0.2, 30, 1)
    points = points.astype(np.float32 if single else np.float64)

    found = _kernels.spikes(points, ring.faces, np.zeros(3), 1.0, 0.5).tolist()

    assert twins.spikes(points, ring.faces.tolist(), 0.5) == found
