"""OSS's words, both ways: parameters and bodies in, records out. Pure functions."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from outfeed.errors import InvalidField
from outfeed.http.bodies import Params, text_of
from outfeed.http.streams import is_header_text
from outfeed.library.buckets import Bucket, Region
from outfeed.library.objects import ObjectRecord
from outfeed.library.signed import SignedAccess, SignedResource, Terms
from outfeed.library.uploads import MAX_PART, Upload

#: Addresses of parts that one call gives (OSS reference).
MAX_PARTS_PER_CALL: Final = 25
#: Objects that one call works on (OSS reference).
MAX_BATCH: Final = 25
#: Entries of a list that one call gives.
MAX_LIMIT: Final = 100
#: Longest life of a signed address, in minutes.
MAX_MINUTES: Final = 60
#: What a signed download may set in the answer, by the name of its query parameter.
RESPONSE_HEADERS: Final = {
    "response-content-type": "Content-Type",
    "response-content-disposition": "Content-Disposition",
    "response-cache-control": "Cache-Control",
}

#: A JSON object of the client's own, kept with the object.
USER_METADATA: Final = "x-ads-user-defined-metadata"

_MAX_DIGITS: Final = 18
_MINUTE_MS: Final = 60_000

Query = Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class NewBucket:
    """What a client asks for with `POST /buckets`."""

    key: str
    policy: str
    #: Access by app.
    allowed: Mapping[str, str]
    region: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Which part of a list a client asks for."""

    limit: int
    #: The last entry that the client has; empty: from the beginning.
    after: str
    #: Of buckets; empty: all.
    region: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PartsWanted:
    """Which addresses of parts a client asks for."""

    numbers: range
    #: Of the upload to go on with; empty: a new one.
    upload_key: str
    minutes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """What a client says that it has uploaded."""

    upload_key: str
    size: int | None
    #: MD5 as hex, in the order of the parts.
    etags: list[str] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What a call on many objects says of one."""

    #: The object's name, as it is: not percent-encoded.
    name: str
    fields: Params

    @property
    def texts(self) -> dict[str, str]:
        """The fields as a query would have them."""
        return {name: str(value) for name, value in self.fields.items() if value is not None}

    @property
    def headers(self) -> dict[str, str]:
        """The fields as headers would have them."""
        return {name.lower(): value for name, value in self.texts.items()}


# --- In ---------------------------------------------------------------------------------------------------------------


def parse_bucket(params: Params, region: str = "") -> NewBucket:
    """Read the body of `POST /buckets`; the region comes in a header."""
    allow = params.get("allow") or []
    if not isinstance(allow, list) or not all(isinstance(item, dict) for item in allow):
        raise InvalidField("allow is a list of {authId, access}.")
    return NewBucket(
        key=text_of(params, "bucketKey"),
        policy=text_of(params, "policyKey"),
        allowed={text_of(item, "authId"): text_of(item, "access") for item in allow},
        region=region or Region.US,
    )


def parse_page(query: Query) -> Page:
    """Read `limit`, `startAt` and `region`."""
    limit = _integer(query, "limit", default=10, most=MAX_LIMIT)
    return Page(limit=limit, after=query.get("startAt", ""), region=query.get("region", ""))


def parse_minutes(query: Query) -> int:
    """Read `minutesExpiration`."""
    return _integer(query, "minutesExpiration", default=2, most=MAX_MINUTES)


def parse_parts(query: Query) -> PartsWanted:
    """Read the query of `GET …/signeds3upload`."""
    parts = _integer(query, "parts", default=1, most=MAX_PARTS_PER_CALL)
    first = _integer(query, "firstPart", default=1, most=MAX_PART)
    if first + parts - 1 > MAX_PART:
        raise InvalidField(f"firstPart + parts goes beyond part {MAX_PART}.")
    return PartsWanted(
        numbers=range(first, first + parts), upload_key=query.get("uploadKey", ""), minutes=parse_minutes(query)
    )


def parse_completion(params: Params) -> Completion:
    """Read the body of `POST …/signeds3upload`; tags may come in quotes, as S3 gives them."""
    etags = params.get("eTags")
    if etags is not None and not (
        isinstance(etags, list) and len(etags) <= MAX_PART and all(isinstance(tag, str) for tag in etags)
    ):
        raise InvalidField("eTags is a list of texts.")
    return Completion(
        upload_key=text_of(params, "uploadKey"),
        size=_size(params.get("size")),
        etags=None if etags is None else [tag.strip().strip('"').lower() for tag in etags],
    )


def parse_extra(query: Iterable[tuple[str, str]]) -> set[str]:
    """Read what a record shall tell beside the usual; npm `forge-apis` sends `with[]` for a list."""
    return {one for name, value in query if name in {"with", "with[]"} for one in value.split(",")}


def parse_batch(params: Params) -> list[Entry]:
    """Read the body of a call on many objects; of two entries with one name, the last counts, as in its answer."""
    entries = params.get("requests")
    if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_BATCH:
        raise InvalidField(f"requests is a list of 1 to {MAX_BATCH} objects.")
    if not all(isinstance(entry, dict) for entry in entries):
        raise InvalidField("requests is a list of {objectKey, …}.")
    named = {text_of(entry, "objectKey"): entry for entry in entries}
    return [Entry(name=name, fields=entry) for name, entry in named.items()]


def parse_entry_parts(entry: Entry, minutes: int) -> PartsWanted:
    """Read which addresses of one object's parts a call on many asks for."""
    return parse_parts(entry.texts | {"minutesExpiration": str(minutes)})


