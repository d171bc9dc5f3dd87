"""Uploads in chunks over HTTP."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient

from a_library import ADA, Library, a_library, oss_client
from outfeed.dialects.aps.oss_headers import parse_place
from outfeed.dialects.aps.oss_resumable import MAX_RANGES, range_header
from outfeed.errors import BodyTooLarge, ChunkRefused, InvalidField
from outfeed.library.resumables import Place, Progress
from outfeed.library.rights import CallersRight

OBJECTS = "/oss/v2/buckets/parts/objects"
GEAR = f"{OBJECTS}/gear"
CONTENT = b"0123456789"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = a_library(tmp_path)
    made.a_bucket(mill="full")
    yield made
    made.close()


@pytest.fixture
def client(library: Library) -> TestClient[Any]:
    return oss_client(library)


def sha1(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def sent(client: TestClient[Any], start: int, stop: int, path: str = GEAR, **headers: str) -> httpx.Response:
    """Send a chunk as the clients do."""
    told = {"content-range": f"bytes {start}-{stop - 1}/10", "session-id": "-811577637", "content-type": "model/stl"}
    return client.put(f"{path}/resumable", content=CONTENT[start:stop], headers=told | headers)


def test_chunks_are_answered_202_and_the_last_one_200_with_the_record(client: TestClient[Any]) -> None:
    answers = [sent(client, 4, 10), sent(client, 0, 1), sent(client, 1, 4)]

    assert [(202, b""), (202, b"")] == [(answer.status_code, answer.content) for answer in answers[:2]]
    assert (200, client.get(f"{GEAR}/details").json()) == (answers[2].status_code, answers[2].json())
    assert [sha1(b"456789"), sha1(b"0"), sha1(b"123")] == [answer.headers["x-ads-chunk-sha1"] for answer in answers]
    got = client.get(GEAR)
    assert (CONTENT, "model/stl") == (got.content, got.headers["content-type"])


@pytest.mark.parametrize("name", ["a%2Fb", "a%2Fresumable", "a%252Fb", "resumable", "status", "%20"])
def test_any_name_is_uploaded_in_chunks(client: TestClient[Any], name: str) -> None:
    path = f"{OBJECTS}/{name}"
    first = sent(client, 0, 5, path)
    told = client.get(f"{path}/status/-811577637")
    last = sent(client, 5, 10, path)

    assert (202, 202, 200) == (first.status_code, told.status_code, last.status_code)
    assert CONTENT == client.get(path).content


def test_the_status_tells_what_has_arrived(client: TestClient[Any]) -> None:
    status = f"{GEAR}/status/-811577637"
    before = client.get(status)
    sent(client, 4, 6)
    sent(client, 0, 4)
    during, short = client.get(status), client.head(status)
    sent(client, 6, 10)
    after = client.get(status)

    assert 404 == before.status_code
    assert (202, "bytes=0-3,4-5", b"") == (during.status_code, during.headers["range"], during.content)
    assert (during.status_code, during.headers) == (short.status_code, short.headers)
    assert (200, "bytes=0-3,4-5,6-9") == (after.status_code, after.headers["range"])


def test_the_headers_of_the_last_chunk_are_the_objects(client: TestClient[Any]) -> None:
    sent(client, 0, 5)
    told = {"content-disposition": 'attachment; filename="g.stl"', "x-ads-user-defined-metadata": '{"a": 1}'}
    sent(client, 5, 10, **told)

    got = client.get(GEAR)
    assert told == {name: got.headers[name] for name in told}


@pytest.mark.parametrize(
    "place",
    [
        "",
        "bytes 0-4",
        "bytes 0-4/*",
        "bytes */10",
        "bytes 4-0/10",
        "bytes 0-10/10",
        "bytes -1-4/10",
        "bytes 0-4/4",
        "items 0-4/10",
        "bytes 0-4/10, 5-9/10",
        "bytes \u0660-4/10",
        f"bytes {2**63}-{2**63 + 4}/10",
        f"bytes 0-{10**30}/10",
        f"bytes 0-4/{10**30}",
    ],
)
def test_a_place_that_is_none_is_416(client: TestClient[Any], library: Library, place: str) -> None:
    headers = {"session-id": "s", **({"content-range": place.encode()} if place else {})}
    answer = client.put(f"{GEAR}/resumable", content=b"01234", headers=headers)  # type: ignore[arg-type]  # bytes go as they are

    assert 416 == answer.status_code
    assert "Content-Range" in answer.json()["reason"]
    assert 404 == client.get(f"{GEAR}/status/s").status_code
    assert list((library.folder / "staging").iterdir()) == []


@pytest.mark.parametrize("total", [2**63, 2**63 - 1, 10**19 - 1, 10_000_001])
def test_a_total_beyond_the_limit_is_413(client: TestClient[Any], total: int) -> None:
    assert 413 == sent(client, 0, 5, **{"content-range": f"bytes 0-4/{total}"}).status_code


@pytest.mark.parametrize(("body", "place"), [(b"0123", "0-4"), (b"012345", "0-4"), (b"", "0-0")])
def test_a_body_that_is_not_as_long_as_its_place_is_416(
    client: TestClient[Any], library: Library, body: bytes, place: str
) -> None:
    headers = {"session-id": "s", "content-range": f"bytes {place}/10"}
    answers = [
        client.put(f"{GEAR}/resumable", content=body, headers=headers),
        client.put(f"{GEAR}/resumable", content=iter([body]), headers=headers),
    ]

    assert [416, 416] == [answer.status_code for answer in answers]
    assert all("Chunk-Length mismatch" in answer.json()["reason"] for answer in answers)
    assert list((library.folder / "staging").iterdir()) == []


def test_chunks_that_overlap_are_416_and_the_same_one_again_is_not(client: TestClient[Any]) -> None:
    sent(client, 0, 5)

    assert "Overlapping Ranges" in sent(client, 4, 10).json()["reason"]
    assert (416, 202) == (sent(client, 4, 10).status_code, sent(client, 0, 5).status_code)


def test_no_session_is_400(client: TestClient[Any]) -> None:
    answer = client.put(f"{GEAR}/resumable", content=b"0", headers={"content-range": "bytes 0-0/10"})

    assert (400, True) == (answer.status_code, "Session-ID" in answer.json()["reason"])


def test_a_chunk_with_another_checksum_is_400_and_is_not_kept(client: TestClient[Any], library: Library) -> None:
    answer = sent(client, 0, 5, **{"x-ads-chunk-sha1": sha1(b"other")})
    right = sent(client, 0, 5, **{"x-ads-chunk-sha1": sha1(b"01234").upper()})

    assert (400, sha1(b"01234")) == (answer.status_code, answer.headers["x-ads-chunk-sha1"])
    assert 202 == right.status_code
    assert list((library.folder / "staging").iterdir()) == []


def test_another_apps_session_is_not_there(client: TestClient[Any]) -> None:
    sent(client, 0, 5)
    client.headers["authorization"] = "Bearer cyd"

    assert 404 == client.get(f"{GEAR}/status/-811577637").status_code
    assert 202 == sent(client, 5, 10).status_code


@pytest.mark.parametrize(("who", "status"), [("nobody", 401), ("reader", 403), ("creator", 202)])
def test_a_chunk_needs_a_right(client: TestClient[Any], who: str, status: int) -> None:
    assert status == sent(client, 0, 5, authorization=f"Bearer {who}").status_code


def test_a_token_for_new_objects_replaces_none(client: TestClient[Any], library: Library) -> None:
    library.an_object("gear")
    answer = sent(client, 0, 10, authorization="Bearer creator")

    assert (403, "AUTH-010") == (answer.status_code, answer.json()["errorCode"])


@pytest.mark.parametrize(
    ("place", "error"),
    [
        (Place(0, 0, 0), ChunkRefused),
        (Place(5, 5, 10), ChunkRefused),
        (Place(6, 5, 10), ChunkRefused),
        (Place(0, 11, 10), ChunkRefused),
        (Place(2**63 - 1, 2**63, 10), ChunkRefused),
        (Place(0, 1, 2**63), BodyTooLarge),
        (Place(0, 1, 10_000_001), BodyTooLarge),
    ],
)
def test_a_place_that_cannot_be_is_refused(library: Library, place: Place, error: type[Exception]) -> None:
    with pytest.raises(error):
        library.resumables.check(CallersRight(ADA, "parts", "gear"), "s", place)


@pytest.mark.parametrize("session", ["", "x" * 257, "a\nb", "ä", "\x7f"])
def test_a_session_that_is_no_word_is_refused(library: Library, session: str) -> None:
    with pytest.raises(InvalidField):
        library.resumables.check(CallersRight(ADA, "parts", "gear"), session, Place(0, 1, 2))


# --- Words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["bytes 5-9/10", "bytes=5-9/10", "Bytes 5 - 9 / 10", " bytes 5-9/10 "])
def test_a_place_is_read_as_clients_write_it(header: str) -> None:
    assert Place(5, 10, 10) == parse_place(header)


def test_no_header_is_no_place() -> None:
    with pytest.raises(ChunkRefused):
        parse_place(None)


def test_a_few_ranges_are_told_one_by_one() -> None:
    progress = Progress(100, [(0, 1), (1, 50), (60, 61)], is_whole=False)

    assert "bytes=0-0,1-49,60-60" == range_header(progress)


def test_very_many_ranges_are_joined_where_they_meet() -> None:
    ranges = [(at, at + 1) for at in range(1000) if at != 500]

    assert "bytes=0-499,501-999" == range_header(Progress(1000, ranges, is_whole=False))


def test_a_header_of_ranges_stays_below_what_clients_take() -> None:
    """Node stops reading at 16 KiB of headers."""
    far = 10**11
    ranges = [(far + 2 * at, far + 2 * at + 1) for at in range(5000)]

    told = range_header(Progress(2 * far, ranges, is_whole=False))

    assert MAX_RANGES == told.count(",") + 1
    assert len(told) < 12 * 1024
