"""OSS's words: the documented fields and types with our own values, and what is refused at the door."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from a_library import NOON_MS
from outfeed.dialects.aps import oss_wire as wire
from outfeed.dialects.aps.oss_errors import error_json
from outfeed.errors import CheckedPart, InvalidField, MissingField, UploadMismatch
from outfeed.library.buckets import Access, Bucket, Policy
from outfeed.library.objects import ObjectRecord
from outfeed.library.signed import SignedAccess, SignedResource, Terms
from outfeed.library.uploads import State, Upload

GOLDEN = Path(__file__).parents[1] / "golden" / "oss"
BASE = "http://outfeed.test"

BUCKET = Bucket(
    key="parts",
    app_id="lathe",
    principal_id=None,
    policy=Policy.TRANSIENT,
    created_at=NOON_MS,
    allowed={"mill": Access.READ},
)
GEAR = ObjectRecord(
    bucket_key="parts",
    name="large/gear wheel.stl",
    blob="ab" * 32,
    sha1="cd" * 20,
    size=684,
    content_type="model/stl",
    created_at=NOON_MS,
    modified_at=NOON_MS,
)
UPLOAD = Upload(
    key="ef" * 8,
    bucket_key="parts",
    name="gear",
    state=State.OPEN,
    blob=None,
    created_at=NOON_MS,
    expires_at=NOON_MS + 86_400_000,
)


RESOURCE_ID = "11111111-2222-3333-4444-555555555555"


def a_resource(*addresses: str) -> SignedResource:
    return SignedResource(
        digest="ab" * 32,
        bucket_key="parts",
        name="gear",
        access=SignedAccess.READ,
        single_use=True,
        addresses=addresses or None,
        created_at=NOON_MS,
        expires_at=NOON_MS + 30 * 60_000,
        used_at=None,
    )


def golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text())


def test_a_bucket_looks_like_the_reference() -> None:
    assert golden("bucket") == wire.bucket_json(BUCKET)


def test_a_list_of_buckets_looks_like_the_reference() -> None:
    page = wire.Page(limit=1, after="")

    assert golden("buckets") == wire.buckets_json([BUCKET], more=True, page=page, base=BASE)


def test_an_object_looks_like_the_reference() -> None:
    assert golden("object") == wire.object_json(GEAR, base=BASE)


def test_an_objects_dates_come_when_they_are_asked_for() -> None:
    extra = ["createdDate", "lastModifiedDate", "lastAccessedDate"]

    assert golden("object_with_dates") == wire.object_json(GEAR, base=BASE, extra=extra)


def test_what_is_asked_for_comes_once_or_often_and_as_each_client_writes_it() -> None:
    query = [("with", "a,b"), ("with", "c"), ("with[]", "d"), ("without", "e")]

    assert {"a", "b", "c", "d"} == wire.parse_extra(query)


def test_a_list_of_objects_looks_like_the_reference() -> None:
    page = wire.Page(limit=1, after="")

    assert golden("objects") == wire.objects_json([GEAR], "parts", more=True, page=page, begins_with="la", base=BASE)


def test_the_last_page_has_no_next() -> None:
    page = wire.Page(limit=1, after="")

    assert wire.objects_json([], "parts", more=False, page=page, begins_with="la", base=BASE) == {"items": []}
    assert wire.buckets_json([], more=False, page=page, base=BASE) == {"items": []}


def test_an_upload_looks_like_the_reference() -> None:
    urls = [f"{BASE}/1", f"{BASE}/2"]

    assert golden("upload") == wire.upload_json(UPLOAD, urls, expires_at_ms=NOON_MS + 120_000)


def test_a_download_looks_like_the_reference() -> None:
    asked = {"response-content-type": "model/stl", "response-content-disposition": "attachment"}

    assert golden("download") == wire.download_json(GEAR, f"{BASE}/1", asked)


def test_parts_that_do_not_fit_look_like_the_reference() -> None:
    first = CheckedPart(status="Unexpected+TooSmall", size=5_000_000, etag="cd" * 16)
    second = CheckedPart(status="Pending", size=None, etag=None)

    error = UploadMismatch({2: second, 1: first}, size=6_000_000, upload_key="ef" * 8)

    assert golden("mismatch") == error_json(error)


def test_a_signed_resource_looks_like_the_reference() -> None:
    resource = a_resource()

    assert golden("signed_resource") == wire.signed_resource_json(RESOURCE_ID, resource, region="US", base=BASE)


def test_a_signed_resource_names_the_clients_that_may_use_it() -> None:
    told = wire.signed_resource_json(RESOURCE_ID, a_resource("10.0.0.0/8"), region="EMEA", base=BASE)

    assert ["10.0.0.0/8"] == told["allowedIpAddresses"]
    assert told["signedUrl"].endswith("?region=EMEA")


@pytest.mark.parametrize(
    ("query", "body", "terms"),
    [
        ({}, {}, Terms(access=SignedAccess.READ, life_ms=120_000)),
        (
            {"access": "ReadWrite"},
            {"minutesExpiration": 60, "singleUse": True, "allowedIpAddresses": ["::1"]},
            Terms(access=SignedAccess.READWRITE, life_ms=3_600_000, single_use=True, addresses=["::1"]),
        ),
        (
            {"access": "WRITE"},
            {"minutesExpiration": "1", "singleUse": "false"},
            Terms(access=SignedAccess.WRITE, life_ms=60_000),
        ),
    ],
)
def test_what_a_signed_resource_is_good_for_is_read(query: dict[str, str], body: dict[str, Any], terms: Terms) -> None:
    assert terms == wire.parse_terms(query, body)


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ({"access": "all"}, {}),
        ({}, {"minutesExpiration": 0}),
        ({}, {"minutesExpiration": 61}),
        ({}, {"minutesExpiration": 1.5}),
        ({}, {"minutesExpiration": True}),
        ({}, {"minutesExpiration": [1]}),
        ({}, {"singleUse": "yes"}),
        ({}, {"singleUse": 1}),
        ({}, {"allowedIpAddresses": "10.0.0.1"}),
        ({}, {"allowedIpAddresses": [10]}),
    ],
)
def test_bad_terms_of_a_signed_resource_are_refused(query: dict[str, str], body: dict[str, Any]) -> None:
    with pytest.raises(InvalidField):
        wire.parse_terms(query, body)


def test_an_object_says_what_its_downloads_say() -> None:
    gear = replace(GEAR, content_disposition="inline", content_encoding="gzip", cache_control="max-age=60")
    told = wire.object_json(gear, base=BASE)

    assert (
        golden("object")
        | {
            "contentDisposition": "inline",
            "contentEncoding": "gzip",
            "cacheControl": "max-age=60",
        }
        == told
    )


def test_a_bucket_is_read_with_whom_it_allows() -> None:
    body = {"bucketKey": "parts", "policyKey": "transient", "allow": [{"authId": "mill", "access": "full"}]}

    assert wire.NewBucket(
        key="parts", policy="transient", allowed={"mill": "full"}, region="EMEA"
    ) == wire.parse_bucket(body, "EMEA")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, MissingField),
        ({"bucketKey": "parts"}, MissingField),
        ({"bucketKey": 5, "policyKey": "transient"}, InvalidField),
        ({"bucketKey": "parts", "policyKey": ["transient"]}, InvalidField),
        ({"bucketKey": "parts", "policyKey": "transient", "allow": "mill"}, InvalidField),
        ({"bucketKey": "parts", "policyKey": "transient", "allow": ["mill"]}, InvalidField),
        ({"bucketKey": "parts", "policyKey": "transient", "allow": [{"authId": "mill"}]}, MissingField),
    ],
)
def test_a_bad_bucket_is_refused(body: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        wire.parse_bucket(body)


def test_parts_are_counted_from_the_first_one() -> None:
    query = {"parts": "3", "firstPart": "26", "uploadKey": "k", "minutesExpiration": "60"}

    assert wire.PartsWanted(numbers=range(26, 29), upload_key="k", minutes=60) == wire.parse_parts(query)
    assert wire.PartsWanted(numbers=range(1, 2), upload_key="", minutes=2) == wire.parse_parts({})


@pytest.mark.parametrize(
    "query",
    [
        {"parts": "0"},
        {"parts": "26"},
        {"parts": "two"},
        {"parts": "٣"},
        {"parts": "9" * 5000},
        {"firstPart": "0"},
        {"firstPart": "10001"},
        {"firstPart": "9999", "parts": "3"},
        {"minutesExpiration": "61"},
        {"minutesExpiration": "-1"},
    ],
)
def test_parts_that_cannot_be_are_refused(query: dict[str, str]) -> None:
    with pytest.raises(InvalidField):
        wire.parse_parts(query)


def test_a_completion_is_read_with_or_without_quotes() -> None:
    body = {"uploadKey": "k", "size": "12", "eTags": ['"AB"', "cd"]}

    assert wire.Completion(upload_key="k", size=12, etags=["ab", "cd"]) == wire.parse_completion(body)
    assert wire.Completion(upload_key="k", size=None, etags=None) == wire.parse_completion({"uploadKey": "k"})


@pytest.mark.parametrize(
    "wrong", [{"size": -1}, {"size": "x"}, {"size": True}, {"size": 1.5}, {"eTags": "a"}, {"eTags": [1]}]
)
def test_a_bad_completion_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidField):
        wire.parse_completion({"uploadKey": "k", **wrong})


@pytest.mark.parametrize("value", ["text/html\r\nSet-Cookie: x=1", "a\0b", 'attachment; filename="ü"'])
def test_a_download_sets_no_header_that_is_none(value: str) -> None:
    with pytest.raises(InvalidField):
        wire.parse_response_headers({"response-content-disposition": value})


def test_a_checksum_is_read() -> None:
    assert wire.parse_content_md5("1B2M2Y8AsgTpgAmY7PhCfg==") == "d41d8cd98f00b204e9800998ecf8427e"
    with pytest.raises(InvalidField):
        wire.parse_content_md5("not base64!")
