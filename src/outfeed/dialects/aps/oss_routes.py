"""Object storage under `/oss/v2`: buckets, objects, and transfers through signed addresses."""

from typing import Any, Final

from litestar import Response, delete, post, put
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.dialects.aps import oss_wire as wire
from outfeed.dialects.aps.oss_transfers import (
    NUMBER,
    UPLOAD,
    VERSION,
    begin_upload,
    complete_upload,
    download_address,
    params_of,
    query_of,
    receive_object,
    send_object,
    writer_of,
)
from outfeed.errors import InvalidField, NotFound
from outfeed.http.bearer import caller_of
from outfeed.http.context import Incoming, base_url, services
from outfeed.http.paths import decoded
from outfeed.http.ranges import conditions_of, etag_of, is_unchanged
from outfeed.http.routing import get_and_head
from outfeed.http.streams import stage_body
from outfeed.library.buckets import parse_region
from outfeed.library.rights import CallersRight

_OBJECT: Final = "/oss/v2/buckets/{bucket_key:str}/objects/{object_key:str}"
_SIGNED: Final = "/oss/v2/signeds3/{bucket_key:str}/{object_key:str}"


# --- Buckets ----------------------------------------------------------------------------------------------------------


@post("/oss/v2/buckets", status_code=200)
async def post_bucket(request: Incoming) -> Response[Any]:
    """Make a bucket; 200, as the reference has it."""
    caller = await caller_of(request, "bucket:create")
    # The vendor's clients send the first, its reference has the second too.
    region = request.headers.get("x-ads-region") or request.headers.get("region") or ""
    wanted = wire.parse_bucket(await params_of(request), region)
    buckets = services(request).buckets
    made = await to_thread.run_sync(
        lambda: buckets.create(caller, wanted.key, policy=wanted.policy, allowed=wanted.allowed, region=wanted.region)
    )
    return Response(wire.bucket_json(made))


@get_and_head("/oss/v2/buckets")
async def get_buckets(request: Incoming) -> Response[Any]:
    """List the caller's own buckets."""
    caller = await caller_of(request, "bucket:read")
    page = wire.parse_page(query_of(request))
    region = parse_region(page.region) if page.region else None
    found, more = services(request).buckets.list(caller, limit=page.limit, after=page.after, region=region)
    return Response(wire.buckets_json(found, more=more, page=page, base=base_url(request)))


@get_and_head("/oss/v2/buckets/{bucket_key:str}/details")
async def get_bucket(request: Incoming, bucket_key: FromPath[str]) -> Response[Any]:
    """Return a bucket."""
    caller = await caller_of(request, "bucket:read")
    return Response(wire.bucket_json(services(request).buckets.get(caller, decoded(bucket_key))))


@delete("/oss/v2/buckets/{bucket_key:str}", status_code=200)
async def delete_bucket(request: Incoming, bucket_key: FromPath[str]) -> Response[Any]:
    """Remove a bucket with all that is in it."""
    caller = await caller_of(request, "bucket:delete")
    await to_thread.run_sync(services(request).buckets.delete, caller, decoded(bucket_key))
    return _empty()


# --- Objects ----------------------------------------------------------------------------------------------------------


@get_and_head("/oss/v2/buckets/{bucket_key:str}/objects")
async def get_objects(request: Incoming, bucket_key: FromPath[str]) -> Response[Any]:
    """List a bucket's objects by name."""
    caller = await caller_of(request, "data:read")
    query, key = query_of(request), decoded(bucket_key)
    page, begins_with = wire.parse_page(query), query.get("beginsWith", "")
    found, more = services(request).objects.list(
        caller, key, limit=page.limit, begins_with=begins_with, after=page.after
    )
    body = wire.objects_json(found, key, more=more, page=page, begins_with=begins_with, base=base_url(request))
    return Response(body)


@get_and_head(_OBJECT + "/details")
async def get_details(request: Incoming, bucket_key: FromPath[str], object_key: FromPath[str]) -> Response[Any]:
    """Return an object's record, or 304 if the client has it."""
    caller = await caller_of(request, "data:read")
    record = services(request).objects.get(caller, decoded(bucket_key), decoded(object_key))
    headers = {"ETag": etag_of(record)}
    if is_unchanged(request, record):
        return Response(None, status_code=304, headers=headers)
    extra = wire.parse_extra(request.query_params.multi_items())
    return Response(wire.object_json(record, base=base_url(request), extra=extra), headers=headers)


@get_and_head(_OBJECT)
async def get_object(request: Incoming, bucket_key: FromPath[str], object_key: FromPath[str]) -> Response[Any]:
    """Return an object's bytes."""
    caller = await caller_of(request, "data:read")
    record = services(request).objects.get(caller, decoded(bucket_key), decoded(object_key))
    return await send_object(request, record)


@put(_OBJECT, status_code=200, request_max_body_size=None)
async def put_object(request: Incoming, bucket_key: FromPath[str], object_key: FromPath[str]) -> Response[Any]:
    """Keep the body as an object."""
    caller = await writer_of(request)
    right = CallersRight(caller, decoded(bucket_key), decoded(object_key))
    return Response(await receive_object(request, right))


@put(_OBJECT + "/copyto/{new_key:str}", status_code=200)
async def put_copy(
    request: Incoming, bucket_key: FromPath[str], object_key: FromPath[str], new_key: FromPath[str]
) -> Response[Any]:
    """Give an object's bytes a second name in the same bucket."""
    caller = await writer_of(request)
    objects, conditions = services(request).objects, conditions_of(request)
    key, name, to = decoded(bucket_key), decoded(object_key), decoded(new_key)
    record = await to_thread.run_sync(objects.copy, caller, key, name, to, conditions)
    return Response(wire.object_json(record, base=base_url(request)))


