"""What a call on many objects says of each."""

from typing import Any

import pytest

from outfeed.dialects.aps import oss_wire as wire
from outfeed.dialects.aps.oss_headers import parse_content_type, parse_extras
from outfeed.errors import InvalidField, MissingField
from outfeed.library.objects import Extras

MINUTES = 2


def an_entry(**fields: Any) -> wire.Entry:
    return wire.parse_batch({"requests": [{"objectKey": "gear.stl"} | fields]})[0]


def test_a_name_is_taken_as_it_stands() -> None:
    """The clients send it plain, and look for it plain in the answer."""
    assert ["a%2Fb", "a/b"] == [
        entry.name for entry in wire.parse_batch({"requests": [{"objectKey": "a%2Fb"}, {"objectKey": "a/b"}]})
    ]


def test_of_two_entries_with_one_name_the_last_counts() -> None:
    twice = [{"objectKey": "gear.stl", "parts": 1}, {"objectKey": "gear.stl", "parts": 2}]

    assert [twice[1]] == [entry.fields for entry in wire.parse_batch({"requests": twice})]


@pytest.mark.parametrize("requests", [None, [], {}, "gear.stl", ["gear.stl"], [{"objectKey": "a"}, 7]])
def test_what_is_no_list_of_objects_is_refused(requests: Any) -> None:
    with pytest.raises(InvalidField):
        wire.parse_batch({"requests": requests})


@pytest.mark.parametrize("entry", [{}, {"objectKey": ""}, {"objectKey": None}])
def test_an_entry_without_a_name_is_refused(entry: dict[str, Any]) -> None:
    with pytest.raises(MissingField):
        wire.parse_batch({"requests": [entry]})


def test_at_most_25_objects_go_into_one_call() -> None:
    entries = [{"objectKey": str(number)} for number in range(26)]

    assert 25 == len(wire.parse_batch({"requests": entries[:25]}))
    with pytest.raises(InvalidField):
        wire.parse_batch({"requests": entries})


@pytest.mark.parametrize(
    ("fields", "numbers", "upload_key"),
    [
        ({}, range(1, 2), ""),
        ({"parts": 3}, range(1, 4), ""),
        ({"parts": "3", "firstPart": "26", "uploadKey": "ab"}, range(26, 29), "ab"),
        ({"parts": 2, "firstPart": None, "uploadKey": None}, range(1, 3), ""),
    ],
)
def test_an_entry_says_which_parts_it_wants(fields: dict[str, Any], numbers: range, upload_key: str) -> None:
    wanted = wire.parse_entry_parts(an_entry(**fields), MINUTES)

    assert wire.PartsWanted(numbers=numbers, upload_key=upload_key, minutes=MINUTES) == wanted


@pytest.mark.parametrize("fields", [{"parts": 26}, {"parts": 0}, {"parts": True}, {"parts": 1.5}, {"firstPart": []}])
def test_parts_that_are_no_numbers_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidField):
        wire.parse_entry_parts(an_entry(**fields), MINUTES)


def test_an_entry_may_say_what_the_object_is() -> None:
    fields = {"x-ads-meta-Content-Type": "model/stl", "x-ads-meta-Cache-Control": "max-age=60"}
    told = an_entry(**fields).headers

    assert "model/stl" == parse_content_type(told, own=False)
    assert Extras(cache_control="max-age=60") == parse_extras(told, own=False)
