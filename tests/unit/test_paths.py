"""Names in paths."""

import pytest

from outfeed.errors import InvalidField
from outfeed.http.paths import decoded


@pytest.mark.parametrize(
    ("segment", "name"),
    [("a%2Fb", "a/b"), ("a%252Fb", "a%2Fb"), ("caf%C3%A9.stl", "café.stl"), ("a+b", "a+b"), ("%2e%2e", "..")],
)
def test_a_segment_is_decoded_once(segment: str, name: str) -> None:
    assert name == decoded(segment)


@pytest.mark.parametrize("segment", ["%ff", "a%00b", "a%0D%0Ab", "%7F", "\u0100"])
def test_a_segment_that_is_no_name_is_refused(segment: str) -> None:
    with pytest.raises(InvalidField):
        decoded(segment)