@delete(_OBJECT, status_code=200)
async def delete_object(request: Incoming, bucket_key: FromPath[str], object_key: FromPath[str]) -> Response[Any]:
    """Remove an object."""
    caller = await writer_of(request)
    objects = services(request).objects
    await to_thread.run_sync(objects.delete, caller, decoded(bucket_key), decoded(object_key))
    return _empty()


# --- Signed transfers -------------------------------------------------------------------------------------------------


@get_and_head(_OBJECT + "/signeds3upload")
async def get_signed_upload(request: Incoming, bucket_key: FromPath[str], object_key: FromPath[str]) -> Response[Any]:
    """Begin an upload, or go on with one: return the addresses of its parts."""
    caller = await writer_of(request)
    wanted = wire.parse_parts(query_of(request))
    body = await begin_upload(request, caller, decoded(bucket_key), decoded(object_key), wanted=wanted)
    return Response(body)


@post(_OBJECT + "/signeds3upload", status_code=200)
async def post_signed_upload(request: Incoming, bucket_key: FromPath[str], object_key: FromPath[str]) -> Response[Any]:
    """Complete an upload: its parts become the object."""
    caller = await writer_of(request)
    done = wire.parse_completion(await params_of(request))
    key, name = decoded(bucket_key), decoded(object_key)
    return Response(await complete_upload(request, caller, key, name, done=done, told=request.headers))


@get_and_head(_OBJECT + "/signeds3download")
async def get_signed_download(request: Incoming, bucket_key: FromPath[str], object_key: FromPath[str]) -> Response[Any]:
    """Return an address of the object's bytes, or 304 if the client has them."""
    caller = await caller_of(request, "data:read")
    query, parts = query_of(request), services(request)
    minutes, asked = wire.parse_minutes(query), wire.parse_response_headers(query)
    record = parts.objects.get(caller, decoded(bucket_key), decoded(object_key))
    headers = {"ETag": etag_of(record)}
    if is_unchanged(request, record):
        return Response(None, status_code=304, headers=headers)
    return Response(download_address(request, record, minutes=minutes, asked=asked), headers=headers)


@get_and_head(_SIGNED)
async def get_signed(request: Incoming, bucket_key: FromPath[str], object_key: FromPath[str]) -> Response[Any]:
    """Return the bytes behind a signed address; HEAD of a part's address tells whether the part has arrived."""
    key, name, parts = decoded(bucket_key), decoded(object_key), services(request)
    if request.method == "HEAD" and NUMBER in request.query_params:
        scope = _verified(request, "PUT", key, name)
        part = await to_thread.run_sync(parts.uploads.part, scope[UPLOAD], int(scope[NUMBER]))
        return Response(b"", headers={"ETag": f'"{part.etag}"', "Content-Length": str(part.size)})
    scope = _verified(request, "GET", key, name)
    record = parts.objects.linked(key, name, scope.pop(VERSION))
    return await send_object(request, record, said=wire.response_headers(scope))


@put(_SIGNED, status_code=200, request_max_body_size=None)
async def put_signed(request: Incoming, bucket_key: FromPath[str], object_key: FromPath[str]) -> Response[Any]:
    """Keep the body as a part of an upload; no bearer token, and the tag is what S3 would give."""
    parts = services(request)
    scope = _verified(request, "PUT", decoded(bucket_key), decoded(object_key))
    upload = parts.uploads.check_open(scope[UPLOAD])
    md5 = wire.parse_content_md5(request.headers.get("content-md5"))
    staged = await stage_body(request, parts.blobs, parts.settings.max_upload_bytes)
    if md5 not in {None, staged.md5}:
        staged.discard()
        raise InvalidField("The body does not have this Content-MD5.")
    await to_thread.run_sync(parts.uploads.put_part, upload.key, int(scope[NUMBER]), staged)
    return Response(b"", media_type="text/plain", headers={"ETag": f'"{staged.md5}"'})


# --- Helpers ----------------------------------------------------------------------------------------------------------


async def refuse_empty_names(request: Incoming) -> None:
    """
    Raise `NotFound` if a path has nothing between two slashes.

    The router would take them for one, and `objects//details` for the object called `details`.
    """
    # Not `path`, which the router has made tidy; and clients whose base address ends with a slash send `//oss`.
    if b"//" in request.scope["raw_path"].partition(b"?")[0].lstrip(b"/"):
        raise NotFound("A name in the path is empty.")


def _verified(request: Incoming, method: str, bucket_key: str, name: str) -> dict[str, str]:
    """Return what a signed address is good for; however a client encodes the path, the names are what was signed."""
    query = request.scope["query_string"].decode("latin-1")
    parts = services(request)
    return parts.links.verify(method, wire.signed_path(bucket_key, name), query, now_ms=parts.clock())


def _empty() -> Response[Any]:
    return Response(b"", media_type="text/plain")


#: What the application mounts.
HANDLERS: Final = [
    post_bucket,
    get_buckets,
    get_bucket,
    delete_bucket,
    get_objects,
    get_details,
    get_object,
    put_object,
    put_copy,
    delete_object,
    get_signed_upload,
    post_signed_upload,
    get_signed_download,
    get_signed,
    put_signed,
]
