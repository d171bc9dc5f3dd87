from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from outfeed import _kernels

if TYPE_CHECKING:
    from outfeed.mesh.model import Positions
from unit import twins
from unit.properties import examples

#: Few different values, so that many corners meet; and the ones that hashes and comparisons trip over.
AWKWARD = [0.0, -0.0, 1.0, -1.0, 0.1, 5e-324, 1e-45, 3.4e38, -3.4e38, float("inf"), float("nan")]


WIDTHS: dict[Any, Literal[32, 64]] = {np.float32: 32, np.float64: 64}


def corners_of(dtype: type[np.float32 | np.float64]) -> st.SearchStrategy[Any]:
    values = st.one_of(
        st.sampled_from(np.array(AWKWARD, dtype=np.float64).astype(dtype).tolist()),
        st.floats(width=WIDTHS[dtype]),
    )
    return arrays.arrays(dtype, st.tuples(st.integers(0, 200), st.just(3)), elements=values)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(data=st.data())
@examples(60)
@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
def test_property_weld_equals_its_twin(dtype: type[np.float32 | np.float64], data: st.DataObject) -> None:
    corners = data.draw(corners_of(dtype))

    vertices, index = _kernels.weld(corners)

    expected_vertices, expected_index = twins.weld(corners)
    assert expected_vertices.tobytes() == vertices.tobytes()
    assert expected_index.tobytes() == index.tobytes()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weld_equals_its_twin_while_its_table_grows(dtype: type[np.float32 | np.float64]) -> None:
    random = np.random.default_rng(7)
    corners: Any = (random.integers(-40, 40, size=(50_000, 3)) / 3).astype(dtype)

    vertices, index = _kernels.weld(corners)

    expected_vertices, expected_index = twins.weld(corners)
    assert expected_vertices.tobytes() == vertices.tobytes()
    assert expected_index.tobytes() == index.tobytes()


def test_corners_that_are_all_different_stay_apart() -> None:
    corners = np.arange(300_000, dtype=np.float32).reshape(-1, 3)

    vertices, index = _kernels.weld(corners)

    assert corners.tobytes() == vertices.tobytes()
    assert np.arange(100_000, dtype=np.int32).tobytes() == index.tobytes()


def test_minus_zero_is_zero_and_is_written_as_zero() -> None:
    vertices, index = _kernels.weld(np.array([[-0.0, 1, 2], [0.0, 1, 2]]))

    assert np.array([[0.0, 1, 2]]).tobytes() == vertices.tobytes()
    assert [0, 0] == index.tolist()


@pytest.mark.parametrize("wrong", [np.zeros((4, 2)), np.zeros(6), np.zeros((2, 3), dtype=np.int32)])
def test_weld_refuses_what_is_no_table_of_coordinates(wrong: Any) -> None:
    with pytest.raises(TypeError):
        _kernels.weld(wrong)


def records(triangles: int) -> Any:
    return np.random.default_rng(3).integers(0, 60, size=triangles * 50, dtype=np.uint8)


def test_records_in_pieces_give_what_they_give_at_once() -> None:
    data = records(1000)
    reader = _kernels.StlBinary(1000)
    for first, last in [(0, 1), (1, 400), (400, 400), (400, 1000)]:
        reader.add(data[first * 50 : last * 50])

    vertices, index = reader.finish()

    triangles = data.reshape(-1, 50)[:, 12:48].copy().view(np.float32).reshape(-1, 3)
    expected_vertices, expected_index = twins.weld(triangles)
    assert expected_vertices.tobytes() == vertices.tobytes()
    assert expected_index.tobytes() == index.tobytes()


@pytest.mark.parametrize("size", [49, 51, 150])
def test_records_that_were_not_announced_or_not_whole_are_refused(size: int) -> None:
    reader = _kernels.StlBinary(2)

    with pytest.raises(ValueError, match="records"):
        reader.add(np.zeros(size, dtype=np.uint8))


def test_more_corners_than_32_bits_can_count_are_refused() -> None:
    with pytest.raises((ValueError, MemoryError)):
        _kernels.StlBinary(2**31)


