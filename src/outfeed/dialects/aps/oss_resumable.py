"""Uploads in chunks: each says where it belongs, and the last one, whichever that is, makes the object."""

from itertools import pairwise
from typing import Any, Final

from litestar import Response, put
from litestar.params import FromPath

from outfeed import to_thread
from outfeed.blobs.store import Staged
from outfeed.dialects.aps import oss_headers as headers
from outfeed.dialects.aps import oss_wire as wire
from outfeed.dialects.aps.oss_errors import CHUNK_SHA1
from outfeed.dialects.aps.oss_transfers import writer_of
from outfeed.errors import BodyTooLarge, ChecksumMismatch, ChunkRefused, MissingField
from outfeed.http.bearer import caller_of
from outfeed.http.context import Incoming, base_url, services
from outfeed.http.paths import decoded
from outfeed.http.ranges import conditions_of
from outfeed.http.routing import get_and_head
from outfeed.http.streams import stage_body
from outfeed.library.resumables import Chunk, Place, Progress
from outfeed.library.rights import CallersRight, Right

#: Ranges that a `Range` header tells of: with more, Node's limit of 16 KiB for all headers would be near.
MAX_RANGES: Final = 300

_OBJECT: Final = "/oss/v2/buckets/{bucket_key:str}/objects/{object_key:str}"


@put(_OBJECT + "/resumable", status_code=200, request_max_body_size=None)
async def put_resumable(request: Incoming, bucket_key: FromPath[str], object_key: FromPath[str]) -> Response[Any]:
    """Keep the body as a chunk of an object."""
    caller = await writer_of(request)
    return await receive_chunk(request, CallersRight(caller, decoded(bucket_key), decoded(object_key)))


@get_and_head(_OBJECT + "/status/{session_id:str}")
async def get_status(
    request: Incoming, bucket_key: FromPath[str], object_key: FromPath[str], session_id: FromPath[str]
) -> Response[Any]:
    """Tell which chunks have arrived: 202 while some are missing, then 200."""
    caller = await caller_of(request, "data:read")
    progress = services(request).resumables.progress(
        caller, decoded(bucket_key), decoded(object_key), decoded(session_id)
    )
    told = {"Range": range_header(progress)} if progress.ranges else {}
    return Response(b"", status_code=200 if progress.is_whole else 202, media_type="text/plain", headers=told)


async def receive_chunk(request: Incoming, right: Right) -> Response[Any]:
    """Keep the body as a chunk: 202 while others are missing, then 200 with the record."""
    parts, session = services(request), request.headers.get("session-id", "")
    if not session:
        raise MissingField("Session-ID header is missing.")
    place = headers.parse_place(request.headers.get("content-range"))
    content_type = headers.parse_content_type(request.headers, own=True)
    extras = headers.parse_extras(request.headers, own=True)
    parts.resumables.check(right, session, place)
    chunk = Chunk(
        session=session,
        place=place,
        staged=await _staged(request, place),
        content_type=content_type,
        extras=extras,
        conditions=conditions_of(request),
    )
    record = await to_thread.run_sync(parts.resumables.put, right, chunk)
    told = {CHUNK_SHA1: chunk.staged.sha1}
    if record is None:
        return Response(b"", status_code=202, media_type="text/plain", headers=told)
    return Response(wire.object_json(record, base=base_url(request)), headers=told)


def range_header(progress: Progress) -> str:
    """
    Return the ranges that have arrived, `bytes=0-9,20-29`.

    Chunk by chunk, as the reference shows it. Of very many, neighbours are joined, and those behind the first 300
    ranges are left out: a client that sends them again does no harm.
    """
    ranges = list(progress.ranges)
    if len(ranges) > MAX_RANGES:
        ranges = _joined(ranges)[:MAX_RANGES]
    return "bytes=" + ",".join(f"{start}-{stop - 1}" for start, stop in ranges)


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join ranges where one begins as the one before it ends."""
    starts = [ranges[0][0], *(after[0] for before, after in pairwise(ranges) if before[1] != after[0])]
    stops = [*(before[1] for before, after in pairwise(ranges) if before[1] != after[0]), ranges[-1][1]]
    return list(zip(starts, stops, strict=True))


async def _staged(request: Incoming, place: Place) -> Staged:
    """Stage the body if its length is that of its place and it hashes to what the client says."""
    try:
        staged = await stage_body(request, services(request).blobs, place.size)
    except BodyTooLarge as error:
        raise ChunkRefused(f"Chunk-Length mismatch (required: {place.size}).") from error
    try:
        headers.check_sha1(request.headers.get(CHUNK_SHA1), staged.sha1)
    except ChecksumMismatch:
        staged.discard()
        raise
    return staged


#: What the application mounts.
HANDLERS: Final = [put_resumable, get_status]
