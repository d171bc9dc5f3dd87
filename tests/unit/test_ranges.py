"""Ranges, conditions, safe names and signed addresses."""

import re
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from litestar.testing import TestClient

from a_library import Library, a_library, oss_client
from outfeed.blobs.links import Links
from outfeed.errors import LinkExpired, RangeNotSatisfiable
from outfeed.http.ranges import Span, disposition, parse_range

CONTENT = bytes(range(200))
GEAR = "/oss/v2/buckets/parts/objects/gear"
MODIFIED = "Thu, 01 Jan 2026 12:00:00 GMT"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = a_library(tmp_path)
    made.a_bucket()
    made.an_object("gear", CONTENT)
    yield made
    made.close()


@pytest.fixture
def client(library: Library) -> TestClient[Any]:
    return oss_client(library)


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-0", Span(0, 1)),
        ("bytes=10-", Span(10, 200)),
        ("bytes=-5", Span(195, 200)),
        ("bytes=-500", Span(0, 200)),
        ("bytes=190-999", Span(190, 200)),
        ("Bytes = 1 - 2", Span(1, 3)),
        ("", None),
        ("bytes=-", None),
        ("bytes=5-4", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=a-b", None),
        ("bytes=" + "9" * 20 + "-", None),
    ],
)
def test_a_range_is_one_span_or_the_whole(header: str, span: Span | None) -> None:
    assert span == parse_range(header, 200)


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=200-", 200), ("bytes=-0", 200), ("bytes=0-0", 0), ("bytes=-1", 0)]
)
def test_a_range_behind_the_end_is_an_error(header: str, size: int) -> None:
    with pytest.raises(RangeNotSatisfiable) as caught:
        parse_range(header, size)

    assert size == caught.value.size


def test_a_range_is_answered_with_its_place(client: TestClient[Any]) -> None:
    answer = client.get(GEAR, headers={"range": "bytes=10-19"})

    assert (206, CONTENT[10:20]) == (answer.status_code, answer.content)
    assert ("bytes 10-19/200", "10") == (answer.headers["content-range"], answer.headers["content-length"])


def test_a_range_that_cannot_be_is_answered_with_the_size(client: TestClient[Any]) -> None:
    answer = client.get(GEAR, headers={"range": "bytes=200-"})

    assert (416, "bytes */200") == (answer.status_code, answer.headers["content-range"])


def test_head_tells_what_get_would(client: TestClient[Any]) -> None:
    got, told = client.get(GEAR), client.head(GEAR)

    assert (200, got.headers) == (told.status_code, told.headers)
    assert ("200", b"") == (told.headers["content-length"], told.content)


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ({"if-none-match": "{etag}"}, 304),
        ({"if-none-match": 'W/{etag}, "x"'}, 304),
        ({"if-none-match": "9b2f9c0e-5d5a-4f0e-8a61-3c3f"}, 200),
        ({"if-none-match": '"x"', "if-modified-since": MODIFIED}, 200),
        ({"if-modified-since": MODIFIED}, 304),
        ({"if-modified-since": "Thu, 01 Jan 2026 11:59:59 GMT"}, 200),
        ({"if-modified-since": "yesterday"}, 200),
    ],
)
@pytest.mark.parametrize("path", [GEAR, GEAR + "/details", GEAR + "/signeds3download"])
def test_only_who_has_the_bytes_is_spared_them(
    client: TestClient[Any], path: str, condition: dict[str, str], status: int
) -> None:
    """The npm client sends a random request id as `If-None-Match` and must get an answer."""
    etag = client.head(GEAR).headers["etag"]
    headers = {name: value.format(etag=etag) for name, value in condition.items()}

    assert status == client.get(path, headers=headers).status_code


@pytest.mark.parametrize(("condition", "status"), [("{etag}", 206), ('"other"', 200), (MODIFIED, 206), ("never", 200)])
def test_if_range_keeps_two_versions_apart(client: TestClient[Any], condition: str, status: int) -> None:
    etag = client.head(GEAR).headers["etag"]
    headers = {"range": "bytes=0-1", "if-range": condition.format(etag=etag)}

    assert status == client.get(GEAR, headers=headers).status_code


@pytest.mark.parametrize(
    "name", ["gear.stl", 'a"; filename="b.exe', "a\\b", "café 😀.stl", "a;b,c", "<img src=x>", "%41", "../x", "a'b"]
)
def test_a_name_cannot_break_out_of_its_header(name: str) -> None:
    """Read back by the standard library's parser of such headers."""
    header = disposition(name, attachment=True)
    message = Message()
    message["content-disposition"] = header

    assert header.isascii()
    assert re.fullmatch(r"attachment; filename=\"[^\"\\%]*\"; filename\*=UTF-8''[\w.~%-]*", header)
    assert name.replace("/", "_").replace("\\", "_") == _filename_star(header)
    assert message.get_content_disposition() == "attachment"


def _filename_star(header: str) -> str:
    return parse_qs("name=" + header.rpartition("''")[2], keep_blank_values=True)["name"][0]


# --- Signed addresses -------------------------------------------------------------------------------------------------


LINKS = Links(b"secret")
QUERY = LINKS.sign("GET", "/a", expires_at_ms=1000, scope={"versionId": "ä b&c", "type": ""})


def test_a_link_gives_back_what_was_signed() -> None:
    assert LINKS.verify("GET", "/a", QUERY, now_ms=999) == {"versionId": "ä b&c", "type": ""}
    assert LINKS.verify("HEAD", "/a", QUERY, now_ms=999) == {"versionId": "ä b&c", "type": ""}


@pytest.mark.parametrize(
    ("method", "path", "query", "now_ms"),
    [
        ("GET", "/a", QUERY, 1000),
        ("PUT", "/a", QUERY, 0),
        ("DELETE", "/a", QUERY, 0),
        ("GET", "/b", QUERY, 0),
        ("GET", "/a", "", 0),
        ("GET", "/a", QUERY.replace("expires=1000", "expires=9999"), 0),
        ("GET", "/a", QUERY.replace("expires=1000", "expires=x"), 0),
        ("GET", "/a", QUERY.replace("b%26c", "b"), 0),
        ("GET", "/a", QUERY.replace("&type=", ""), 0),
        ("GET", "/a", QUERY + "&more=1", 0),
        ("GET", "/a", QUERY + "&expires=9999", 0),
        ("GET", "/a", "expires=9999&" + QUERY, 0),
        ("GET", "/a", QUERY[:-1] + "é", 0),
        ("GET", "/a", QUERY[:-64] + "0" * 64, 0),
        ("GET", "/a", urlencode({"expires": "1000"}), 0),
    ],
)
def test_a_link_is_good_for_nothing_else(method: str, path: str, query: str, now_ms: int) -> None:
    with pytest.raises(LinkExpired):
        LINKS.verify(method, path, query, now_ms=now_ms)


def test_another_servers_link_is_refused() -> None:
    with pytest.raises(LinkExpired):
        Links(b"other").verify("GET", "/a", QUERY, now_ms=0)
