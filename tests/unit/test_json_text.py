"""What a JSON text must not have, whoever reads it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfeed.json_text import check_depth, no_constant, unique_names

#: Enough to be looked through.
MANY = "[]" * 100


def is_too_deep(text: str, most: int) -> bool:
    try:
        check_depth(text, most)
    except ValueError:
        return True
    return False


def depth_of(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


@given(
    st.recursive(
        st.text(alphabet='"\\[]{}x', max_size=5),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet='"\\[]{}x', max_size=5), inner),
    ),
    st.integers(0, 6),
)
def test_brackets_count_where_a_parser_would_nest(value: object, most: int) -> None:
    assert (depth_of(value) > most) == is_too_deep(json.dumps(value), most)


@pytest.mark.parametrize("text", ['"' + '\\"' * 2**20, '"' * (2**20 + 1), '"\\', '"\\\n"', MANY + '"' + "\\" * 2**20])
def test_a_string_that_is_not_closed_is_looked_through_once(text: str) -> None:
    """From each of its quotes again, this would take hours: it was so, and a body of 32 KB held the server for 6 s."""
    check_depth(MANY + text, 2)


def test_a_name_that_stands_twice_is_named() -> None:
    assert {"a": 1, "b": 2} == unique_names([("a", 1), ("b", 2)])
    with pytest.raises(ValueError, match=r"^b{64} stands twice in one object$"):
        unique_names([("a", 1), ("b" * 99, 1), ("c", 2), ("b" * 99, 2)])


def test_what_is_no_number_of_json_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN is no number of JSON"):
        json.loads("[NaN]", parse_constant=no_constant)
