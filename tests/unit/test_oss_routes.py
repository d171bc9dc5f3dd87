"""Object storage over HTTP: what a client of OSS meets."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from litestar.routes import HTTPRoute
from litestar.testing import TestClient

from a_library import NOON_MS, Library, a_library, oss_client
from outfeed.dialects import aps
from outfeed.errors import InvalidField
from outfeed.library.objects import checked_name

BUCKETS = "/oss/v2/buckets"
PARTS = f"{BUCKETS}/parts"
OBJECTS = f"{PARTS}/objects"
GEAR = f"{OBJECTS}/gear"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = a_library(tmp_path)
    made.a_bucket()
    yield made
    made.close()


@pytest.fixture
def client(library: Library) -> TestClient[Any]:
    return oss_client(library)


def local(url: str) -> str:
    """Return the part of an absolute address that the test client asks for."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def hostile_names() -> list[str]:
    data = Path(os.environ.get("OUTFEED_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
    path = data / "hostile" / "requests" / "file_names.json"
    return json.loads(path.read_text()) if path.is_file() else []


# --- Buckets ----------------------------------------------------------------------------------------------------------


def test_a_bucket_is_made_found_listed_and_deleted(client: TestClient[Any]) -> None:
    body = {"bucketKey": "gears", "policyKey": "transient"}
    made = client.post(BUCKETS, json=body, headers={"x-ads-region": "EMEA"})
    found = client.get(f"{BUCKETS}/gears/details")
    listed = client.get(BUCKETS).json()
    deleted = client.delete(f"{BUCKETS}/gears")

    assert (200, made.json()) == (made.status_code, found.json())
    assert ["gears", "parts"] == [item["bucketKey"] for item in listed["items"]]
    assert (200, b"") == (deleted.status_code, deleted.content)
    assert client.get(f"{BUCKETS}/gears/details").status_code == 404


def test_a_taken_key_answers_409(client: TestClient[Any]) -> None:
    answer = client.post(BUCKETS, json={"bucketKey": "parts", "policyKey": "transient"})

    assert (409, {"reason": "The name is taken. Bucket parts."}) == (answer.status_code, answer.json())


def test_every_bucket_is_listed_once_by_following_next(client: TestClient[Any], library: Library) -> None:
    keys = [library.a_bucket(f"bucket{number}") for number in range(5)]
    found, url = [], f"{BUCKETS}?limit=2"
    while url:
        page = client.get(url).json()
        found += [item["bucketKey"] for item in page["items"]]
        url = local(page["next"]) if "next" in page else ""

    assert [*keys, "parts"] == found


def test_every_object_is_listed_once_by_following_next(client: TestClient[Any], library: Library) -> None:
    names = sorted(["a b", "a&b", "a/b", "a+b", "aé", "a%2Fb"])
    for name in [*names, "b"]:
        library.an_object(name)
    found, url = [], f"{OBJECTS}?limit=4&beginsWith=a"
    while url:
        page = client.get(url).json()
        found += [item["objectKey"] for item in page["items"]]
        url = local(page["next"]) if "next" in page else ""

    assert names == found


# --- Objects ----------------------------------------------------------------------------------------------------------


def test_an_object_goes_in_and_comes_out(client: TestClient[Any]) -> None:
    put = client.put(GEAR, content=b"solid gear", headers={"content-type": "model/stl"})
    got = client.get(local(put.json()["location"]))

    assert hashlib.sha1(b"solid gear", usedforsecurity=False).hexdigest() == put.json()["sha1"]
    assert put.json() == client.get(f"{GEAR}/details").json()
    assert (b"solid gear", "model/stl", "nosniff") == (
        got.content,
        got.headers["content-type"],
        got.headers["x-content-type-options"],
    )


def test_html_is_kept_as_sent_and_no_browser_runs_it(client: TestClient[Any]) -> None:
    client.put(GEAR, content=b"<script>alert(1)</script>", headers={"content-type": "text/html"})
    answer = client.get(GEAR)

    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_details_tell_dates_when_asked(client: TestClient[Any], library: Library) -> None:
    library.an_object("gear")
    both = client.get(f"{GEAR}/details?with=createdDate&with=lastModifiedDate").json()
    listed = client.get(f"{GEAR}/details?with=createdDate,lastModifiedDate").json()

    assert (NOON_MS, NOON_MS) == (both["createdDate"], both["lastModifiedDate"])
    assert both == listed


@pytest.mark.parametrize(
    "name", ["a/b", "a/signeds3upload", "a%2Fb", "a//b", "//", "signeds3upload", "details", "batchsigneds3upload"]
)
def test_one_segment_is_one_name_whatever_is_in_it(client: TestClient[Any], name: str) -> None:
    """Design, section 5: routing happens on the encoded path, and each name is decoded once."""
    path = f"{OBJECTS}/{quote(name, safe='')}"
    put = client.put(path, content=name.encode())

    assert (200, name) == (put.status_code, put.json()["objectKey"])
    assert name.encode() == client.get(path).content
    assert [name] == [item["objectKey"] for item in client.get(OBJECTS).json()["items"]]


@pytest.mark.parametrize("path", ["a/b", "a//b", "/a", "/", "a/signeds3upload/b", ""])
def test_slashes_that_are_not_encoded_are_no_name(client: TestClient[Any], path: str) -> None:
    assert client.put(f"{OBJECTS}/{path}", content=b"x").status_code in {404, 405}
    assert client.get(OBJECTS).json()["items"] == []


@pytest.mark.slow
@pytest.mark.skipif(not hostile_names(), reason="the shared test data is not beside the checkout")
def test_hostile_names_make_the_whole_round_or_are_refused(client: TestClient[Any]) -> None:
    outcomes = {name: round_trip(client, name) for name in hostile_names()}

    assert {name: "kept" if is_name(name) else "refused" for name in outcomes} == outcomes
    assert client.get(OBJECTS).json()["items"] == []


def is_name(name: str) -> bool:
    try:
        return bool(checked_name(name))
    except InvalidField:
        return False


def round_trip(client: TestClient[Any], name: str) -> str:
    """Upload, list, details, download, delete; say how it ended."""
    path = f"{OBJECTS}/{quote(name, safe='').replace('.', '%2E')}"
    put = client.put(path, content=name.encode())
    if put.status_code in {400, 405}:
        return "refused"
    listed = client.get(OBJECTS, params={"beginsWith": name}).json()["items"]
    details, got, deleted = client.get(f"{path}/details"), client.get(path), client.delete(path)
    kept = [put.json()] == listed == [details.json()] and got.content == name.encode() and deleted.status_code == 200
    return "kept" if kept and put.json()["objectKey"] == name else "damaged"


def test_a_name_that_is_not_utf8_is_refused(client: TestClient[Any]) -> None:
    assert client.put(f"{OBJECTS}/%FF", content=b"x").status_code == 400


# --- Signed transfers -------------------------------------------------------------------------------------------------


def uploaded(client: TestClient[Any], urls: list[str], *contents: bytes) -> list[str]:
    """Put parts as S3's clients do, without a token; return their tags."""
    answers = [
        client.put(local(url), content=content, headers={"authorization": ""})
        for url, content in zip(urls, contents, strict=True)
    ]
    assert [200] * len(contents) == [answer.status_code for answer in answers]
    return [answer.headers["etag"] for answer in answers]


def test_parts_are_uploaded_to_signed_addresses_and_become_an_object(client: TestClient[Any]) -> None:
    begun = client.get(f"{GEAR}/signeds3upload?parts=2&minutesExpiration=10").json()
    tags = uploaded(client, begun["urls"], b"solid gear", b"!")
    body = {"uploadKey": begun["uploadKey"], "size": 11, "eTags": tags}
    done = client.post(f"{GEAR}/signeds3upload", json=body, headers={"x-ads-meta-Content-Type": "model/stl"})

    assert f'"{hashlib.md5(b"!", usedforsecurity=False).hexdigest()}"' == tags[1]
    assert (200, 11, "model/stl") == (done.status_code, done.json()["size"], done.json()["contentType"])
    assert done.json() == client.post(f"{GEAR}/signeds3upload", json=body).json()
    assert client.get(GEAR).content == b"solid gear!"


def test_an_upload_goes_on_with_its_key(client: TestClient[Any]) -> None:
    begun = client.get(f"{GEAR}/signeds3upload?parts=1").json()
    uploaded(client, begun["urls"], b"solid gear")
    more = client.get(f"{GEAR}/signeds3upload?parts=1&firstPart=2&uploadKey={begun['uploadKey']}").json()
    uploaded(client, more["urls"], b"!")
    told = client.head(local(begun["urls"][0]))
    done = client.post(f"{GEAR}/signeds3upload", json={"uploadKey": begun["uploadKey"]})

    assert (begun["uploadKey"], "10") == (more["uploadKey"], told.headers["content-length"])
    assert (200, 11) == (done.status_code, done.json()["size"])


def test_a_mismatch_tells_of_each_part(client: TestClient[Any]) -> None:
    begun = client.get(f"{GEAR}/signeds3upload?parts=2").json()
    tags = uploaded(client, begun["urls"], b"short", b"!")
    body = {"uploadKey": begun["uploadKey"], "eTags": [tags[0], tags[0], tags[0]]}
    answer = client.post(f"{GEAR}/signeds3upload", json=body)

    assert (400, "MissingOrInvalidParts") == (answer.status_code, answer.json()["reason"])
    assert [(1, 5, "TooSmall"), (2, 1, "Unexpected"), (3, None, "Pending")] == [
        (part["part"], part.get("size"), part["status"]) for part in answer.json()["parts"]
    ]


def test_a_part_with_another_checksum_is_refused_and_leaves_nothing(client: TestClient[Any], library: Library) -> None:
    url = client.get(f"{GEAR}/signeds3upload").json()["urls"][0]
    answer = client.put(local(url), content=b"damaged", headers={"content-md5": "1B2M2Y8AsgTpgAmY7PhCfg=="})

    assert answer.status_code == 400
    assert client.head(local(url)).status_code == 404
    assert list((library.folder / "staging").iterdir()) == []


def test_an_address_stops_working_and_the_upload_goes_on(client: TestClient[Any], library: Library) -> None:
    """The SDK asks for a new address with the same key when it meets 403."""
    begun = client.get(f"{GEAR}/signeds3upload?minutesExpiration=1").json()
    library.clock.now += 60_000
    late = client.put(local(begun["urls"][0]), content=b"x")
    again = client.get(f"{GEAR}/signeds3upload?uploadKey={begun['uploadKey']}").json()
    uploaded(client, again["urls"], b"solid")

    assert (403, "The signed address has expired or was changed.") == (late.status_code, late.json()["reason"])
    assert client.post(f"{GEAR}/signeds3upload", json={"uploadKey": begun["uploadKey"]}).status_code == 200


def test_a_signed_download_needs_no_token_and_knows_ranges(client: TestClient[Any], library: Library) -> None:
    library.an_object("gear", b"0123456789")
    query = {"response-content-type": "text/plain", "response-content-disposition": 'inline; filename="g.txt"'}
    told = client.get(f"{GEAR}/signeds3download", params=query).json()
    client.headers.pop("authorization")
    whole = client.get(local(told["url"]))
    part = client.get(local(told["url"]), headers={"range": "bytes=-3"})

    assert ("complete", 10) == (told["status"], told["size"])
    assert (200, b"0123456789", "text/plain") == (whole.status_code, whole.content, whole.headers["content-type"])
    assert whole.headers["content-disposition"] == 'inline; filename="g.txt"'
    assert (206, b"789") == (part.status_code, part.content)


@pytest.mark.parametrize("change", [("gear", "shaft"), ("parts", "other"), ("expires=1", "expires=2"), ("=", "=a")])
def test_a_changed_address_is_refused(client: TestClient[Any], library: Library, change: tuple[str, str]) -> None:
    library.an_object("gear")
    library.an_object("shaft", b"secret")
    url = local(client.get(f"{GEAR}/signeds3download").json()["url"])

    assert client.get(url).content == b"solid"
    assert client.get(url.replace(*change)).status_code == 403
    assert client.put(url, content=b"x").status_code == 403


def test_an_address_is_for_the_bytes_it_was_made_for(client: TestClient[Any], library: Library) -> None:
    """A bucket's key can come into other hands while an address still lives."""
    library.an_object("gear")
    url = local(client.get(f"{GEAR}/signeds3download").json()["url"])
    library.an_object("gear", b"somebody else's")

    assert client.get(url).status_code == 404


# --- Many objects at once ---------------------------------------------------------------------------------------------


def test_many_objects_go_in_and_out_by_three_calls(client: TestClient[Any]) -> None:
    names = ["gear", "a/b"]
    wanted = {"requests": [{"objectKey": name, "parts": 1, "firstPart": 1} for name in names]}
    begun = client.post(f"{OBJECTS}/batchsigneds3upload", json=wanted).json()["results"]
    tags = {name: uploaded(client, begun[name]["urls"], name.encode()) for name in names}
    done = [{"objectKey": name, "uploadKey": begun[name]["uploadKey"], "eTags": tags[name]} for name in names]
    completed = client.post(f"{OBJECTS}/batchcompleteupload", json={"requests": done}).json()["results"]
    asked = {"requests": [{"objectKey": name} for name in [*names, "none"]]}
    answers = client.post(f"{OBJECTS}/batchsigneds3download", json=asked).json()["results"]

    assert {name: len(name) for name in names} == {name: completed[name]["size"] for name in names}
    assert [name.encode() for name in names] == [client.get(local(answers[name]["url"])).content for name in names]
    assert answers["none"]["status"] == "error"


# --- What goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", BUCKETS),
        ("GET", BUCKETS),
        ("GET", f"{PARTS}/details"),
        ("DELETE", PARTS),
        ("GET", OBJECTS),
        ("GET", GEAR),
        ("HEAD", GEAR),
        ("PUT", GEAR),
        ("DELETE", GEAR),
        ("GET", f"{GEAR}/details"),
        ("GET", f"{GEAR}/signeds3upload"),
        ("POST", f"{GEAR}/signeds3upload"),
        ("GET", f"{GEAR}/signeds3download"),
        ("PUT", f"{GEAR}/copyto/twin"),
        ("PUT", f"{GEAR}/resumable"),
        ("GET", f"{GEAR}/status/s"),
        ("POST", f"{GEAR}/signed"),
        ("DELETE", "/oss/v2/signedresources/none"),
    ],
)
def test_no_token_is_401_in_the_gateways_shape(client: TestClient[Any], method: str, path: str) -> None:
    answer = client.request(method, path, headers={"authorization": "Bearer nobody"})

    assert answer.status_code == 401
    if method != "HEAD":
        assert answer.json()["developerMessage"] == "Access token provided is invalid or expired."


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", BUCKETS),
        ("DELETE", PARTS),
        ("PUT", GEAR),
        ("DELETE", GEAR),
        ("GET", f"{GEAR}/signeds3upload"),
        ("POST", f"{GEAR}/signeds3upload"),
        ("PUT", f"{GEAR}/copyto/twin"),
        ("PUT", f"{GEAR}/resumable"),
        ("POST", f"{GEAR}/signed"),
        ("DELETE", "/oss/v2/signedresources/none"),
    ],
)
def test_a_token_for_reading_changes_nothing(client: TestClient[Any], method: str, path: str) -> None:
    answer = client.request(method, path, headers={"authorization": "Bearer reader"})

    assert (403, "AUTH-010") == (answer.status_code, answer.json()["errorCode"])


