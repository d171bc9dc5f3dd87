"""Names of channels: what the grammar lets in, and what a pattern stands for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfeed.bayeux import BadChannel, Channel

SEGMENTS = st.lists(st.sampled_from(["a", "b", "meta", "service", "A-_!~()$@9"]), min_size=1, max_size=5)
NAMES = SEGMENTS.map(lambda segments: "/" + "/".join(segments))
PATTERNS = st.tuples(st.just("") | NAMES, st.sampled_from(["/*", "/**"])).map("".join)


@pytest.mark.parametrize(
    "name",
    ["/a", "/printers/58/command", "/A-_!~()$@/0", "/*", "/**", "/a/*", "/a/b/**", "/meta/connect", f"/{'a' * 254}"],
)
def test_a_name_of_the_grammar_is_a_channel(name: str) -> None:
    channel = Channel.parse(name)

    assert (name, tuple(name[1:].split("/"))) == (channel.text, channel.segments)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "/",
        "a",
        "//a",
        "/a/",
        "/a//b",
        "/a b",
        "/a\n",
        "/a\x00",
        "/meta/../x",
        "/./a",
        "/a%2Fb",
        "/meta/\u017fubscribe",
        "/met\u0430/connect",
        "/\uff41",
        "/\u0661",
        "/a*",
        "/*/a",
        "/**/a",
        "/***",
        "/a/**/*",
        "*",
        "**",
        f"/{'a' * 255}",
        "/a" * 17,
        5,
        None,
        True,
        ["/a"],
        {"/a": 1},
        b"/a",
    ],
)
def test_anything_else_is_none(value: object) -> None:
    with pytest.raises(BadChannel):
        Channel.parse(value)


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("/a", "/a", True),
        ("/a", "/b", False),
        ("/*", "/a", True),
        ("/*", "/a/b", False),
        ("/**", "/a/b/c", True),
        ("/a/*", "/a/b", True),
        ("/a/*", "/a", False),
        ("/a/*", "/a/b/c", False),
        ("/a/**", "/a/b/c", True),
        ("/a/**", "/a", False),
        ("/a/**", "/ab/c", False),
        ("/**", "/meta/connect", False),
        ("/meta/*", "/meta/connect", False),
        ("/service/**", "/service/x", False),
        ("/**", "/metal/x", True),
        ("/**", "/a/*", False),
    ],
)
def test_patterns_stand_for_names(pattern: str, name: str, expected: bool) -> None:  # noqa: FBT001 - a column
    assert expected == Channel.parse(pattern).matches(Channel.parse(name))


@given(PATTERNS, NAMES)
def test_a_pattern_matches_as_its_segments_do(pattern: str, name: str) -> None:
    *head, star = pattern[1:].split("/")
    segments = name[1:].split("/")
    levels = len(segments) - len(head)
    fits = segments[: len(head)] == head and (levels == 1 if star == "*" else levels >= 1)

    expected = fits and segments[0] not in {"meta", "service"}

    assert expected == Channel.parse(pattern).matches(Channel.parse(name))


@given(st.text(alphabet="/ab*.\n\u017f", max_size=12))
def test_what_is_parsed_is_the_text_itself(text: str) -> None:
    """No name is changed on the way: there is no second form of it that somebody else could look at."""
    try:
        channel = Channel.parse(text)
    except BadChannel:
        return

    assert text == channel.text == "/" + "/".join(channel.segments)
    assert channel == Channel.parse(text)


def test_names_tell_what_they_are() -> None:
    found = [
        (channel.is_meta, channel.is_service, channel.is_pattern)
        for channel in map(Channel.parse, ["/meta/x", "/service/x", "/x/meta", "/x/*", "/meta/**"])
    ]

    assert [
        (True, False, False),
        (False, True, False),
        (False, False, False),
        (False, False, True),
        (True, False, True),
    ] == found
