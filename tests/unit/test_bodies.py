"""Request bodies as parameters."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar, Request, post

from outfeed.app import answer
from outfeed.errors import BodyTooSlow, MalformedBody
from outfeed.http.bodies import parse_body, parse_form, parse_json, read_body

DATA = Path(os.environ.get("OUTFEED_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        (b"", {}),
        (b"id=a&file_type=obj", {"id": "a", "file_type": "obj"}),
        (b"id[]=a", {"id": ["a"]}),
        (b"id[0]=a", {"id": ["a"]}),
        (b"data[job_status]=printing&data[layer]=3", {"data": {"job_status": "printing", "layer": "3"}}),
        (b"m[0][0]=1&m[0][1]=2&m[1][0]=3&m[1][1]=4", {"m": [["1", "2"], ["3", "4"]]}),
        (b"name=%C3%A9t%C3%A9+2", {"name": "été 2"}),
        (b"a]b[=1", {"a]b[": "1"}),
        (b"mesh_ids[1]=b", {"mesh_ids": {"1": "b"}}),
    ],
)
def test_a_form_becomes_fields(form: bytes, fields: dict[str, object]) -> None:
    """Brackets nest, and groups that count from 0 are lists."""
    assert fields == parse_form(form)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/json", "application/x-www-form-urlencoded"])
def test_what_a_body_looks_like_counts_whatever_its_content_type(kind: str) -> None:
    """Clients send JSON as a form and the other way round."""
    for body in (b'{"id": "a", "ids": ["b"]}', b"id=a&ids[0]=b", b"ids%5B0%5D=b&id=a"):
        assert {"id": "a", "ids": ["b"]} == parse_body(body, kind)
    assert {} == parse_body(b"", kind)


def test_a_multipart_form_is_told_what_to_send_instead() -> None:
    with pytest.raises(MalformedBody, match="send JSON or application/x-www-form-urlencoded"):
        parse_body(b"--x\r\n", "multipart/form-data; boundary=x")


def test_text_that_is_not_utf_8_is_refused_in_plain_words() -> None:
    with pytest.raises(MalformedBody, match=r"It is not JSON: it is not UTF-8\.$"):
        parse_json(b'{"name": "\xff"}')


@pytest.mark.parametrize("form", [b"a=%ff", b"\xff=1", b"a=1&a[b]=2", b"a" + b"[x]" * 100 + b"=1"])
def test_a_form_that_cannot_be_read_is_refused(form: bytes) -> None:
    with pytest.raises(MalformedBody):
        parse_form(form)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b'"x"',
        b"{} {}",
        b"{/*x*/}",
        b'{"a":NaN}',
        b'{"a":1e999}',
        b'{"a":1,"a":2}',
        b'{"a":"\\ud800"}',
        b"\xff",
        b"[" * 100_000,
        b'{"a":' * 1000,
        b'{"a":' + b"9" * 10_000 + b"}",
    ],
)
def test_json_that_two_readers_would_read_differently_is_refused(body: bytes) -> None:
    """Not JSON, not an object, numbers that are none, names twice, half characters, too deep."""
    with pytest.raises(MalformedBody):
        parse_json(body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"a": "\\ud800"}', "It is not JSON: a text has one half of a pair of surrogates."),
        (b'{"a": ' + b"9" * 5000 + b"}", "It is not JSON: a whole number has too many digits."),
        (b"a=%ff", "It is not a form: it is not UTF-8."),
        (b"a=\xc3\xa9", "It is not a form: it is not UTF-8."),
    ],
)
def test_what_cannot_be_read_is_refused_in_words_that_are_not_pythons(body: bytes, reason: str) -> None:
    with pytest.raises(MalformedBody) as caught:
        parse_body(body, "")

    assert reason == caught.value.detail


@post("/")
async def hear(request: Request[Any, Any, Any]) -> None:
    """Read a body that has next to no time."""
    await read_body(request, max_bytes=64, limit_s=0.01)


def test_a_body_that_does_not_end_is_not_waited_for_and_neither_is_its_connection() -> None:
    pieces, sent = iter([b'{"printer_', b'status": ']), []

    async def receive() -> Any:
        body = next(pieces, None)
        return await asyncio.Future() if body is None else {"type": "http.request", "body": body, "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    app: Any = Litestar([hear], exception_handlers={BodyTooSlow: answer}, openapi_config=None, logging_config=None)
    asyncio.run(app({"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}, receive, send))

    assert (408, b"close") == (sent[0]["status"], dict(sent[0]["headers"])[b"connection"])
    assert b"The request body did not come in time. It had 0.01 seconds." in sent[1]["body"]


def test_a_byte_order_mark_is_no_harm() -> None:
    assert {"id": "a"} == parse_json(b'\xef\xbb\xbf{"id":"a"}')


def test_brackets_in_strings_are_no_depth() -> None:
    assert {"a": "[" * 100 + '\\"'} == parse_json(json.dumps({"a": "[" * 100 + '\\"'}).encode())


@pytest.mark.skipif(not DATA.exists(), reason="the shared test data is not beside this checkout")
def test_every_hostile_body_is_read_or_refused() -> None:
    """None of the collected bodies ends in an unexpected error."""
    rows = [json.loads(line) for line in (DATA / "hostile/requests/json_bodies.jsonl").read_text().splitlines()]
    refused = set()
    for row in rows:
        try:
            parse_json(row["body"].encode("utf-8", "surrogatepass"))
        except MalformedBody:
            refused.add(row["name"])

    assert {"depth", "object_depth", "nan", "inf", "dup", "lone_surrogate", "array", "trailing", "comment"} <= refused