def fed(reader: _kernels.StlAscii | _kernels.Obj, text: bytes, step: int) -> None:
    """Hand text in pieces of `step` bytes to a reader, as a file of slow arrival would."""
    held = b""
    for first in range(0, len(text), step):
        held += text[first : first + step]
        held = held[reader.feed(np.frombuffer(held, dtype=np.uint8), last=False) :]
    reader.feed(np.frombuffer(held, dtype=np.uint8), last=True)


FACET = "facet normal 0 0 1\nouter loop\nvertex 0 0 {z}\nvertex 1.5 0 1e-3\nvertex +0 .5 -2E2\nendloop\nendfacet\n"


@pytest.mark.parametrize("step", [1, 2, 7, 64, 10_000])
def test_ascii_stl_in_pieces_equals_its_twin(step: int) -> None:
    text = "solid a facet of mine\n" + "".join(FACET.format(z=z) for z in range(9)) + "endsolid a facet of mine\n"
    reader = _kernels.StlAscii(100)
    fed(reader, text.encode(), step)

    vertices, index = reader.finish()

    expected_vertices, expected_index = twins.weld(np.array(twins.stl_ascii(text)))
    assert ("", "", 0) == reader.complaint()
    assert expected_vertices.tobytes() == vertices.tobytes()
    assert expected_index.tobytes() == index.tobytes()


OBJ = """# a cube without a lid \\
v 0 0 0
v 1 0 0 0.5
v 1 1 0 # corner
v 0 1 0\r
v 0 0 1\tv
v 1 0 1
v 1 1 1
v 0 1 1
v 9 9 9
f 4 3 2 1
f 1/1/1 2//2 6/7 5
f -8 7 6
g f 1 2 3
f 3 4 8 7
f 4 1 5 8
"""


@pytest.mark.parametrize("step", [1, 2, 7, 64, 10_000])
def test_obj_in_pieces_equals_its_twin(step: int) -> None:
    reader = _kernels.Obj(100)
    fed(reader, OBJ.encode(), step)

    tables = reader.finish()

    points, expected = twins.obj(OBJ)
    assert ("", "", 0) == reader.complaint()
    assert expected == tables["faces"].tolist()
    assert points == tables["vertices"].tolist()
    assert (0, 2) == tables["uvs"].shape
    assert not (tables["uv_faces"] + 1).any()
    assert {"vertices", "faces", "uvs", "uv_faces"} == tables.keys()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(data=st.data())
@examples(100)
def test_property_numbers_as_text_equal_their_twin_and_read_back(
    dtype: type[np.float32 | np.float64], data: st.DataObject
) -> None:
    shape = st.tuples(st.integers(1, 20), st.just(3))
    finite = st.floats(width=WIDTHS[dtype], allow_nan=False, allow_infinity=False)
    values: Positions = data.draw(arrays.arrays(dtype, shape, elements=finite))

    text = bytes(_kernels.point_rows("v", values)).decode()

    assert twins.point_rows("v", values) == text
    assert np.array_equal(values, np.array([line.split()[1:] for line in text.splitlines()], dtype=dtype))


def test_numbers_on_both_sides_of_plain_notation() -> None:
    values = np.array([[1e15, 999999999999999.9, 1e-4], [9.9e-5, 123456.75, -1e22]])

    assert (
        "v 1e+15 999999999999999.9 0.0001\nv 9.9e-05 123456.75 -1e+22\n"
        == bytes(_kernels.point_rows("v", values)).decode()
    )


def test_faces_as_text_count_from_one_and_leave_missing_texture_coordinates_out() -> None:
    faces, uvs = np.array([[0, 1, 2]], dtype=np.int32), np.array([[5, -1, 0]], dtype=np.int32)

    assert b"f 1 2 3\n" == bytes(_kernels.face_rows(faces, None))
    assert b"f 1/6 2 3/1\n" == bytes(_kernels.face_rows(faces, uvs))


def test_rows_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match="for each face"):
        _kernels.face_rows(np.zeros((2, 3), dtype=np.int32), np.zeros((1, 3), dtype=np.int32))
