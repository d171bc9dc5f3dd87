"""Our errors in the words of `/modelderivative`: the gateway's shape for who you are, else `{"diagnostic": …}`.

Addresses that need no token answer as the store does that they stand for: in S3's XML.
"""

from typing import Any, Final
from xml.sax.saxutils import escape

from litestar import Response
from litestar.exceptions import HTTPException

from outfeed.dialects.autodesk.gateway import gateway_response
from outfeed.errors import (
    BodyTooLarge,
    BodyTooSlow,
    FormatUnknown,
    LinkExpired,
    NotAllowed,
    NotBuilt,
    NotFound,
    OriginRefused,
    OutfeedError,
    PreconditionFailed,
    RangeNotSatisfiable,
    RateLimited,
    RequestError,
    ServerBusy,
    SourceError,
    StorageFull,
    TryLater,
)
from outfeed.http.context import Incoming

#: Kinds before their bases: the first that fits counts.
STATUS: Final[dict[type[OutfeedError], int]] = {
    NotFound: 404,
    NotAllowed: 403,
    LinkExpired: 403,
    OriginRefused: 403,
    BodyTooLarge: 413,
    BodyTooSlow: 408,
    RangeNotSatisfiable: 416,
    PreconditionFailed: 412,
    NotBuilt: 501,
    RateLimited: 429,
    ServerBusy: 503,
    StorageFull: 507,
    RequestError: 400,
    FormatUnknown: 406,
    SourceError: 406,
    OutfeedError: 500,
}

#: S3's words for the statuses that its clients tell apart.
_S3_CODES: Final = {
    403: "AccessDenied",
    404: "NoSuchKey",
    412: "PreconditionFailed",
    416: "InvalidRange",
    429: "SlowDown",
    503: "SlowDown",
}


def respond(request: Incoming, error: Exception) -> Response[Any]:
    """Return the answer to an error of a call; one that nobody foresaw shows nothing of its text."""
    gateway = gateway_response(error) if isinstance(error, OutfeedError) else None
    if gateway is not None:
        return gateway
    status, sentence, headers = _told(request, error)
    return Response({"diagnostic": sentence}, status_code=status, headers=headers)


def respond_as_store(request: Incoming, error: Exception) -> Response[Any]:
    """Return the answer to an error of an address that needs no token."""
    status, sentence, headers = _told(request, error)
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f"<Error><Code>{_S3_CODES.get(status, 'InternalError')}</Code><Message>{escape(sentence)}</Message></Error>"
    )
    return Response(body.encode(), status_code=status, headers=headers, media_type="application/xml")


def _told(request: Incoming, error: Exception) -> tuple[int, str, dict[str, str]]:
    """Return status, sentence and headers."""
    if isinstance(error, RangeNotSatisfiable):
        return 416, str(error), {"Content-Range": f"bytes */{error.size}"}
    if isinstance(error, OutfeedError):
        headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, TryLater) else {}
        return next(status for kind, status in STATUS.items() if isinstance(error, kind)), str(error), headers
    if isinstance(error, HTTPException):
        return error.status_code, error.detail, dict(error.headers or {})
    return 500, f"An unexpected error; incident {request.state.get('incident')}.", {}
