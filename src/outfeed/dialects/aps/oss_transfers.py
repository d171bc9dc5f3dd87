"""Transfers of one object: of its bytes, for those who come with a token or without, and through signed addresses."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from litestar import Response

from outfeed import to_thread
from outfeed.dialects.aps import oss_headers as headers
from outfeed.dialects.aps import oss_wire as wire
from outfeed.dialects.aps.oss_errors import CONTENT_SHA1
from outfeed.errors import ChecksumMismatch
from outfeed.http.bearer import caller_of
from outfeed.http.bodies import Params, read_params
from outfeed.http.context import Incoming, base_url, services
from outfeed.http.ranges import blob_response, conditions_of
from outfeed.http.streams import stage_body
from outfeed.identity.caller import Caller
from outfeed.library.objects import ObjectRecord
from outfeed.library.rights import Right

#: What a signed download is bound to, beside its name: the bytes.
VERSION: Final = "versionId"
#: What a part's address is bound to.
UPLOAD: Final = "uploadId"
NUMBER: Final = "partNumber"


async def receive_object(request: Incoming, right: Right) -> dict[str, Any]:
    """Keep the body as an object and return its record."""
    parts, conditions = services(request), conditions_of(request)
    content_type = headers.parse_content_type(request.headers, own=True)
    extras = headers.parse_extras(request.headers, own=True)
    parts.objects.check_right(right, conditions)
    staged = await stage_body(request, parts.blobs, parts.settings.max_upload_bytes)
    try:
        headers.check_sha1(request.headers.get(CONTENT_SHA1), staged.sha1)
    except ChecksumMismatch:
        staged.discard()
        raise
    record = await to_thread.run_sync(
        lambda: parts.objects.write(
            right, staged=staged, content_type=content_type, extras=extras, conditions=conditions
        )
    )
    return wire.object_json(record, base=base_url(request))


async def send_object(
    request: Incoming,
    record: ObjectRecord,
    *,
    said: Mapping[str, str] = MappingProxyType({}),
    before: Callable[[], None] | None = None,
) -> Response[Any]:
    """
    Answer with an object's bytes, and note that they are read.

    Parameters
    ----------
    said
        Headers that the address sets, instead of what was kept with the object.
    before
        Is done before bytes are sent, and may raise instead; not for HEAD, nor if the client has them.
    """
    parts = services(request)
    answer = blob_response(request, parts.blobs, record, headers={**wire.stored_headers(record), **said})
    if request.method == "GET" and answer.status_code in {200, 206}:
        if before:
            await to_thread.run_sync(before)
        await to_thread.run_sync(parts.objects.note_access, record)
    return answer


async def begin_upload(
    request: Incoming, caller: Caller, bucket_key: str, name: str, *, wanted: wire.PartsWanted
) -> dict[str, Any]:
    """Begin an upload, or go on with one: return the addresses of its parts."""
    parts = services(request)
    if wanted.upload_key:
        upload = parts.uploads.resume(caller, bucket_key, name, wanted.upload_key)
    else:
        upload = await to_thread.run_sync(parts.uploads.begin, caller, bucket_key, name)
    expires_at_ms = min(wire.expiry(parts.clock(), wanted.minutes), upload.expires_at)
    urls = [
        signed_url(request, "PUT", bucket_key, name, expires_at_ms, {NUMBER: str(number), UPLOAD: upload.key})
        for number in wanted.numbers
    ]
    return wire.upload_json(upload, urls, expires_at_ms=expires_at_ms)


async def complete_upload(
    request: Incoming,
    caller: Caller,
    bucket_key: str,
    name: str,
    *,
    done: wire.Completion,
    told: Mapping[str, str],
) -> dict[str, Any]:
    """Make the object of an upload's parts and return its record; `told` are headers, or fields that stand for them."""
    uploads, extras = services(request).uploads, headers.parse_extras(told, own=False)
    content_type = headers.parse_content_type(told, own=False)
    record = await to_thread.run_sync(
        lambda: uploads.complete(
            caller,
            bucket_key,
            name,
            done.upload_key,
            size=done.size,
            etags=done.etags,
            content_type=content_type,
            extras=extras,
        )
    )
    return wire.object_json(record, base=base_url(request))


def download_address(request: Incoming, record: ObjectRecord, *, minutes: int, asked: dict[str, str]) -> dict[str, Any]:
    """Return an address of an object's bytes, bound to these bytes and to what the answer shall say of itself."""
    expires_at_ms = wire.expiry(services(request).clock(), minutes)
    scope = {VERSION: record.blob, **asked}
    url = signed_url(request, "GET", record.bucket_key, record.name, expires_at_ms, scope)
    return wire.download_json(record, url, asked)


def signed_url(
    request: Incoming, method: str, bucket_key: str, name: str, expires_at_ms: int, scope: dict[str, str]
) -> str:
    """Return an address that works without a token until it expires."""
    path = wire.signed_path(bucket_key, name)
    query = services(request).links.sign(method, path, expires_at_ms=expires_at_ms, scope=scope)
    return f"{base_url(request)}{path}?{query}"


async def writer_of(request: Incoming) -> Caller:
    """Return the caller, who may write data; older tokens carry only `data:create` for it."""
    caller = await caller_of(request)
    caller.require_any("data:write", "data:create")
    return caller


async def params_of(request: Incoming) -> Params:
    """Return the fields of the body."""
    return await read_params(request, max_bytes=services(request).settings.max_body_bytes)


def query_of(request: Incoming) -> dict[str, str]:
    """Return the query; of a parameter that comes twice, the last."""
    return dict(request.query_params.multi_items())
