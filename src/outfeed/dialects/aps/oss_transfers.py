"""Signed transfers of one object, for the calls on one and for those on many."""

from typing import Any, Final

from anyio import to_thread

from outfeed.dialects.aps import oss_wire as wire
from outfeed.http.bearer import caller_of
from outfeed.http.bodies import Params, read_params
from outfeed.http.context import Incoming, base_url, services
from outfeed.http.streams import kept_content_type
from outfeed.identity.caller import Caller
from outfeed.library.objects import ObjectRecord

#: What a signed download is bound to, beside its name: the bytes.
VERSION: Final = "versionId"
#: What a part's address is bound to.
UPLOAD: Final = "uploadId"
NUMBER: Final = "partNumber"


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
    request: Incoming, caller: Caller, bucket_key: str, name: str, *, done: wire.Completion, content_type: str | None
) -> dict[str, Any]:
    """Make the object of an upload's parts and return its record."""
    uploads, kept_type = services(request).uploads, kept_content_type(content_type)
    record = await to_thread.run_sync(
        lambda: uploads.complete(
            caller, bucket_key, name, done.upload_key, size=done.size, etags=done.etags, content_type=kept_type
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
