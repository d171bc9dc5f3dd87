"""Our errors in our own form: `{"error": {"code", "message"}}`, as paths of no vendor answer."""

from typing import Any, Final

from litestar import Response
from litestar.exceptions import HTTPException

from outfeed.errors import (
    BodyTooLarge,
    BodyTooSlow,
    NotAllowed,
    NotFound,
    NotMeaningful,
    OriginRefused,
    OutfeedError,
    RateLimited,
    RequestError,
    ScopeMissing,
    ServerBusy,
    SourceError,
    TryLater,
    Unauthenticated,
)
from outfeed.http.context import Incoming

#: Kinds before their bases: the first that fits counts.
STATUS: Final[dict[type[OutfeedError], int]] = {
    Unauthenticated: 401,
    ScopeMissing: 403,
    OriginRefused: 403,
    NotAllowed: 403,
    NotFound: 404,
    BodyTooLarge: 413,
    BodyTooSlow: 408,
    NotMeaningful: 422,
    RateLimited: 429,
    ServerBusy: 503,
    RequestError: 400,
    SourceError: 400,
    OutfeedError: 500,
}


def respond(request: Incoming, error: Exception) -> Response[dict[str, Any]]:
    """Return the answer to an error; one that nobody foresaw shows an id and nothing of its text."""
    status, code, message = _told(request, error)
    return Response({"error": {"code": code, "message": message}}, status_code=status, headers=_headers(error))


def _told(request: Incoming, error: Exception) -> tuple[int, str, str]:
    if isinstance(error, OutfeedError):
        return next(status for kind, status in STATUS.items() if isinstance(error, kind)), error.code, str(error)
    if isinstance(error, HTTPException):
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "request_refused")
        return error.status_code, code, error.detail
    return 500, "unexpected", f"An unexpected error; incident {request.state.get('incident')}."


def _headers(error: Exception) -> dict[str, Any]:
    """Return how to sign in, when to come again, and which methods there are."""
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, TryLater):
        return {"Retry-After": str(error.retry_after_s)}
    return dict(error.headers or {}) if isinstance(error, HTTPException) else {}
