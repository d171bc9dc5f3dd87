"""Batches are parsed strictly, and a message is encoded once."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outfeed.bayeux import Limits, Message, encode, parse
from outfeed.bayeux.messages import MAX_DEPTH, small_id
from outfeed.errors import BodyTooLarge, MalformedBody

SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
JSON = st.recursive(
    SCALARS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def parsed(raw: bytes | str, *, max_bytes: int = 1000, max_messages: int = 10) -> list[object]:
    return parse(raw, max_bytes=max_bytes, max_messages=max_messages)


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@given(st.dictionaries(TEXTS, JSON, max_size=4) | st.lists(JSON, max_size=10), st.booleans())
def test_what_is_json_is_parsed(value: object, ascii_only: bool) -> None:  # noqa: FBT001 - drawn
    text = json.dumps(value, ensure_ascii=ascii_only)

    found = parse(text, max_bytes=100_000, max_messages=10)

    assert (value if isinstance(value, list) else [value]) == found
    assert found == parse(text.encode(), max_bytes=100_000, max_messages=10)


@given(st.binary(max_size=40) | st.text(alphabet='[]{}",:\\u0d8 19.e-', max_size=40).map(str.encode))
def test_nothing_else_gets_through(raw: bytes) -> None:
    """What is let in can be written again; the rest is refused with an error that users can meet."""
    try:
        found = parsed(raw)
    except MalformedBody:
        return

    assert found == parsed(encode([Message({"a": found})]))[0]["a"]  # type: ignore[index] # it is the object above


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"1",
        b'"/meta/connect"',
        b"null",
        b"true",
        b"[",
        b"[{}",
        b"[{}]x",
        b'{"a":1,"a":2}',
        b'[{"a":{"b":1,"b":1}}]',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":1e999}',
        b'{"a":-1e999}',
        b"[" + b"9" * 21 + b"]",
        b'["\\ud800"]',
        b'["\\udc00\\ud800"]',
        b'[{"\\uDFFF":1}]',
        b'["\xff"]',
        b'["\xed\xa0\x80"]',
        b"\xef\xbb\xbf[]",
        "[]".encode("utf-16"),
        b"['a']",
        b"[1,]",
        b'["\n"]',
        nested(MAX_DEPTH + 1).encode(),
        b'{"a":' * 100 + b"1" + b"}" * 100,
        b"[" * 999,
        '["\ud800"]',
    ],
)
def test_what_is_no_batch_is_refused(raw: bytes | str) -> None:
    with pytest.raises(MalformedBody):
        parsed(raw)


@pytest.mark.parametrize("raw", [nested(MAX_DEPTH), "[" + ",".join(["[]"] * 9) + "]", '["' + "[" * 99 + '\\"[["]'])
def test_brackets_are_counted_where_they_nest(raw: str) -> None:
    assert json.loads(raw) == parsed(raw)


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert ["\U0001f600"] == parsed(b'["\\ud83d\\ude00"]')


@pytest.mark.parametrize(("raw", "is_small"), [("[{}]", True), ("[{} ]", False), ("[1,2]", False), ("[ü]", False)])
def test_a_batch_is_bounded(raw: str, is_small: bool) -> None:  # noqa: FBT001 - a column
    if is_small:
        assert [{}] == parsed(raw, max_bytes=4, max_messages=1)
    else:
        with pytest.raises((BodyTooLarge, MalformedBody)):
            parsed(raw, max_bytes=4, max_messages=1)


def test_too_many_messages_are_refused() -> None:
    with pytest.raises(BodyTooLarge):
        parsed("[1,2,3]", max_messages=2)


def test_a_message_is_encoded_once() -> None:
    message = Message({"channel": "/ä", "data": {"a": [1, None, "\u2028"]}})

    text = message.text

    assert text is message.text
    assert {"channel": "/ä", "data": {"a": [1, None, "\u2028"]}} == json.loads(text)
    assert [json.loads(text)] * 2 == json.loads(encode([message, message]))
    assert encode([]) == "[]"


@pytest.mark.parametrize("value", ["1", "ä", "x" * 64, 0, 7, -(10**18)])
def test_small_ids_are_echoed(value: object) -> None:
    assert value == small_id(value)


@pytest.mark.parametrize("value", ["x" * 65, "\ud800", "\n", 10**19, 1.5, True, None, [], {}])
def test_other_ids_are_not(value: object) -> None:
    assert small_id(value) is None


@pytest.mark.parametrize(("timeout_s", "expected"), [(45.0, 90.0), (300.0, 600.0), (0.0, 10.0)])
def test_a_session_is_kept_for_longer_than_a_connect_waits(timeout_s: float, expected: float) -> None:
    assert expected == Limits(timeout_s=timeout_s).max_interval_s
