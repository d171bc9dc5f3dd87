"""Signed transfers of up to 25 objects in one call; npm `forge-apis` sends even a single object this way.

One object's failure is its own: the others go on, and the call is a 200.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from litestar import Response, post
from litestar.params import FromPath

from outfeed.dialects.aps import oss_errors
from outfeed.dialects.aps import oss_wire as wire
from outfeed.dialects.aps.oss_transfers import (
    begin_upload,
    complete_upload,
    download_address,
    params_of,
    query_of,
    writer_of,
)
from outfeed.errors import NotFound, RequestError
from outfeed.http.bearer import caller_of
from outfeed.http.context import Incoming, services
from outfeed.http.paths import decoded
from outfeed.http.ranges import parse_conditions
from outfeed.identity.caller import Caller
from outfeed.library.constants import STORAGE_BUCKET

#: Does one object's part of a call.
Step = Callable[[wire.Entry], Awaitable[dict[str, Any]]]


async def _begin_all(request: Incoming, key: str) -> Response[Any]:
    """Begin uploads, or go on with them: return the addresses of their parts."""
    caller = await writer_of(request)
    minutes = wire.parse_minutes(query_of(request))
    entries = wire.parse_batch(await params_of(request))
    _check_bucket(request, caller, key)

    async def begin(entry: wire.Entry) -> dict[str, Any]:
        return await begin_upload(request, caller, key, entry.name, wanted=wire.parse_entry_parts(entry, minutes))

    return Response(await _each(entries, begin))


async def _complete_all(request: Incoming, key: str) -> Response[Any]:
    """Complete uploads: their parts become objects."""
    caller = await writer_of(request)
    entries = wire.parse_batch(await params_of(request))
    _check_bucket(request, caller, key)

    async def complete(entry: wire.Entry) -> dict[str, Any]:
        done = wire.parse_completion(entry.fields)
        return await complete_upload(request, caller, key, entry.name, done=done, told=entry.headers)

    return Response(await _each(entries, complete))


async def _address_all(request: Incoming, key: str) -> Response[Any]:
    """Return addresses of objects' bytes."""
    caller = await caller_of(request, "data:read")
    minutes = wire.parse_minutes(query_of(request))
    entries = wire.parse_batch(await params_of(request))
    parts = services(request)
    _check_bucket(request, caller, key)

    async def address(entry: wire.Entry) -> dict[str, Any]:
        asked = wire.parse_response_headers(entry.texts)
        record = parts.objects.get(caller, key, entry.name)
        if parse_conditions(entry.headers).is_unchanged(record):
            return {"status": "skipped", "reason": "Not modified"}
        return download_address(request, record, minutes=minutes, asked=asked)

    return Response(await _each(entries, address))


def _check_bucket(request: Incoming, caller: Caller, key: str) -> None:
    """Raise unless the caller uses a bucket; in that of all projects each object has members of its own."""
    if key != STORAGE_BUCKET:
        services(request).buckets.get(caller, key)


async def _each(entries: list[wire.Entry], step: Step) -> dict[str, Any]:
    """Return what became of each object, by its name."""
    return {"results": {entry.name: await _told(entry, step) for entry in entries}}


async def _told(entry: wire.Entry, step: Step) -> dict[str, Any]:
    try:
        return await step(entry)
    except RequestError as error:
        return {"status": "error", **oss_errors.error_json(error)}


#: The calls, by what stands in the path where an object's name stands: an object may have such a name all the same.
_CALLS: Final[dict[str, Callable[[Incoming, str], Awaitable[Response[Any]]]]] = {
    "batchsigneds3upload": _begin_all,
    "batchcompleteupload": _complete_all,
    "batchsigneds3download": _address_all,
}


@post("/oss/v2/buckets/{bucket_key:str}/objects/{object_key:str}", status_code=200)
async def post_batch(request: Incoming, bucket_key: FromPath[str], object_key: FromPath[str]) -> Response[Any]:
    """Begin uploads, complete uploads, or give addresses of downloads, of many objects at once."""
    call = _CALLS.get(object_key)
    if call is None:
        await caller_of(request)
        raise NotFound("A POST on objects names one of: " + ", ".join(_CALLS) + ".")
    return await call(request, decoded(bucket_key))


#: What the application mounts.
HANDLERS: Final = [post_batch]
