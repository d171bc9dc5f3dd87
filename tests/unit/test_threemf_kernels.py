"""The kernels for the XML of 3MF, in both directions."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from outfeed import _kernels
from unit import twins_threemf as twins
from unit.properties import examples

WORDS = ["<a x='", "' y='", "'/>\n"]
indices = st.integers(-(2**31), 2**31 - 1)


def rows_of(dtype: type[Any], width: int, elements: Any) -> st.SearchStrategy[Any]:
    return arrays.arrays(dtype, st.tuples(st.integers(0, 20), st.just(width)), elements=elements)


def finite(width: Any) -> Any:
    return st.floats(width=width, allow_nan=False, allow_infinity=False)


@given(
    values=st.one_of(
        rows_of(np.float32, 2, finite(32)), rows_of(np.float64, 2, finite(64)), rows_of(np.int32, 2, indices)
    ),
    texts=st.lists(st.text("<a ='\n/>ü", max_size=16), min_size=3, max_size=3),
)
@examples(60)
def test_property_rows_are_written_as_by_their_twin(values: Any, texts: list[str]) -> None:
    assert twins.xml_rows(texts, values) == _kernels.xml_rows(texts, values).tobytes().decode()


@given(data=st.data(), faces=rows_of(np.int32, 3, indices))
@examples(60)
def test_property_triangles_are_written_as_by_their_twin(data: st.DataObject, faces: Any) -> None:
    groups = data.draw(arrays.arrays(np.int32, len(faces), elements=st.integers(0, 3)))
    own = data.draw(arrays.arrays(np.int32, faces.shape, elements=st.integers(0, 2)))

    assert twins.xml_triangles(faces, groups, own) == _kernels.xml_triangles(faces, groups, own).tobytes().decode()


@given(colors=rows_of(np.uint8, 4, st.integers(0, 255)))
@examples(30)
def test_property_colours_are_written_as_by_their_twin(colors: Any) -> None:
    assert twins.xml_colors(WORDS[:2], colors) == _kernels.xml_colors(WORDS[:2], colors).tobytes().decode()


@pytest.mark.parametrize("texts", [WORDS[:2], [*WORDS, ""], ["x" * 33, "", ""]])
def test_texts_that_do_not_fit_are_refused(texts: list[str]) -> None:
    with pytest.raises(ValueError, match="text"):
        _kernels.xml_rows(texts, np.zeros((1, 2)))


def test_triangles_need_a_group_and_indices_each() -> None:
    faces = np.zeros((2, 3), dtype=np.int32)

    with pytest.raises(ValueError, match="one group"):
        _kernels.xml_triangles(faces, np.zeros(1, dtype=np.int32), faces)
    with pytest.raises(ValueError, match="one group"):
        _kernels.xml_triangles(faces, np.zeros(2, dtype=np.int32), faces[:1])
    with pytest.raises(TypeError):
        _kernels.xml_triangles(faces.astype(np.int64), np.zeros(2, dtype=np.int32), faces)


# --- Reading ----------------------------------------------------------------------------------------------------------

REALS = ["0", "-0", "1", "+2.5", "-.5", "7.", "1e3", "1E-3", "12345678901234567890", "1e999", "-1e-999"]
NO_REALS = ["", " 1", "1 ", "nan", "inf", "-inf", "1e", "0x1", "1_0", ".", "+-1", "1,5", "&#49;", "1>", "٣", "1\0"]
INDICES = ["0", "7", "007", "2147483647"]
NO_INDICES = ["", "-1", "+1", "1.0", " 1", "2147483648", "99999999999999999999999", "1_0", "a"]
blanks = st.sampled_from([" ", " ", " ", "\n", "\t\r\n "])
maybe = st.sampled_from(["", "", "", " ", "\n"])


@st.composite
def elements(draw: st.DrawFn, name: str, keys: list[str], words: list[str], others: list[str]) -> str:
    """Draw an element that is most often as usual."""
    is_usual = draw(st.integers(0, 9)) > 0
    kept = keys if is_usual else draw(st.lists(st.sampled_from([*keys, "q", "x:y"]), max_size=5))
    values = st.sampled_from(words if is_usual else [*words, *others])
    parts = []
    for key in draw(st.permutations(kept)):
        quote = draw(st.sampled_from('"""\''))
        parts.append(f"{draw(blanks)}{key}{draw(maybe)}={draw(maybe)}{quote}{draw(values)}{quote}")
    end = "/>" if is_usual else draw(st.sampled_from(["/>", ">", "", "/", "/>x", f"></{name}>", " / >"]))
    return f"{draw(maybe)}<{name}{''.join(parts)}{draw(maybe)}{end}"


