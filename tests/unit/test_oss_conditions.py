"""What clients say of the bytes that they know, send, and want back."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from a_library import ADA, NOON_MS, Library, a_library, oss_client
from outfeed.dialects.aps.oss_headers import check_sha1, parse_content_type, parse_extras
from outfeed.errors import ChecksumMismatch, InvalidField
from outfeed.library.objects import Extras

OBJECTS = "/oss/v2/buckets/parts/objects"
GEAR = f"{OBJECTS}/gear"
OLD = b"solid"
SHA1 = hashlib.sha1(OLD, usedforsecurity=False).hexdigest()
SHA256 = hashlib.sha256(OLD).hexdigest()
MODIFIED = "Thu, 01 Jan 2026 12:00:00 GMT"
BEFORE = "Thu, 01 Jan 2026 11:59:59 GMT"

#: Conditions on an object that is there, and the status of an upload with them.
WRITES = [
    ({"if-match": f'"{SHA256}"'}, 200),
    ({"if-match": f'"{SHA1}"'}, 200),
    ({"if-match": SHA1}, 200),
    ({"if-match": f'"x", "{SHA1}"'}, 200),
    ({"if-match": "*"}, 200),
    ({"if-match": f'W/"{SHA1}"'}, 412),
    ({"if-match": "86b62d847d5292d2c8a2e66863a593642d7e3d89X"}, 412),
    ({"if-match": ""}, 412),
    ({"if-none-match": "*"}, 412),
    ({"if-none-match": f'W/"{SHA256}"'}, 412),
    ({"if-none-match": "9b2f9c0e-5d5a-4f0e-8a61-3c3f"}, 200),
    ({"if-unmodified-since": MODIFIED}, 200),
    ({"if-unmodified-since": BEFORE}, 412),
    ({"if-unmodified-since": "yesterday"}, 200),
    ({"if-unmodified-since": BEFORE, "if-match": SHA1}, 200),
    ({"if-modified-since": MODIFIED}, 200),
]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = a_library(tmp_path)
    made.a_bucket()
    yield made
    made.close()


@pytest.fixture
def client(library: Library) -> TestClient[Any]:
    return oss_client(library)


@pytest.mark.parametrize(("headers", "status"), WRITES)
def test_an_object_is_replaced_if_it_is_the_one_that_is_meant(
    client: TestClient[Any], library: Library, headers: dict[str, str], status: int
) -> None:
    library.an_object("gear")
    answer = client.put(GEAR, content=b"new", headers=headers)

    assert status == answer.status_code
    assert (b"new" if status == 200 else OLD) == client.get(GEAR).content


@pytest.mark.parametrize(("headers", "status"), WRITES)
def test_a_copy_replaces_what_is_meant(
    client: TestClient[Any], library: Library, headers: dict[str, str], status: int
) -> None:
    library.an_object("gear")
    library.an_object("new", b"new")
    answer = client.put("/oss/v2/buckets/parts/objects/new/copyto/gear", headers=headers)

    assert status == answer.status_code
    assert (b"new" if status == 200 else OLD) == client.get(GEAR).content


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if-match": "*"}, 412),
        ({"if-match": SHA1}, 412),
        ({"if-none-match": "*"}, 200),
        ({"if-unmodified-since": BEFORE}, 200),
    ],
)
def test_what_is_not_there_matches_nothing(client: TestClient[Any], headers: dict[str, str], status: int) -> None:
    assert status == client.put(GEAR, content=b"new", headers=headers).status_code


def test_a_condition_that_fails_is_told_before_the_body_is_read(client: TestClient[Any], library: Library) -> None:
    library.an_object("gear")
    headers = {"if-none-match": "*", "content-length": "10000001"}

    assert 412 == client.put(GEAR, content=b"x", headers=headers).status_code
    assert list((library.folder / "staging").iterdir()) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if-match": SHA1}, 200),
        ({"if-match": '"other"'}, 412),
        ({"if-unmodified-since": BEFORE}, 412),
        ({"if-unmodified-since": MODIFIED}, 200),
        ({"if-none-match": f'"{SHA1}"'}, 304),
        ({"if-match": SHA1, "if-none-match": f'"{SHA256}"'}, 304),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", [GEAR, f"{GEAR}/details", f"{GEAR}/signeds3download"])
def test_who_reads_may_say_what_it_wants(
    client: TestClient[Any], library: Library, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    library.an_object("gear")

    assert status == client.request(method, path, headers=headers).status_code


# --- Checksums and rights ---------------------------------------------------------------------------------------------


def test_a_body_with_another_checksum_is_refused_and_told_its_own(client: TestClient[Any], library: Library) -> None:
    refused = client.put(GEAR, content=OLD, headers={"x-ads-content-sha1": "0" * 40})
    taken = client.put(GEAR, content=OLD, headers={"x-ads-content-sha1": SHA1})

    assert (400, SHA1) == (refused.status_code, refused.headers["x-ads-content-sha1"])
    assert (200, SHA1) == (taken.status_code, taken.json()["sha1"])
    assert list((library.folder / "staging").iterdir()) == []


def test_checksums_are_compared_in_any_case() -> None:
    check_sha1(None, SHA1)
    check_sha1(SHA1.upper(), SHA1)
    with pytest.raises(ChecksumMismatch):
        check_sha1("", SHA1)


def test_a_token_for_new_objects_makes_them_and_replaces_none(client: TestClient[Any], library: Library) -> None:
    client.headers["authorization"] = "Bearer creator"
    begun = client.get(f"{GEAR}/signeds3upload").json()
    made = client.put(GEAR, content=b"first")
    answers = [
        client.put(GEAR, content=b"second"),
        client.put(f"{GEAR}/copyto/gear"),
        client.post(f"{GEAR}/signeds3upload", json={"uploadKey": begun["uploadKey"]}),
    ]

    assert 200 == made.status_code
    assert [(403, "AUTH-010")] * 3 == [(answer.status_code, answer.json()["errorCode"]) for answer in answers]
    assert ["gear"] == [item.name for item in library.objects.list(ADA, "parts", limit=9)[0]]


# --- What downloads say -----------------------------------------------------------------------------------------------

META = {
    "x-ads-meta-content-type": "model/stl",
    "x-ads-meta-content-disposition": 'inline; filename="g.stl"',
    "x-ads-meta-content-encoding": "identity",
    "x-ads-meta-cache-control": "max-age=60",
    "x-ads-user-defined-metadata": '{"job": 7}',
}
SAID = {
    "content-type": "model/stl",
    "content-disposition": 'inline; filename="g.stl"',
    "content-encoding": "identity",
    "cache-control": "max-age=60",
    "x-ads-user-defined-metadata": '{"job": 7}',
}


def assert_said(client: TestClient[Any]) -> None:
    got = client.get(GEAR)
    details = client.get(f"{GEAR}/details?with=userDefinedMetadata").json()

    assert SAID == {name: got.headers[name] for name in SAID}
    assert {
        "contentType": "model/stl",
        "contentDisposition": 'inline; filename="g.stl"',
        "contentEncoding": "identity",
        "cacheControl": "max-age=60",
        "userDefinedMetadata": '{"job": 7}',
    }.items() <= details.items()


def test_a_plain_upload_says_what_downloads_say(client: TestClient[Any]) -> None:
    client.put(GEAR, content=OLD, headers=META)

    assert_said(client)


def test_a_completed_upload_says_what_downloads_say(client: TestClient[Any]) -> None:
    begun = client.get(f"{GEAR}/signeds3upload").json()
    client.put(begun["urls"][0].removeprefix("http://testserver.local"), content=OLD)
    done = client.post(f"{GEAR}/signeds3upload", json={"uploadKey": begun["uploadKey"]}, headers=META)

    assert (200, "max-age=60") == (done.status_code, done.json()["cacheControl"])
    assert_said(client)


def test_a_batch_says_what_downloads_say(client: TestClient[Any]) -> None:
    objects = GEAR.rpartition("/")[0]
    wanted = {"requests": [{"objectKey": "gear"}]}
    begun = client.post(f"{objects}/batchsigneds3upload", json=wanted).json()["results"]["gear"]
    client.put(begun["urls"][0].removeprefix("http://testserver.local"), content=OLD)
    entry = {"objectKey": "gear", "uploadKey": begun["uploadKey"], **META, "x-ads-meta-Content-Type": "model/stl"}
    del entry["x-ads-meta-content-type"]
    client.post(f"{objects}/batchcompleteupload", json={"requests": [entry]})

    assert_said(client)


def test_chunks_say_what_downloads_say(client: TestClient[Any]) -> None:
    client.put(f"{GEAR}/resumable", content=OLD, headers=META | {"session-id": "s", "content-range": "bytes 0-4/5"})

    assert_said(client)


def test_a_copy_says_what_the_first_one_said(client: TestClient[Any]) -> None:
    client.put(GEAR.replace("gear", "first"), content=OLD, headers=META)
    client.put(GEAR.replace("gear", "first") + "/copyto/gear")

    assert_said(client)


def test_a_signed_download_may_say_something_else(client: TestClient[Any]) -> None:
    client.put(GEAR, content=OLD, headers=META)
    url = client.get(f"{GEAR}/signeds3download?response-cache-control=no-store").json()["url"]
    got = client.get(url.removeprefix("http://testserver.local"))

    assert ("no-store", "model/stl") == (got.headers["cache-control"], got.headers["content-type"])


def test_of_the_requests_own_headers_some_are_the_objects() -> None:
    headers = {
        "content-type": "a/b",
        "content-disposition": "inline",
        "content-encoding": "gzip",
        "cache-control": "no-cache",
    }

    assert Extras(content_disposition="inline", content_encoding="gzip") == parse_extras(headers, own=True)
    assert "a/b" == parse_content_type(headers, own=True)
    assert Extras() == parse_extras(headers, own=False)
    assert "application/octet-stream" == parse_content_type(headers, own=False)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-ads-meta-content-disposition": "inline; filename=ü"},
        {"x-ads-meta-content-disposition": "x" * 1025},
        {"x-ads-meta-content-encoding": "x" * 257},
        {"x-ads-meta-cache-control": "no-store\r\nset-cookie: a=b"},
        {"x-ads-user-defined-metadata": "7"},
        {"x-ads-user-defined-metadata": "[]"},
        {"x-ads-user-defined-metadata": "{"},
        {"x-ads-user-defined-metadata": '{"a": "' + "x" * 91 + '"}'},
        {"x-ads-user-defined-metadata": '{"a": "ü"}'},
    ],
)
def test_what_could_not_be_sent_back_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidField):
        parse_extras(headers, own=False)


def test_metadata_of_99_bytes_is_kept() -> None:
    text = '{"a": "' + "x" * 90 + '"}'

    assert (99, text) == (len(text), parse_extras({"x-ads-user-defined-metadata": text}, own=False).user_metadata)


# --- Copies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("new", ["a%2Fb", "a%252Fb", "copyto", "%F0%9F%98%80"])
def test_a_copy_has_any_name(client: TestClient[Any], library: Library, new: str) -> None:
    library.an_object("a/b c")
    answer = client.put(f"{OBJECTS}/a%2Fb%20c/copyto/{new}")

    assert (200, b"solid") == (answer.status_code, client.get(f"{OBJECTS}/{new}").content)
    assert answer.json() == client.get(f"{OBJECTS}/{new}/details").json()


@pytest.mark.parametrize(("new", "status"), [("a/b", 404), ("", 404), ("%2E%2E", 400), ("%FF", 400), ("%00", 400)])
def test_what_is_no_name_is_no_copy(client: TestClient[Any], library: Library, new: str, status: int) -> None:
    library.an_object("gear")

    assert status == client.put(f"{GEAR}/copyto/{new}").status_code
    assert 1 == len(client.get(OBJECTS).json()["items"])


# --- Dates ------------------------------------------------------------------------------------------------------------


def test_details_tell_when_an_object_was_made_changed_and_read(client: TestClient[Any], library: Library) -> None:
    library.an_object("gear")
    library.clock.now += 60_000
    library.an_object("gear", b"newer")
    library.clock.now += 60_000
    client.head(GEAR)
    client.get(GEAR, headers={"if-none-match": "*"})
    unread = dates(client)
    client.get(GEAR)

    assert [NOON_MS, NOON_MS + 60_000, NOON_MS + 60_000] == unread
    assert [NOON_MS, NOON_MS + 60_000, NOON_MS + 120_000] == dates(client)


def dates(client: TestClient[Any]) -> list[int]:
    names = ("createdDate", "lastModifiedDate", "lastAccessedDate")
    found = client.get(f"{GEAR}/details?with=createddate&with=lastModifiedDate,LastAccessedDate").json()
    return [found[name] for name in names]


def test_a_batch_skips_what_the_client_has(client: TestClient[Any], library: Library) -> None:
    for name in ("gear", "shaft", "pin"):
        library.an_object(name)
    wanted = [
        {"objectKey": "gear", "If-None-Match": SHA1},
        {"objectKey": "shaft", "If-Modified-Since": MODIFIED},
        {"objectKey": "pin", "If-None-Match": "9b2f9c0e-5d5a-4f0e-8a61-3c3f"},
    ]
    path = GEAR.rpartition("/")[0] + "/batchsigneds3download"
    results = client.post(path, json={"requests": wanted}).json()["results"]

    skipped = {"status": "skipped", "reason": "Not modified"}
    assert (skipped, skipped, "complete") == (results["gear"], results["shaft"], results["pin"]["status"])


def test_expired_objects_are_in_no_list(client: TestClient[Any], library: Library) -> None:
    library.a_bucket("brief", policy="transient")
    library.an_object("gear", bucket="brief")
    library.clock.now += 24 * 3_600_000
    brief = GEAR.replace("parts", "brief")

    assert {"items": []} == client.get(brief.rpartition("/")[0]).json()
    assert [404] * 4 == [
        client.get(brief).status_code,
        client.get(f"{brief}/details").status_code,
        client.get(f"{brief}/signeds3download").status_code,
        client.put(f"{brief}/copyto/twin").status_code,
    ]


def test_buckets_of_a_region_are_listed_page_by_page(client: TestClient[Any]) -> None:
    for number in range(3):
        body = {"bucketKey": f"bucket{number}", "policyKey": "persistent"}
        client.post("/oss/v2/buckets", json=body, headers={"x-ads-region": "EMEA"})
    page = client.get("/oss/v2/buckets?region=emea&limit=2").json()
    rest = client.get(page["next"].removeprefix("http://testserver.local")).json()

    assert ["bucket0", "bucket1", "bucket2"] == [item["bucketKey"] for item in page["items"] + rest["items"]]
    assert "region=emea" in page["next"]
    assert 400 == client.get("/oss/v2/buckets?region=mars").status_code