def test_another_app_finds_nothing(client: TestClient[Any], library: Library) -> None:
    library.an_object("gear")
    client.headers["authorization"] = "Bearer cyd"

    answers = [client.get(path).status_code for path in (GEAR, OBJECTS, f"{PARTS}/details", f"{GEAR}/signeds3upload")]

    assert [404] * 4 == answers
    assert client.get(BUCKETS).json() == {"items": []}


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "minutesExpiration=0", "minutesExpiration=61", "parts=26"]
)
def test_a_bad_number_is_400_with_a_reason(client: TestClient[Any], query: str) -> None:
    path = OBJECTS if query.startswith("limit") else f"{GEAR}/signeds3upload"
    answer = client.get(f"{path}?{query}")

    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.json()["reason"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'{"uploadKey": 1}', b"{}", b'{"uploadKey": "none"}'])
def test_a_bad_completion_is_a_clear_error(client: TestClient[Any], body: bytes) -> None:
    answer = client.post(f"{GEAR}/signeds3upload", content=body, headers={"content-type": "application/json"})

    assert answer.status_code == (404 if b"none" in body else 400)
    assert answer.json()["reason"]


def test_what_is_announced_too_large_is_refused_before_it_is_read(client: TestClient[Any], library: Library) -> None:
    url = local(client.get(f"{GEAR}/signeds3upload").json()["urls"][0])
    headers = {"content-length": "10000001"}

    assert client.put(GEAR, content=b"x", headers=headers).status_code == 413
    assert client.put(url, content=b"x", headers=headers).status_code == 413
    assert list((library.folder / "staging").iterdir()) == []


def test_lost_bytes_are_404_and_not_an_empty_file(client: TestClient[Any], library: Library) -> None:
    library.blobs.delete(library.an_object("gear"))

    assert client.get(GEAR).status_code == 404


def test_every_get_has_its_head() -> None:
    methods = {
        route.path: route.methods for router in aps.routers() for route in router.routes if isinstance(route, HTTPRoute)
    }

    assert [] == [path for path, found in methods.items() if "GET" in found and "HEAD" not in found]