def text_of(pieces: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Draw elements one after the other, cut anywhere."""
    lists = st.lists(pieces, max_size=5).map("".join)
    return st.one_of(lists, st.tuples(lists, st.integers(0, 60)).map(lambda cut: cut[0][: len(cut[0]) - cut[1]]))


def coded(text: str) -> Any:
    return np.frombuffer(text.encode(), dtype=np.uint8)


@given(text=text_of(elements("p:vertex", ["x", "y", "z"], REALS, NO_REALS)))
@examples(80)
def test_property_vertices_are_read_as_by_their_twin(text: str) -> None:
    rows = _kernels.MeshRows(100)

    used = rows.vertices(coded(text), "p:vertex")

    expected, expected_used = twins.vertices(text, "p:vertex")
    points, corners, properties = rows.finish()
    assert np.array(expected, dtype=np.float64).reshape(-1, 3).tobytes() == points.tobytes()
    assert (expected_used, 0, 0) == (used, len(corners), len(properties))
    assert text.encode()[:used].count(b"\n") == rows.lines()


KEYS = [
    ["v1", "v2", "v3"],
    ["v1", "v2", "v3", "p1"],
    ["v1", "v2", "v3", "pid", "p1", "p2", "p3"],
    ["v1", "v2", "v3", "pid"],
]


@given(
    text=st.sampled_from(KEYS).flatmap(lambda keys: text_of(elements("triangle", keys, INDICES, NO_INDICES))),
    group=st.sampled_from([-1, 0, 5]),
)
@examples(80)
def test_property_triangles_are_read_as_by_their_twin(text: str, group: int) -> None:
    rows = _kernels.MeshRows(100)

    used = rows.triangles(coded(text), "triangle", group)

    expected, more, expected_used = twins.triangles(text, "triangle", group)
    _, corners, properties = rows.finish()
    assert (expected, more, expected_used) == (corners.tolist(), properties.tolist(), used)


@given(text=st.binary(max_size=200))
@examples(60)
def test_property_any_bytes_are_read_or_left(text: bytes) -> None:
    rows = _kernels.MeshRows(100)
    array = np.frombuffer(text, dtype=np.uint8)

    used = [rows.vertices(array, "vertex"), rows.triangles(array, "triangle", -1)]

    assert [len(text) - len(text.lstrip(b" \t\r\n"))] * 2 == used


def test_no_more_triangles_are_taken_than_are_allowed() -> None:
    rows = _kernels.MeshRows(2)

    used = rows.triangles(coded("<t v1='0' v2='0' v3='0'/>" * 3), "t", -1)

    assert (50, (0, 2)) == (used, rows.counts())


def test_rows_from_both_sides_are_in_their_order() -> None:
    rows = _kernels.MeshRows(9)
    rows.vertices(coded("<v x='1' y='2' z='3'/>"), "v")
    rows.add(np.ones((2, 3)), np.array([[4, 5, 6]], dtype=np.int32), np.array([[0, 1, 2, 2, 2]], dtype=np.int64))
    rows.triangles(coded("<t v1='7' v2='8' v3='9' p1='3' pid='2'/>"), "t", -1)

    points, corners, properties = rows.finish()

    assert [[1, 2, 3], [1, 1, 1], [1, 1, 1]] == points.tolist()
    assert [[4, 5, 6], [7, 8, 9]] == corners.tolist()
    assert [[0, 1, 2, 2, 2], [1, 2, 3, 3, 3]] == properties.tolist()
