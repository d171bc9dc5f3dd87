"""Signed resources over HTTP: made with a token, used without."""

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from litestar.testing import TestClient

from a_library import NOON_MS, Library, a_library, oss_client

OBJECTS = "/oss/v2/buckets/parts/objects"
GEAR = f"{OBJECTS}/gear"
CONTENT = b"0123456789"
MINUTE_MS = 60_000


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = a_library(tmp_path)
    made.a_bucket(mill="read")
    made.an_object("gear", CONTENT)
    yield made
    made.close()


@pytest.fixture
def client(library: Library) -> TestClient[Any]:
    return oss_client(library)


@pytest.fixture
def stranger(library: Library) -> TestClient[Any]:
    """Return a client without a token."""
    made = oss_client(library)
    made.headers.pop("authorization")
    return made


def signed(client: TestClient[Any], access: str = "read", path: str = GEAR, **body: Any) -> str:
    """Make a signed resource and return its path."""
    made = client.post(f"{path}/signed?access={access}", json=body)
    assert 200 == made.status_code
    return urlsplit(str(made.json()["signedUrl"])).path


def sha1(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def test_it_is_made_as_the_reference_says(client: TestClient[Any]) -> None:
    made = client.post(f"{GEAR}/signed", json={"minutesExpiration": 30, "singleUse": True})
    plain = client.post(f"{GEAR}/signed")

    assert {"signedUrl", "expiration", "singleUse"} == set(made.json())
    assert (NOON_MS + 30 * MINUTE_MS, True) == (made.json()["expiration"], made.json()["singleUse"])
    assert (NOON_MS + 2 * MINUTE_MS, False) == (plain.json()["expiration"], plain.json()["singleUse"])
    assert urlsplit(made.json()["signedUrl"]).query == "region=US"


def test_whoever_has_it_downloads_without_a_token(client: TestClient[Any], stranger: TestClient[Any]) -> None:
    path = signed(client, "Read")
    got, part, told = (
        stranger.get(f"{path}?region=US"),
        stranger.get(path, headers={"range": "bytes=2-4"}),
        stranger.head(path),
    )

    assert (200, CONTENT, "model/stl") == (got.status_code, got.content, got.headers["content-type"])
    assert (206, b"234", "bytes 2-4/10") == (part.status_code, part.content, part.headers["content-range"])
    assert (200, got.headers) == (told.status_code, told.headers)


def test_what_the_download_says_of_itself_can_be_asked_for(client: TestClient[Any], stranger: TestClient[Any]) -> None:
    path = signed(client)
    asked = {"response-content-type": "text/html", "response-content-disposition": "inline"}
    got = stranger.get(path, params=asked)

    assert ("text/html", "inline") == (got.headers["content-type"], got.headers["content-disposition"])
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert 400 == stranger.get(path, params={"response-content-type": "a\r\nb"}).status_code


@pytest.mark.parametrize("place", ["bytes=10-", f"bytes={2**63}-", "bytes=-0"])
def test_a_range_behind_the_end_is_416(client: TestClient[Any], stranger: TestClient[Any], place: str) -> None:
    answer = stranger.get(signed(client), headers={"range": place})

    assert (416, "bytes */10") == (answer.status_code, answer.headers["content-range"])


def test_conditions_count_for_it_too(client: TestClient[Any], stranger: TestClient[Any]) -> None:
    path = signed(client)
    conditions = [
        {"if-none-match": f'"{sha1(CONTENT)}"'},
        {"if-none-match": "a-random-id"},
        {"if-modified-since": "Thu, 01 Jan 2026 12:00:00 GMT"},
        {"if-match": sha1(b"other")},
    ]

    assert [304, 200, 304, 412] == [stranger.get(path, headers=headers).status_code for headers in conditions]


def test_whoever_has_it_replaces_the_object(client: TestClient[Any], stranger: TestClient[Any]) -> None:
    path = signed(client, "write")
    headers = {"content-type": "text/plain", "content-disposition": "inline", "if-match": sha1(CONTENT)}
    put = stranger.put(path, content=b"new", headers=headers)
    late = stranger.put(path, content=b"newer", headers=headers)
    got = client.get(GEAR)

    assert (200, client.get(f"{GEAR}/details").json()) == (put.status_code, put.json())
    assert (412, b"new") == (late.status_code, got.content)
    assert ("text/plain", "inline") == (got.headers["content-type"], got.headers["content-disposition"])


def test_it_takes_chunks(client: TestClient[Any], stranger: TestClient[Any]) -> None:
    path = signed(client, "readwrite", singleUse=True)

    def send(start: int, stop: int) -> httpx.Response:
        headers = {"session-id": "s", "content-range": f"bytes {start}-{stop - 1}/10"}
        return stranger.put(f"{path}/resumable", content=CONTENT[::-1][start:stop], headers=headers)

    answers = [send(5, 10), send(5, 10), send(0, 5), send(0, 5)]

    assert [202, 202, 200, 403] == [answer.status_code for answer in answers]
    assert CONTENT[::-1] == client.get(GEAR).content


@pytest.mark.parametrize(
    ("access", "method", "status", "word"),
    [("read", "PUT", 403, "write"), ("write", "GET", 403, "read"), ("read", "DELETE", 403, "write")],
)
def test_it_is_good_for_nothing_else(
    client: TestClient[Any], stranger: TestClient[Any], access: str, method: str, status: int, word: str
) -> None:
    answer = stranger.request(method, signed(client, access))

    assert status == answer.status_code
    assert f"Signed Resource does not grant {word} permissions" in answer.json()["reason"]
    assert CONTENT == client.get(GEAR).content


def test_one_that_has_ended_is_403_and_one_that_never_was_404(
    client: TestClient[Any], stranger: TestClient[Any], library: Library
) -> None:
    path = signed(client, "readwrite", minutesExpiration=1)
    library.clock.now += MINUTE_MS
    ended = [stranger.request(method, path).status_code for method in ("GET", "HEAD", "PUT", "DELETE")]
    never = [
        stranger.request(method, "/oss/v2/signedresources/a%2Fb").status_code
        for method in ("GET", "HEAD", "PUT", "DELETE")
    ]

    assert ([403] * 4, [404] * 4) == (ended, never)


def test_a_single_use_is_spent_by_bytes_only(client: TestClient[Any], stranger: TestClient[Any]) -> None:
    path = signed(client, singleUse=True)
    free = [
        stranger.head(path),
        stranger.get(path, headers={"if-none-match": "*"}),
        stranger.get(path, headers={"range": "bytes=99-"}),
    ]
    used, again = stranger.get(path), stranger.get(path)

    assert [200, 304, 416] == [answer.status_code for answer in free]
    assert (200, CONTENT, 403) == (used.status_code, used.content, again.status_code)


def test_a_failed_upload_leaves_the_single_use(client: TestClient[Any], stranger: TestClient[Any]) -> None:
    path = signed(client, "write", singleUse=True)
    headers = {"x-ads-content-sha1": sha1(b"other")}
    statuses = [
        stranger.put(path, content=b"new", headers=headers).status_code,
        stranger.put(path, content=b"new", headers={"if-match": "other"}).status_code,
        stranger.put(path, content=b"new").status_code,
        stranger.put(path, content=b"newer").status_code,
    ]

    assert [400, 412, 200, 403] == statuses
    assert client.get(GEAR).content == b"new"


def test_a_client_elsewhere_stays_out(client: TestClient[Any]) -> None:
    path = signed(client, allowedIpAddresses=["10.0.0.0/8"])
    inside, outside = (get_from(client, address, path) for address in ("10.0.0.7", "192.168.0.7"))

    assert (200, CONTENT, 403) == (inside.status_code, inside.content, outside.status_code)


def get_from(client: TestClient[Any], address: str, path: str) -> httpx.Response:
    """Ask from another internet address; what a header says of it does not count."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=client.app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as elsewhere:
            return await elsewhere.get(path, headers={"x-forwarded-for": "10.0.0.7"})

    return asyncio.run(ask())


def test_it_ends_with_the_object(client: TestClient[Any], stranger: TestClient[Any]) -> None:
    path = signed(client, "readwrite")
    client.delete(GEAR)

    assert [404, 404] == [stranger.request(method, path).status_code for method in ("GET", "PUT")]
    assert 404 == client.get(GEAR).status_code


@pytest.mark.parametrize("with_token", [True, False], ids=["owner", "holder"])
def test_it_can_be_ended_and_the_object_stays(
    client: TestClient[Any], stranger: TestClient[Any], *, with_token: bool
) -> None:
    path = signed(client, "write")
    ended = (client if with_token else stranger).delete(f"{path}?region=US")

    assert (200, f"Signed resource deleted successfully: {path.rpartition('/')[2]}") == (ended.status_code, ended.text)
    assert 404 == stranger.put(path, content=b"x").status_code
    assert CONTENT == client.get(GEAR).content


@pytest.mark.parametrize(("who", "status"), [("nobody", 401), ("reader", 403), ("cyd", 403)])
def test_a_token_that_may_not_end_it_does_not(client: TestClient[Any], who: str, status: int) -> None:
    """A token is judged if there is one, though the address alone would do."""
    path = signed(client, "write")

    assert status == client.delete(path, headers={"authorization": f"Bearer {who}"}).status_code


@pytest.mark.parametrize(("who", "status"), [("nobody", 401), ("reader", 403), ("creator", 403), ("cyd", 403)])
def test_who_may_not_write_signs_nothing(client: TestClient[Any], who: str, status: int) -> None:
    answer = client.post(f"{GEAR}/signed", json={}, headers={"authorization": f"Bearer {who}"})

    assert status == answer.status_code


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", f"{GEAR}/copyto/twin"),
        ("PUT", f"{GEAR}/resumable"),
        ("GET", f"{GEAR}/status/s"),
        ("POST", f"{GEAR}/signed"),
    ],
)
def test_another_app_does_nothing_with_what_it_does_not_see(
    client: TestClient[Any], library: Library, method: str, path: str
) -> None:
    library.a_bucket("hidden")
    library.an_object("gear", bucket="hidden")
    headers = {"authorization": "Bearer cyd", "session-id": "s", "content-range": "bytes 0-0/2"}

    assert 404 == client.request(method, path.replace("parts", "hidden"), headers=headers).status_code


def test_any_name_can_be_signed(client: TestClient[Any], stranger: TestClient[Any]) -> None:
    for name in ("a%2Fb", "a%2Fsigned", "signed", "%F0%9F%98%80"):
        client.put(f"{OBJECTS}/{name}", content=name.encode())

        assert name.encode() == stranger.get(signed(client, path=f"{OBJECTS}/{name}")).content


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("access=all", "{}"),
        ("", '{"minutesExpiration": 61}'),
        ("", '{"minutesExpiration": 1e400}'),
        ("", '{"singleUse": "perhaps"}'),
        ("", '{"allowedIpAddresses": []}'),
        ("", '{"allowedIpAddresses": ["everywhere"]}'),
        ("", "["),
    ],
)
def test_bad_terms_are_400(client: TestClient[Any], query: str, body: str) -> None:
    headers = {"content-type": "application/json"}
    answer = client.post(f"{GEAR}/signed?{query}", content=body, headers=headers)

    assert 400 == answer.status_code
    assert answer.json()["reason"]
