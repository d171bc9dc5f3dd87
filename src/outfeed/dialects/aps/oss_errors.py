"""Our errors in the words of `/oss`: the gateway's shape for who you are, else `{"reason": …}`."""

from typing import Any, Final

from litestar import Response
from litestar.exceptions import HTTPException

from outfeed.dialects.autodesk.gateway import gateway_response
from outfeed.errors import (
    AlreadyExists,
    BodyTooLarge,
    BodyTooSlow,
    CheckedPart,
    ChecksumMismatch,
    ChunkRefused,
    LinkExpired,
    NotAllowed,
    NotBuilt,
    NotFound,
    OutfeedError,
    PreconditionFailed,
    RangeNotSatisfiable,
    RequestError,
    StorageFull,
    UploadMismatch,
)
from outfeed.http.context import Incoming

#: SHA-1 of what was sent: the client may name it, and an answer says what the server has found.
CONTENT_SHA1: Final = "x-ads-content-sha1"
CHUNK_SHA1: Final = "x-ads-chunk-sha1"

#: Kinds before their bases: the first that fits counts.
STATUS: Final[dict[type[OutfeedError], int]] = {
    NotFound: 404,
    AlreadyExists: 409,
    NotAllowed: 403,
    LinkExpired: 403,
    BodyTooLarge: 413,
    BodyTooSlow: 408,
    RangeNotSatisfiable: 416,
    ChunkRefused: 416,
    PreconditionFailed: 412,
    NotBuilt: 501,
    StorageFull: 507,
    RequestError: 400,
    OutfeedError: 500,
}


def respond(request: Incoming, error: Exception) -> Response[Any]:
    """Return the answer to an error; one that nobody foresaw shows nothing of its text."""
    if isinstance(error, OutfeedError):
        return gateway_response(error) or _own(request, error)
    if isinstance(error, HTTPException):
        return Response({"reason": error.detail}, status_code=error.status_code, headers=error.headers or {})
    reason = f"An unexpected error; incident {request.state.get('incident')}."
    return Response({"reason": reason}, status_code=500)


def _own(request: Incoming, error: OutfeedError) -> Response[Any]:
    status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
    return Response(error_json(error), status_code=status, headers=_headers(request, error))


def _headers(request: Incoming, error: OutfeedError) -> dict[str, str]:
    """Return what the client needs beside the body: how long the object is, or what its bytes hash to."""
    if isinstance(error, RangeNotSatisfiable):
        return {"Content-Range": f"bytes */{error.size}"}
    if isinstance(error, ChecksumMismatch):
        return {CHUNK_SHA1 if request.url.path.endswith("/resumable") else CONTENT_SHA1: error.sha1}
    return {}


def error_json(error: OutfeedError) -> dict[str, Any]:
    """Return the body of an error; an upload that cannot be completed says what is wrong with each part."""
    return _mismatch_json(error) if isinstance(error, UploadMismatch) else {"reason": str(error)}


def _mismatch_json(error: UploadMismatch) -> dict[str, Any]:
    """Return what the reference has for parts that do not fit; `size` only if the client had said one."""
    detected = sum(part.size or 0 for part in error.parts.values())
    return {
        "uploadKey": error.upload_key,
        "status": "error",
        "reason": "MissingOrInvalidParts",
        **({} if error.size is None else {"size": {"expected": error.size, "detected": detected}}),
        "parts": [_part_json(number, part) for number, part in sorted(error.parts.items())],
    }


def _part_json(number: int, part: CheckedPart) -> dict[str, Any]:
    arrived = {} if part.size is None else {"size": part.size, "eTag": part.etag}
    return {"part": number, **arrived, "status": part.status}