def parse_response_headers(query: Query) -> dict[str, str]:
    """Read what a download's answer shall say of itself, by parameter."""
    asked = {name: query[name] for name in RESPONSE_HEADERS if query.get(name)}
    for name, value in asked.items():
        if not is_header_text(value):
            raise InvalidField(f"{name} may have printable ASCII only.")
    return asked


def response_headers(asked: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that a download is asked to have, by their names."""
    return {RESPONSE_HEADERS[name]: value for name, value in asked.items()}


def parse_terms(query: Query, params: Params) -> Terms:
    """Read what a signed resource shall be good for; the node client says `Read` for `read`."""
    access = query.get("access", "") or SignedAccess.READ
    single_use = params.get("singleUse", False)
    addresses = params.get("allowedIpAddresses")
    if access.lower() not in set(SignedAccess):
        raise InvalidField(f"access is one of: {', '.join(SignedAccess)}.")
    if str(single_use).lower() not in {"true", "false"}:
        raise InvalidField("singleUse is true or false.")
    if addresses is not None and not (isinstance(addresses, list) and all(isinstance(one, str) for one in addresses)):
        raise InvalidField("allowedIpAddresses is a list of texts.")
    return Terms(
        access=SignedAccess(access.lower()),
        life_ms=_minutes_of(params) * _MINUTE_MS,
        single_use=str(single_use).lower() == "true",
        addresses=addresses,
    )


def _minutes_of(params: Params) -> int:
    """Read `minutesExpiration` of a body, where it may be a number."""
    given = params.get("minutesExpiration")
    return parse_minutes({} if given is None else {"minutesExpiration": str(given)})


def parse_content_md5(header: str | None) -> str | None:
    """Read `Content-MD5`; return it as hex."""
    if header is None:
        return None
    try:
        return base64.b64decode(header, validate=True).hex()
    except ValueError as error:
        raise InvalidField("Content-MD5 is no Base64.") from error


# --- Out --------------------------------------------------------------------------------------------------------------


def bucket_json(bucket: Bucket) -> dict[str, Any]:
    """Return the details of a bucket; its owner comes first among those who may use it."""
    allowed = {bucket.owner: "full", **bucket.allowed}
    return {
        "bucketKey": bucket.key,
        "bucketOwner": bucket.owner,
        "createdDate": bucket.created_at,
        "permissions": [{"authId": app, "access": str(access)} for app, access in allowed.items()],
        "policyKey": bucket.policy.value,
    }


def buckets_json(found: Sequence[Bucket], *, more: bool, page: Page, base: str) -> dict[str, Any]:
    """Return one page of buckets."""
    items = [
        {"bucketKey": bucket.key, "createdDate": bucket.created_at, "policyKey": bucket.policy.value}
        for bucket in found
    ]
    query: dict[str, Any] | None = {"limit": page.limit, "startAt": found[-1].key} if more else None
    if query and page.region:
        query["region"] = page.region
    return _listed(items, f"{base}/oss/v2/buckets", query)


def object_json(record: ObjectRecord, *, base: str, extra: Iterable[str] = ()) -> dict[str, Any]:
    """Return an object's record, with what is asked for by name, in any case."""
    asked = {name.lower() for name in extra}
    return {
        "bucketKey": record.bucket_key,
        "objectId": f"urn:adsk.objects:os.object:{record.bucket_key}/{record.name}",
        "objectKey": record.name,
        "sha1": record.sha1,
        "size": record.size,
        "contentType": record.content_type,
        "location": base + object_path(record.bucket_key, record.name),
        **_stored(record),
        **{name: value for name, value in _details(record).items() if name.lower() in asked},
    }


def _stored(record: ObjectRecord) -> dict[str, str]:
    """Return what an upload said of its downloads, as far as it said anything."""
    told = {
        "contentDisposition": record.content_disposition,
        "contentEncoding": record.content_encoding,
        "cacheControl": record.cache_control,
    }
    return {name: value for name, value in told.items() if value is not None}


def _details(record: ObjectRecord) -> dict[str, Any]:
    """Return what details have if it is asked for; bytes that nobody has read were last accessed when they were put."""
    metadata = {} if record.user_metadata is None else {"userDefinedMetadata": record.user_metadata}
    return {
        "createdDate": record.created_at,
        "lastAccessedDate": record.modified_at if record.accessed_at is None else record.accessed_at,
        "lastModifiedDate": record.modified_at,
        **metadata,
    }


def objects_json(
    found: Sequence[ObjectRecord], bucket_key: str, *, more: bool, page: Page, begins_with: str, base: str
) -> dict[str, Any]:
    """Return one page of a bucket's objects."""
    items = [object_json(record, base=base) for record in found]
    query: dict[str, Any] | None = {"limit": page.limit, "startAt": found[-1].name} if more else None
    if query and begins_with:
        query["beginsWith"] = begins_with
    return _listed(items, f"{base}/oss/v2/buckets/{bucket_key}/objects", query)


def upload_json(upload: Upload, urls: Sequence[str], *, expires_at_ms: int) -> dict[str, Any]:
    """Return the addresses of an upload's parts."""
    return {
        "uploadKey": upload.key,
        "uploadExpiration": _iso(upload.expires_at),
        "urlExpiration": _iso(expires_at_ms),
        "urls": list(urls),
    }


def download_json(record: ObjectRecord, url: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the address of an object's bytes."""
    params = {RESPONSE_HEADERS[name].lower(): value for name, value in asked.items()}
    return {"status": "complete", "url": url, "params": params, "size": record.size, "sha1": record.sha1}


def stored_headers(record: ObjectRecord) -> dict[str, str]:
    """Return the headers that a download has because the upload said so."""
    told = {
        "Content-Disposition": record.content_disposition,
        "Content-Encoding": record.content_encoding,
        "Cache-Control": record.cache_control,
        USER_METADATA: record.user_metadata,
    }
    return {name: value for name, value in told.items() if value is not None}


def signed_resource_json(resource_id: str, resource: SignedResource, *, region: str, base: str) -> dict[str, Any]:
    """Return the address of a signed resource; the clients that may use it only if it names some."""
    addresses = {} if resource.addresses is None else {"allowedIpAddresses": list(resource.addresses)}
    return {
        "signedUrl": f"{base}/oss/v2/signedresources/{resource_id}?region={region}",
        "expiration": resource.expires_at,
        "singleUse": resource.single_use,
        **addresses,
    }


def object_path(bucket_key: str, name: str) -> str:
    """Return the path of an object, its name as one encoded segment."""
    return f"/oss/v2/buckets/{quote(bucket_key, safe='')}/objects/{quote(name, safe='')}"


def signed_path(bucket_key: str, name: str) -> str:
    """Return the path that signed addresses have: what would be S3's own elsewhere."""
    return f"/oss/v2/signeds3/{quote(bucket_key, safe='')}/{quote(name, safe='')}"


def expiry(now_ms: int, minutes: int) -> int:
    """Return when an address of so many minutes ends."""
    return now_ms + minutes * _MINUTE_MS


def _listed(items: list[dict[str, Any]], path: str, query: Mapping[str, Any] | None) -> dict[str, Any]:
    following = {"next": f"{path}?{urlencode(query, quote_via=quote)}"} if query else {}
    return {"items": items, **following}


def _integer(query: Query, name: str, *, default: int, most: int) -> int:
    """Read a whole number from 1 to `most`."""
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS and 1 <= int(text) <= most):
        raise InvalidField(f"{name} is a number from 1 to {most}.")
    return int(text)


def _size(value: Any) -> int | None:
    """Read a length in bytes; forms have it as text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= _MAX_DIGITS:
        value = int(value)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise InvalidField("size is a number of bytes.")
    return value


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
